"""The bodies of requests, in JSON or XML -> builtins. Anything unreadable is refused with what is wrong."""

from asyncio import sleep
from typing import Any, cast
from xml.etree.ElementTree import Element

import msgspec
from starlette.requests import Request

from omnibound.dialects.sinch_obi.errors import Told, invalid
from omnibound.wire.body import CutShort, TooLong, holds_nul, receive_body
from omnibound.wire.negotiate import JSON, XML, body_format, charset, media_type
from omnibound.wire.xml.parsing import parse_in_slices
from omnibound.wire.xml.reading import read_any

SLICE = 500
LONGEST_STATUS = 1_000
"""Bytes of a status, in whatever format."""
TEXT = "text/plain"

_BODY = "body"
_LISTS = {"attributes": "attribute"}
"""What is read as a list, and what each of it is called."""


async def read_one(request: Request, most: int) -> Any:
    """A customer, whatever its root is called in XML."""
    told, body = await _read(request, most)
    return _customer(await _root(body, request)) if told == XML else _json(body)


async def read_list(request: Request, most: int) -> list[Any]:
    """Customers: a list, in XML whatever is in the root."""
    told, body = await _read(request, most)
    if told == JSON:
        listed = _json(body)
        if not isinstance(listed, list):
            raise invalid(_BODY, "a list of customers is needed")
        return cast("list[Any]", listed)
    items: list[Any] = []
    for place, element in enumerate(await _root(body, request), 1):
        items.append(_customer(element))
        if place % SLICE == 0:
            await sleep(0)
    return items


async def read_status(request: Request) -> str:
    """The word: bare, as a text in JSON, or in an element."""
    content_type = request.headers.get("content-type", "")
    if not content_type or media_type(content_type) == TEXT:
        body = await _receive(request, LONGEST_STATUS)
        return body.decode(errors="replace").removeprefix("\ufeff").strip().strip('"')
    told, body = await _read(request, LONGEST_STATUS)
    if told == JSON:
        word = _json(body)
        return word.strip() if isinstance(word, str) else str(word)
    return "".join((await _root(body, request)).itertext()).strip()


async def _read(request: Request, most: int) -> tuple[str, bytes]:
    told = body_format(request.headers.get("content-type", ""))
    if not told:
        raise Told(415, "application/json and application/xml are understood")
    return told, await _receive(request, most)


async def _receive(request: Request, most: int) -> bytes:
    try:
        return await receive_body(request.receive, request.headers.get("content-length", ""), most)
    except TooLong as error:
        raise Told(413, f"the body is too long: {error}") from error
    except CutShort as error:
        raise invalid(_BODY, error) from error


def _json(body: bytes) -> Any:
    if holds_nul(body):
        raise invalid(_BODY, "texts hold no NUL character")
    try:
        return msgspec.json.decode(body.removeprefix(b"\xef\xbb\xbf"))
    except msgspec.DecodeError as error:
        raise invalid(_BODY, error) from error
    except UnicodeDecodeError as error:
        raise invalid(_BODY, "it is not UTF-8") from error
    except RecursionError as error:
        raise invalid(_BODY, "it is nested too deeply") from error


# --- XML --------------------------------------------------------------------------------------------------------------


async def _root(body: bytes, request: Request) -> Element:
    parsing = parse_in_slices(body, charset(request.headers.get("content-type", "")))
    while True:
        try:
            next(parsing)
        except StopIteration as done:
            return done.value
        except ValueError as error:
            raise invalid(_BODY, error) from error
        await sleep(0)


def _customer(element: Element) -> dict[str, Any]:
    """Its members; attributes may be wrapped, or repeated without a wrapper."""
    found: dict[str, Any] = {}
    for child in element:
        if child.tag in _LISTS:
            found.setdefault(child.tag, []).extend(_listed(child, _LISTS[child.tag]))
        else:
            found[child.tag] = _member(child)
    return found


def _listed(element: Element, item: str) -> list[Any]:
    wrapped = element.findall(item)
    return [_member(each) for each in wrapped or ([element] if len(element) else [])]


def _member(element: Element) -> Any:
    if not len(element):
        return element.text or ""
    try:
        return read_any(element)
    except ValueError as error:
        raise invalid(_BODY, error) from error
