"""Agents as they come and go, what they do, and what they say of a call."""

from datetime import datetime
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType, structs
from msgspec.structs import replace

from omnibound.api.base import Ask, from_date, to_date, word, words
from omnibound.domain.agent import Agent, State
from omnibound.domain.errors import Invalid
from omnibound.domain.member import Member, Progress
from omnibound.domain.status import Reason
from omnibound.services.fill_speech import public_id
from omnibound.services.keep_agents import Standing
from omnibound.services.set_results import ResultWish

Name = Annotated[str, Meta(max_length=200)]
Address = Annotated[str, Meta(max_length=200, description="A number, or `sip:user@host`, of the agent's telephone.")]
Trunk = Annotated[str, Meta(max_length=64, description="The connector that the telephone is called over.")]
Queues = Annotated[tuple[str, ...], Meta(max_length=50, description="Ids of queues; the first one is served first.")]


class AgentIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A person who takes answered calls."""

    name: Name
    address: Address
    trunk: Trunk
    queues: Queues
    id: Annotated[str, Meta(max_length=64, description="32 hexadecimal digits; made if it is left out.")] = ""


class AgentChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be otherwise; what is left out stays. A line that is connected follows after its call."""

    name: Name | UnsetType = UNSET
    address: Address | UnsetType = UNSET
    trunk: Trunk | UnsetType = UNSET
    queues: Queues | UnsetType = UNSET


class AgentOut(Struct, frozen=True, kw_only=True):
    """An agent, and what they do: `since` when, null where no line tells."""

    id: str
    name: str
    address: str
    trunk: str
    queues: tuple[str, ...]
    state: Annotated[str, words(State)]
    since: datetime | None
    ready: Annotated[bool, Meta(description="Whether they want calls; in a call: after it.")]
    member: Annotated[str, Meta(description="Whom they talk with, or whose result they have to name; else empty.")]
    why: Annotated[str, Meta(description="Why they were signed off, where nobody asked for it.")]
    created_at: datetime | None


class AgentsWish(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which page."""

    after: str = ""
    limit: Annotated[int, Meta(ge=1, le=1_000)] = 100


class AgentsOut(Struct, frozen=True, kw_only=True):
    """A page, in the order of the ids."""

    agents: list[AgentOut]


class SignOnIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether calls are wanted at once."""

    ready: bool = True


class ReadyIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether calls are wanted."""

    ready: bool


class AnswerIO(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was answered to a question of the script."""

    question: Annotated[str, Meta(max_length=1_000)]
    answer: Annotated[str, Meta(max_length=2_000)]


class ResultIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an agent says of a call."""

    result: Annotated[str | int, Meta(description="The text or the number of one of the campaign's call results.")]
    at: Annotated[datetime, Meta(tz=True, description="When to call again, where that follows.")] | None = None
    agent: Annotated[str, Meta(description="The agent who takes that call; empty: anybody.")] = ""
    answers: Annotated[tuple[AnswerIO, ...], Meta(max_length=100)] = ()


class ResultChange(ResultIn, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Another result than was named before."""

    by: Annotated[str, Meta(max_length=100, description="Who changes it, for the history; else the account.")] = ""


class ResultOut(Struct, frozen=True, kw_only=True):
    """How the person stands then; `next_at`: when they are called next, null for never."""

    member: str
    progress: Annotated[str, words(Progress)]
    reason: Annotated[str, words(Reason)] | None
    rounds: int
    next_at: datetime | None


async def add(ask: Ask[None, AgentIn]) -> AgentOut:
    """POST /api/v1/agents."""
    agent = Agent(account=ask.account.id, **structs.asdict(ask.body))
    return write_agent(await ask.services.agents.add(ask.account, agent))


async def page(ask: Ask[AgentsWish, None]) -> AgentsOut:
    """GET /api/v1/agents?after=&limit=."""
    found = ask.services.agents.page(ask.account, ask.query.after, ask.query.limit)
    return AgentsOut(agents=[write_agent(standing) for standing in found])


async def one(ask: Ask[None, None]) -> AgentOut:
    """GET /api/v1/agents/{agent}."""
    return write_agent(ask.services.agents.one(ask.account, ask.place["agent"]))


async def change(ask: Ask[None, AgentChange]) -> AgentOut:
    """PATCH /api/v1/agents/{agent}."""
    given = {name: value for name, value in structs.asdict(ask.body).items() if value is not UNSET}
    if not given:
        raise Invalid("nothing to change: give at least one member")
    changed = ask.services.agents.change(ask.account, ask.place["agent"], lambda agent: replace(agent, **given))
    return write_agent(await changed)


async def remove(ask: Ask[None, None]) -> None:
    """DELETE /api/v1/agents/{agent}."""
    await ask.services.agents.remove(ask.account, ask.place["agent"])


async def sign_on(ask: Ask[None, SignOnIn]) -> AgentOut:
    """POST /api/v1/agents/{agent}/sign-on."""
    return write_agent(await ask.services.agents.sign_on(ask.account, ask.place["agent"], ask.body.ready))


async def sign_off(ask: Ask[None, None]) -> AgentOut:
    """POST /api/v1/agents/{agent}/sign-off."""
    return write_agent(await ask.services.agents.sign_off(ask.account, ask.place["agent"]))


async def ready(ask: Ask[None, ReadyIn]) -> AgentOut:
    """POST /api/v1/agents/{agent}/ready."""
    return write_agent(await ask.services.agents.set_ready(ask.account, ask.place["agent"], ask.body.ready))


async def hang_up(ask: Ask[None, None]) -> AgentOut:
    """POST /api/v1/agents/{agent}/hang-up."""
    ask.services.agents.hang_up(ask.account, ask.place["agent"])
    return write_agent(ask.services.agents.one(ask.account, ask.place["agent"]))


async def result(ask: Ask[None, ResultIn]) -> ResultOut:
    """POST /api/v1/campaigns/{campaign}/members/{member}/result."""
    member = await ask.services.set_results(ask.account, ask.place["campaign"], ask.place["member"], _wish(ask.body))
    return _written(member)


async def change_result(ask: Ask[None, ResultChange]) -> ResultOut:
    """PUT /api/v1/campaigns/{campaign}/members/{member}/result."""
    wish = replace(_wish(ask.body), by=ask.body.by)
    place = ask.place["campaign"], ask.place["member"]
    return _written(await ask.services.set_results.change(ask.account, *place, wish))


def _wish(body: ResultIn) -> ResultWish:
    return ResultWish(
        result=body.result, at=from_date(body.at), agent=body.agent,
        answers=tuple([(each.question, each.answer) for each in body.answers]),
    )  # fmt: skip


def _written(member: Member) -> ResultOut:
    return ResultOut(
        member=public_id(member.id), progress=word(member.stand.progress),
        reason=None if member.reason is None else word(member.reason), rounds=member.tries,
        next_at=None if member.closed else to_date(member.due_at),
    )  # fmt: skip


def write_agent(standing: Standing) -> AgentOut:
    """As the API tells it."""
    agent = standing.agent
    return AgentOut(
        id=agent.id, name=agent.name, address=agent.address, trunk=agent.trunk, queues=agent.queues,
        state=word(standing.state), since=to_date(standing.since), ready=agent.ready,
        member=public_id(agent.call) if agent.call else "", why=agent.why, created_at=to_date(agent.created_at),
    )  # fmt: skip
