"""The result of a call, as its agent names it: what it was, when to call again, who then, and the script's answers."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple, Protocol

from msgspec import Struct
from msgspec.structs import replace

from omnibound.domain.account import Account
from omnibound.domain.campaign import Campaign, State
from omnibound.domain.campaign_flow import flow_of
from omnibound.domain.changes import Changes
from omnibound.domain.errors import Invalid, TooLate
from omnibound.domain.flow import Move
from omnibound.domain.member import Member
from omnibound.domain.member_checks import check_answers
from omnibound.domain.outbound import CallResult, Script
from omnibound.domain.results import detail_of, result_named
from omnibound.domain.status import Reason
from omnibound.ports import Store
from omnibound.services.find_member import find_member
from omnibound.services.keep_agents import Agents
from omnibound.services.keep_campaigns import Campaigns


class Say(Protocol):
    """Who says a result. The first two raise Forbidden for one of whom none is awaited, the others TooLate."""

    async def check(self, delivery: int, talking: bool) -> None:
        """Nothing is said yet. `talking`: an agent talks with them."""
        ...

    async def __call__(self, delivery: int, talking: bool, reason: Reason, detail: str, at: int) -> None:
        """`at`: when they are called again (microseconds UTC), 0: as the campaign says."""
        ...

    async def check_change(self, member: Member) -> None:
        """Nothing is changed yet."""
        ...

    async def change(self, campaign: Campaign, member: Member, reason: Reason, detail: str, at: int, by: str) -> None:
        """Another result of the last call. `by`: who says so, for the history."""
        ...


ScriptOf = Callable[[Account, Campaign], Awaitable[Script | None]]
"""The script of a campaign, if it has one."""

MOST_ANSWERS = 100
LONGEST = 2_000


class ResultWish(Struct, frozen=True, gc=False, kw_only=True):
    """`result` is the number or the text of one of the campaign's; `at` (microseconds UTC) when to call again, 0: as
    the result says. `agent`: who takes that call, empty: anybody. `answers` are (question, answer). `by`: who changes
    an earlier one, empty: the account.
    """

    result: str | int
    at: int = 0
    agent: str = ""
    answers: tuple[tuple[str, str], ...] = ()
    by: str = ""


class _Read(NamedTuple):
    """A wish with all that it names; `revised`: the member with what the wish says of them."""

    campaign: Campaign
    member: Member
    result: CallResult
    at: int
    revised: Member


class SetResults:
    """Call it with what an agent says of a call that is over, or that they are still talking in."""

    def __init__(
        self,
        store: Store,
        campaigns: Campaigns,
        agents: Agents,
        say: Say,
        script_of: ScriptOf,
        clock: Callable[[], int],
    ) -> None:
        self._script_of = script_of
        self._store = store
        self._campaigns = campaigns
        self._agents = agents
        self._say = say
        self._clock = clock

    async def __call__(self, account: Account, id_: str, who: str, wish: ResultWish) -> Member:
        """The member as it stands then. Raises NotFound, Invalid, and Forbidden where no result is awaited."""
        _, member, result, at, revised = await self._read(account, id_, who, wish)
        talking = self._agents.talks_with(member.id)
        await self._say.check(member.id, talking)
        await self._revise(member, revised)
        await self._say(member.id, talking, result.reason, detail_of(result), at)
        self._agents.wake()
        return await self._as_it_is(revised)

    async def change(self, account: Account, id_: str, who: str, wish: ResultWish) -> Member:
        """Another result than was named before: what followed from that one is taken back. The member as it stands.

        Raises NotFound, Invalid, and TooLate once they are called again, have left, or the campaign is finished.
        """
        campaign, member, result, at, revised = await self._read(account, id_, who, wish)
        if campaign.state is State.FINISHED:
            raise TooLate("the campaign is finished", "result")
        await self._say.check_change(member)
        await self._revise(member, revised)
        await self._say.change(campaign, revised, result.reason, detail_of(result), at, wish.by or account.name)
        return await self._as_it_is(revised)

    async def _read(self, account: Account, id_: str, who: str, wish: ResultWish) -> _Read:
        campaign = await self._campaigns.one(account, id_)
        member = await find_member(self._store, account, campaign.id, who)
        result = result_named(campaign, wish.result)
        at = self._at(campaign, result, wish.at)
        await self._check_answers(account, campaign, wish)
        return _Read(campaign, member, result, at, self._revised(account, campaign, member, wish, result))

    async def _revise(self, member: Member, revised: Member) -> None:
        if revised != member:
            await self._store.record(Changes(revised=[revised]))

    async def _as_it_is(self, member: Member) -> Member:
        return (await self._store.campaigns.members_of([member.id])).get(member.id, member)

    def _at(self, campaign: Campaign, result: CallResult, at: int) -> int:
        """When they are called again; 0: as the campaign says."""
        if not at:
            return self._clock() + result.wait if result.wait else 0
        if flow_of(campaign).effect(result.reason).move is not Move.LATER:
            raise Invalid(f"after {result.text!r} nobody is called again later", "at")
        return at

    async def _check_answers(self, account: Account, campaign: Campaign, wish: ResultWish) -> None:
        """By the campaign's script; without one agents write down what they like."""
        if len(wish.answers) > MOST_ANSWERS or any(len(text) > LONGEST for each in wish.answers for text in each):
            raise Invalid(f"at most {MOST_ANSWERS}, of at most {LONGEST} characters each", "answers")
        if campaign.script and wish.answers:
            check_answers(await self._script_of(account, campaign), wish.answers)

    def _revised(
        self, account: Account, campaign: Campaign, member: Member, wish: ResultWish, result: CallResult
    ) -> Member:
        """With the answers, and with who is to call them again, or else who has handled them."""
        if wish.agent:
            agent = self._agents.one(account, wish.agent).agent.id
        elif flow_of(campaign).effect(result.reason).move in _OVER:
            agent = self._agents.handler_of(member.id) or member.traits.agent
        else:
            agent = member.traits.agent
        return replace(member, answers=wish.answers or member.answers, traits=replace(member.traits, agent=agent))


_OVER = (Move.DONE, Move.STOP)
