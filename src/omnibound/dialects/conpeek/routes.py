"""The paths of Conpeek that are spoken here."""

from collections.abc import Mapping

from starlette.routing import BaseRoute, Mount, Route, Router

from omnibound.dialects.conpeek.requests import Requests
from omnibound.dialects.conpeek.resource import Resource, Verb, not_found
from omnibound.dialects.conpeek.settings import ConpeekSettings
from omnibound.dialects.conpeek.webhooks import Webhooks
from omnibound.services.base import Services

Table = Mapping[str, Mapping[str, Verb]]


def routes(services: Services, settings: ConpeekSettings) -> list[BaseRoute]:
    """Everything below `/voice_sms_campaign` and `/application`, unknown paths included."""
    requests, webhooks = Requests(services, settings), Webhooks(services)
    tables: dict[str, Table] = {
        "/voice_sms_campaign": {
            "/{campaign}/request_list": {"POST": requests.add_many},
            "/{campaign}/request": {"POST": requests.add_one, "GET": requests.page, "DELETE": requests.cancel_open},
            "/{campaign}/request/{request}": {"GET": requests.one, "DELETE": requests.cancel},
        },
        "/application": {
            "/{application}/webhook": {"PUT": webhooks.put, "GET": webhooks.one, "DELETE": webhooks.drop},
        },
    }
    routers = {prefix: _router(services, table) for prefix, table in tables.items()}
    # A base address that ends with a slash makes two of them.
    return [Mount(slash + prefix, app=router) for prefix, router in routers.items() for slash in ("", "/")]


def _router(services: Services, table: Table) -> Router:
    """A trailing slash changes nothing."""
    paths = [Route(path + slash, Resource(services, verbs)) for path, verbs in table.items() for slash in ("", "/")]
    return Router(paths, redirect_slashes=False, default=not_found)
