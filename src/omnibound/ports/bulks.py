"""The memory of bulks: what is held back, cancelled or to begin later. Times are microseconds UTC."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from omnibound.domain.bulk import Stop, Target
from omnibound.domain.live import Stage


class Span(NamedTuple):
    """The deliveries of one message: those of it with an id above `after`, up to `last`."""

    message: int
    after: int
    last: int


class Unfinished(NamedTuple):
    """As much of a live row as holding it back needs."""

    id: int
    stage: Stage
    owner: int
    due_at: int
    step_until: int
    step: int
    struck: int

    def barred(self) -> bool:
        """Whether nothing may follow the attempt under way."""
        return bool(self.struck >> self.step & 1)


class BulkStore(Protocol):
    """Stops, and what there is of the bulk or the delivery that they are for."""

    async def stop(self, target: Target) -> Stop | None:
        """What its sender has said of it."""
        ...

    async def stops(self) -> list[Stop]:
        """All that hold something back, or have work left."""
        ...

    async def put(self, stop: Stop) -> bool:
        """Write it down instead of what was said before.

        Of one that changes when it begins: False, and nothing is changed, when something of it has begun, or when it
        is of more than one message.
        """
        ...

    async def drop(self, target: Target) -> None:
        """Nothing is to be done with it any more."""
        ...

    async def forget(self, before: int) -> None:
        """Drop what was cancelled, and done with, before this instant."""
        ...

    async def newest(self, target: Target) -> int | None:
        """The greatest id of its messages; None if there is none."""
        ...

    async def spans(self, target: Target, after: int, limit: int) -> list[Span]:
        """Its deliveries, a message each, of messages with an id above `after`."""
        ...

    async def unfinished(self, target: Target, after: int) -> bool:
        """Whether any delivery of it, of a message with an id above `after`, is not finished."""
        ...

    async def sent(self, target: Target, after: int) -> bool:
        """Whether any delivery of it, of a message with an id above `after`, has ended after it was handed over."""
        ...

    async def begun(self, target: Target) -> bool:
        """Whether anything of it was handed over, or is over."""
        ...

    async def rows(self, span: Span, limit: int) -> list[Unfinished]:
        """The first so many unfinished deliveries of a span."""
        ...

    async def set_due(self, rows: Sequence[tuple[Unfinished, int, int]]) -> None:
        """New (due, end of the step) of deliveries that nobody owns, and that are due as they were."""
        ...

    async def put_away(self, deliveries: Sequence[int], owner: int) -> None:
        """This node does not wait to hand these over any more: nobody owns them, and they are parked."""
        ...
