"""What was sent together: when it begins, how far it is, and what its sender wants done with the rest of it."""

from enum import IntEnum
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

PARKED = 1 << 61
"""Added to the instant at which a delivery is due while it is held back: no clock comes there, and nothing is lost."""

ALL = (1 << 63) - 1
"""No message has a greater id."""


class State(IntEnum):
    """How far a bulk is, or one delivery of it."""

    PENDING = 0
    """It begins later."""
    PROCESSING = 1
    PAUSED = 2
    """Nothing of it is handed over until it is resumed. The validity of its steps runs on."""
    CANCELLED = 3
    """What was not handed over never will be."""
    FINISHED = 4
    """Nothing of it is unfinished."""
    FAILED = 5
    """It is finished, and nothing of it was ever handed over."""


class Target(NamedTuple):
    """What its sender speaks of: all that has a bulk id, or with `bulk` empty the delivery with this id."""

    account: int
    bulk: str = ""
    delivery: int = 0


class Bulk(Struct, frozen=True, gc=False, kw_only=True):
    """A bulk or a delivery as its sender is told of it. `send_at` (microseconds UTC): when it begins, or began."""

    target: Target
    send_at: int
    state: State


class Stop(Struct, frozen=True, gc=False, kw_only=True):
    """What its sender wants done with the rest of a bulk, or of one delivery. One row, however many deliveries.

    A cancellation is for what was asked for until then; whether it is paused besides is for what comes after.
    """

    target: Target
    paused: bool = False
    cancelled: bool = False
    send_at: int = 0
    """When it is to begin instead (microseconds UTC), until every delivery of it says so; 0: no change is under way."""
    up_to: int = ALL
    """The greatest id of a message that is cancelled: under the id of a cancelled bulk a new one may be sent."""
    open: bool = True
    """Whether there may be deliveries that do not say so yet."""
    at: int = 0
    """When it was said (microseconds UTC)."""

    def holds(self) -> bool:
        """Whether nothing may be handed over."""
        return self.paused or self.cancelled or self.send_at > 0

    def rest(self) -> "Stop":
        """What is left of it when all that is cancelled is over."""
        return replace(self, cancelled=False, up_to=ALL) if self.cancelled else self

    def of(self, message: int) -> "Stop | None":
        """What it says of a message by its id; None if nothing holds that back."""
        if message <= self.up_to:
            return self
        return self.rest() if self.paused else None


def real_due(due_at: int) -> int:
    """When a delivery is due, whether or not it is held back."""
    return due_at - PARKED if due_at >= PARKED else due_at


def wanted(stop: Stop, due_at: int, step_until: int) -> tuple[int, int]:
    """When a delivery that is not handed over is due, and its step over, as a pause, an end of one or a new begin want.

    Applied again it changes nothing. All in microseconds UTC.
    """
    due = real_due(due_at)
    begin = stop.send_at or due
    return begin + (PARKED if stop.paused else 0), step_until + begin - due
