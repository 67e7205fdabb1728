"""What an agent says of a call, of one who is held or still talked to."""

from omnibound.domain.errors import Forbidden
from omnibound.domain.live import Said, Stage, Word
from omnibound.domain.status import Reason
from omnibound.engine.book import Book, Entry
from omnibound.engine.receiver import Receiver
from omnibound.ports import Clock


class Results:
    """Call it with a delivery; it returns when the result is committed."""

    def __init__(self, book: Book, receiver: Receiver, clock: Clock) -> None:
        self._book = book
        self._receiver = receiver
        self._clock = clock

    async def check(self, delivery: int, talking: bool) -> None:
        """Raises Forbidden for one of whom no result is awaited. `talking`: an agent talks with them."""
        await self._awaited(delivery, talking)

    async def __call__(self, delivery: int, talking: bool, reason: Reason, detail: str, at: int) -> None:
        """Say this result. `at`: when they are called again (microseconds UTC), 0: as the campaign says.

        Raises Forbidden as `check` does.
        """
        entry = await self._awaited(delivery, talking)
        now = self._clock()
        after = max(1, at - now) if at else 0
        await self._receiver.say(
            [(entry, Word(Said.RESULT, entry.live.attempt, now, reason, detail, after=after))], now
        )

    async def _awaited(self, delivery: int, talking: bool) -> Entry:
        """As it stands in memory, which may be more than is committed yet."""
        await self._receiver.load([delivery])
        entry = self._book.entries.get(delivery)
        if entry is None or not (entry.live.stage is Stage.HELD or (talking and entry.live.stage is Stage.SENT)):
            raise Forbidden("no result is awaited of this person", "result")
        return entry
