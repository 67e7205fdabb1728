"""Agents: make one, sign on and off, say that one is ready; after each call the time in which its result is named."""

import asyncio
import logging
import re
from collections.abc import Callable
from contextlib import suppress
from secrets import token_hex
from typing import NamedTuple

from msgspec.structs import replace

from omnibound.domain.account import Account
from omnibound.domain.agent import AGENT, Agent, State, agent_key, check_agent, queue_name, state_of
from omnibound.domain.agent_line import AgentLine, Doing, Joined
from omnibound.domain.call import read_call_id
from omnibound.domain.errors import Elsewhere, Forbidden, Invalid, NotFound, Refused
from omnibound.domain.flow import SECOND
from omnibound.domain.live import Stage
from omnibound.domain.outbound import Queue
from omnibound.domain.parts import PARTS
from omnibound.ports import Store, Taken
from omnibound.ports.agents import AgentLines
from omnibound.services.name_parts import part_of

EVERY_S = 1.0
GRACE = SECOND
"""After the time for a result is over: whoever says it for the agent comes first."""

CHUNK = 1_000
_ID = re.compile(r"[0-9A-F]{32}", re.ASCII)
_QUEUE = PARTS["queue"]
_log = logging.getLogger("omnibound.agents")


class Standing(NamedTuple):
    """An agent and what they do; `since` (microseconds UTC), 0 where no line tells."""

    agent: Agent
    state: State
    since: int


