"""What is held back now: asked in memory before anything waits for a connector, and before each hand-over."""

import asyncio
from collections.abc import Iterable

from omnibound.domain.bulk import Stop, Target
from omnibound.engine.book import Entry


class Stops:
    """True while anything is held back. What is not let pass waits in `withheld` to be put away; `woken` says so."""

    def __init__(self) -> None:
        self.withheld: list[Entry] = []
        self.woken = asyncio.Event()
        self._all: dict[Target, Stop] = {}
        self._bulks: dict[tuple[int, str], Stop] = {}
        self._single: dict[int, Stop] = {}

    def __bool__(self) -> bool:
        return bool(self._bulks or self._single)

    def all(self) -> list[Stop]:
        """Those that hold something back or have work left."""
        return list(self._all.values())

    def get(self, target: Target) -> Stop | None:
        """What is known of a target."""
        return self._all.get(target)

    def put(self, stop: Stop) -> None:
        """Hold back what it says, and nothing that was said of the same target before."""
        target = stop.target
        self.drop(target)
        self._all[target] = stop
        if not stop.holds():
            return
        if target.delivery:
            self._single[target.delivery] = stop
        else:
            self._bulks[target.account, target.bulk] = stop

    def drop(self, target: Target) -> None:
        """Nothing is to be done any more."""
        self._all.pop(target, None)
        if target.delivery:
            self._single.pop(target.delivery, None)
        else:
            self._bulks.pop((target.account, target.bulk), None)

    def of(self, entry: Entry) -> Stop | None:
        """What holds a delivery back, a cancellation before anything else; None if it may go."""
        message = entry.message
        whole = self._bulks.get((message.account, message.bulk))
        if whole is not None:
            whole = whole.of(message.id)
        single = self._single.get(entry.live.id)
        return whole if single is None or (whole is not None and whole.cancelled) else single

    def holds(self, entry: Entry) -> bool:
        """Whether a delivery is held back."""
        return self.of(entry) is not None

    def let_pass(self, entries: Iterable[Entry]) -> list[Entry]:
        """Those that may wait for a connector, in their order; the others are withheld."""
        passing: list[Entry] = []
        for entry in entries:
            if self.of(entry) is None:
                passing.append(entry)
            else:
                entry.requeued = False
                self.withheld.append(entry)
                self.woken.set()
        return passing


def is_of(target: Target, entry: Entry) -> bool:
    """Whether a delivery is what a target names, or part of it."""
    if target.delivery:
        return entry.live.id == target.delivery
    return entry.message.account == target.account and entry.message.bulk == target.bulk
