"""The server's end of a voice process: starts it or finds it running, and stays connected."""

import asyncio
import contextlib
import logging
import os
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, cast

from msgspec.structs import replace

from omnibound.domain.errors import Unavailable
from omnibound.wire import frames, telephone
from omnibound.wire.telephone import (
    Ack,
    AgentEar,
    Asked,
    AskedOfAgents,
    Cell,
    Dial,
    Draining,
    Ear,
    Ended,
    Event,
    Hello,
    Joined,
    Ladder,
    LineState,
    Refused,
    Room,
    Rung,
    Show,
    Stop,
    Told,
    Trunk,
    Welcome,
)

_log = logging.getLogger("omnibound.voice")

LOOK_S: Final = 0.02
"""How often a starting process is asked whether it listens."""
AGAIN_S: Final = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0)
"""The waits before a process that ended by itself is started anew, one after another."""
WITHIN_US: Final = 30_000_000
"""A call that has not begun by then is given back: a process that was stopped for an hour makes no calls of then."""
PULSE_S: Final = 0.5
"""How often it is looked whether the process has said anything."""
MISSED: Final = 8
"""So many times without a word, and it counts as gone: it says something every second. Not counted in seconds, for
then a moment in which we were held up ourselves would be taken for its silence."""
SHOWN_S: Final = 5.0
"""How long the process may take to tell a ladder."""
STOP_S: Final = 3.0
"""How long `stop` waits for a process without calls to end."""
LONGEST_PATH: Final = 100
"""Octets of a socket's path that every system takes."""


