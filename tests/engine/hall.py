"""A node that dials: campaigns, people and agents' lines as a test says, over a real store."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from omnibound.domain.account import Account
from omnibound.domain.agent import queue_name
from omnibound.domain.agent_line import AgentLine, Doing
from omnibound.domain.call import call_id
from omnibound.domain.campaign import Campaign, Kind, State
from omnibound.domain.flow import SECOND
from omnibound.domain.member import Member, Mode
from omnibound.domain.message import Attempt
from omnibound.domain.outbound import Dialer, Queue
from omnibound.domain.status import Reason, Status
from omnibound.engine.worker import EngineSettings, Worker
from omnibound.services.enrol_members import Enrolment, keys_of
from omnibound.services.fill_messages import filled_messages
from omnibound.store.opened import OpenedStore
from tests.engine.conftest import ACCOUNT, START, Rig, ScriptedChannel

DIALER = Dialer(id="D" * 32, name="main", lines=100)
TURNS = 10
"""Of the loop, in which tasks that are woken begin."""
QUEUE = Queue(id="C" * 32, name="sales")
LINE = queue_name(ACCOUNT, QUEUE.id)


class Hall(Rig):
    """A node that dials. `lines` are those of the agents, as the test says."""

    def __init__(self, store: OpenedStore, *channels: ScriptedChannel, node: int = 1) -> None:
        super().__init__(store, *channels, node=node)
        self.lines: list[AgentLine] = []
        self.worker = Worker(
            store, channels, node, lambda: self.now, EngineSettings(), lambda: self.lines, filled_messages
        )
        self.book, self.receiver = self.worker._book, self.worker.receiver
        self.dialer = self.worker.dialer

    async def campaign(self, id_: str = "c", **other: Any) -> Campaign:
        values = {"kind": Kind.ANNOUNCEMENT, "dialer": DIALER.id, "state": State.STARTED, "lines": 10, **other}
        made = Campaign(id=id_, account=ACCOUNT, name=id_, **values)
        await self.store.campaigns.add(made)
        return made

    async def agents(self, id_: str = "q", **other: Any) -> Campaign:
        """A campaign to agents."""
        values = {"kind": Kind.QUEUE, "queue": QUEUE.id, "mode": Mode.PROGRESSIVE, **other}
        return await self.campaign(id_, **values)

    async def enrol(
        self, campaign: Campaign, people: Sequence[str], customs: Sequence[dict[str, str]] = (), **other: Any
    ) -> list[int]:
        """People by their numbers, `;` between those of one; their ids. `customs`: what each says of itself."""
        message, *ids = self.mint.take(len(people) + 1, self.now)
        birth = Enrolment(campaign, message, self.now)
        for id_, phone, custom in zip(ids, people, customs or [{}] * len(ids), strict=True):
            values = {"custom": custom or None, "created_at": self.now, **other}
            member = Member(id=id_, account=ACCOUNT, campaign=campaign.id, phone=phone, **values)
            birth.add(member, keys_of(member))
        await self.store.record(birth.changes)
        self.worker.on_born(birth.message, [], [], len(ids))
        return ids

    async def dial(self, forward: int = 0) -> bool:
        """A look of the dialer."""
        self.now += forward
        more = await self.dialer.tick()
        # Whoever was woken has begun.
        for _ in range(TURNS):
            await asyncio.sleep(0)
        await self.quiet()
        await self.wait_for(lambda: not any(sender._committing for sender in self.worker.routes.senders()))
        return more

    async def work(self) -> None:
        """Until what was stopped, or let go, is worked off."""
        for _ in range(3):
            while await self.worker.holds.work():
                await self.quiet()
            self.now += SECOND

    async def change(self, id_: str, **other: Any) -> None:
        await self.store.campaigns.change(ACCOUNT, id_, lambda campaign: replace(campaign, **other))
        self.dialer.renew()

    async def member(self, id_: int) -> Member:
        return (await self.store.campaigns.members_of([id_]))[id_]

    async def stands(self, ids: Sequence[int]) -> list[tuple[str, str, int]]:
        members = [await self.member(id_) for id_ in ids]
        return [(m.stand.progress.name, m.stand.doing.name, m.stand.tries) for m in members]

    # -- what telephones do

    async def ring(self, trunk: ScriptedChannel, *attempts: Attempt) -> None:
        await self.say(trunk, *[trunk.accepted(attempt, name(attempt)) for attempt in attempts])

    async def over(self, trunk: ScriptedChannel, attempt: Attempt, reason: Reason) -> None:
        status = Status.DELIVERED if reason in (Reason.ANSWERED, Reason.HUNG_UP) else Status.FAILED
        await self.say(trunk, trunk.receipt(name(attempt), status, reason))

    def agent(self, *doing: Doing, call: Attempt | None = None) -> None:
        """One agent a word."""
        said = name(call) if call else ""
        self.lines = [
            AgentLine(agent=f"A{n}", doing=each, queues=(LINE,), call=said if each is Doing.TALKING else "")
            for n, each in enumerate(doing)
        ]


def name(attempt: Attempt) -> str:
    return call_id(attempt.delivery, attempt.number)


def numbers(count: int, begin: int = 48_600_000_000) -> list[str]:
    return [str(begin + n) for n in range(count)]


async def furnish(store: OpenedStore) -> Account:
    """An account with a dialer and a queue."""
    account = Account(id=ACCOUNT, name="anna", username="anna")
    await store.accounts.add(account, "", "hash", "hint", START)
    await store.parts.add(ACCOUNT, "dialer", DIALER)
    await store.parts.add(ACCOUNT, "queue", QUEUE)
    return account


@pytest.fixture
def trunk() -> ScriptedChannel:
    return ScriptedChannel("trunk", "VOICE", resend=False)


@pytest.fixture
async def hall(store: OpenedStore, trunk: ScriptedChannel) -> AsyncIterator[Hall]:
    await furnish(store)
    hall = Hall(store, trunk)
    await hall.start()
    yield hall
    await hall.close()
