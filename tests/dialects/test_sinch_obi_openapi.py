"""The OpenAPI document of OBI: valid, whole, for everybody; and that what is told and searched for is in it."""

from collections.abc import Iterator

import msgspec
import pytest
from msgspec import json
from openapi_spec_validator import validate
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount, Route, Router

from omnibound.dialects import sinch_obi
from omnibound.dialects.sinch_obi import schemas
from omnibound.dialects.sinch_obi.openapi import described
from omnibound.dialects.sinch_obi.query import FIELDS
from omnibound.dialects.sinch_obi.resource import Resource
from omnibound.dialects.sinch_obi.routes import PREFIX
from omnibound.dialects.sinch_obi.writing import STAND, TRAITS
from omnibound.services.base import Services
from tests.asgi import call

pytestmark = pytest.mark.anyio

DOCUMENT = described(PREFIX, "x-api-key")


def test_the_document_is_valid() -> None:
    validate(json.decode(json.encode(DOCUMENT)))


async def test_the_document_is_for_everybody_and_in_json(services: Services) -> None:
    app = Starlette(routes=sinch_obi.routes(services, sinch_obi.Settings()))
    answer = await call(app, "GET", f"{PREFIX}/openapi.json", {"Accept": "application/xml"})
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert answer.json() == json.decode(json.encode(DOCUMENT))
    assert (await call(app, "PUT", f"{PREFIX}/openapi.json")).status == 405


def served(found: list[BaseRoute], prefix: str = "") -> Iterator[tuple[str, str]]:
    for route in found:
        if isinstance(route, Mount) and isinstance(route.app, Router):
            yield from served(list(route.routes), prefix + route.path)
        elif isinstance(route, Route) and not route.path.endswith(("/", "openapi.json")):
            assert isinstance(route.app, Resource)
            yield from ((method, prefix + route.path) for method in route.app.methods - {"HEAD"})


async def test_the_document_lists_exactly_what_is_served(services: Services) -> None:
    listed = {(method.upper(), path) for path, methods in DOCUMENT["paths"].items() for method in methods}
    assert listed == set(served(sinch_obi.routes(services, sinch_obi.Settings())))


def names(kind: type[msgspec.Struct]) -> set[str]:
    return {field.encode_name for field in msgspec.structs.fields(kind)}


def test_the_document_has_every_field_of_a_search() -> None:
    pairs = {f"{name}{end}" for name in ("startDate", "endDate", "registered") for end in ("", "End")}
    later = {"statistics", "statisticsDate", "agentId"}
    assert names(schemas.CampaignsQuery) == {*FIELDS, *pairs, *later}
    pairs = {f"{name}{end}" for name in ("date", "modificationDate") for end in ("", "End")}
    own = {"externalId", "numbers", "attributeName", "attributeValue", "includeScript", "offset", "limit"}
    assert names(schemas.CustomersQuery) == {*STAND, *TRAITS, *pairs, *own}
    assert {*STAND, *TRAITS} <= names(schemas.CustomerOut)
