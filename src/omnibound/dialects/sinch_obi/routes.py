"""The paths of OBI."""

from collections.abc import Mapping
from typing import Final

from starlette.routing import BaseRoute, Mount, Route, Router

from omnibound.dialects.sinch_obi import openapi
from omnibound.dialects.sinch_obi.campaigns import CampaignOperations
from omnibound.dialects.sinch_obi.customers import CustomerOperations
from omnibound.dialects.sinch_obi.resource import Resource, Verb, nothing_here
from omnibound.dialects.sinch_obi.settings import ObiSettings
from omnibound.services.base import Services

PREFIX: Final = "/RI/obi"

Table = Mapping[str, Mapping[str, Verb]]


def routes(services: Services, settings: ObiSettings) -> list[BaseRoute]:
    """Everything below the prefix, unknown paths included. The literal `list` stands before the id of a customer."""
    campaigns = CampaignOperations(services)
    customers = CustomerOperations(services, settings, campaigns, PREFIX)
    table: Table = {
        openapi.CAMPAIGNS: {"GET": campaigns.page},
        openapi.CAMPAIGN: {"GET": campaigns.one},
        openapi.STATUS: {"PUT": campaigns.put_status},
        openapi.CUSTOMERS: {"GET": customers.page, "POST": customers.add_one},
        openapi.LIST: {"POST": customers.add_many},
        openapi.CUSTOMER: {"GET": customers.one, "DELETE": customers.delete},
    }
    paths = [
        Route(path + slash, Resource(services, settings, verbs)) for path, verbs in table.items() for slash in ("", "/")
    ]
    document = {"GET": openapi.describe(PREFIX, settings.key_header)}
    paths.append(Route(openapi.DOCUMENT, Resource(services, settings, document, public=True)))
    return [Mount(PREFIX, app=Router(paths, redirect_slashes=False, default=nothing_here(settings)))]
