"""What went wrong, as the native API tells it: one table from the domain's words to HTTP, in the form of RFC 9457."""

import re
from typing import NamedTuple

import msgspec
from msgspec import UNSET, Struct, UnsetType
from starlette.responses import Response

from omnibound.domain import errors
from omnibound.wire.body import fault_of
from omnibound.wire.openapi import PROBLEM_TYPE

_TYPES = "urn:omnibound:problem:"


class NoMethod(errors.Refused):
    """The path has no such method. `text` lists those it has."""


class TooBig(errors.Refused):
    """The body has more bytes than are taken."""


class NotJson(errors.Refused):
    """The body says that it is something else than JSON."""


class FaultOut(Struct, frozen=True, kw_only=True):
    """One of several things that are wrong, and where."""

    path: str
    why: str


class Problem(Struct, frozen=True, kw_only=True):
    """Why a request was refused (RFC 9457). `type` names the kind, `field` the member that is wrong; `errors` are there
    where several things are.
    """

    type: str
    title: str
    status: int
    detail: str
    field: str | UnsetType = UNSET
    errors: list[FaultOut] | UnsetType = UNSET


class Kind(NamedTuple):
    """A kind of problem: the HTTP status, the last word of its `type`, and its title."""

    status: int
    word: str
    title: str


BROKEN = Kind(500, "internal", "Something went wrong here")

KINDS: dict[type[errors.Refused], Kind] = {
    errors.Refused: Kind(400, "invalid", "The request cannot be served"),
    errors.Invalid: Kind(400, "invalid", "The request is not acceptable"),
    errors.Faulty: Kind(422, "faulty", "The configuration cannot be used"),
    errors.Unauthorized: Kind(401, "unauthorized", "Credentials are needed"),
    errors.Forbidden: Kind(403, "forbidden", "The credentials do not allow this"),
    errors.NotFound: Kind(404, "not-found", "There is no such thing"),
    NoMethod: Kind(405, "no-method", "The path has no such method"),
    errors.NotDefault: Kind(409, "not-default", "One scenario must be the default"),
    errors.TooLate: Kind(409, "too-late", "It is too late for that"),
    TooBig: Kind(413, "too-big", "The body is too big"),
    NotJson: Kind(415, "not-json", "The body must be JSON"),
    errors.Busy: Kind(429, "busy", "Too much for now"),
    errors.Calling: Kind(409, "calling", "A call is under way"),
    errors.Throttled: Kind(429, "throttled", "Too many requests"),
    errors.Backlogged: Kind(429, "backlogged", "Too much is waiting already"),
    errors.Elsewhere: Kind(421, "elsewhere", "Another server of this installation does it"),
    errors.Unavailable: Kind(503, "unavailable", "Something here does not work for now"),
    errors.Stopping: Kind(503, "stopping", "The server is about to stop"),
}
"""Total over the domain's errors (by test)."""

_CHALLENGE = 'Basic realm="omnibound", App realm="omnibound"'


def problem_of(error: Exception) -> Response:
    """The answer to an error; one that no table knows is our own fault (500), and its text stays here."""
    kind = next((KINDS[base] for base in type(error).__mro__ if base in KINDS), BROKEN)
    refused = error if isinstance(error, errors.Refused) else errors.Refused("see the server's log")
    told = Problem(
        type=_TYPES + kind.word,
        title=kind.title,
        status=kind.status,
        detail=refused.text,
        field=refused.field or UNSET,
        errors=[FaultOut(path=at, why=why) for at, why in refused.faults]
        if isinstance(refused, errors.Faulty) and refused.faults
        else UNSET,
    )
    return Response(msgspec.json.encode(told), kind.status, _headers(refused), PROBLEM_TYPE)


def _headers(error: errors.Refused) -> dict[str, str]:
    match error:
        case errors.Unauthorized():
            return {"WWW-Authenticate": _CHALLENGE}
        case errors.Busy():
            return {"Retry-After": str(max(1, error.retry_after))}
        case NoMethod():
            return {"Allow": error.text}
        case _:
            return {}


_MEMBER = re.compile(r"(?:missing required|contains unknown) field `(.*?)`")


def from_msgspec(error: msgspec.MsgspecError) -> errors.Invalid:
    """`Expected `str`, got `int` - at `$.to[0].phone`` as an error in the field `to[0].phone`."""
    text, path = fault_of(error)
    member = _MEMBER.search(text)
    return errors.Invalid(text, ".".join(filter(None, (path, member[1] if member else ""))))
