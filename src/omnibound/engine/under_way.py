"""Which calls of dialled campaigns are under way in this node, and which of them wait for a person's word."""

from collections import Counter
from collections.abc import Collection, Iterable

from omnibound.domain.live import Stage
from omnibound.engine.book import Book, Entry

Key = tuple[int, str]
"""An account and its campaign."""


class UnderWay:
    """Knows deliveries from when they are claimed for as long as they are in the book."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._of: dict[int, Key] = {}

    def add(self, key: Key, deliveries: Iterable[int]) -> None:
        """These are of this campaign, and in the book."""
        self._of.update(dict.fromkeys(deliveries, key))

    def counts(self, joined: Collection[int] = ()) -> tuple[Counter[Key], Counter[Key]]:
        """By campaign: the calls under way, and those of them that are not among the `joined`."""
        self._prune()
        entries = self._book.entries
        calls = [(id_, key) for id_, key in self._of.items() if is_under_way(entries[id_])]
        return Counter(key for _, key in calls), Counter(key for id_, key in calls if id_ not in joined)

    def entries(self) -> list[Entry]:
        """All that are known."""
        self._prune()
        return [self._book.entries[id_] for id_ in self._of]

    def held(self) -> list[tuple[int, Key]]:
        """Those whose result is awaited from a person."""
        self._prune()
        entries = self._book.entries
        return [(id_, key) for id_, key in self._of.items() if entries[id_].live.stage is Stage.HELD]

    def _prune(self) -> None:
        entries = self._book.entries
        for id_ in [id_ for id_ in self._of if id_ not in entries]:
            del self._of[id_]


def is_under_way(entry: Entry) -> bool:
    """Whether a call of it is being made, or is about to be."""
    return entry.queue is not None or entry.handover is not None or entry.requeued or entry.live.stage is Stage.SENT
