"""The paths of Conpeek's voice SMS campaigns: read, ask a service, write."""

import logging
from asyncio import sleep
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route, Router
from starlette.types import Receive, Scope, Send

from omnibound.dialects.conpeek.errors import INTERNAL, JSON, Faulty, NoMethod, envelope, problem_of
from omnibound.dialects.conpeek.reading import read_list, read_one, read_show
from omnibound.dialects.conpeek.settings import ConpeekSettings
from omnibound.dialects.conpeek.writing import PROPERTIES, passes, write_request
from omnibound.domain.account import Account
from omnibound.domain.errors import NotFound
from omnibound.services.base import Services
from omnibound.services.place_requests import CallRequest, Standing
from omnibound.services.who_asks import who_asks
from omnibound.wire.body import CutShort, TooLong, receive_body

log = logging.getLogger(__name__)

# A base address that ends with a slash makes two of them.
PREFIXES = ("/voice_sms_campaign", "//voice_sms_campaign")

_SLICE = 1_000
ACCEPTED = 202
"""What its siblings answer that change something."""


class Ask(NamedTuple):
    """A request of somebody who has signed in, and the campaign in its path."""

    account: Account
    request: Request
    campaign: str


Verb = Callable[[Ask], Awaitable[Response]]


def routes(services: Services, settings: ConpeekSettings) -> list[BaseRoute]:
    """Everything below `/voice_sms_campaign`, unknown paths included; a trailing slash changes nothing."""
    requests = Requests(services, settings)
    table: dict[str, Mapping[str, Verb]] = {
        "/{campaign}/request_list": {"POST": requests.add_many},
        "/{campaign}/request": {"POST": requests.add_one, "GET": requests.page, "DELETE": requests.cancel_open},
        "/{campaign}/request/{request}": {"GET": requests.one, "DELETE": requests.cancel},
    }
    paths = [Route(path + slash, Resource(services, verbs)) for path, verbs in table.items() for slash in ("", "/")]
    router = Router(paths, redirect_slashes=False, default=not_found)
    return [Mount(prefix, app=router) for prefix in PREFIXES]


async def not_found(scope: Scope, receive: Receive, send: Send) -> None:
    """An ASGI app for paths that nothing stands at."""
    await envelope(404, "nothing stands at this path")(scope, receive, send)


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
        campaign = str(request.path_params["campaign"])
        if "\0" in campaign:
            raise NotFound("no id holds a NUL character")
        return await verb(Ask(account, request, campaign))


def _credentials(request: Request) -> str:
    """The header holds the bare key; one with a scheme is taken as everywhere else."""
    header = request.headers.get("authorization", "").strip()
    return header if " " in header or not header else f"App {header}"


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


class Requests:
    """The operations, each from a request to its answer. Domain errors fly through: `Resource` tells them."""

    def __init__(self, services: Services, settings: ConpeekSettings) -> None:
        self._services = services
        self._settings = settings

    async def add_many(self, ask: Ask) -> Response:
        """POST /voice_sms_campaign/{campaign}/request_list: all of them, or none."""
        standing = await self._add(ask, read_list(await self._body(ask), self._settings.max_requests))
        return _answer({"data": await self._written(ask, standing)})

    async def add_one(self, ask: Ask) -> Response:
        """POST /voice_sms_campaign/{campaign}/request."""
        (standing,) = await self._add(ask, read_one(await self._body(ask)))
        return _answer({"data": (await self._written(ask, [standing]))[0]})

    async def _add(self, ask: Ask, requests: list[CallRequest]) -> list[Standing]:
        return await self._services.requests.add(ask.account, ask.campaign, requests)

    async def _body(self, ask: Ask) -> bytes:
        # A campaign that does not exist is told before the body is looked at.
        await self._services.campaigns.one(ask.account, ask.campaign)
        length = ask.request.headers.get("content-length", "")
        try:
            return await receive_body(ask.request.receive, length, self._settings.max_body)
        except TooLong as error:
            raise Faulty(str(error), [], 413) from error
        except CutShort as error:
            raise Faulty(str(error), []) from error

    async def page(self, ask: Ask) -> Response:
        """GET /voice_sms_campaign/{campaign}/request: those that the filter lets pass, in the order they came."""
        show = read_show(ask.request.query_params, PROPERTIES)
        campaign = await self._services.campaigns.one(ask.account, ask.campaign)

        def fits(standing: Standing) -> bool:
            return passes(write_request(standing, campaign), show.conditions)

        chosen = fits if show.conditions else None
        found = await self._services.requests.page(ask.account, ask.campaign, chosen, show.offset, show.limit)
        return _answer({"data": await self._written(ask, found, frozenset(show.exclude))})

    async def one(self, ask: Ask) -> Response:
        """GET /voice_sms_campaign/{campaign}/request/{request}."""
        standing = await self._services.requests.one(ask.account, ask.campaign, _request_of(ask))
        return _answer({"data": (await self._written(ask, [standing]))[0]})

    async def cancel(self, ask: Ask) -> Response:
        """DELETE /voice_sms_campaign/{campaign}/request/{request}."""
        await self._services.requests.cancel(ask.account, ask.campaign, _request_of(ask))
        return _answer({"success": True}, ACCEPTED)

    async def cancel_open(self, ask: Ask) -> Response:
        """DELETE /voice_sms_campaign/{campaign}/request: all that are open."""
        await self._services.requests.cancel_open(ask.account, ask.campaign)
        return _answer({"success": True}, ACCEPTED)

    async def _written(
        self, ask: Ask, standing: list[Standing], exclude: frozenset[str] = frozenset()
    ) -> list[dict[str, Any]]:
        campaign = await self._services.campaigns.one(ask.account, ask.campaign)
        written: list[dict[str, Any]] = []
        for start in range(0, len(standing), _SLICE):
            told = [write_request(each, campaign) for each in standing[start : start + _SLICE]]
            written += [{name: each[name] for name in each if name not in exclude} for each in told]
            await sleep(0)
        return written


def _request_of(ask: Ask) -> str:
    return str(ask.request.path_params["request"])


def _answer(told: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(told), status, media_type=JSON)
