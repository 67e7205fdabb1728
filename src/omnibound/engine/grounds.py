"""What the dialer decides on: campaigns as they are now, calls under way, and the lines of agents."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from omnibound.domain.agent import queue_name
from omnibound.domain.agent_line import AgentLine, Doing
from omnibound.domain.call import read_call_id
from omnibound.domain.campaign import Campaign, Kind
from omnibound.domain.outbound import QUEUE_DIALER, Dialer, Queue
from omnibound.domain.pacing import Ground, spare_agents
from omnibound.engine.under_way import Key, UnderWay
from omnibound.ports import Store


async def dialer_of(store: Store, account: int, id_: str) -> Dialer | None:
    """A dialer of an account; one that every account has is there without being stored."""
    found = await store.parts.one(account, "dialer", id_)
    if isinstance(found, Dialer):
        return found
    return QUEUE_DIALER if id_ == QUEUE_DIALER.id else None


async def queue_of(store: Store, account: int, id_: str) -> Queue | None:
    """A queue of an account."""
    found = await store.parts.one(account, "queue", id_)
    return found if isinstance(found, Queue) else None


class Known(NamedTuple):
    """A campaign and its dialer, as they were read; believed until then."""

    campaign: Campaign
    dialer: Dialer | None
    until: int

    @property
    def key(self) -> Key:
        """Of its calls."""
        return self.campaign.account, self.campaign.id

    @property
    def queue(self) -> str:
        """Whose agents its calls want; empty: nobody's."""
        campaign = self.campaign
        return queue_name(campaign.account, campaign.queue) if campaign.kind is Kind.QUEUE else ""

    @property
    def shared(self) -> tuple[int, str]:
        """Whose lines its calls use."""
        return self.campaign.account, self.campaign.dialer


class Grounds:
    """At one instant; what is started afterwards is added. A call counts for agents until one talks with the callee."""

    def __init__(self, under_way: UnderWay, known: dict[Key, Known], lines: Sequence[AgentLine]) -> None:
        joined = {read_call_id(line.call)[0] for line in lines if line.call}
        self._free = [line.queues for line in lines if line.doing is Doing.FREE]
        self._talking = [line.queues for line in lines if line.doing is Doing.TALKING]
        self._calls, alone = under_way.counts(joined)
        self._shared: Counter[tuple[int, str]] = Counter()
        self._coming: Counter[str] = Counter()
        for key, number in self._calls.items():
            if key in known:
                self._add(known[key], number, alone[key])

    def _add(self, known: Known, calls: int, alone: int) -> None:
        self._shared[known.shared] += calls
        if known.queue:
            self._coming[known.queue] += alone

    def started(self, known: Known, calls: int) -> None:
        """So many more are under way."""
        self._calls[known.key] += calls
        self._add(known, calls, calls)

    def spare(self, known: Known) -> int:
        """Agents who stay free when all calls that are under way are taken; below 0: so many too few."""
        return spare_agents(known.queue, self._coming, self._free) if known.queue else 0

    def of(self, known: Known, allowed: int) -> Ground:
        """What a campaign's pace depends on."""
        campaign, dialer, _ = known
        return Ground(
            kind=campaign.kind, mode=campaign.mode, lines=campaign.lines, under_way=self._calls[known.key],
            dialer_lines=dialer.lines if dialer else 0, dialer_under_way=self._shared[known.shared],
            spare=self.spare(known),
            busy=sum(known.queue in queues for queues in self._talking), overdial=dialer.overdial if dialer else 0,
            allowed=allowed,
        )  # fmt: skip
