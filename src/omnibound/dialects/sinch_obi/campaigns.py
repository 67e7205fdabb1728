"""Campaigns: read, ask a service, write."""

from starlette.responses import Response

from omnibound.dialects.sinch_obi.bodies import read_status
from omnibound.dialects.sinch_obi.errors import invalid
from omnibound.dialects.sinch_obi.forms import answer, answer_list
from omnibound.dialects.sinch_obi.query import read_campaign_search, read_statistics
from omnibound.dialects.sinch_obi.resource import Ask
from omnibound.dialects.sinch_obi.statistics import add_statistics
from omnibound.dialects.sinch_obi.writing import write_campaign
from omnibound.domain.campaign import Campaign, State, Wish
from omnibound.domain.campaign_status import CampaignStatus
from omnibound.domain.errors import NotFound
from omnibound.services.base import Services

_WISHES = {"active": Wish.START, "passive": Wish.PAUSE}
_NEVER = (CampaignStatus.EXPIRED, CampaignStatus.INVALID)
"""What no campaign is begun from."""


class CampaignOperations:
    """The operations, each from a request to its answer. Domain errors fly through: `Resource` tells them."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def page(self, ask: Ask) -> Response:
        """GET /campaigns: all that fit, in the order of their names."""
        form, query = ask.form, ask.request.query_params
        search, counted = read_campaign_search(query), read_statistics(query, self._services.views.now())
        views = await self._services.views.all(ask.account, search.begins_as)
        told = [(view, written) for view in views if search.passes(written := write_campaign(view))]
        if counted:
            told = await add_statistics(self._services.calls, ask.account, told, counted)
        return await answer_list(form, "campaigns", "campaign", [written for _, written in told])

    async def one(self, ask: Ask) -> Response:
        """GET /campaigns/{campaign}."""
        form = ask.form
        campaign = await self.named(ask)
        return answer(form, "campaign", write_campaign(await self._services.views.one(ask.account, campaign)))

    async def put_status(self, ask: Ask) -> Response:
        """PUT /campaigns/{campaign}/status."""
        campaign = await self.named(ask)
        word = await read_status(ask.request)
        wish = _WISHES.get(word.lower())
        if wish is None:
            raise invalid("status", word)
        status = (await self._services.views.one(ask.account, campaign)).status
        if status is CampaignStatus.DELETED:
            raise _missing()
        if wish is Wish.START and status in _NEVER:
            raise invalid("status", word, f"the campaign is {status.name.capitalize()}")
        if (wish is Wish.START) != (campaign.state is State.STARTED):
            await self._services.campaigns.say(ask.account, campaign.id, wish)
        return Response(status_code=204)

    async def named(self, ask: Ask) -> Campaign:
        """The campaign in the path, by its id in either form. Raises NotFound."""
        guid = ask.named("campaign").replace("-", "").upper()
        if not (guid.isascii() and guid.isalnum()):
            raise _missing()
        return await self._services.views.campaign(ask.account, guid)


def _missing() -> NotFound:
    return NotFound("there is no such campaign", "id")