class Line:
    """To the process of this number in a data folder. `cell` is what it has to know."""

    def __init__(self, data: Path, cell: Cell, number: int = 1, log: tuple[str, str] = ("info", "auto")) -> None:
        self._data = data
        self._cell = cell
        self._number = number
        self._log = log
        self._ears: dict[str, Ear] = {}
        self._agents: AgentEar | None = None
        self._up: set[str] = set()
        """Agents' lines that hold one of a trunk's."""
        self._pending: dict[str, Dial] = {}
        """Asked for, and not heard of yet."""
        self._sent: dict[str, int] = {}
        """Calls asked for over this connection, by trunk."""
        self._rooms: dict[str, Room] = {}
        self._shown: dict[str, asyncio.Future[tuple[Rung, ...] | None]] = {}
        """Ladders that were asked for, by their calls; None where the process went before it told."""
        self._link: _Link | None = None
        self._child: _Child | None = None
        self._failures = 0
        self._missed = 0
        self._pulse: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self.why = "the voice process has not been started"
        self.pid = 0
        """The voice process; 0 while there is no connection."""

    # -- life ----------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Begin to connect; what happened meanwhile is told to the ears."""
        self._data.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._task = asyncio.get_running_loop().create_task(self._stay_connected(), name="voice line")
        self._feel()

    def was_here(self) -> bool:
        """Whether a voice process has run on this data folder: it may have calls yet, or something to tell of them."""
        return (self._data / f"voice-{self._number}.sock").exists()

    async def stop(self) -> None:
        """Let go. Calls go on; a process without any ends, and is waited for."""
        link = self._link
        if self._pulse:
            self._pulse.cancel()
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if link:
            link.ask(Stop())
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(STOP_S if self._is_idle() else 0):
                    await link.cut.wait()
            link.close()

    def _is_idle(self) -> bool:
        """Whether it has no calls: the lines of agents are none."""
        return not self._pending and sum(room.in_use for room in self._rooms.values()) <= len(self._up)

    # -- what the connectors ask ---------------------------------------------------------------------------------

    def attach(self, trunk: str, ear: Ear) -> None:
        """Tell this one of the trunk's calls from now on. Before `start`."""
        self._ears[trunk] = ear

    def attach_agents(self, ear: AgentEar) -> None:
        """Tell this one of agents' lines from now on. Before `start`."""
        self._agents = ear

    def ask(self, asked: AskedOfAgents) -> None:
        """Something of agents' lines, or to hang up; forgotten where there is no voice process."""
        if self._link and self.pid:
            self._link.ask(asked)

    def trunk(self, name: str) -> Trunk:
        """How a trunk is now."""
        room = self._rooms.get(name)
        if room is None:
            return Trunk(up=False, why=self.why)
        if self._missed >= MISSED:
            return Trunk(up=False, why="the voice process does not answer", in_use=room.in_use)
        free = max(0, room.free - (self._sent.get(name, 0) - room.dials))
        return Trunk(up=room.up, why=room.why, free=free, in_use=room.in_use)

    def dial(self, dial: Dial) -> None:
        """Make a call; asked again by itself where the process or the connection dies before it was heard of."""
        dial = replace(dial, until=time.time_ns() // 1_000 + WITHIN_US)
        self._pending[dial.call] = dial
        self._ask_for(dial)

    def ack(self, numbers: list[int]) -> None:
        """What these events mean is committed."""
        if self._link:
            self._link.ask(Ack(numbers))

    def _ask_for(self, dial: Dial) -> None:
        if self._link and self.pid:
            self._sent[dial.trunk] = self._sent.get(dial.trunk, 0) + 1
            self._link.ask(dial)

    # -- what people ask -----------------------------------------------------------------------------------------

    async def ladder(self, call: str) -> tuple[Rung, ...]:
        """The SIP messages of a call, the oldest first; none where they are not kept any more.

        Raises Unavailable where no voice process tells.
        """
        if not (self._link and self.pid):
            raise Unavailable(self.why, 1)
        shown = self._shown.get(call)
        if shown is None:
            shown = self._shown[call] = asyncio.get_running_loop().create_future()
            self._link.ask(Show(call))
        try:
            async with asyncio.timeout(SHOWN_S):
                rungs = await asyncio.shield(shown)
        except TimeoutError:
            self._shown.pop(call, None)
            rungs = None
        if rungs is None:
            raise Unavailable("the voice process does not answer", 1)
        return rungs

    def _show(self, call: str, rungs: tuple[Rung, ...] | None) -> None:
        shown = self._shown.pop(call, None)
        if shown and not shown.done():
            shown.set_result(rungs)

    # -- what the process says -----------------------------------------------------------------------------------

    def told(self, told: Told) -> None:
        """Something that the process says."""
        if self._missed >= MISSED:
            _log.warning("the voice process %d answers again", self.pid)
            self._missed = 0
            self._roomed()
        self._missed = 0
        match told:
            case Welcome(pid=pid, fits=fits):
                self._welcomed(pid, fits)
            case Room():
                self._rooms[told.trunk] = told
                if told.trunk in self._ears:
                    self._ears[told.trunk].roomed()
            case LineState(line=line):
                (self._up.add if line.up else self._up.discard)(line.agent)
                if self._agents:
                    self._agents.lined(line)
            case Ladder(call=call, rungs=rungs):
                self._show(call, rungs)
            case Draining():
                # We have not asked.
                pass
            case _:
                self._happened(told)

    def _feel(self) -> None:
        """Notice a process that is there and does nothing: stopped, or held up for long."""
        self._pulse = asyncio.get_running_loop().call_later(PULSE_S, self._feel)
        self._missed += bool(self.pid)
        if self._missed == MISSED:
            _log.error("the voice process %d does not answer", self.pid)
            self._roomed()

    def _roomed(self) -> None:
        for ear in self._ears.values():
            ear.roomed()

    def _welcomed(self, pid: int, fits: bool) -> None:
        self._failures = 0
        if not fits:
            self.why = "the voice process still has calls of an earlier configuration"
            _log.warning("%s: no calls are made until they have ended", self.why)
            return
        self.pid = pid
        # Before the calls: they may be for agents who are signed on anew.
        if self._agents:
            self._agents.connected(True)
        for dial in self._pending.values():
            self._ask_for(dial)

    def _happened(self, told: Event | Refused) -> None:
        self._pending.pop(told.call, None)
        if isinstance(told, Joined) and self._agents:
            self._agents.joined(told)
        ear = self._ears.get(told.trunk)
        if ear:
            ear.heard(told)
        elif not isinstance(told, Refused):
            if isinstance(told, Ended):
                _log.error(
                    "call %s has ended (%s), but its trunk %r is not configured", told.call, told.why, told.trunk
                )
            self.ack([told.number])

    # -- the connection ------------------------------------------------------------------------------------------

    async def _stay_connected(self) -> None:
        while True:
            self._link = link = await self._connected()
            self.why = "the voice process has not answered yet"
            link.ask(Hello(telephone.VERSION, telephone.write_cell(self._cell)))
            await link.cut.wait()
            self._cut_off()
            await asyncio.sleep(LOOK_S)

    def _cut_off(self) -> None:
        if self.pid:
            _log.error("the voice process %d is gone", self.pid)
        self._link, self.pid, self.why = None, 0, "there is no voice process"
        self._missed = 0
        self._sent.clear()
        self._rooms.clear()
        self._up.clear()
        if self._agents:
            self._agents.connected(False)
        for call in list(self._shown):
            self._show(call, None)
        self._roomed()

    async def _connected(self) -> "_Link":
        loop = asyncio.get_running_loop()
        while True:
            try:
                with reachable(self._data / f"voice-{self._number}.sock") as path:
                    _, link = await loop.create_unix_connection(lambda: _Link(self.told), path)
            except OSError:
                await self._begin()
            else:
                return link

    async def _begin(self) -> None:
        """Start the process where none of ours is starting, and wait a moment."""
        if self._child and (status := self._child.ended()) is not None:
            self._child = None
            _log.log(logging.ERROR if status else logging.INFO, "the voice process has ended with %d", status)
            await asyncio.sleep(AGAIN_S[min(self._failures, len(AGAIN_S) - 1)])
            self._failures += 1
        if self._child is None:
            try:
                self._child = _Child(self._data, self._number, *self._log)
            except OSError as error:
                _log.error("the voice process cannot be started: %s", error)
                await asyncio.sleep(AGAIN_S[-1])
        await asyncio.sleep(LOOK_S)


class _Child:
    """A voice process that we have started. Not asyncio's nor subprocess': it has to outlive us, unasked."""

    def __init__(self, data: Path, number: int, level: str, format_: str) -> None:
        words = ["--data", str(data), "--number", str(number), "--log-level", level, "--log-format", format_]
        self.pid = os.posix_spawn(
            sys.executable,
            [sys.executable, "-m", "omnibound.voice.process", *words],
            os.environ,
            file_actions=[(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)],
            setsid=True,
        )
        self._status: int | None = None

    def ended(self) -> int | None:
        """Its exit status, less than 0 for a signal; None while it runs."""
        if self._status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self._status = os.waitstatus_to_exitcode(status) if pid else None
        return self._status


class _Link(asyncio.Protocol):
    def __init__(self, told: Callable[[Told], None]) -> None:
        self.cut = asyncio.Event()
        self._told = told
        self._frames = frames.Frames()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports do not say that they are such.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        try:
            told = [telephone.read_told(body) for body in self._frames.feed(data)]
        except ValueError as error:
            _log.error("what the voice process says is not understood: %s", error)
            self.close()
            return
        for each in told:
            self._told(each)

    def connection_lost(self, exc: Exception | None) -> None:
        self.cut.set()

    def ask(self, asked: Asked) -> None:
        """Write it; what is lost with the connection is asked again."""
        if self._transport and not self._transport.is_closing():
            self._transport.write(telephone.write(asked))

    def close(self) -> None:
        """End the connection."""
        if self._transport:
            self._transport.close()


@contextmanager
def reachable(path: Path) -> Generator[str]:
    """The path of a socket, by way of its folder's descriptor where it is longer than an address may be."""
    if len(os.fsencode(path)) <= LONGEST_PATH:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
