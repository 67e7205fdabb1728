"""A call that is over: what only a spoken attempt has. Times: microseconds UTC, 0 where there was no such moment."""

from msgspec import Struct

from omnibound.domain.status import Reason


class Rtp(Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """The sound of a call in packets: what we sent and received, and of theirs what was lost or came too late.

    What begins with `their`, and the round trip, is from the reports of the far end; None: it sent none.
    """

    sent: int = 0
    received: int = 0
    lost: int = 0
    late: int = 0
    jitter_ms: float = 0.0
    their_lost: int | None = None
    their_jitter_ms: float | None = None
    round_trip_ms: float | None = None


class Call(Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """An attempt that was spoken, or rang, or was refused: told once it is over, as a fact of its own.

    `number` and `caller` are who was called and what they saw. `why` and `who` are the telephone's words for the end
    and for whose doing it was; `sip` the last status (0: none), `q850` the cause beside it (0: none), `text` the far
    end's words. `said`: all of it was played; `digits`: the keys that were pressed. Whose call it was, `account` and
    `campaign`, a channel does not know: it is added where the fact finds its delivery.
    """

    delivery: int
    attempt: int
    connector: str
    reason: Reason
    ended_at: int
    detail: str = ""
    number: str = ""
    caller: str = ""
    begun_at: int = 0
    rang_at: int = 0
    answered_at: int = 0
    talked_ms: int = 0
    why: str = ""
    who: str = ""
    sip: int = 0
    q850: int = 0
    text: str = ""
    said: bool = False
    digits: str = ""
    rtp: Rtp = Rtp()
    account: int = 0
    campaign: str = ""
    agent: str = ""
    joined_at: int = 0
    unserved: bool = False


def call_id(delivery: int, number: int) -> str:
    """The name of an attempt's call between us and the telephone."""
    return f"{delivery:x}-{number}"


def read_call_id(call: str) -> tuple[int, int]:
    """The attempt of a call: delivery, number."""
    delivery, _, number = call.partition("-")
    return int(delivery, 16), int(number)
