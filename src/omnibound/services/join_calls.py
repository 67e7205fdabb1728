"""Whom those are joined to who answer a call of a campaign."""

from collections.abc import Callable, Collection, Sequence

from omnibound.domain.agent import agent_key, queue_name
from omnibound.domain.agent_line import AgentLine, Doing
from omnibound.domain.campaign import Campaign, Kind
from omnibound.domain.member import Member
from omnibound.domain.outbound import QUEUE_DIALER, Dialer
from omnibound.ports import Store
from omnibound.wire.telephone import Join, ToNumber, ToQueue

Lines = Callable[[], Sequence[AgentLine]]
"""The lines of agents, as they are now."""

_MS = 1_000
"""Microseconds."""


async def waits_of(store: Store, campaign: Campaign) -> int:
    """How long an answered call of a campaign waits for an agent, in microseconds."""
    found = await store.parts.one(campaign.account, "dialer", campaign.dialer) if campaign.kind is Kind.QUEUE else None
    return found.abandon_wait if isinstance(found, Dialer) else QUEUE_DIALER.abandon_wait


def free_agents(lines: Sequence[AgentLine]) -> frozenset[str]:
    """Who takes a call now."""
    return frozenset(line.agent for line in lines if line.doing is Doing.FREE)


def join_of(campaign: Campaign, member: Member, wait: int, free: Collection[str]) -> Join | None:
    """The number, or an agent of the queue: the one who is kept for this member where that one is `free`.

    `wait`: how long they wait for one, in microseconds. None: they are joined to nobody.
    """
    if campaign.kind is Kind.NUMBER:
        return ToNumber(number=campaign.number)
    if campaign.kind is not Kind.QUEUE:
        return None
    kept = agent_key(member.traits.agent)
    queue = queue_name(campaign.account, campaign.queue)
    return ToQueue(queue=queue, wait_ms=wait // _MS, agent=kept if kept in free else "")
