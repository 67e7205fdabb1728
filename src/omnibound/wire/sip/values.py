"""Headers of the extensions: why a call ended (RFC 3326), session timers (RFC 4028), reliable provisionals (3262)."""

from typing import Literal, NamedTuple

from omnibound.wire.sip.errors import SipError
from omnibound.wire.sip.fields import quote, read_number, read_params
from omnibound.wire.sip.messages import Message


class Why(NamedTuple):
    """What the Reason headers say: Q.850's cause or 0, and the words that stood with it."""

    q850: int = 0
    text: str = ""


def read_reason(message: Message) -> Why:
    """Q.850's cause of a message, or the text of another protocol's; a Reason that cannot be read is no reason."""
    found = Why()
    for value in message.members("reason"):
        protocol, _, rest = value.partition(";")
        params = read_params(rest)
        text = params.get("text", "")
        if protocol.strip().upper() == "Q.850" and (cause := params.get("cause", "")).isdecimal() and len(cause) < 4:
            return Why(int(cause), text)
        found = found if found.text else Why(0, text)
    return found


def write_reason(protocol: str, cause: int, text: str) -> str:
    """`Q.850;cause=16;text="Normal call clearing"`."""
    return f"{protocol};cause={cause};text={quote(text)}"


Refresher = Literal["uac", "uas", ""]


class Interval(NamedTuple):
    """A session's interval in seconds, and who refreshes it ("": not said)."""

    seconds: int
    refresher: Refresher = ""


def read_interval(message: Message) -> Interval | None:
    """Session-Expires; None where there is none. Raises SipError."""
    value = message.get("session-expires")
    if not value:
        return None
    seconds, _, rest = value.partition(";")
    refresher = read_params(rest).get("refresher", "").lower()
    who: Refresher = "uac" if refresher == "uac" else "uas" if refresher == "uas" else ""
    return Interval(read_number(seconds, "Session-Expires"), who)


def write_interval(interval: Interval) -> str:
    """The value of Session-Expires."""
    return f"{interval.seconds};refresher={interval.refresher}" if interval.refresher else str(interval.seconds)


def read_seconds(message: Message, name: str) -> int | None:
    """Min-SE, Expires, Min-Expires or Retry-After; None where it is missing or no number."""
    value = message.get(name).partition(";")[0].partition("(")[0]
    try:
        return read_number(value, name) if value else None
    except SipError:
        return None
