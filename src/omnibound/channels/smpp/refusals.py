"""A carrier's refusal of a submit_sm in our words: command_status (SMPP 3.4, 5.1.3) -> Failure."""

from collections.abc import Mapping
from typing import Final

from omnibound.domain.errors import Invalid
from omnibound.domain.facts import Failure
from omnibound.domain.status import Reason

NOT_BOUND: Final = 0x04
"""ESME_RINVBNDSTS: the carrier has forgotten our bind; nothing was taken, and a new bind is needed."""

_R = Reason

REASONS: Final[dict[int, Reason]] = {
    0x01: _R.INVALID_CONTENT,
    0x02: _R.PROVIDER_ERROR,
    0x03: _R.REFUSED,
    NOT_BOUND: _R.LINK_DOWN,
    0x06: _R.INVALID_CONTENT,
    0x07: _R.REFUSED,
    0x08: _R.PROVIDER_ERROR,
    0x0A: _R.INVALID_SENDER,
    0x0B: _R.INVALID_ADDRESS,
    0x0D: _R.PROVIDER_AUTH,
    0x0E: _R.PROVIDER_AUTH,
    0x0F: _R.INVALID_SENDER,
    0x14: _R.THROTTLED,
    0x15: _R.REFUSED,
    0x33: _R.INVALID_ADDRESS,
    0x34: _R.INVALID_ADDRESS,
    0x40: _R.INVALID_ADDRESS,
    0x42: _R.INVALID_CONTENT,
    0x43: _R.INVALID_CONTENT,
    0x44: _R.REFUSED,
    0x45: _R.REFUSED,
    0x48: _R.INVALID_SENDER,
    0x49: _R.INVALID_SENDER,
    0x50: _R.INVALID_ADDRESS,
    0x51: _R.INVALID_ADDRESS,
    0x53: _R.PROVIDER_AUTH,
    0x58: _R.THROTTLED,
    0x61: _R.INVALID_VALIDITY,
    0x62: _R.INVALID_VALIDITY,
    0x64: _R.PROVIDER_ERROR,
    0x65: _R.REFUSED,
    0x66: _R.REFUSED,
    0xC0: _R.INVALID_CONTENT,
    0xC1: _R.INVALID_CONTENT,
    0xC2: _R.INVALID_CONTENT,
    0xC3: _R.INVALID_CONTENT,
    0xC4: _R.INVALID_CONTENT,
    0xFE: _R.REFUSED,
    0xFF: _R.PROVIDER_ERROR,
    0x100: _R.REFUSED,
    0x101: _R.REFUSED,
    0x102: _R.PROVIDER_ERROR,
    0x103: _R.REFUSED,
    0x104: _R.INVALID_CONTENT,
    0x105: _R.INVALID_SENDER,
    0x106: _R.INVALID_ADDRESS,
}
"""What each status says of the message. THROTTLED and LINK_DOWN give the attempt back: it uses up nothing."""

_RETRIES: Final = {"": None, "retry": True, "final": False}


class Refusals:
    """The table above with a connector's own lines before it."""

    def __init__(self, own: Mapping[str, str]) -> None:
        """`own` as in `Settings.submit_errors`. Raises Invalid."""
        self._failures = {status: Failure(reason, _detail(status)) for status, reason in REASONS.items()}
        self._failures |= dict([_read(*line) for line in own.items()])

    def failure(self, status: int) -> Failure:
        """What a command_status means. One that no table has is a refusal for good."""
        return self._failures.get(status) or Failure(Reason.REFUSED, _detail(status))

    def knows(self, status: int) -> bool:
        """Whether a table has it."""
        return status in self._failures


def _detail(status: int) -> str:
    return f"smpp:0x{status:02x}"


def _read(status: str, words: str) -> tuple[int, Failure]:
    name, _, retry = words.strip().partition(" ")
    try:
        number = int(status, 0)
        return number, Failure(Reason[name.upper()], _detail(number), _RETRIES[retry.strip()])
    except (KeyError, ValueError) as error:
        raise Invalid(f"submit_errors: {status!r} = {words!r} is no status and reason", "submit_errors") from error
