"""A request's body -> a struct, from JSON or XML. Anything unreadable is a BadRequest that names the member."""

from asyncio import sleep
from collections.abc import Callable, Generator, Iterator, Mapping
from typing import Any, Generic, TypeVar

import msgspec
from starlette.requests import Request

from omnibound.dialects.infobip_omni.errors import BadRequest, from_msgspec
from omnibound.wire.body import CutShort, TooLong, holds_nul, receive_body
from omnibound.wire.negotiate import XML, body_format, charset
from omnibound.wire.xml.parsing import parse_in_slices
from omnibound.wire.xml.reading import read_in_slices
from omnibound.wire.xml.reading import reader_of as tree_reader_of

T = TypeVar("T")
S = TypeVar("S", bound=msgspec.Struct)

NAMED = 64 * 1024
"""Bytes of a JSON body up to which the member that holds a NUL is looked for, to be named."""


class Bodies(Generic[S]):
    """Reads bodies of one kind. `guides` says what is known of its members that hold anything (XML has no types)."""

    def __init__(self, kind: type[S], guides: Mapping[str, type[msgspec.Struct]] | None = None) -> None:
        self._kind = kind
        self._from_json = reader_of(kind)
        self._from_tree = tree_reader_of(kind, guides)

    async def read(self, request: Request, limit: int) -> S:
        """The body of a request, of at most `limit` bytes."""
        content_type = request.headers.get("content-type", "")
        told = check_format(content_type)
        body = await read_body(request, limit)
        if told == XML:
            return await self.from_xml(body, charset(content_type))
        return self._from_json(body)

    async def from_xml(self, body: bytes, encoding: str = "") -> S:
        """A document, whatever its root is called; `encoding` is what the Content-Type says."""
        try:
            root = await rested(parse_in_slices(body, encoding))
            tree = await rested(read_in_slices(self._from_tree, root))
        except ValueError as error:
            raise BadRequest({"body": [str(error)]}) from error
        try:
            return msgspec.convert(tree, self._kind)
        except msgspec.MsgspecError as error:
            raise from_msgspec(error) from error


async def rested(work: Generator[None, None, T]) -> T:
    """What `work` returns; others are served whenever it pauses."""
    while True:
        try:
            next(work)
        except StopIteration as done:
            return done.value
        await sleep(0)


def check_format(content_type: str) -> str:
    """`json` or `xml`. BadRequest for a body in a format that is not understood."""
    told = body_format(content_type)
    if not told:
        raise BadRequest({"Content-Type": ["application/json and application/xml are understood"]})
    return told


async def read_body(request: Request, limit: int) -> bytes:
    """The whole body. BadRequest as soon as it is known to have more than `limit` bytes, and if it ends early."""
    try:
        return await receive_body(request.receive, request.headers.get("content-length", ""), limit)
    except TooLong as error:
        raise BadRequest({"body": [f"must not be larger than {limit} bytes"]}) from error
    except CutShort as error:
        raise BadRequest({"body": ["ended too early"]}) from error


def reader_of(kind: type[T]) -> Callable[[bytes], T]:
    """A function from a JSON body to a struct of this kind. It raises BadRequest, whatever the bytes are."""
    decoder = msgspec.json.Decoder(kind)

    def read(body: bytes) -> T:
        body = body.removeprefix(b"\xef\xbb\xbf")
        try:
            # msgspec skips members it does not know without looking at their bytes.
            body.decode()
            if holds_nul(body):
                raise BadRequest({_nul_member(body): ["must not hold a NUL character"]})
            return decoder.decode(body)
        except UnicodeDecodeError as error:
            raise BadRequest({"body": ["not UTF-8"]}) from error
        except msgspec.MsgspecError as error:
            raise from_msgspec(error) from error
        except RecursionError as error:
            raise BadRequest({"body": ["nested too deeply"]}) from error

    return read


def _nul_member(body: bytes) -> str:
    """The path of the first member with a NUL, `body` in one too long to be walked through in one go."""
    found = _texts(msgspec.json.decode(body), "") if len(body) <= NAMED else iter(())
    return next((path.removeprefix(".") for path, text in found if "\0" in text), "") or "body"


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    match value:
        case str():
            yield path, value
        case dict():
            for name, member in value.items():  # pyright: ignore[reportUnknownVariableType]
                yield path, str(name)  # pyright: ignore[reportUnknownArgumentType]
                yield from _texts(member, f"{path}.{name}")
        case list():
            for index, item in enumerate(value):  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
                yield from _texts(item, f"{path}[{index}]")
        case _:
            return
