"""One path with its methods, as an ASGI app: signs in, reads, runs, writes, and turns every error into a problem."""

import logging
from collections.abc import Iterable
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from omnibound.api.auth import check_operator, is_operator
from omnibound.api.base import NOBODY, ApiParts, Ask, Line
from omnibound.api.problems import NoMethod, NotJson, TooBig, from_msgspec, problem_of
from omnibound.api.uploads import Upload
from omnibound.domain.account import Account
from omnibound.domain.errors import Invalid, NotFound, Refused
from omnibound.services.base import Services
from omnibound.services.who_asks import who_asks
from omnibound.wire.body import CutShort, TooLong, holds_nul, receive_body
from omnibound.wire.negotiate import JSON, body_format
from omnibound.wire.openapi import Operation

log = logging.getLogger("omnibound.api")

MAX_BODY = 20 * 1024 * 1024
OPERATOR = "operator"
"""The security scheme of operations that only the operators may use."""

_BOM = b"\xef\xbb\xbf"


async def not_found(scope: Scope, receive: Receive, send: Send) -> None:
    """An ASGI app for paths that nothing stands at."""
    await problem_of(NotFound("nothing stands at this path"))(scope, receive, send)


class Resource:
    """The lines of one path. HEAD is what GET is, OPTIONS tells the methods to everybody."""

    def __init__(self, services: Services, parts: ApiParts, lines: Iterable[Line]) -> None:
        self._services = services
        self._parts = parts
        self._lines = {line.operation.method: line for line in lines}
        self._bodies: dict[str, msgspec.json.Decoder[Any]] = {
            method: msgspec.json.Decoder(line.operation.body)
            for method, line in self._lines.items()
            if line.operation.body
        }
        heads = {"HEAD"} if "GET" in self._lines else set[str]()
        self._allow = ", ".join(sorted({*self._lines, *heads, "OPTIONS"}))

    @property
    def methods(self) -> list[str]:
        """Those that the table names."""
        return list(self._lines)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        request = Request(scope, receive)
        try:
            response = await self._serve(request)
        except Refused as refused:
            response = problem_of(refused)
        except Exception as error:
            log.exception("%s %s failed", request.method, request.url.path)
            response = problem_of(error)
        if request.method == "HEAD":
            response.body = b""
        await response(scope, receive, send)

    async def _serve(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(b"", 204, {"Allow": self._allow})
        method = "GET" if request.method == "HEAD" else request.method
        line = self._lines.get(method)
        if line is None:
            raise NoMethod(self._allow)
        operation = line.operation
        account = await self._account(operation, request)
        place = _place(request)
        query = read_query(operation.query, request) if operation.query else None
        body = await self._body(method, request) if operation.body else Upload(request) if operation.upload else None
        told = await line.run(Ask(self._services, self._parts, account, place, query, body))
        return _answer(operation, told)

    async def _account(self, operation: Operation, request: Request) -> Account:
        header = request.headers.get("authorization", "")
        if not operation.security:
            return NOBODY
        if OPERATOR in operation.security:
            if operation.security == (OPERATOR,):
                check_operator(self._parts.admin_key, header)
            if is_operator(self._parts.admin_key, header):
                return NOBODY
        return await who_asks(self._services.sign_in, header, (), request.client.host if request.client else "")

    async def _body(self, method: str, request: Request) -> Any:
        if body_format(request.headers.get("content-type", "")) != JSON:
            raise NotJson("send the body as Content-Type: application/json")
        return read_json(self._bodies[method], await read_body(request, MAX_BODY))


def _place(request: Request) -> dict[str, str]:
    place = {name: str(value) for name, value in request.path_params.items()}
    if any("\0" in value for value in place.values()):
        raise NotFound("no name holds a NUL character")
    return place


def _answer(operation: Operation, told: Any) -> Response:
    if isinstance(told, Response):
        return told
    if operation.answer is None:
        return Response(b"", operation.status)
    return Response(msgspec.json.encode(told), operation.status, media_type="application/json")


def read_query(kind: type[Any], request: Request) -> Any:
    """The query as a struct. Raises Invalid, also for a member given twice or unknown."""
    pairs = request.query_params.multi_items()
    given = dict(pairs)
    for name, value in pairs:
        if "\0" in value or given[name] != value:
            raise Invalid("given twice, or with a NUL character in it", name)
    try:
        return msgspec.convert(given, kind, strict=False)
    except msgspec.ValidationError as error:
        raise from_msgspec(error) from error


def read_json(decoder: "msgspec.json.Decoder[Any]", body: bytes) -> Any:
    """The body as its struct. Raises Invalid, whatever the bytes are."""
    body = body.removeprefix(_BOM)
    if holds_nul(body):
        raise Invalid("texts hold no NUL character")
    try:
        return decoder.decode(body)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise from_msgspec(error) from error
    except UnicodeDecodeError as error:
        raise Invalid("the body is not UTF-8") from error
    except RecursionError as error:
        raise Invalid("the body is nested too deeply") from error


async def read_body(request: Request, limit: int) -> bytes:
    """The whole body. TooBig as soon as it is known to have more than `limit` bytes, Invalid if it ends early."""
    try:
        return await receive_body(request.receive, request.headers.get("content-length", ""), limit)
    except TooLong as error:
        raise TooBig(str(error)) from error
    except CutShort as error:
        raise Invalid(str(error)) from error
