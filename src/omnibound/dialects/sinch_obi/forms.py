"""JSON, XML and text: what each is called, how answers and errors look in it, and which one a client wants."""

from asyncio import sleep
from collections.abc import Sequence
from enum import Enum
from html import escape as html_escape
from typing import Any, Final, Literal, NamedTuple, cast

import msgspec
from starlette.responses import Response

from omnibound.dialects.sinch_obi.errors import Problem, Told
from omnibound.wire.negotiate import accepted
from omnibound.wire.xml.writing import escape

SLICE = 200
HTML: Final = "text/html"


class Kind(Enum):
    """How a body is written."""

    JSON = 0
    XML = 1
    TEXT = 2


class Form(NamedTuple):
    """What a client is answered in."""

    kind: Kind
    content_type: str


_MEDIA: Final = {
    "json": ("application/json", "text/json"),
    "xml": ("application/xml", "text/xml"),
}
_KINDS: Final = {media: Kind[name.upper()] for name, medias in _MEDIA.items() for media in medias} | {HTML: Kind.TEXT}


def offered(usual: Literal["json", "xml"]) -> tuple[str, ...]:
    """All that we can answer in, the usual one first."""
    other = "xml" if usual == "json" else "json"
    return (*_MEDIA[usual], *_MEDIA[other], HTML)


def form_of(accept: str, offers: Sequence[str], texts: bool) -> Form | None:
    """What a client wants its answer in; None for nothing that we can do. `texts`: HTML is what it says, not JSON."""
    media = accepted(accept, offers)
    if not media:
        return None
    if media == HTML and not texts:
        return Form(Kind.JSON, "application/json")
    return Form(_KINDS[media], media)


NOT_ACCEPTABLE: Final = Told(406, "application/json, application/xml and text/html can be answered")


def problem(form: Form, told: Problem) -> Response:
    """An error as it is told."""
    bodies = {
        Kind.JSON: lambda: msgspec.json.encode(told.members()),
        Kind.XML: lambda: xml_of("error", told.members()),
        # What a client sent is told back: no browser may take it for a page.
        Kind.TEXT: lambda: html_escape(told.text, quote=False).encode(),
    }
    return Response(bodies[form.kind](), told.status, told.headers, form.content_type)


def answer(form: Form, root: str, told: dict[str, Any]) -> Response:
    """One thing; `root` is what XML calls it."""
    body = xml_of(root, told) if form.kind is Kind.XML else msgspec.json.encode(told)
    return Response(body, 200, media_type=form.content_type)


async def answer_list(form: Form, root: str, item: str, told: list[dict[str, Any]]) -> Response:
    """Several; `root` and `item` are what XML calls all and each of them."""
    if form.kind is not Kind.XML:
        return Response(msgspec.json.encode(told), 200, media_type=form.content_type)
    parts: list[str] = []
    for start in range(0, len(told), SLICE):
        parts += [_element(item, each) for each in told[start : start + SLICE]]
        await sleep(0)
    return Response(_document(root, "".join(parts)), 200, media_type=form.content_type)


# --- XML --------------------------------------------------------------------------------------------------------------


def xml_of(root: str, told: dict[str, Any]) -> bytes:
    """A document: members by their names, those of a list one after the other under its name."""
    return _document(root, "".join([_element(name, value) for name, value in told.items()]))


def _document(root: str, inside: str) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><{root}>{inside}</{root}>'.encode()


def _element(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "".join([_element(name, each) for each in cast("list[Any]", value)])
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        return f"<{name}>{''.join([_element(each, members[each]) for each in members])}</{name}>"
    return f"<{name}>{escape(str(value))}</{name}>"
