"""One path with its verbs, as an ASGI app: signs in, answers, and turns every error into the envelope."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from omnibound.dialects.infobip_omni.errors import GENERAL, NO_METHOD, NOT_FOUND, NOTHING, Problem, problem_of
from omnibound.dialects.infobip_omni.forms import Form, form_of
from omnibound.dialects.infobip_omni.habits import habits_of
from omnibound.domain.account import Account
from omnibound.domain.errors import NotFound
from omnibound.services.base import Services
from omnibound.services.sign_in import SignIn
from omnibound.services.who_asks import who_asks

log = logging.getLogger(__name__)

# The documentation's own sample is sent from a page in a browser, which asks first (OPTIONS).
CORS = {"Access-Control-Allow-Origin": "*"}
CORS_ASKED = {
    **CORS,
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Accept",
    "Access-Control-Max-Age": "3600",
}


class Ask(NamedTuple):
    """A request of somebody who has signed in, and the format of its answer."""

    account: Account
    request: Request
    form: Form


Verb = Callable[[Ask], Awaitable[Response]]
Door = Callable[[SignIn, Request], Awaitable[Account]]
"""Who asks. Raises Unauthorized, Forbidden."""


def by_scope(*scopes: str) -> Door:
    """Whoever signs in, with a key that is limited only if it has one of `scopes`."""

    async def door(sign_in: SignIn, request: Request) -> Account:
        address = request.client.host if request.client else ""
        return await who_asks(sign_in, request.headers.get("authorization", ""), scopes, address)

    return door


NOBODY = Account(id=0, name="", username="", enabled=False)


async def anybody(_sign_in: SignIn, _request: Request) -> Account:
    """A door that stands open."""
    return NOBODY


def key_of(ask: Ask) -> str:
    """The key in the path. Raises NotFound for one that no store could hold."""
    key = str(ask.request.path_params["key"])
    if "\0" in key:
        raise NotFound("a key holds no NUL character", "key")
    return key


def answer(form: Form, body: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """An answer that is encoded already, in `form`."""
    return Response(body, status, {**CORS, **(headers or {})}, form.content_type)


def problem(form: Form, told: Problem) -> Response:
    """An error in its envelope."""
    return answer(form, form.problem(told), told.status, told.headers)


async def not_found(scope: Scope, receive: Receive, send: Send) -> None:
    """An ASGI app for paths that nothing stands at."""
    await problem(form_of(Headers(scope=scope)), NOT_FOUND)(scope, receive, send)


class Resource:
    """`verbs` by HTTP method, HEAD being what GET is unless it has its own. `errors` is a table of `errors.py`."""

    def __init__(
        self, services: Services, verbs: Mapping[str, Verb], errors: dict[type[Exception], Problem], door: Door
    ) -> None:
        self._door = door
        self._services = services
        self._errors = errors
        self._verbs = {**({"HEAD": verbs["GET"]} if "GET" in verbs else {}), **verbs}
        self._allow = ", ".join(sorted({*self._verbs, "OPTIONS"}))

    @property
    def methods(self) -> frozenset[str]:
        """The verbs there are, HEAD included."""
        return frozenset(self._verbs)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        response = await self._serve(Request(scope, receive))
        await response(scope, receive, send)

    async def _serve(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(b"", 200, {**CORS_ASKED, "Allow": self._allow, "Access-Control-Allow-Methods": self._allow})
        form = form_of(request.headers)
        verb = self._verbs.get(request.method)
        if verb is None:
            return problem(form, NO_METHOD._replace(headers={"Allow": self._allow}))
        try:
            account = await self._door(self._services.sign_in, request)
            return await verb(Ask(account, request, form))
        except Exception as error:
            told = problem_of(error, self._errors)
            if told.status == GENERAL.status:
                log.exception("%s %s failed", request.method, request.url.path)
            return problem(form, told if habits_of(request.headers).knows_faults else told._replace(faults=NOTHING))