class Agents:
    """All agents of this server, in memory; what changes of them is stored. `wake`: one may be free now.

    `lines` None: no connector calls, so nobody can sign on.
    """

    def __init__(
        self, store: Store, lines: AgentLines | None, clock: Callable[[], int], wake: Callable[[], None]
    ) -> None:
        self._store = store
        self._given = lines
        self._clock = clock
        self._wake = wake
        self.elsewhere: Callable[[], str] = lambda: ""
        """The server that has the agents' lines, where it is another one; empty: this one."""
        self._agents: dict[str, Agent] = {}
        self._unsaved: set[str] = set()
        self._until: dict[str, int] = {}
        """Until when those who wrap up have time."""
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    # --- life ---------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Know all agents, and sign on again who was signed on."""
        for account in await self._store.accounts.all():
            after = ""
            while found := await self._store.parts.page(account.id, AGENT, after, CHUNK):
                self._agents |= {agent.id: agent for agent in found if isinstance(agent, Agent)}
                after = found[-1].id
        if self._given:
            self._given.listen(self)
        for agent in [agent for agent in self._agents.values() if agent.signed_on]:
            try:
                self._connect(agent)
            except Refused as error:
                self._note(replace(agent, signed_on=False, ready=False, why=error.text))
        self._task = asyncio.get_running_loop().create_task(self._run(), name="agents")

    async def stop(self) -> None:
        """End; lines stay, and are known again at the next start."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._save()

    async def _run(self) -> None:
        while True:
            self._woken.clear()
            try:
                await self.look()
            except Exception:  # noqa: BLE001 - the next look may succeed
                _log.exception("a look at the agents has failed")
            with suppress(TimeoutError):
                async with asyncio.timeout(EVERY_S):
                    await self._woken.wait()

    def wake(self) -> None:
        """A result was named: whoever wrapped up for it is ready again."""
        self._woken.set()

    # --- who there is -------------------------------------------------------------------------------------------------

    async def add(self, account: Account, agent: Agent) -> Standing:
        """A new one, under a made id if it has none. Raises Invalid, NotFound for a queue that there is not."""
        self._check_here()
        now = self._clock()
        id_ = agent_key(agent.id) or token_hex(16).upper()
        if not _ID.fullmatch(id_):
            raise Invalid("an id of an agent has 32 hexadecimal digits; without one it is made", "id")
        made = await self._checked(account, replace(agent, id=id_, account=account.id, created_at=now, changed_at=now))
        # Lines know agents of all accounts by their ids.
        if id_ in self._agents:
            raise Invalid(f"there is an agent with the id {id_} already", "id")
        try:
            await self._store.parts.add(account.id, AGENT, made)
        except Taken as error:
            raise Invalid(f"there is an agent with the id {id_} already", "id") from error
        self._agents[id_] = made
        return self._standing(made)

    async def _checked(self, account: Account, agent: Agent) -> Agent:
        check_agent(agent)
        queues = [(await part_of(self._store, account, _QUEUE, id_)).id for id_ in agent.queues]
        named = replace(agent, queues=tuple(queues))
        check_agent(named)
        return named

    def one(self, account: Account, id_: str) -> Standing:
        """By its id. Raises NotFound."""
        return self._standing(self._own(account, id_))

    def page(self, account: Account, after: str, limit: int) -> list[Standing]:
        """Those after an id, in the order of the ids."""
        self._check_here()
        own = sorted(id_ for id_, agent in self._agents.items() if agent.account == account.id)
        return [self._standing(self._agents[id_]) for id_ in own if id_ > agent_key(after)][:limit]

    async def change(self, account: Account, id_: str, changed: Callable[[Agent], Agent]) -> Standing:
        """As `changed` wants it; a line follows after the call that it has. Raises NotFound, Invalid."""
        before = self._own(account, id_)
        after = await self._checked(account, changed(before))
        agent = self._agents.get(before.id, before)
        kept = {name: getattr(agent, name) for name in ("signed_on", "ready", "call", "attempt", "why")}
        after = replace(after, changed_at=self._clock(), **kept)
        if after.signed_on:
            self._connect(after)
        return await self._put(after)

    async def remove(self, account: Account, id_: str) -> None:
        """Take it away. Raises NotFound, and Forbidden while it is signed on."""
        agent = self._own(account, id_)
        if agent.signed_on or self._line(agent):
            raise Forbidden("the agent is signed on", "id")
        del self._agents[agent.id]
        self._unsaved.discard(agent.id)
        await self._store.parts.remove(agent.account, AGENT, agent.id)

    # --- what agents do -----------------------------------------------------------------------------------------------

    async def sign_on(self, account: Account, id_: str, ready: bool) -> Standing:
        """Call the agent's telephone and keep it connected. Raises NotFound, Invalid for an address that is none."""
        agent = replace(self._own(account, id_), signed_on=True, ready=ready, why="")
        self._connect(agent)
        return await self._put(agent)

    async def sign_off(self, account: Account, id_: str) -> Standing:
        """Let go of the line, after the call that it has. Raises NotFound."""
        agent = self._own(account, id_)
        if self._given:
            self._given.sign_off(agent.id)
        return await self._put(replace(self._agents[agent.id], signed_on=False, ready=False))

    async def set_ready(self, account: Account, id_: str, ready: bool) -> Standing:
        """Whether calls are wanted; during a call: after it. Raises NotFound, and Forbidden where that cannot be."""
        agent = self._own(account, id_)
        if not agent.signed_on:
            raise Forbidden("the agent is not signed on", "ready")
        if ready and self.one(account, id_).state is State.WRAP_UP:
            raise Forbidden("the result of the last call is not named yet", "ready")
        agent = replace(agent, ready=ready)
        self._say_ready(agent)
        return await self._put(agent)

    def hang_up(self, account: Account, id_: str) -> None:
        """End the call that the agent talks in. Raises NotFound."""
        agent = self._own(account, id_)
        if self._given:
            self._given.hang_up(agent.id)

    def talks_with(self, delivery: int) -> bool:
        """Whether any agent is talking with the person of a delivery."""
        lines = self._given.lines() if self._given else []
        return any(line.doing is Doing.TALKING and read_call_id(line.call)[0] == delivery for line in lines)

    def handler_of(self, delivery: int) -> str:
        """Who talks with the person of a delivery, or has just talked; empty where nobody has."""
        return next((agent.id for agent in self._agents.values() if agent.call == delivery), "")

    # --- what lines tell ----------------------------------------------------------------------------------------------

    def line_changed(self, line: AgentLine) -> None:
        """See LineListener."""
        agent = self._agents.get(line.agent)
        if agent is None:
            if self._given and line.doing is not Doing.OFF:
                # Of a server that was here before: nobody knows it any more.
                self._given.sign_off(line.agent)
            return
        if line.doing is Doing.TALKING:
            delivery, attempt = read_call_id(line.call)
            self._note(replace(agent, call=delivery, attempt=attempt))
        elif line.doing is Doing.OFF and agent.signed_on:
            _log.warning("agent %s is signed off: %s", agent.id, line.why)
            self._note(replace(agent, signed_on=False, ready=False, why=line.why))
        self._woken.set()
        self._wake()

    def joined(self, joined: Joined) -> None:
        """See LineListener: the line tells the same."""

    def _connect(self, agent: Agent) -> None:
        if self._given is None:
            raise Invalid("no connector of this server makes calls", "trunk")
        self._given.sign_on(agent.id, agent.trunk, agent.address)
        self._say_ready(agent)

    def _say_ready(self, agent: Agent) -> None:
        if self._given:
            queues = [queue_name(agent.account, queue) for queue in agent.queues]
            self._given.ready(agent.id, queues, agent.ready and not agent.call)

    # --- the time for a result ----------------------------------------------------------------------------------------

    async def look(self) -> None:
        """Store what has changed, and make ready whose last call has its result."""
        await self._save()
        wrapping = [agent for agent in self._agents.values() if self._standing(agent).state is State.WRAP_UP]
        self._until = {agent.id: self._until.get(agent.id, 0) for agent in wrapping}
        loaded = await self._store.deliveries.load([agent.call for agent in wrapping]) if wrapping else []
        lives = {each.live.id: each.live for each in loaded}
        for agent in wrapping:
            live = lives.get(agent.call)
            waits = live is not None and live.attempt == agent.attempt and live.stage is not Stage.WAITING
            if not waits or await self._is_late(agent):
                self._free(agent)
        await self._save()

    async def _is_late(self, agent: Agent) -> bool:
        """Whether the time for a result is over, even if nobody has said one for them: the call may have been lost."""
        if not self._until[agent.id]:
            member = (await self._store.campaigns.members_of([agent.call])).get(agent.call)
            campaign = await self._store.campaigns.one(agent.account, member.campaign) if member else None
            queue = await self._store.parts.one(agent.account, _QUEUE.word, campaign.queue) if campaign else None
            since = self._standing(agent).since or self._clock()
            self._until[agent.id] = since + (queue.wrap_up if isinstance(queue, Queue) else 0) + GRACE
        return self._until[agent.id] <= self._clock()

    def _free(self, agent: Agent) -> None:
        """Ready again, if they want to be."""
        now = self._agents.get(agent.id)
        if now and now.call == agent.call:
            free = replace(now, call=0, attempt=0)
            self._note(free)
            with suppress(NotFound):
                self._say_ready(free)

    # --- small things -------------------------------------------------------------------------------------------------

    def _check_here(self) -> None:
        if where := self.elsewhere():
            raise Elsewhere(f"the agents are with another server now: {where}", where)

    def _own(self, account: Account, id_: str) -> Agent:
        self._check_here()
        agent = self._agents.get(agent_key(id_))
        if agent is None or agent.account != account.id:
            raise NotFound(f"no agent has the id {id_}", "id")
        return agent

    def _line(self, agent: Agent) -> AgentLine | None:
        lines = self._given.lines() if self._given else []
        return next((line for line in lines if line.agent == agent.id), None)

    def _standing(self, agent: Agent) -> Standing:
        line = self._line(agent)
        return Standing(agent, state_of(agent, line), line.since if line else 0)

    def _note(self, agent: Agent) -> None:
        """So in memory at once, and stored soon."""
        self._agents[agent.id] = agent
        self._unsaved.add(agent.id)
        self._woken.set()

    async def _put(self, agent: Agent) -> Standing:
        self._note(agent)
        await self._save()
        return self._standing(self._agents[agent.id])

    async def _save(self) -> None:
        while self._unsaved:
            agent = self._agents[self._unsaved.pop()]
            try:
                await self._store.parts.put(agent.account, AGENT, agent)
            except BaseException:
                self._unsaved.add(agent.id)
                raise
