"""One path of Conpeek's: who asks, what was asked, and every error in the envelope."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from omnibound.dialects.conpeek.errors import INTERNAL, JSON, Faulty, NoMethod, envelope, problem_of
from omnibound.domain.account import Account
from omnibound.domain.errors import NotFound
from omnibound.services.base import Services
from omnibound.services.who_asks import who_asks
from omnibound.wire.body import CutShort, TooLong, receive_body

log = logging.getLogger(__name__)


class Ask(NamedTuple):
    """A request of somebody who has signed in."""

    account: Account
    request: Request

    def named(self, part: str) -> str:
        """What the path has for a part of it."""
        return str(self.request.path_params[part])

    async def body(self, most: int) -> bytes:
        """At most so many bytes. Raises Faulty."""
        length = self.request.headers.get("content-length", "")
        try:
            return await receive_body(self.request.receive, length, most)
        except TooLong as error:
            raise Faulty(str(error), [], 413) from error
        except CutShort as error:
            raise Faulty(str(error), []) from error


Verb = Callable[[Ask], Awaitable[Response]]


class Resource:
    """One path with its verbs, as an ASGI app: signs in, answers, and turns every error into the envelope."""

    def __init__(self, services: Services, verbs: Mapping[str, Verb]) -> None:
        self._services = services
        self._verbs = verbs
        self._allow = ", ".join(sorted(verbs))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        request = Request(scope, receive)
        try:
            response = await self._serve(request)
        except Exception as error:
            response = problem_of(error)
            if response.status_code == INTERNAL:
                log.exception("%s %s failed", request.method, request.url.path)
        await response(scope, receive, send)

    async def _serve(self, request: Request) -> Response:
        verb = self._verbs.get(request.method)
        if verb is None:
            raise NoMethod(self._allow)
        account = await who_asks(self._services.sign_in, _credentials(request), (), _address(request))
        if any("\0" in str(part) for part in request.path_params.values()):
            raise NotFound("no id holds a NUL character")
        return await verb(Ask(account, request))


async def not_found(scope: Scope, receive: Receive, send: Send) -> None:
    """An ASGI app for paths that nothing stands at."""
    await envelope(404, "nothing stands at this path")(scope, receive, send)


def answer(told: Any, status: int = 200) -> Response:
    """What is told, as JSON."""
    return Response(msgspec.json.encode(told), status, media_type=JSON)


def _credentials(request: Request) -> str:
    """The header holds the bare key; one with a scheme is taken as everywhere else."""
    header = request.headers.get("authorization", "").strip()
    return header if " " in header or not header else f"App {header}"


def _address(request: Request) -> str:
    return request.client.host if request.client else ""
