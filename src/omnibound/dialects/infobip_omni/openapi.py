"""The OpenAPI document of OMNI, made of the table of operations and the types that bodies are read and written by."""

from functools import cache
from typing import Any

import msgspec
from msgspec import Struct
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from omnibound import __version__
from omnibound.dialects.infobip_omni import errors
from omnibound.dialects.infobip_omni.blocks.table import BLOCKS
from omnibound.dialects.infobip_omni.codes import ErrorOut, StatusOut
from omnibound.dialects.infobip_omni.forms import FORMS, ITEMS, ROOTS
from omnibound.dialects.infobip_omni.operations import DESCRIBE, TABLE
from omnibound.dialects.infobip_omni.resource import Ask, Resource, answer, anybody
from omnibound.dialects.infobip_omni.schemas import LogOut, ReportOut, RowOut, SendIn
from omnibound.services.base import Services
from omnibound.wire.negotiate import JSON
from omnibound.wire.openapi import About, Operation, document, refusals_of

MEDIA = ("application/json", "application/xml")

_KEY = {"type": "apiKey", "in": "header", "name": "Authorization"}
_REF = "#/components/schemas/{name}"


class ExceptionOut(Struct, rename="camel", omit_defaults=True):
    """What is wrong; `validationErrors` are texts by the path of the member, `body` being the whole."""

    message_id: str
    text: str
    validation_errors: dict[str, list[str]] = {}


class RequestErrorOut(Struct, rename="camel"):
    """The error of a request."""

    service_exception: ExceptionOut


class ApiException(Struct, rename="camel"):
    """The envelope of every error."""

    request_error: RequestErrorOut


def refusals(operation: Operation) -> list[str]:
    """The errors of an operation. What other APIs tell with 413 and 415 is a 400 here."""
    told = {code for code in refusals_of(operation) if code not in (413, 415)} | {429, 500, 503}
    return [str(code) for code in sorted(told | ({400} if operation.body else set()))]


ABOUT = About(
    title="Omnibound: OMNI",
    version=__version__,
    description=(
        "The OMNI API of Infobip as it is spoken here. Bodies and answers are JSON or XML. Everything below `/omni/1` "
        "is also below `/sms/1/omni/1`; a slash at the end changes nothing. A GET may be asked as HEAD."
    ),
    problem=ApiException,
    schemes={
        "basic": {"type": "http", "scheme": "basic", "description": "An account's user name and password."},
        "app": {**_KEY, "description": "An API key: `App KEY`."},
        "session": {**_KEY, "description": "The token of `/auth/1/session`: `IBSSO TOKEN`."},
        "bearer": {"type": "http", "scheme": "bearer", "description": "The token of `/auth/1/oauth2/token`."},
    },
    places={"key": "The key of what is meant.", "account": "The account's key; `_` is the account that asks."},
    media=MEDIA,
    error_media=MEDIA,
    error="What is wrong.",
    refusals=refusals,
)


def routes(services: Services) -> list[BaseRoute]:
    """The document, for everybody."""
    return [Route(DESCRIBE.path, Resource(services, {"GET": describe}, errors.ON_MESSAGES, anybody))]


async def describe(_ask: Ask) -> Response:
    """GET /omni/openapi.json, which is JSON whatever is asked for."""
    return answer(FORMS[JSON], msgspec.json.encode(described()))


@cache
def described() -> dict[str, Any]:
    """The document of the table."""
    told = document(ABOUT, TABLE)
    schemas = told["components"]["schemas"]
    _, carried = msgspec.json.schema_components(
        [StatusOut, ErrorOut, *(block.struct for block in BLOCKS)], ref_template=_REF
    )
    schemas |= carried
    for block in BLOCKS:
        _members(schemas, SendIn)[block.member] = {"anyOf": [_ref(block.struct), {"type": "null"}]}
    for kind in (RowOut, ReportOut, LogOut):
        _members(schemas, kind)["status"] = _ref(StatusOut)
    _members(schemas, ReportOut)["error"] = _ref(ErrorOut)
    _name_elements(schemas)
    return told


def _name_elements(schemas: dict[str, Any]) -> None:
    """What XML calls the root of an answer, and the items of its lists."""
    for kind, root in {**ROOTS, ApiException: "ApiException"}.items():
        if kind.__name__ in schemas:
            schemas[kind.__name__]["xml"] = {"name": root}
    for schema in schemas.values():
        for name, member in schema.get("properties", {}).items():
            if name in ITEMS and member.get("type") == "array":
                member["xml"] = {"wrapped": True}
                member["items"] = {**member["items"], "xml": {"name": ITEMS[name]}}


def _ref(kind: type[Struct]) -> dict[str, str]:
    return {"$ref": _REF.format(name=kind.__name__)}


def _members(schemas: dict[str, Any], kind: type[Struct]) -> dict[str, Any]:
    return schemas[kind.__name__]["properties"]
