"""The socket of a voice process: one server at a time asks, and is told until it has acknowledged."""

import asyncio
import logging
import os
from pathlib import Path
from typing import Final, Literal, cast

import msgspec
from msgspec.structs import replace

from omnibound.domain.errors import Busy, Forbidden, Invalid, NotFound, Refused
from omnibound.voice.process.desk import Desk
from omnibound.voice.process.joins import Unattended
from omnibound.voice.process.kept import Kept
from omnibound.voice.signalling import FileJournal
from omnibound.wire import frames, telephone
from omnibound.wire.telephone import (
    Ack,
    Asked,
    AskedOfAgents,
    Dial,
    Drain,
    Draining,
    Event,
    HangUp,
    Hello,
    Ladder,
    LineState,
    Ready,
    Room,
    Show,
    SignOff,
    SignOn,
    Stop,
    Told,
    Welcome,
)

_log = logging.getLogger("omnibound.voice")

LOOK_S: Final = 0.02
"""How often it is looked whether room has changed."""
SIGN_S: Final = 1.0
"""How often a server is told how the trunks are although that is no news: so that it knows that we are there."""
DRAINED: Final = "no new calls are made: the telephone is drained"
LINGER_S: Final = 5.0
"""How long a process without calls and news waits for another server."""


class Switchboard:
    """`ended` is set when there is nothing left to do. The first Hello says what cell this is."""

    def __init__(self, journal: FileJournal, kept: Kept) -> None:
        self.ended = asyncio.Event()
        self.failure = ""
        """Why it could not begin."""
        self._journal = journal
        self._kept = kept
        self._desk: Desk | None = None
        self._cell: bytes | None = None
        self._leaves = self._drains = False
        self._links: set[_Link] = set()
        self._link: _Link | None = None
        """The server's: the last that said Hello."""
        self._starting: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._linger()

    async def stop(self) -> None:
        """Hang up everything; what that ends is kept for a successor."""
        if self._timer:
            self._timer.cancel()
        for link in list(self._links):
            link.close()
        if self._starting:
            await asyncio.gather(self._starting, return_exceptions=True)
        if self._desk:
            await self._desk.stop()
        self._kept.close()
        self._journal.close()

    # -- connections ---------------------------------------------------------------------------------------------

    def came(self, link: "_Link") -> None:
        """Somebody is there, a server or another."""
        self._links.add(link)

    def went(self, link: "_Link") -> None:
        """They are gone. Without a server there are no new calls, and what happens is kept."""
        self._links.discard(link)
        if self._link is link:
            self._link = None
        if self._link is None:
            self._arm(0 if self._drains else LINGER_S)

    def heard(self, link: "_Link", asked: Asked) -> None:
        """What the server wants."""
        match asked:
            case Hello():
                self._greet(link, asked)
            case Dial():
                self._dial(link, asked)
            case SignOn() | SignOff() | Ready() | HangUp() if self._desk:
                _ask(self._desk, asked)
            case Ack(numbers=numbers):
                self._kept.drop(numbers)
            case Stop():
                self._leaves = True
            case Show(call=call):
                link.tell(Ladder(call, self._desk.ladder(call) if self._desk else ()))
            case Drain(on=on):
                self._drain(link, on)
            case _:
                pass

    def _greet(self, link: "_Link", hello: Hello) -> None:
        link.hello = hello
        if self._link and self._link is not link:
            # It has died without saying so.
            self._link.close()
        self._link = link
        self._drains = False
        self._arm(0)
        if self._cell is None:
            self._cell = bytes(hello.cell)
            self._starting = asyncio.get_running_loop().create_task(self._start(hello.cell))
        elif self._desk:
            self._welcome(link, hello)

    async def _start(self, cell: msgspec.Raw) -> None:
        try:
            desk = Desk(telephone.read_cell(cell), self._journal, self._tell, self._kept.has_end)
            await desk.start()
        except (OSError, Refused, ValueError) as error:
            self.failure = f"the telephone cannot begin: {error}"
            self.ended.set()
            return
        self._desk = desk
        if self._link and self._link.hello:
            self._welcome(self._link, self._link.hello)

    def _welcome(self, link: "_Link", hello: Hello) -> None:
        self._leaves = hello.version != telephone.VERSION or bytes(hello.cell) != self._cell
        link.tell(Welcome(os.getpid(), not self._leaves))
        for told in (*self._kept.events, *(self._desk.joins.lines if self._desk else ())):
            link.tell(told)
        link.welcome = True

    def _dial(self, link: "_Link", dial: Dial) -> None:
        link.dials[dial.trunk] = link.dials.get(dial.trunk, 0) + 1
        try:
            if self._desk is None or self._leaves or self._drains:
                raise Busy("this telephone takes no calls any more", 1)
            self._desk.dial(dial)
        except (Refused, OSError, ValueError) as error:
            link.tell(telephone.Refused(dial.call, dial.trunk, _KINDS.get(type(error), "failed"), str(error)))

    def _drain(self, link: "_Link", on: bool) -> None:
        if self._drains != on:
            self._drains = on
            if on:
                _log.info("no call is begun any more")
            else:
                _log.info("calls are made again")
            self._look()
        link.tell(Draining(self._calls, len(self._kept) if self._link else 0))

    # -- telling -------------------------------------------------------------------------------------------------

    def _tell(self, told: Event | LineState) -> None:
        # How a line is, is told anew at each Welcome: nobody has to keep it.
        if not isinstance(told, LineState):
            self._kept.add(told)
        if self._link and self._link.welcome:
            self._link.tell(told)

    def _look(self) -> None:
        link, desk = self._link, self._desk
        if self._may_end:
            self.ended.set()
        elif link is None:
            self._linger()
        else:
            if desk and link.welcome and not self._leaves:
                for trunk in desk.trunks:
                    room = desk.room(trunk, link.dials.get(trunk, 0))
                    link.tell_room(replace(room, free=0, why=DRAINED) if self._drains else room)
            self._arm(LOOK_S)

    @property
    def _calls(self) -> int:
        return self._desk.calls if self._desk else 0

    @property
    def _may_end(self) -> bool:
        """Whether nothing is left to do, and nobody there who would want more."""
        if self._calls or (self._links and not self._leaves):
            return False
        # What is left to be told is in a file, where the next process finds it.
        return self._drains or len(self._kept) == 0

    def _linger(self) -> None:
        self._arm(LINGER_S)

    def _arm(self, seconds: float) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(seconds, self._look)


