"""What went wrong, as OBI tells it: `{"statusCode": 400, "error": "Invalid numbers: '+number;'"}`."""

from collections.abc import Mapping
from typing import NamedTuple

from msgspec.json import encode

from omnibound.domain import errors

INTERNAL = 500
_SHOWN = 200
"""Characters of a value that an error repeats."""


class Told(errors.Refused):
    """An error with a status of its own."""

    def __init__(self, status: int, text: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(text)
        self.status = status
        self.headers = dict(headers or {})


class Problem(NamedTuple):
    """An answer that is an error."""

    status: int
    text: str
    headers: dict[str, str]

    def members(self) -> dict[str, int | str]:
        """What is told, member by member."""
        return {"statusCode": self.status, "error": self.text}


_STATUSES: dict[type[Exception], int] = {
    errors.Unauthorized: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Stopping: 503,
    errors.Unavailable: 503,
    errors.Busy: 429,
    errors.Refused: 400,
}


def problem_of(error: Exception) -> Problem:
    """The answer to an error; one that nobody foresaw is our own fault (500)."""
    if isinstance(error, Told):
        return Problem(error.status, error.text, error.headers)
    status = next((_STATUSES[kind] for kind in type(error).__mro__ if kind in _STATUSES), INTERNAL)
    text = error.text if isinstance(error, errors.Refused) else "something went wrong here; it is in the server's log"
    headers: dict[str, str] = {}
    if isinstance(error, errors.Busy):
        headers["Retry-After"] = str(max(1, error.retry_after))
    if status == 401:
        headers["WWW-Authenticate"] = 'Basic realm="RI"'
    return Problem(status, text, headers)


def invalid(field: str, value: object, why: str = "") -> errors.Invalid:
    """`Invalid externalId: 007 : Value is not unique`; numbers stand between apostrophes."""
    shown = (encode(value).decode() if isinstance(value, dict | list | bool) else str(value))[:_SHOWN]
    quoted = f"'{shown}'" if field == "numbers" else shown
    return errors.Invalid(f"Invalid {field}: {quoted}" + (f" : {why}" if why else ""), field)
