import asyncio
import contextlib
import json
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from omnibound.simulators.smsc import Smsc, SmscSettings, serve
from omnibound.wire import smpp
from omnibound.wire.smpp import constants as c
from tests.simulators.smsc.esme import bound

pytestmark = pytest.mark.anyio

SETTINGS = SmscSettings(control_port=0, delay=0, keep="numbers")


class Line:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def raw(self, octets: bytes) -> Any:
        self.writer.write(octets + b"\n")
        return json.loads(await self.reader.readline())

    async def do(self, do: str, **fields: Any) -> Any:
        return await self.raw(json.dumps({"do": do, **fields}).encode())


@asynccontextmanager
async def controlled(smsc: Smsc) -> AsyncGenerator[Line]:
    assert smsc.control_port
    reader, writer = await asyncio.open_connection("127.0.0.1", smsc.control_port)
    try:
        yield Line(reader, writer)
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def test_counts_messages_and_numbers() -> None:
    began = time.time()
    async with Smsc(SETTINGS) as smsc, bound(smsc) as esme, controlled(smsc) as line:
        name = await esme.accepted("41790000001", short_message="Zażółć".encode("utf-16-be"), data_coding=8)
        await esme.receipt()
        for destination in ("41790000901", "41790000001", "2"):
            esme.submit(destination, registered_delivery=0)
        await esme.read_many(3)
        told = await line.do("until", counts={"acknowledged": 1, "accepted": 3, "outstanding": 0})
        assert (told["ok"], told["reached"]) == (True, True)
        counted = await line.do("counts")
        assert (counted["states"], counted["statuses"]) == ({"DELIVRD": 1}, {"ESME_RINVDSTADR": 1})
        assert counted["counts"] == smsc.counts
        assert (await line.do("numbers"))["numbers"] == {"41790000001": 2, "2": 1}
        assert [one["destination"] for one in (await line.do("messages", last=2))["messages"]] == ["41790000001", "2"]
        first = (await line.do("messages"))["messages"][0]
        assert began <= first.pop("arrived") <= time.time()
        assert first == {
            "id": name, "system_id": "user", "source": "Omnibound", "destination": "41790000001", "text": "Zażółć",
            "data_coding": 8, "esm_class": 0, "registered_delivery": 1, "validity": "",
            "octets": "Zażółć".encode("utf-16-be").hex(),
        }  # fmt: skip
        assert await line.do("messages", last=0) == {"ok": True, "messages": []}


async def test_until_waits_and_gives_up() -> None:
    async with Smsc(SETTINGS) as smsc, bound(smsc) as esme, controlled(smsc) as line:
        waiting = asyncio.create_task(line.do("until", counts={"accepted": 2}))
        await esme.accepted("1")
        await esme.receipt()
        assert not waiting.done()
        await esme.accepted("1")
        assert (await waiting)["reached"] is True
        assert (await line.do("until", counts={"accepted": 3}, seconds=0.01))["reached"] is False


async def test_say() -> None:
    async with Smsc(SETTINGS) as smsc, bound(smsc) as esme, controlled(smsc) as line:
        assert await line.do("say", sender="41793026727", recipient="1234", text="STOP") == {"ok": True, "parts": 1}
        deliver = smpp.read_deliver((await esme.read())[3])
        assert (deliver.source, deliver.destination, deliver.short_message) == ("41793026727", "1234", b"STOP")


async def test_drop_links() -> None:
    async with Smsc(SETTINGS) as smsc, controlled(smsc) as line, bound(smsc) as one, bound(smsc) as two:
        assert await line.do("drop_links") == {"ok": True, "dropped": 2}
        assert [await one.gone(), await two.gone()] == [b"", b""]


async def test_how_many_are_bound() -> None:
    async with Smsc(SETTINGS) as smsc, controlled(smsc) as line, bound(smsc) as esme:
        async with bound(smsc):
            assert await line.do("bound") == {"ok": True, "bound": 2}
        esme.ask(c.UNBIND)
        await esme.read()
        assert await line.do("bound") == {"ok": True, "bound": 0}


