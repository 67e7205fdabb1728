"""What is chosen in a call and the telephone cannot do alone: to ask a server for something, not to be called again.

Committed under keys of the choice: one that is told again is the same.
"""

from collections.abc import Awaitable, Callable
from logging import getLogger

from omnibound.domain.action import Deed, Request
from omnibound.domain.call import read_call_id
from omnibound.domain.campaign import CHANNEL, Campaign
from omnibound.domain.changes import Changes, Suppressed
from omnibound.domain.errors import Invalid
from omnibound.domain.member import Member
from omnibound.domain.number import number_key
from omnibound.domain.push import PUSHED_FOR, Push, Topic
from omnibound.domain.status import Reason
from omnibound.ports.campaigns import CampaignStore
from omnibound.services.fill_actions import call_values, fill_request
from omnibound.wire.telephone import Chosen

_log = getLogger("omnibound.campaigns")


class HeedChoices:
    """Call it with a choice. Returns once what it asks for is committed; raises what the store raises."""

    def __init__(
        self, campaigns: CampaignStore, record: Callable[[Changes], Awaitable[None]], clock: Callable[[], int]
    ) -> None:
        self._campaigns = campaigns
        self._record = record
        self._clock = clock

    async def __call__(self, chosen: Chosen) -> None:
        """Commit what it asks for; nothing of a member or an action that there is not any more."""
        delivery, _ = read_call_id(chosen.call)
        member = (await self._campaigns.members_of([delivery])).get(delivery)
        if member is None:
            _log.warning("call %s: %s was chosen by nobody whom we know any more", chosen.call, chosen.on)
        elif chosen.do is Deed.OPT_OUT:
            number = number_key(member.phone)
            opted_out = Suppressed(member.account, CHANNEL, number, Reason.OPTED_OUT, chosen.at)
            await self._record(Changes(suppressed=[opted_out]))
        else:
            await self._ask(chosen, member)

    async def _ask(self, chosen: Chosen, member: Member) -> None:
        request = _request(await self._campaigns.one(member.account, member.campaign), chosen.on)
        if request is None:
            _log.warning("call %s: nothing is asked for on %s any more", chosen.call, chosen.on)
        else:
            await self._record(Changes(pushes=[self._push(chosen, member, request)]))

    def _push(self, chosen: Chosen, member: Member, request: Request) -> Push:
        """What cannot be filled is given up at once, and can be seen where pushes are."""
        _, attempt = read_call_id(chosen.call)
        now, url, asked, why = self._clock(), request.url, None, ""
        try:
            url, asked = fill_request(request, call_values(member, chosen.on, chosen.digits))
        except Invalid as error:
            why = f"{error.field}: {error.text}"
        return Push(
            member.account, member.id, attempt, url, "", now, now + PUSHED_FOR, over=bool(why), why=why,
            topic=Topic.ACTION, request=asked, number=chosen.turn,
        )  # fmt: skip


def _request(campaign: Campaign | None, on: str) -> Request | None:
    """The request of an action as the campaign has it now."""
    actions = campaign.actions if campaign else ()
    return next((action.http for action in actions if action.on == on), None)
