"""Whom those are joined to who answer a call of a campaign."""

from collections.abc import Callable, Sequence

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


class Joining:
    """Whom callees of a campaign are joined to, a list of them at one time. `wait`: how long they wait (microseconds).

    `lines` are those of all agents just now.
    """

    def __init__(self, campaign: Campaign, wait: int, lines: Sequence[AgentLine]) -> None:
        self._campaign = campaign
        self._wait_ms = wait // _MS
        self._queue = queue_name(campaign.account, campaign.queue)
        self._free = [line for line in lines if line.doing is Doing.FREE]
        self._promised: set[str] = set()

    def of(self, member: Member) -> Join | None:
        """The number, or an agent of the queue: the one who is kept for this member where that one is free.

        None: they are joined to nobody.
        """
        if self._campaign.kind is Kind.NUMBER:
            return ToNumber(number=self._campaign.number)
        if self._campaign.kind is not Kind.QUEUE:
            return None
        kept = agent_key(member.traits.agent)
        return self._to(kept if any(line.agent == kept for line in self._free) else "")

    def reserved(self, member: Member) -> Join | None:
        """An agent of the queue who is kept for this call alone: theirs, else who has been free for longest.

        No two of the list are promised the same one. None: nobody is free.
        """
        kept = agent_key(member.traits.agent)
        able = [line for line in self._free if self._queue in line.queues and line.agent not in self._promised]
        found = min(able, key=lambda line: (line.agent != kept, line.since), default=None)
        if found is None:
            return None
        self._promised.add(found.agent)
        return self._to(found.agent)

    def _to(self, agent: str) -> ToQueue:
        return ToQueue(queue=self._queue, wait_ms=self._wait_ms, agent=agent)
