"""Customers of a campaign: read, ask a service, write."""

from collections.abc import Iterator

from starlette.requests import Request
from starlette.responses import Response

from omnibound.dialects.sinch_obi.bodies import read_list, read_one
from omnibound.dialects.sinch_obi.campaigns import CampaignOperations
from omnibound.dialects.sinch_obi.errors import Told
from omnibound.dialects.sinch_obi.forms import HTML, answer, answer_list
from omnibound.dialects.sinch_obi.query import flag_of, read_search
from omnibound.dialects.sinch_obi.reading import in_words, read_customer, read_customers
from omnibound.dialects.sinch_obi.resource import Ask
from omnibound.dialects.sinch_obi.settings import ObiSettings
from omnibound.dialects.sinch_obi.writing import Written, public_id, uuid_form, write_customer
from omnibound.domain.errors import Invalid, NotFound
from omnibound.domain.member import Member
from omnibound.services.base import Services
from omnibound.services.keep_customers import Verdict

STOP = "stopProcessIfInvalidEntriesFound"


class CustomerOperations:
    """The operations, each from a request to its answer. Domain errors fly through: `Resource` tells them."""

    def __init__(self, services: Services, settings: ObiSettings, campaigns: CampaignOperations, prefix: str) -> None:
        self._services = services
        self._settings = settings
        self._campaigns = campaigns
        self._prefix = prefix

    async def page(self, ask: Ask) -> Response:
        """GET /campaigns/{campaign}/customers: those that fit, in the order in which they came."""
        form, query = ask.form, ask.request.query_params
        campaign = await self._campaigns.named(ask)
        shown = flag_of(query, "includeScript")
        members = await self._services.customers.search(read_search(query, campaign))
        script = await self._services.views.script(ask.account, campaign) if shown else None
        ids = self._services.ids.texts([member.id for member in members])
        told = [
            write_customer(member, public_id(id_), campaign, script) for member, id_ in zip(members, ids, strict=True)
        ]
        return await answer_list(form, "customers", "customer", told)

    async def one(self, ask: Ask) -> Response:
        """GET /campaigns/{campaign}/customers/{customer}: with its script, where there is one."""
        form = ask.form
        campaign = await self._campaigns.named(ask)
        member = await self._services.customers.one(campaign, self._id(ask))
        script = await self._services.views.script(ask.account, campaign)
        id_ = public_id(self._services.ids.text(member.id))
        return answer(form, "customer", write_customer(member, id_, campaign, script))

    async def add_one(self, ask: Ask) -> Response:
        """POST /campaigns/{campaign}/customers: the id, and where it is."""
        _ = ask.form
        campaign = await self._campaigns.named(ask)
        member = read_customer(await read_one(ask.request, self._settings.max_body))
        try:
            added = await self._services.customers.add(ask.account, campaign.id, member)
        except Invalid as fault:
            raise in_words(fault, member) from fault
        id_ = public_id(self._services.ids.text(added))
        place = f"{_base(ask.request)}{self._prefix}/campaigns/{campaign.guid}/customers/{id_}"
        return Response(id_, 201, {"Location": place}, HTML)

    async def add_many(self, ask: Ask) -> Response:
        """POST /campaigns/{campaign}/customers/list: what became of each, in their order."""
        form = ask.form
        campaign = await self._campaigns.named(ask)
        whole = flag_of(ask.request.query_params, STOP)
        items = await read_list(ask.request, self._settings.max_body)
        if len(items) > self._settings.max_customers:
            raise Told(413, f"a list must not have more than {self._settings.max_customers} customers")
        read = await read_customers(items)
        members = [each for each in read if isinstance(each, Member)]
        if whole and len(members) < len(read):
            verdicts = await self._services.customers.check(ask.account, campaign.id, members)
        else:
            verdicts = await self._services.customers.add_many(ask.account, campaign.id, members, whole)
        return await answer_list(form, "items", "item", self._told(read, iter(verdicts)))

    def _told(self, read: list[Member | Invalid], verdicts: Iterator[Verdict]) -> list[Written]:
        return [_refused(each) if isinstance(each, Invalid) else self._item(each, next(verdicts)) for each in read]

    def _item(self, member: Member, verdict: Verdict) -> Written:
        if verdict.fault:
            return _refused(in_words(verdict.fault, member))
        if not verdict.id:
            return {"statusCode": 200}
        return {"statusCode": 201, "id": public_id(self._services.ids.text(verdict.id))}

    async def delete(self, ask: Ask) -> Response:
        """DELETE /campaigns/{campaign}/customers/{customer}."""
        campaign = await self._campaigns.named(ask)
        await self._services.customers.delete(ask.account, campaign, self._id(ask))
        return Response(status_code=204)

    def _id(self, ask: Ask) -> int:
        id_ = self._services.ids.id(uuid_form(ask.named("customer")))
        if id_ is None:
            raise NotFound("there is no such customer", "id")
        return id_


def _refused(fault: Invalid) -> Written:
    return {"error": fault.text, "statusCode": 400}


def _base(request: Request) -> str:
    """Scheme and host, as the client wrote them."""
    return f"{request.url.scheme}://{request.url.netloc}"
