"""What is chosen in a call and the telephone cannot do alone: to ask a server for something, not to be called again.

Committed under keys of the choice: one that is told again is the same.
"""

from collections.abc import Callable
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
from omnibound.ports import Store
from omnibound.services.fill_actions import call_values, fill_request
from omnibound.services.judge_members import JudgeMembers
from omnibound.wire.telephone import Chosen

_log = getLogger("omnibound.campaigns")


class HeedChoices:
    """Call it with a choice. Returns once what it asks for is committed; raises what the store raises."""

    def __init__(self, store: Store, judge: JudgeMembers, clock: Callable[[], int]) -> None:
        self._store = store
        self._judge = judge
        self._clock = clock

    async def __call__(self, chosen: Chosen) -> None:
        """Commit what it asks for; nothing of a member or an action that there is not any more."""
        delivery, attempt = read_call_id(chosen.call)
        member = (await self._store.campaigns.members_of([delivery])).get(delivery)
        if member is None:
            _log.warning("call %s: %s was chosen by nobody whom we know any more", chosen.call, chosen.on)
        elif chosen.do is Deed.OPT_OUT:
            number = number_key(await self._called(member, attempt))
            opted_out = Suppressed(member.account, CHANNEL, number, Reason.OPTED_OUT, chosen.at)
            await self._store.record(Changes(suppressed=[opted_out]))
            await self._judge.of_numbers(member.account, [number])
        else:
            await self._ask(chosen, member)

    async def _called(self, member: Member, attempt: int) -> str:
        """The number of a call: it is in its record once it is over, until then it is the one called last."""
        over = await self._store.calls.one(member.id, attempt)
        return over.number if over and over.number else member.numbers[max(0, member.stand.last_number - 1)]

    async def _ask(self, chosen: Chosen, member: Member) -> None:
        request = _request(await self._store.campaigns.one(member.account, member.campaign), chosen.on)
        if request is None:
            _log.warning("call %s: nothing is asked for on %s any more", chosen.call, chosen.on)
        else:
            await self._store.record(Changes(pushes=[self._push(chosen, member, request)]))

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
