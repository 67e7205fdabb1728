"""What went wrong, in Conpeek's envelope: `{"success": false, "error": {"code", "message", "details"}}`."""

from typing import Any, NamedTuple

import msgspec
from starlette.responses import Response

from omnibound.domain import errors
from omnibound.services.place_requests import BadRequests

JSON = "application/json"
INTERNAL = 500
FIELDS = {"phone": "contact_number", "announcement": "announcement_id", "voice": "voice_definition_id"}
"""Members that Conpeek calls otherwise."""

_STATUSES: dict[type[Exception], int] = {
    errors.Unauthorized: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Stopping: 503,
    errors.Unavailable: 503,
    errors.Busy: 429,
    errors.Refused: 400,
}


class Detail(NamedTuple):
    """What is wrong with one request of a list; `place` is its index, None where it is the whole body."""

    place: int | None
    field: str
    message: str

    def written(self) -> dict[str, Any]:
        """As it is told."""
        return {"index": self.place, "field": self.field, "message": self.message}


class Faulty(errors.Invalid):
    """What is wrong, detail by detail. `status`: 400, or 413 where there is too much of it."""

    def __init__(self, message: str, details: list[Detail], status: int = 400) -> None:
        super().__init__(message)
        self.details = details
        self.status = status


class NoMethod(errors.Refused):
    """Another method than those of the path; `allow` names them."""

    def __init__(self, allow: str) -> None:
        super().__init__("this method is not allowed here")
        self.allow = allow


def problem_of(error: Exception) -> Response:
    """The answer to an error; one that nobody foresaw is our own fault (500)."""
    if isinstance(error, NoMethod):
        return envelope(405, error.text, (), {"Allow": error.allow})
    if isinstance(error, Faulty):
        return envelope(error.status, error.text, error.details)
    status = next((_STATUSES[kind] for kind in type(error).__mro__ if kind in _STATUSES), INTERNAL)
    headers = {"Retry-After": str(max(1, error.retry_after))} if isinstance(error, errors.Busy) else {}
    text = error.text if isinstance(error, errors.Refused) else "something went wrong here; it is in the server's log"
    return envelope(status, text, _details(error), headers)


def _details(error: Exception) -> list[Detail]:
    if isinstance(error, BadRequests):
        return [Detail(fault.place, FIELDS.get(fault.field, fault.field), fault.text) for fault in error.faults]
    if isinstance(error, errors.Invalid) and error.field:
        return [Detail(None, FIELDS.get(error.field, error.field), error.text)]
    return []


def envelope(
    status: int, message: str, details: "list[Detail] | tuple[()]" = (), headers: dict[str, str] | None = None
) -> Response:
    """An error as it is told."""
    told = {"code": status, "message": message, "details": [detail.written() for detail in details]}
    body = msgspec.json.encode({"success": False, "error": told})
    return Response(body, status, headers, JSON)