def _ask(desk: Desk, asked: AskedOfAgents) -> None:
    match asked:
        case SignOn():
            desk.joins.sign_on(asked)
        case SignOff(agent=agent):
            desk.joins.sign_off(agent)
        case Ready():
            desk.joins.ready(asked)
        case HangUp(call=call):
            desk.hang_up(call)


Kind = Literal["busy", "nobody", "no_number", "barred", "failed"]
_KINDS: Final[dict[type[Exception], Kind]] = {
    Busy: "busy", Unattended: "nobody", NotFound: "busy", Invalid: "no_number", Forbidden: "barred",
}  # fmt: skip


class _Link(asyncio.Protocol):
    """A connection. `dials` counts what was asked over it, by trunk."""

    def __init__(self, switchboard: Switchboard) -> None:
        self.hello: Hello | None = None
        self.welcome = False
        self.dials: dict[str, int] = {}
        self._switchboard = switchboard
        self._frames = frames.Frames()
        self._said: list[bytes] = []
        self._rooms: dict[str, Room] = {}
        self._told_at: dict[str, float] = {}
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports do not say that they are such.
        self._transport = cast("asyncio.Transport", transport)
        self._switchboard.came(self)

    def data_received(self, data: bytes) -> None:
        try:
            asked = [telephone.read_asked(body) for body in self._frames.feed(data)]
        except ValueError as error:
            _log.error("what the server says is not understood: %s", error)
            self.close()
            return
        for each in asked:
            self._switchboard.heard(self, each)

    def connection_lost(self, exc: Exception | None) -> None:
        self._switchboard.went(self)

    def tell(self, told: Told) -> None:
        """Write it, with all that is told in this turn of the loop; where the server is gone, it is told the next."""
        if not self._said:
            asyncio.get_running_loop().call_soon(self._write)
        self._said.append(telephone.write(told))

    def _write(self) -> None:
        said, self._said = self._said, []
        if self._transport and not self._transport.is_closing():
            self._transport.write(b"".join(said))

    def tell_room(self, room: Room) -> None:
        """What is news, and now and then what is not."""
        now = asyncio.get_running_loop().time()
        if self._rooms.get(room.trunk) != room or now - self._told_at[room.trunk] >= SIGN_S:
            self._rooms[room.trunk], self._told_at[room.trunk] = room, now
            self.tell(room)

    def close(self) -> None:
        """Hang up on the server."""
        if self._transport:
            self._transport.abort()


async def listen(switchboard: Switchboard, path: Path) -> asyncio.Server:
    """Take connections at a path; what stands there is a dead process's. Raises OSError."""
    path.unlink(missing_ok=True)  # noqa: ASYNC240 - before anything else runs here
    mask = os.umask(0o077)
    try:
        return await asyncio.get_running_loop().create_unix_server(lambda: _Link(switchboard), str(path))
    finally:
        os.umask(mask)
