"""Sessions: `/auth/1/session` (IBSSO) and `/auth/1/oauth2/token` (Bearer; RFC 6749, 4.4)."""

from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from omnibound.dialects.infobip_omni import errors
from omnibound.dialects.infobip_omni.bodies import Bodies, read_body
from omnibound.dialects.infobip_omni.errors import BadRequest
from omnibound.dialects.infobip_omni.resource import NOBODY, Ask, Resource, answer
from omnibound.dialects.infobip_omni.schemas import GrantOut, SessionIn, SessionOut
from omnibound.domain.account import Account
from omnibound.domain.errors import Unauthorized
from omnibound.domain.flow import SECOND
from omnibound.services.base import Services
from omnibound.services.sign_in import SESSION, SignIn
from omnibound.services.who_asks import who_asks
from omnibound.wire.credentials import Token, read_credentials

MAX_BODY = 16_384


_BODY = Bodies(SessionIn)


async def _door(sign_in: SignIn, request: Request) -> Account:
    """Credentials stand in the body of a POST; a DELETE needs the session that it ends."""
    if request.method == "POST":
        return NOBODY
    header = request.headers.get("authorization", "")
    given = read_credentials(header)
    if not isinstance(given, Token) or given.kind != "ibsso":
        raise Unauthorized("IBSSO credentials are needed")
    return await who_asks(sign_in, header)


def routes(services: Services) -> list[BaseRoute]:
    """The paths of sessions, with and without a slash at the end."""
    sessions = Sessions(services)
    table = {
        "/auth/1/session": Resource(
            services, {"POST": sessions.begin, "DELETE": sessions.end}, errors.ON_MESSAGES, _door
        ),
        "/auth/1/oauth2/token": Resource(services, {"POST": sessions.grant}, errors.ON_MESSAGES, _door),
    }
    return [Route(path + slash, resource) for path, resource in table.items() for slash in ("", "/")]


class Sessions:
    """The operations on sessions."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def begin(self, ask: Ask) -> Response:
        """POST /auth/1/session."""
        wish = await _BODY.read(ask.request, MAX_BODY)
        token = await self._services.sign_in.begin("ibsso", wish.username or "", wish.password or "")
        return _told(ask, SessionOut(token=token))

    async def end(self, ask: Ask) -> Response:
        """DELETE /auth/1/session."""
        given = read_credentials(ask.request.headers.get("authorization", ""))
        await self._services.sign_in.end(given[-1])
        return _told(ask, SessionOut())

    async def grant(self, ask: Ask) -> Response:
        """POST /auth/1/oauth2/token: the credentials of a client."""
        form = await _form(ask.request)
        if form.get("grant_type") != "client_credentials":
            raise BadRequest({"grant_type": ["must be client_credentials"]})
        token = await self._services.sign_in.begin("bearer", form.get("client_id", ""), form.get("client_secret", ""))
        return _told(ask, GrantOut(access_token=token, expires_in=SESSION // SECOND))


async def _form(request: Request) -> dict[str, str]:
    body = await read_body(request, MAX_BODY)
    try:
        form = dict(parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=20))
    except ValueError as error:
        raise BadRequest({"body": ["must be a form"]}) from error
    for name, text in form.items():
        if "\0" in text:
            raise BadRequest({name: ["must not hold a NUL character"]})
    return form


def _told(ask: Ask, told: SessionOut | GrantOut) -> Response:
    return answer(ask.form, ask.form.encode(told), 200, {"Cache-Control": "no-store"})