async def test_pause_ends_by_itself_and_by_hand() -> None:
    async with Smsc(SETTINGS) as smsc, controlled(smsc) as line, bound(smsc) as esme:
        for first, second in ((0.05, None), (60, 0)):
            assert await line.do("pause", seconds=first) == {"ok": True, "seconds": first}
            sequence = esme.ask(c.ENQUIRE_LINK)
            answer = asyncio.create_task(esme.read())
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(asyncio.shield(answer), 0.02)
            if second is not None:
                await line.do("pause", seconds=second)
            assert (await answer)[2] == sequence


async def test_a_link_made_in_a_pause_waits_too() -> None:
    async with Smsc(SETTINGS) as smsc:
        smsc.pause(0.05)
        async with bound(smsc):
            assert smsc._resume is None


async def test_set() -> None:
    async with Smsc(SETTINGS) as smsc, controlled(smsc) as line, bound(smsc) as esme:
        told = await line.do("set", rate=0.001, receipts="tlv")
        assert told == {"ok": True, "set": {"rate": 0.001, "receipts": "tlv"}}
        esme.submit("1")
        esme.submit("1")
        found = [await esme.read() for _ in range(3)]
        assert sorted(pdu[1] for pdu in found) == [0, 0, c.RTHROTTLED]


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"nonsense",
        b"[]",
        b"{}",
        b'{"do":"dance"}',
        b'{"do":"counts","extra":1}',
        b'{"do":"messages","last":"many"}',
        b'{"do":"until","counts":{"apples":1}}',
        b'{"do":"say","sender":"1","recipient":"2"}',
        b'{"do":"say","sender":"1","recipient":"2","text":"x","system_id":"a","parts":[2]}',
        b'{"do":"say","sender":"1","recipient":"2","text":"x"}',
        b'{"do":"say","sender":"1","recipient":"%s","text":"x","system_id":"a"}' % (b"9" * 30),
        b'{"do":"say","sender":"1","recipient":"2","system_id":"a","text":"%s"}' % (b"x" * 50_000),
        b'{"do":"pause","seconds":-1}',
        b'{"do":"set","rate":-1}',
        b'{"do":"set","rate":"fast"}',
        b'{"do":"set","port":1}',
        b'{"do":"set","colour":"red"}',
        b"\xff\xfe",
    ],
)
async def test_bad_line_is_answered_and_changes_nothing(line: bytes) -> None:
    async with Smsc(SETTINGS) as smsc, controlled(smsc) as control:
        told = await control.raw(line)
        assert (told["ok"], set(told)) == (False, {"ok", "error"})
        assert smsc.settings == SETTINGS
        assert smsc.counts["inbound"] == 0
        assert (await control.do("counts"))["ok"]


async def test_endless_line_ends_the_conversation() -> None:
    async with Smsc(SETTINGS) as smsc, controlled(smsc) as line:
        line.writer.write(b"x" * (3 << 20))
        with contextlib.suppress(ConnectionError):
            assert await line.reader.read(1) == b""


async def test_no_control_port_unless_wanted() -> None:
    async with Smsc() as smsc:
        assert smsc.control_port is None


async def test_taken_control_port_leaves_nothing_open() -> None:
    async with Smsc(SETTINGS) as smsc:
        other = Smsc(SmscSettings(control_port=smsc.control_port))
        with pytest.raises(OSError, match="in use"):
            await other.start()
        with pytest.raises(RuntimeError):
            _ = other.port


async def test_serve_says_where_and_stops_when_cancelled() -> None:
    told: asyncio.Queue[str] = asyncio.Queue()
    task = asyncio.create_task(serve(SmscSettings(control_port=0), told.put_nowait))
    said = await told.get()
    assert said.startswith("simulated SMSC listens on 127.0.0.1:")
    port = int(said.split(":")[1].split(",")[0])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await reader.read() == b""
    writer.close()
    await writer.wait_closed()
