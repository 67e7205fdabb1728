"""What went wrong, as OMNI tells it: one table from the domain's words to HTTP numbers, and the envelope."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import msgspec

from omnibound.domain import errors
from omnibound.wire.body import fault_of

Faults = dict[str, list[str]]
"""What is wrong, by the path of the member: `destinations[0].to`; `body` if it is the whole of it."""


NOTHING: Mapping[str, Any] = MappingProxyType({})


class BadRequest(Exception):
    """The request cannot be read, or breaks the schema."""

    def __init__(self, faults: Faults) -> None:
        super().__init__("; ".join(f"{path}: {', '.join(texts)}" for path, texts in faults.items()))
        self.faults = faults


class BadArgument(BadRequest):
    """A scenario whose members are readable but do not make a scenario."""


class Problem(NamedTuple):
    """An answer that is an error: the HTTP status, what the envelope says, and headers."""

    status: int
    message_id: str
    text: str
    faults: Mapping[str, list[str]] = NOTHING
    headers: Mapping[str, str] = NOTHING

    def envelope(self) -> dict[str, Any]:
        """What is told, member by member."""
        told = {"messageId": self.message_id, "text": self.text}
        exception = {**told, "validationErrors": self.faults} if self.faults else told
        return {"requestError": {"serviceException": exception}}

    def body(self) -> bytes:
        """The envelope in JSON."""
        return msgspec.json.encode(self.envelope())


BAD_REQUEST = Problem(400, "BAD_REQUEST", "Bad request")
INVALID_ARGUMENT = Problem(400, "INVALID_ARGUMENT", "Invalid argument")
NOT_DEFAULT = Problem(400, "INVALID_ARGUMENT", "Exactly one scenario must be default.")
UNAUTHORIZED = Problem(401, "UNAUTHORIZED", "Unauthorized", NOTHING, {"WWW-Authenticate": 'Basic realm="omni"'})
FORBIDDEN = Problem(403, "FORBIDDEN", "Forbidden")
NOT_FOUND = Problem(404, "NOT_FOUND", "Not found")
NO_METHOD = Problem(405, "METHOD_NOT_ALLOWED", "Method not allowed")
TOO_MANY = Problem(429, "TOO_MANY_REQUESTS", "Too many requests")
GENERAL = Problem(500, "GENERAL_ERROR", "Something went wrong. Please contact support.")
UNAVAILABLE = Problem(503, "SERVICE_UNAVAILABLE", "Service unavailable")

_TABLE: dict[type[Exception], Problem] = {
    BadArgument: INVALID_ARGUMENT,
    BadRequest: BAD_REQUEST,
    errors.Invalid: BAD_REQUEST,
    errors.NotFound: NOT_FOUND,
    errors.NotDefault: NOT_DEFAULT,
    errors.Unauthorized: UNAUTHORIZED,
    errors.Forbidden: FORBIDDEN,
    errors.Throttled: TOO_MANY,
    errors.Backlogged: TOO_MANY,
    errors.Stopping: UNAVAILABLE,
    errors.Unavailable: UNAVAILABLE,
    errors.Busy: TOO_MANY,
    errors.Refused: BAD_REQUEST,
}

ON_SCENARIOS: dict[type[Exception], Problem] = {**_TABLE, errors.Invalid: INVALID_ARGUMENT}
"""Scenario: Create and Scenario: Update print INVALID_ARGUMENT for content that makes no sense."""

ON_MESSAGES = _TABLE


def problem_of(error: Exception, table: dict[type[Exception], Problem]) -> Problem:
    """The answer to an error; a kind that the table does not have is our own fault (500)."""
    problem = next((table[kind] for kind in type(error).__mro__ if kind in table), GENERAL)
    if problem.status in (400, 404):
        problem = problem._replace(faults=_faults_of(error))
    if isinstance(error, errors.Busy):
        problem = problem._replace(headers={"Retry-After": str(max(1, error.retry_after))})
    return problem


def _faults_of(error: Exception) -> Faults:
    if isinstance(error, BadRequest):
        return error.faults
    # The text of the envelope says all there is about a default scenario that is to be unmade.
    if isinstance(error, errors.Refused) and error.field and not isinstance(error, errors.NotDefault):
        return {error.field: [error.text]}
    return {}


def from_msgspec(error: msgspec.MsgspecError) -> BadRequest:
    """`Expected `str`, got `int` - at `$.destinations[0].to`` as a fault of the member `destinations[0].to`."""
    text, path = fault_of(error)
    return BadRequest({path or "body": [text]})
