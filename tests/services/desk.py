"""Agents whose lines do what a test says, over a node that dials: they sign on, talk, and name results."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from omnibound.domain.account import Account
from omnibound.domain.agent import Agent, State
from omnibound.domain.agent_line import AgentLine, Doing
from omnibound.domain.call import call_id
from omnibound.domain.changes import Changes
from omnibound.domain.errors import NotFound
from omnibound.domain.live import Live
from omnibound.domain.member import Member
from omnibound.domain.message import Attempt
from omnibound.domain.outbound import Question, Script
from omnibound.domain.status import Reason
from omnibound.ports.agents import LineListener
from omnibound.services.fill_speech import public_id
from omnibound.services.keep_agents import Agents
from omnibound.services.keep_campaigns import Campaigns
from omnibound.services.set_results import ResultWish, SetResults
from omnibound.store.opened import OpenedStore
from tests.engine.conftest import START, ScriptedChannel
from tests.engine.hall import LINE, QUEUE, Hall, furnish, numbers

ANN, BOB = "A" * 32, "B" * 32
"""Ids of agents."""


class Switch:
    """Lines that do what the test says, and note what was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self.now: dict[str, AgentLine] = {}
        self._listener: LineListener | None = None

    def sign_on(self, agent: str, trunk: str, address: str) -> None:
        if trunk != "t":
            raise NotFound(f"there is no trunk {trunk!r}", "trunk")
        self.asked.append(("on", agent, trunk, address))

    def sign_off(self, agent: str) -> None:
        self.asked.append(("off", agent))

    def ready(self, agent: str, queues: Sequence[str], ready: bool) -> None:
        self.asked.append(("ready", agent, tuple(queues), ready))

    def hang_up(self, agent: str) -> None:
        self.asked.append(("hang up", agent))

    def lines(self) -> list[AgentLine]:
        return list(self.now.values())

    def listen(self, listener: LineListener) -> None:
        self._listener = listener

    def take(self) -> list[tuple[Any, ...]]:
        asked, self.asked = self.asked, []
        return asked

    def does(self, agent: str, doing: Doing, call: Attempt | None = None, since: int = START, why: str = "") -> None:
        said = call_id(call.delivery, call.number) if call else ""
        line = AgentLine(agent=agent, doing=doing, call=said, queues=(LINE,), since=since, why=why)
        self.now[agent] = line
        if doing is Doing.OFF:
            del self.now[agent]
        assert self._listener
        self._listener.line_changed(line)


class Desk:
    """Agents and their results over a node that dials."""

    def __init__(self, store: OpenedStore, hall: Hall, trunk: ScriptedChannel, account: Account) -> None:
        self.store = store
        self.hall = hall
        self.trunk = trunk
        self.account = account
        self.switch = Switch()
        self.woken = 0
        self.agents = Agents(store, self.switch, lambda: hall.now, self.wake)
        self.campaigns = Campaigns(store, hall.worker.put, self.release, {"t": True}, {}, hall.mint, lambda: hall.now)
        self.results = SetResults(
            store, self.campaigns, self.agents, hall.worker.results, self.script_of, lambda: hall.now
        )

    def wake(self) -> None:
        self.woken += 1

    async def release(self, *_: object) -> int:
        return 0

    async def script_of(self, *_: object) -> Script | None:
        return Script(id="s", name="S", questions=(Question(text="Who?", answers=("me", "you")),))

    async def ann(self, id_: str = ANN, **members: Any) -> State:
        values = {"name": "Ann", "address": "201", "trunk": "t", "queues": (QUEUE.id,), **members}
        return (await self.agents.add(self.account, Agent(id=id_, account=0, **values))).state

    async def free(self) -> None:
        """Ann is signed on, connected, and takes calls."""
        await self.ann()
        await self.agents.sign_on(self.account, ANN, True)
        self.switch.does(ANN, Doing.FREE)
        self.hall.lines = self.switch.lines()

    async def called(self, **other: Any) -> tuple[int, Attempt]:
        """Somebody rings."""
        campaign = await self.hall.agents()
        (id_,) = await self.hall.enrol(campaign, other.pop("phones", numbers(1)), **other)
        await self.hall.dial()
        (attempt,) = await self.hall.sent(self.trunk, 1)
        await self.hall.ring(self.trunk, attempt)
        return id_, attempt

    async def talks(self, **other: Any) -> tuple[int, Attempt]:
        """Ann talks with somebody."""
        await self.free()
        id_, attempt = await self.called(**other)
        self.switch.does(ANN, Doing.TALKING, attempt)
        return id_, attempt

    async def wraps(self) -> tuple[int, Attempt]:
        """The same, and the call is over."""
        return await self.wraps_with(numbers(1))

    async def wraps_with(self, phones: Sequence[str]) -> tuple[int, Attempt]:
        """The same, with one who has these numbers."""
        id_, attempt = await self.talks(phones=phones)
        await self.hall.over(self.trunk, attempt, Reason.ANSWERED)
        self.switch.does(ANN, Doing.WRAPPING)
        self.switch.take()
        return id_, attempt

    def agents_are_free(self) -> None:
        """Ann takes calls."""
        self.switch.does(ANN, Doing.FREE)
        self.hall.lines = self.switch.lines()

    async def move(self, live: Live, was: int) -> None:
        """What is unfinished stands so, and nobody has it in memory."""
        await self.store.record(Changes(moved=[(live, 0, was)]))
        self.hall.book.forget([live.id])

    @property
    def state(self) -> State:
        return self.agents.one(self.account, ANN).state

    async def say(self, member: int, result: str | int, **other: Any) -> Member:
        wish = ResultWish(result=result, **other)
        return await self.results(self.account, "q", public_id(member), wish)


@asynccontextmanager
async def a_desk(store: OpenedStore) -> AsyncGenerator[Desk]:
    """Over a store with nothing in it."""
    trunk = ScriptedChannel("t", "VOICE", resend=False)
    hall = Hall(store, trunk)
    account = await furnish(store)
    await hall.start()
    desk = Desk(store, hall, trunk, account)
    await desk.agents.start()
    yield desk
    await desk.agents.stop()
    await hall.close()
