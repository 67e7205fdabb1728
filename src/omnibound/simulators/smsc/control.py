"""Control lines: JSON a line in, JSON a line out, for tests and demonstrations in another process."""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any, Final, Protocol, cast

import msgspec

from omnibound.simulators.smsc.tally import Kept

LONGEST: Final = 1 << 20
"""Octets of a line."""


class Controlled(Protocol):
    """What control lines can ask of a carrier (server.Smsc)."""

    @property
    def counts(self) -> dict[str, int]: ...
    @property
    def states(self) -> dict[str, int]: ...
    @property
    def statuses(self) -> dict[str, int]: ...
    @property
    def numbers(self) -> dict[str, int]: ...
    def messages(self, last: int = 10) -> list[Kept]: ...
    async def until(self, **at_least: int) -> None: ...
    def say(
        self,
        sender: str,
        recipient: str,
        text: str,
        system_id: str = "",
        parts: Sequence[int] = (),
        reference: int = 0,
    ) -> int: ...
    def change(self, **settings: object) -> None: ...
    def drop_links(self) -> int: ...
    def bound(self) -> int: ...
    def pause(self, seconds: float) -> None: ...


class _Order(msgspec.Struct, frozen=True, gc=False, tag_field="do", forbid_unknown_fields=True):
    """A line: `do` is the name of the order, its other members are the order's fields."""


class Counts(_Order, frozen=True, gc=False, tag="counts"):
    """What has happened so far."""

    async def carry_out(self, smsc: Controlled) -> dict[str, Any]:
        return {"counts": smsc.counts, "states": smsc.states, "statuses": smsc.statuses}


class Messages(_Order, frozen=True, gc=False, tag="messages"):
    """The last accepted messages."""

    last: int = 10

    async def carry_out(self, smsc: Controlled) -> dict[str, Any]:
        return {"messages": smsc.messages(self.last)}


class Numbers(_Order, frozen=True, gc=False, tag="numbers"):
    """Destination -> accepted messages."""

    async def carry_out(self, smsc: Controlled) -> dict[str, Any]:
        return {"numbers": smsc.numbers}


class Until(_Order, frozen=True, gc=False, tag="until"):
    """Answers when the counts are at least that high (`outstanding`: at most), or after `seconds`."""

    counts: dict[str, int]
    seconds: float = 60

    async def carry_out(self, smsc: Controlled) -> dict[str, Any]:
        try:
            async with asyncio.timeout(self.seconds):
                await smsc.until(**self.counts)
        except TimeoutError:
            return {"reached": False, "counts": smsc.counts}
        return {"reached": True, "counts": smsc.counts}


class Say(_Order, frozen=True, gc=False, tag="say"):
    """A phone writes; with `parts` only these of a long text come (from 1), in this order, under a `reference`."""

    sender: str
    recipient: str
    text: str
    system_id: str = ""
    parts: list[int] = []
    reference: int = 0

    async def carry_out(self, smsc: Controlled) -> dict[str, Any]:
        sent = smsc.say(self.sender, self.recipient, self.text, self.system_id, self.parts, self.reference)
        return {"parts": sent}


class DropLinks(_Order, frozen=True, gc=False, tag="drop_links"):
    """Break every link."""

    async def carry_out(self, smsc: Controlled) -> dict[str, Any]:
        return {"dropped": smsc.drop_links()}


class Bound(_Order, frozen=True, gc=False, tag="bound"):
    """How many binds there are now."""

    async def carry_out(self, smsc: Controlled) -> dict[str, Any]:
        return {"bound": smsc.bound()}


class Pause(_Order, frozen=True, gc=False, tag="pause"):
    """Do nothing for a while."""

    seconds: float

    async def carry_out(self, smsc: Controlled) -> dict[str, Any]:
        smsc.pause(self.seconds)
        return {"seconds": self.seconds}


_Lines = Counts | Messages | Numbers | Until | Say | DropLinks | Bound | Pause
_decode = msgspec.json.Decoder(_Lines).decode
_encode = msgspec.json.Encoder().encode


class _Which(msgspec.Struct, gc=False):
    do: str = ""


async def obey(smsc: Controlled, line: bytes) -> bytes:
    """The answer to one line: `{"ok":true,...}` or `{"ok":false,"error":"..."}`; never raises for a bad line."""
    try:
        # "set" has the settings themselves for members, so it is no struct.
        if msgspec.json.decode(line, type=_Which).do == "set":
            changes = msgspec.json.decode(line, type=dict[str, Any])
            del changes["do"]
            smsc.change(**changes)
            told: dict[str, Any] = {"set": changes}
        else:
            told = await _decode(line).carry_out(smsc)
    except ValueError as error:
        return _encode({"ok": False, "error": str(error)}) + b"\n"
    return _encode({"ok": True, **told}) + b"\n"


class Control:
    """The port on which control lines are understood."""

    def __init__(self, smsc: Controlled) -> None:
        self._smsc = smsc
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, host: str, port: int) -> None:
        """Listen. Raises OSError where the port is taken."""
        self._server = await asyncio.start_server(self._serve, host, port, limit=LONGEST)

    async def stop(self) -> None:
        """Close the port and its links."""
        if self._server:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        if self._server is None:
            raise RuntimeError("the control port has not been opened")
        return int(self._server.sockets[0].getsockname()[1])

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = cast("asyncio.Task[None]", asyncio.current_task())
        self._tasks.add(task)
        try:
            await self._converse(reader, writer)
        except asyncio.CancelledError:
            # Only `stop` cancels; asyncio's streams would report a cancelled conversation as an error.
            pass
        finally:
            self._tasks.discard(task)
            writer.close()
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # ValueError: a line beyond LONGEST. The conversation ends, as its rest cannot be told from a new line.
        with contextlib.suppress(OSError, ValueError):
            while line := await reader.readline():
                writer.write(await obey(self._smsc, line))
                await writer.drain()
