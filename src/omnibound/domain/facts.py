"""What a channel tells: first how the hand-over of an attempt went, later what became of it."""

from msgspec import Struct

from omnibound.domain.call import Call
from omnibound.domain.status import MEANINGS, Reason, Status


class Failure(Struct, frozen=True, gc=False):
    """Why an attempt failed. `detail` is the network's own code with its family: `gsm:27`, `fcm:UNREGISTERED`.

    `retry` overrides what the reason usually means; `after` is a wait in microseconds the provider asked for.
    """

    reason: Reason
    detail: str = ""
    retry: bool | None = None
    after: int = 0

    @property
    def temporary(self) -> bool:
        """Whether trying again may help."""
        return MEANINGS[self.reason].retry if self.retry is None else self.retry


class Accepted(Struct, frozen=True, gc=False):
    """The provider took the attempt; an id a part. `final` where acceptance is all that the provider tells."""

    delivery: int
    attempt: int
    connector: str
    carrier: str
    provider_ids: tuple[str, ...]
    at: int
    final: bool = False


class Failed(Struct, frozen=True, gc=False):
    """The provider refused the attempt, or could not take it."""

    delivery: int
    attempt: int
    connector: str
    failure: Failure
    at: int


class Returned(Struct, frozen=True, gc=False):
    """The attempt never left this machine: it uses up nothing."""

    delivery: int
    attempt: int
    connector: str
    why: str
    at: int


class Unknown(Struct, frozen=True, gc=False):
    """The attempt may have left: the link died or the answer timed out."""

    delivery: int
    attempt: int
    connector: str
    why: str
    at: int
    resend: bool = True
    """The connector's `on_ambiguous`: send again (default), or hold for a receipt until the step's validity ends."""


class Receipt(Struct, frozen=True, gc=False):
    """What became of an attempt, by the carrier's id for it. `status` SENT is a note on the way (buffered).

    `more`: another may come for the same id, for this provider also tells when something was seen.
    """

    carrier: str
    provider_id: str
    status: Status
    reason: Reason
    detail: str
    at: int
    raw: str = ""
    more: bool = False


class Inbound(Struct, frozen=True, gc=False):
    """A message from a person to one of our numbers. `reference`: what it is part of (reference, total, number).

    `data` is what is no text; of a part that was cut within a character, the octets (UTF-16) of its text too.
    """

    connector: str
    channel: str
    sender: str
    recipient: str
    text: str
    at: int
    data: bytes = b""
    reference: tuple[int, int, int] | None = None


class Gone(Struct, frozen=True, gc=False):
    """A device or user is no longer registered with the provider."""

    connector: str
    channel: str
    address: str
    at: int


class Link(Struct, frozen=True, gc=False):
    """A connector's link came up, went down, or is throttled until an instant (microseconds UTC)."""

    connector: str
    up: bool
    why: str
    at: int
    throttled_until: int = 0


HandOver = Accepted | Failed | Returned | Unknown
"""Exactly one of these comes back for each attempt given to a channel."""

Fact = Accepted | Failed | Returned | Unknown | Receipt | Call | Inbound | Gone | Link
