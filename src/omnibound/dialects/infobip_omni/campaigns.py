"""Campaigns of 2018 (only the libraries of that year have them): `/omni/1/campaigns`, `/omni/2/campaigns`.

A campaign is a list of people that the native API has made; the vendor's are made in its portal.
"""

from asyncio import sleep
from functools import partial

from starlette.responses import Response

from omnibound.dialects.infobip_omni import errors
from omnibound.dialects.infobip_omni.bodies import Bodies
from omnibound.dialects.infobip_omni.errors import BadRequest
from omnibound.dialects.infobip_omni.query import read_whole
from omnibound.dialects.infobip_omni.reading import in_slices
from omnibound.dialects.infobip_omni.reading_profiles import CampaignPeopleIn, ProfileIn, listed, read_profiles
from omnibound.dialects.infobip_omni.resource import Ask, Resource, answer, by_scope, key_of
from omnibound.dialects.infobip_omni.schemas import CampaignOut, CampaignsOut
from omnibound.dialects.infobip_omni.scopes import MANAGE
from omnibound.dialects.infobip_omni.settings import OmniSettings
from omnibound.domain.people import PeopleList
from omnibound.services.base import Services

_ONE = Bodies(ProfileIn)
_MANY = Bodies(CampaignPeopleIn)

Table = dict[str, Resource]
"""Resources by their path below the number of the version."""


def tables(services: Services, settings: OmniSettings) -> tuple[Table, Table]:
    """What stands below `/omni/1`, and what below `/omni/2`."""
    campaigns = Campaigns(services, settings)
    manage = errors.ON_MESSAGES, by_scope(*MANAGE)
    first = {
        "/campaigns": Resource(services, {"GET": campaigns.list}, *manage),
        "/campaigns/{key}": Resource(services, {"GET": campaigns.get}, *manage),
        "/campaigns/{key}/destinations": Resource(services, {"PUT": campaigns.add_one}, *manage),
    }
    second = {"/campaigns/{key}/destinations": Resource(services, {"PUT": campaigns.add_many}, *manage)}
    return first, second


class Campaigns:
    """The operations on campaigns."""

    def __init__(self, services: Services, settings: OmniSettings) -> None:
        self._services = services
        self._settings = settings

    async def list(self, ask: Ask) -> Response:
        """GET /omni/1/campaigns: a page, counted from zero."""
        query = ask.request.query_params
        limit, page = read_whole(query, "limit", 100, 0), read_whole(query, "page", 0, 0)
        lists, count = await self._services.people.page(ask.account, limit, page)
        told = CampaignsOut(campaigns=[_campaign(each) for each in lists], campaign_count=count)
        return answer(ask.form, ask.form.encode(told))

    async def get(self, ask: Ask) -> Response:
        """GET /omni/1/campaigns/{key}."""
        return self._told(ask, await self._services.people.get(ask.account, key_of(ask)))

    async def add_one(self, ask: Ask) -> Response:
        """PUT /omni/1/campaigns/{key}/destinations: the body is one person."""
        profiles = read_profiles([("", await _ONE.read(ask.request, self._settings.max_body))])
        return self._told(ask, await self._services.people.add(ask.account, key_of(ask), profiles))

    async def add_many(self, ask: Ask) -> Response:
        """PUT /omni/2/campaigns/{key}/destinations: all of them, or none."""
        given = listed(await _MANY.read(ask.request, self._settings.max_body))
        if not given:
            raise BadRequest({"destinations": ["must not be empty"]})
        if len(given) > self._settings.max_destinations:
            raise BadRequest({"destinations": [f"must not be more than {self._settings.max_destinations}"]})
        profiles = await in_slices(read_profiles, given, partial(sleep, 0))
        return self._told(ask, await self._services.people.add(ask.account, key_of(ask), profiles))

    def _told(self, ask: Ask, people_list: PeopleList) -> Response:
        return answer(ask.form, ask.form.encode(_campaign(people_list)))


def _campaign(people_list: PeopleList) -> CampaignOut:
    return CampaignOut(key=people_list.key, name=people_list.name)
