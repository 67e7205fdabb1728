"""API keys: `/settings/1/accounts/_/api-keys`, with Basic only."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from omnibound.dialects.infobip_omni import errors
from omnibound.dialects.infobip_omni.bodies import Bodies
from omnibound.dialects.infobip_omni.errors import BadRequest
from omnibound.dialects.infobip_omni.resource import Ask, Resource, answer, key_of
from omnibound.dialects.infobip_omni.schemas import KeyIn, KeyOut, KeysOut
from omnibound.dialects.infobip_omni.scopes import SCOPES
from omnibound.domain.access import ApiKey, Limits
from omnibound.domain.account import Account
from omnibound.domain.errors import NotFound, Unauthorized
from omnibound.services.base import Services
from omnibound.services.sign_in import SignIn
from omnibound.services.who_asks import who_asks
from omnibound.wire.dates import read_date, write_date

PATH = "/settings/1/accounts/{account}/api-keys"
MAX_BODY = 65_536
EVERYTHING = ("ALL", "PUBLIC_API")


_BODY = Bodies(KeyIn)


async def by_password(sign_in: SignIn, request: Request) -> Account:
    """Who asks with Basic. Raises Unauthorized for any other scheme."""
    header = request.headers.get("authorization", "")
    if not header.strip().lower().startswith("basic "):
        raise Unauthorized("Basic credentials are needed")
    return await who_asks(sign_in, header)


def routes(services: Services) -> list[BaseRoute]:
    """The paths of API keys, with and without a slash at the end."""
    keys = ApiKeys(services)
    table = {
        PATH: Resource(services, {"GET": keys.list, "POST": keys.create}, errors.ON_MESSAGES, by_password),
        PATH + "/{key}": Resource(services, {"GET": keys.get, "PUT": keys.update}, errors.ON_MESSAGES, by_password),
    }
    return [Route(path + slash, resource) for path, resource in table.items() for slash in ("", "/")]


class ApiKeys:
    """The operations on keys."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def create(self, ask: Ask) -> Response:
        """POST: 201 with the secret."""
        _own(ask)
        wish = await _BODY.read(ask.request, MAX_BODY)
        enabled = wish.enabled is not False
        key, secret = await self._services.keys.create(ask.account, wish.name or "", _limits(wish, Limits()), enabled)
        return answer(ask.form, ask.form.encode(_told(key, secret)), 201)

    async def list(self, ask: Ask) -> Response:
        """GET: every key, without secrets."""
        _own(ask)
        keys = [_told(key) for key in await self._services.keys.list(ask.account)]
        return answer(ask.form, ask.form.encode(KeysOut(keys)))

    async def get(self, ask: Ask) -> Response:
        """GET of one."""
        return answer(ask.form, ask.form.encode(_told(await self._one(ask))))

    async def update(self, ask: Ask) -> Response:
        """PUT: what is absent stays as it is."""
        key = await self._one(ask)
        wish = await _BODY.read(ask.request, MAX_BODY)
        limits = _limits(wish, key.limits)
        changed = await self._services.keys.update(key, name=wish.name, limits=limits, enabled=wish.enabled)
        return answer(ask.form, ask.form.encode(_told(changed)))

    async def _one(self, ask: Ask) -> ApiKey:
        _own(ask)
        return await self._services.keys.get(ask.account, key_of(ask))


def _account_key(account: int) -> str:
    return f"{account:032X}"


def _own(ask: Ask) -> None:
    if str(ask.request.path_params["account"]).upper() not in ("_", _account_key(ask.account.id)):
        raise NotFound("no such account", "account")


def _limits(wish: KeyIn, old: Limits) -> Limits:
    return Limits(
        scopes=old.scopes if wish.permissions is None else _scopes(wish.permissions),
        networks=old.networks if wish.allowed_ips is None else tuple(each.strip() for each in wish.allowed_ips),
        valid_from=_date("validFrom", wish.valid_from, old.valid_from),
        valid_to=_date("validTo", wish.valid_to, old.valid_to),
    )


def _scopes(permissions: list[str]) -> tuple[str, ...]:
    unknown = [each for each in permissions if each not in (*EVERYTHING, *SCOPES)]
    if unknown:
        raise BadRequest({"permissions": [f"must be of {', '.join((*EVERYTHING, *SCOPES))}"]})
    everything = set(permissions).intersection(EVERYTHING)
    return () if everything else tuple(dict.fromkeys(permissions))


def _date(name: str, text: str | None, old: int) -> int:
    if text is None:
        return old
    try:
        return read_date(text) if text else 0
    except (ValueError, OverflowError) as error:
        raise BadRequest({name: ["must be a date such as 2026-05-24T10:45:38.000+0000"]}) from error


def _told(key: ApiKey, secret: str = "") -> KeyOut:
    limits = key.limits
    return KeyOut(
        key=key.id,
        public_api_key=secret,
        account_key=_account_key(key.account),
        name=key.name,
        allowed_ips=list(limits.networks),
        valid_from=write_date(limits.valid_from) if limits.valid_from else "",
        valid_to=write_date(limits.valid_to) if limits.valid_to else "",
        enabled=key.enabled,
        permissions=list(limits.scopes) or ["ALL"],
    )
