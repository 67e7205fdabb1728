"""One exchange with an HTTP provider: what is asked, what is answered, what that means, and the trace of it."""

from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

import msgspec

from omnibound.domain.facts import Failure
from omnibound.domain.status import Reason

SECOND = 1_000_000
KEPT = 200
"""How many exchanges a trace keeps."""
_BLANK = "***"
_TEXT_LIMIT = 10_000
_SECRET_HEADERS = frozenset(
    {"authorization", "proxy-authorization", "x-api-key", "api-key", "cookie", "set-cookie", "x-auth-token"}
)


class Request(NamedTuple):
    """What one request to the provider consists of. `about` is the author's own: the token it is for, say."""

    url: str
    body: bytes = b""
    headers: Mapping[str, str] = {}
    method: str = "POST"
    about: str = ""


class Answer(NamedTuple):
    """What came back. Header names are compared without regard to case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        """The body, if it is a JSON object; else an empty one."""
        try:
            return msgspec.json.decode(self.body, type=dict[str, Any])
        except msgspec.MsgspecError:
            return {}

    def retry_after(self, now: int) -> int:
        """The wait that Retry-After (RFC 9110, 10.2.3) asks for, 0 without one. It and `now` (UTC) in microseconds."""
        given = self.headers.get("Retry-After", "").strip()
        if given.isascii() and given.isdigit():
            return int(given[:9]) * SECOND
        try:
            at = parsedate_to_datetime(given)
        except ValueError:
            return 0
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        return max(0, (at - datetime.fromtimestamp(0, UTC)).total_seconds().__trunc__() * SECOND - now)


class Callback(NamedTuple):
    """A request that a provider makes to us."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


# -- What an answer means: one of these, or a Failure ------------------------------------------------------------


class Taken(NamedTuple):
    """The provider took it. `final` where no more is told."""

    provider_ids: tuple[str, ...]
    final: bool = False


class Dead(NamedTuple):
    """It failed, because the device or user behind `address` is no longer registered."""

    failure: Failure
    address: str


class Slow(NamedTuple):
    """The provider wants us to wait, `wait` microseconds if it says how long; it did not take this one."""

    why: str
    wait: int = 0


class NotSent(NamedTuple):
    """Nothing has reached the provider. `down`: because it cannot be reached."""

    why: str
    down: bool = False


class Doubt(NamedTuple):
    """It may have been taken or not."""

    why: str


Verdict = Taken | Failure | Dead | Slow | NotSent | Doubt

_FAILURES: dict[int, Reason] = {
    401: Reason.PROVIDER_AUTH,
    403: Reason.PROVIDER_AUTH,
    407: Reason.PROVIDER_AUTH,
    402: Reason.NO_CREDIT,
    408: Reason.PROVIDER_TIMEOUT,
    413: Reason.TOO_LONG,
    504: Reason.PROVIDER_TIMEOUT,
}


def judge_status(answer: Answer, now: int) -> Verdict:
    """What an answer means as far as HTTP alone tells. A success that nobody could read leaves doubt."""
    status, wait = answer.status, answer.retry_after(now)
    if status == 429 or (status == 503 and wait):
        return Slow(f"http:{status}", wait)
    if 200 <= status < 300:
        return Doubt("the answer is not understood")
    reason = _FAILURES.get(status) or (Reason.PROVIDER_ERROR if status >= 500 else Reason.REFUSED)
    return Failure(reason, f"http:{status}")


def sum_up(verdicts: list[Verdict]) -> Verdict:
    """What several requests for one attempt come to: taken if one was; else what leaves most hope.

    Raises ValueError for an empty list.
    """
    return min(verdicts, key=_hopelessness)


def _hopelessness(verdict: Verdict) -> int:
    match verdict:
        case Taken():
            return 0
        case Doubt():
            return 1
        case Slow() | NotSent():
            return 2
        case Failure():
            return 3 if verdict.temporary else 4
        case Dead():
            return 5


class Exchange(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One exchange as people may see it. Times in microseconds; `status` is 0 where no answer came: see `error`."""

    at: int
    took: int
    delivery: int
    attempt: int
    method: str
    url: str
    headers: dict[str, str]
    body: str
    status: int = 0
    answer: str = ""
    error: str = ""


class Trace:
    """The last exchanges: all of them while it is on, failures always. What is secret is blanked before it is kept."""

    def __init__(self, secrets: tuple[str, ...] = ()) -> None:
        self.on = False
        self._secrets = tuple(secret for secret in secrets if secret)
        self._kept: deque[Exchange] = deque(maxlen=KEPT)

    def keep(self, exchange: Exchange, secrets: tuple[str, ...] = ()) -> None:
        """Add an exchange; `secrets` are those of this one beside the standing ones."""
        hidden = (*self._secrets, *(secret for secret in secrets if secret))
        headers = {
            name: _BLANK if name.lower() in _SECRET_HEADERS else _blank(value, hidden)
            for name, value in exchange.headers.items()
        }
        texts = {name: _blank(getattr(exchange, name), hidden) for name in ("url", "body", "answer", "error")}
        self._kept.append(msgspec.structs.replace(exchange, headers=headers, **texts))

    def exchanges(self) -> list[Exchange]:
        """What is kept, the oldest first."""
        return list(self._kept)


def _blank(text: str, secrets: tuple[str, ...]) -> str:
    for secret in secrets:
        text = text.replace(secret, _BLANK)
    return text[:_TEXT_LIMIT]


def as_text(data: bytes) -> str:
    """Bytes for people to read."""
    return data.decode("utf-8", "replace")
