"""One path of OBI's: who asks, in which format, and every error as OBI tells it."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from omnibound.dialects.sinch_obi.errors import INTERNAL, Told, problem_of
from omnibound.dialects.sinch_obi.forms import NOT_ACCEPTABLE, Form, Kind, form_of, offered, problem
from omnibound.dialects.sinch_obi.settings import ObiSettings
from omnibound.domain.account import Account
from omnibound.services.base import Services
from omnibound.services.who_asks import who_asks

log = logging.getLogger(__name__)

_PLAIN = Form(Kind.JSON, "application/json")
_ADDING = "POST"
"""The method whose answer is a text where the client accepts one."""


class Ask(NamedTuple):
    """A request of somebody who has signed in, and the format of its answer; None for nothing that we can do."""

    account: Account
    request: Request
    wanted: Form | None

    @property
    def form(self) -> Form:
        """The format. Raises Told (406)."""
        if self.wanted is None:
            raise NOT_ACCEPTABLE
        return self.wanted

    def named(self, part: str) -> str:
        """What the path has for a part of it."""
        return str(self.request.path_params[part])


Verb = Callable[[Ask], Awaitable[Response]]
NOBODY = Account(id=0, name="", username="", enabled=False)


class Resource:
    """One path with its verbs, as an ASGI app: signs in, answers, and turns every error into the envelope.

    `public`: for everybody, whoever they are.
    """

    def __init__(
        self, services: Services, settings: ObiSettings, verbs: Mapping[str, Verb], public: bool = False
    ) -> None:
        self._services = services
        self._key_header = settings.key_header
        self._offers = offered(settings.default_format)
        self._public = public
        self._verbs = {**({"HEAD": verbs["GET"]} if "GET" in verbs else {}), **verbs}

    @property
    def methods(self) -> frozenset[str]:
        """The verbs there are, HEAD included."""
        return frozenset(self._verbs)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        request = Request(scope, receive)
        wanted = form_of(request.headers.get("accept", ""), self._offers, request.method == _ADDING)
        try:
            response = await self._serve(request, wanted)
        except Exception as error:
            told = problem_of(error)
            if told.status == INTERNAL:
                log.exception("%s %s failed", request.method, request.url.path)
            response = problem(wanted or _PLAIN, told)
        await response(scope, receive, send)

    async def _serve(self, request: Request, wanted: Form | None) -> Response:
        verb = self._verbs.get(request.method)
        if verb is None:
            raise Told(405, "this method is not allowed here", {"Allow": ", ".join(sorted(self._verbs))})
        if self._public:
            return await verb(Ask(NOBODY, request, wanted))
        address = request.client.host if request.client else ""
        account = await who_asks(self._services.sign_in, self._credentials(request), (), address)
        return await verb(Ask(account, request, wanted))

    def _credentials(self, request: Request) -> str:
        """The header of HTTP, else the one that holds a bare key."""
        header, key = request.headers.get("authorization", ""), request.headers.get(self._key_header, "").strip()
        return header if header or not key else f"App {key}"


def nothing_here(settings: ObiSettings) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    """An ASGI app for paths that nothing stands at."""
    offers = offered(settings.default_format)

    async def not_found(scope: Scope, receive: Receive, send: Send) -> None:
        accept = Request(scope).headers.get("accept", "")
        told = problem_of(Told(404, "nothing stands at this path"))
        await problem(form_of(accept, offers, False) or _PLAIN, told)(scope, receive, send)

    return not_found
