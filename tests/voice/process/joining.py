"""A desk with three trunks, whose far ends the test plays: callees, agents, and numbers that callees are joined to."""

import asyncio
import itertools
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from omnibound.domain.agent_line import AgentLine, Doing
from omnibound.voice.process.desk import Desk
from omnibound.voice.signalling import FileJournal
from omnibound.wire import sip
from omnibound.wire.telephone import Cell, Dial, Ended, Event, Join, LineState, Ready, SignOn, ToQueue
from tests.voice.media.telephone import Telephone, clip, spare_ports
from tests.voice.signalling.far_end import FarEnd, trunk_settings, until

T = TypeVar("T")

WAITING, FAREWELL = 11, 12
"""The seeds of what is heard while one waits, and of the farewell."""


class Phone:
    """A far end with one telephone: answers what it is asked to, and talks and hears."""

    def __init__(self, far: FarEnd, sound: Telephone) -> None:
        self.far = far
        self.sound = sound
        self.invite: sip.Request
        self._numbers = itertools.count(1)

    @property
    def description(self) -> bytes:
        local = sip.Local(address="127.0.0.1", port=self.sound.port, formats=sip.offered(("PCMU",)), id=7)
        return sip.write_session(local)

    @property
    def hears_from(self) -> int:
        """The port of ours that it talks to."""
        return sip.read_session(self.invite.body).streams[0].port

    async def rings(self) -> sip.Request:
        self.invite = await self.far.hear("INVITE")
        # Timestamps of another call begin elsewhere.
        self.sound.packets.clear()
        return self.invite

    async def takes(self) -> sip.Request:
        """It rings, and is answered."""
        await self.rings()
        return await self.answers()

    async def answers(self) -> sip.Request:
        self.far.answer(self.invite, 200, body=self.description)
        await self.far.hear("ACK")
        return self.invite

    def hangs_up(self) -> None:
        # A number of its own, so that the second call's is not taken for the first one's again.
        self.far.request(self.invite, "BYE", number=next(self._numbers))

    async def is_hung_up(self) -> None:
        self.far.answer(await self.far.hear("BYE"), 200)


class Stage:
    """The desk, and what was told."""

    def __init__(self, desk: Desk, told: list[Event | LineState], folder: Path, phones: dict[str, Phone]) -> None:
        self.desk = desk
        self.told = told
        self.callee, self.agent, self.number = phones["t"], phones["a"], phones["n"]
        self.waiting, self.farewell = folder / "waiting.clip", folder / "farewell.clip"
        clip(4, WAITING).save(self.waiting)
        clip(0.5, FAREWELL).save(self.farewell)

    def sign_on(self, agent: str = "ann", address: str = "201", trunk: str = "a") -> None:
        self.desk.joins.sign_on(SignOn(agent=agent, trunk=trunk, address=address))

    def ready(self, agent: str = "ann", *, ready: bool = True) -> None:
        self.desk.joins.ready(Ready(agent=agent, queues=("sales",), ready=ready))

    async def signed_on(self, agent: str = "ann") -> None:
        """Connected and ready."""
        self.sign_on(agent)
        await self.agent.takes()
        self.ready(agent)
        await self.does(agent, Doing.FREE)

    def dial(self, join: Join | None = None, call: str = "7-1", **members: Any) -> None:
        fields = {"clip": str(self.waiting), "farewell": str(self.farewell), **members}
        self.desk.dial(Dial(call=call, trunk="t", number="48600100200", join=join or ToQueue(queue="sales"), **fields))

    async def does(self, agent: str, doing: Doing) -> AgentLine:
        """Wait until a line does this."""
        await until(lambda: self.lines(agent) and self.lines(agent)[-1].doing is doing)
        return self.lines(agent)[-1]

    def lines(self, agent: str = "ann") -> list[AgentLine]:
        """What was told of a line."""
        return [each.line for each in self.told if isinstance(each, LineState) and each.line.agent == agent]

    def doings(self, agent: str = "ann") -> list[Doing]:
        return [line.doing for line in self.lines(agent)]

    def of(self, kind: type[T], call: str = "7-1") -> list[T]:
        return [each for each in self.told if isinstance(each, kind) and getattr(each, "call", "") == call]

    async def end(self, call: str = "7-1") -> Ended:
        await until(lambda: self.of(Ended, call))
        (ended,) = self.of(Ended, call)
        return ended

    async def happens(self, true: Callable[[], object]) -> None:
        await until(true)


def port_for_sip() -> int:
    """One that is free for UDP and for TCP."""
    while True:
        with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp, suppress(OSError):
            udp.bind(("127.0.0.1", 0))
            port = int(udp.getsockname()[1])
            tcp.bind(("127.0.0.1", port))
            return port


@asynccontextmanager
async def staged(folder: Path, silence_s: float = 0) -> AsyncIterator[Stage]:
    """A desk that calls nobody yet."""
    loop = asyncio.get_running_loop()
    async with AsyncExitStack() as stack:
        phones: dict[str, Phone] = {}
        for name in "tan":
            transport, far = await loop.create_datagram_endpoint(FarEnd, ("127.0.0.1", 0))
            stack.callback(transport.close)
            phones[name] = Phone(far, Telephone())
            stack.callback(phones[name].sound.close)
        first = spare_ports()._free[0]  # pyright: ignore[reportPrivateUsage]
        trunks = tuple([trunk_settings(phone.far.port, name=name) for name, phone in phones.items()])
        cell = Cell(
            host="127.0.0.1", port=port_for_sip(), public_address="", rtp=(first, first + 31), silence_s=silence_s,
            trunks=trunks,
        )  # fmt: skip
        told: list[Event | LineState] = []
        journal = FileJournal(folder / "journal")
        stack.callback(journal.close)
        desk = Desk(cell, journal, told.append, lambda _: False)
        await desk.start()
        stack.push_async_callback(desk.stop)
        for phone in phones.values():
            phone.far.source = ("127.0.0.1", cell.port)
        yield Stage(desk, told, folder, phones)
