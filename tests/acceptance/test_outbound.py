"""A campaign of 200 from a CSV file to Handled, called over SIPp: each customer's fields in OBI, JSON and XML."""

import asyncio
import csv
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

import numpy as np
import pytest

from omnibound.wire.rtp import Law, encode
from tests.acceptance.client import Client
from tests.acceptance.peers import sipp
from tests.acceptance.processes import run, until
from tests.acceptance.stage import Server
from tests.acceptance.telephones import staged, voice_table
from tests.acceptance.test_call_outcomes import refusals

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.time_limit(240)]

CAMPAIGN = "8A7C98EAF1164F2FAA93B98EECB95D76"
OBI = f"/RI/obi/campaigns/{CAMPAIGN}"
NEVER = "9999-12-31T23:59:59Z"
PATIENCE_S = 120


class Fate(NamedTuple):
    """How many customers have this fate, by their numbers (tests/acceptance/sipp/by_number.xml), and how they end."""

    people: int
    numbers: tuple[str, ...]
    result: str
    call_result: str | None
    classifier: str | None
    calls: int
    last: int
    progress: str


TAKEN, LEFT, BUSY, SILENT = "2200000", "3200000", "1486000", "4487000"
INVALID, DECLINED, BARRED, DOWN, MACHINE = "0404000", "1603000", "0403057", "0503034", "7200000"

FATES = {
    "answered": Fate(80, (TAKEN,), "SUCCESS", "SUCCESS", None, 1, 1, "handled"),
    "hung up": Fate(20, (LEFT,), "HANGUP", "HANGUP", None, 1, 1, "handled"),
    "busy": Fate(20, (BUSY,), "MAXCALLS", "BUSY", None, 2, 1, "maxCalls"),
    "nobody": Fate(20, (SILENT,), "MAXCALLS", "NOANSWER", None, 1, 1, "maxCalls"),
    "machine": Fate(15, (MACHINE,), "MAXCALLS", "ANSWERINGMACHINE", None, 1, 1, "maxCalls"),
    "invalid": Fate(10, (INVALID,), "BADADDRESS", "BADADDRESS", None, 1, 1, "handled"),
    "second number": Fate(15, (INVALID, TAKEN), "SUCCESS", "SUCCESS", None, 1, 2, "handled"),
    "declined": Fate(10, (DECLINED,), "MAXCALLS", "NOANSWER", "REJECTED", 1, 1, "maxCalls"),
    "barred": Fate(5, (BARRED, BARRED, TAKEN), "SUCCESS", "SUCCESS", None, 1, 3, "handled"),
    "trunk": Fate(5, (DOWN,), "CALL", None, None, 0, 0, "notHandled"),
}
TOTAL = sum(fate.people for fate in FATES.values())


def customers() -> Iterator[tuple[str, list[str]]]:
    """External id and numbers: fates in turns, so that no trunk is refused often in a row."""
    left = {name: fate.people for name, fate in FATES.items()}
    while any(left.values()):
        for name in [name for name, count in left.items() if count]:
            left[name] -= 1
            yield f"{name} {left[name]:02}", [f"486{way}{left[name]:02}" for way in FATES[name].numbers]


def write_csv(path: Path) -> Path:
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        rows = csv.writer(file)
        rows.writerow(("External ID", "Phone1", "Phone2", "Phone3", "City"))
        for external, numbers in customers():
            rows.writerow((external, *numbers, *[""] * (3 - len(numbers)), "Łódź"))
    return path


class Machines(asyncio.DatagramProtocol):
    """Answering machines: each says its tone some time after the first packet that it hears."""

    def __init__(self) -> None:
        at = np.arange(3_200) / 8_000
        tone = encode(np.rint(9_000 * np.sin(2 * np.pi * 1_000 * at)).astype(np.int16), Law.MU)
        silence = encode(np.zeros(4_000, np.int16), Law.MU)
        octets = silence + tone
        self._frames = [octets[start : start + 160] for start in range(0, len(octets), 160)]
        self._known: set[bytes] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        if data[1] & 0x7F == 0 and data[8:12] not in self._known:
            self._known.add(data[8:12])
            self._tasks.add(asyncio.create_task(self._say(addr)))

    async def _say(self, addr: Any) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        for number, frame in enumerate(self._frames):
            header = b"\x80\x00" + number.to_bytes(2, "big") + (number * 160).to_bytes(4, "big") + b"tone"
            self._transport.sendto(header + frame, addr)
            await asyncio.sleep(began + (number + 1) * 0.02 - loop.time())


@asynccontextmanager
async def machines() -> AsyncIterator[int]:
    """Their port."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(Machines, ("127.0.0.1", 0), family=socket.AF_INET)
    try:
        yield transport.get_extra_info("sockname")[1]
    finally:
        transport.close()


async def make_campaign(server: Server, client: Client, folder: Path) -> None:
    """As an operator does: a dialer, what results lead to, the campaign, its people."""
    posts: list[tuple[str, dict[str, Any]]] = [
        ("dialers", {"id": "88B8B41C99E6484A94F402EA5E465FC5", "name": "Queue Dialer", "lines": 120}),
        (
            "result-sets",
            {
                "id": "short", "name": "Short",
                "limits": {"busy": 1, "not_reached": 0, "machine": 0, "redial": 0}, "pauses_s": {"busy": 1},
            },
        ),
        (
            "campaigns",
            {
                "id": CAMPAIGN, "name": "Test Campaign", "dialer": "88B8B41C99E6484A94F402EA5E465FC5",
                "results": "short", "speech": {"text": "Hello"}, "lines": 100, "machine": "hang_up", "ring_s": 15,
            },
        ),
    ]  # fmt: skip
    for path, body in posts:
        answer = await client.ask("POST", f"/api/v1/{path}", body)
        assert answer.status == 201, answer
    words = ("--url", server.url, "--api-key", client.key)
    ran = await run("campaign", "import", CAMPAIGN, str(write_csv(folder / "people.csv")), *words)
    assert ran.status == 0, ran


def expected() -> dict[str, dict[str, Any]]:
    """What OBI says of each customer, but for ids and instants."""
    told: dict[str, dict[str, Any]] = {}
    for external, numbers in customers():
        fate = FATES[external[:-3]]
        told[external] = {
            "externalId": external, "numbers": ";".join(numbers), "result": fate.result,
            "callResult": fate.call_result, "classifier": fate.classifier, "callCount": fate.calls,
            "lastBNumber": fate.last, "final": fate.progress != "notHandled",
        }  # fmt: skip
    return told


def seen(customer: dict[str, Any]) -> dict[str, Any]:
    told = {name: customer.get(name) for name in ("externalId", "numbers", "result", "callResult", "classifier")}
    counts = {name: int(customer[name]) for name in ("callCount", "lastBNumber")}
    return {**told, **counts, "final": customer["date"] == NEVER}


def from_xml(element: ElementTree.Element) -> dict[str, Any]:
    return {child.tag: child.text for child in element if not len(child)}


async def counters(client: Client) -> dict[str, Any]:
    told = await client.get(OBI)
    return {
        name: told[name]
        for name in ("status", "dialerStatus", "total", "handled", "notHandled", "maxCalls", "filtered")
    }


@pytest.fixture(scope="module")
def engine() -> str:
    """Calls know nothing of the database; one will do."""
    return "sqlite"


async def test_two_hundred_from_a_file_to_handled(tmp_path: Path) -> None:
    async with (
        machines() as tone,
        sipp(tmp_path, "by_number", tone=str(tone), **refusals()) as callee,
        staged(tmp_path, "") as stage,
    ):
        server, client = await stage.serve(callee.trunk(setup_s=5), tables=voice_table())
        await make_campaign(server, client, tmp_path)
        assert await counters(client) == {
            "status": "Passive", "dialerStatus": "PASSIVE", "total": TOTAL, "handled": 0, "notHandled": TOTAL,
            "maxCalls": 0, "filtered": 0,
        }  # fmt: skip
        answer = await client.ask("PUT", f"{OBI}/status", data="Active", headers={"Content-Type": "text/plain"})
        assert answer.status == 204, answer
        at_end = {"status": "Active", "dialerStatus": "OPEN", "total": TOTAL, "filtered": 0}
        at_end |= {
            name: sum(fate.people for fate in FATES.values() if fate.progress == name)
            for name in ("handled", "notHandled", "maxCalls")
        }
        told: list[dict[str, Any]] = []

        async def ended() -> bool:
            told.append(await counters(client))
            return told[-1] == at_end

        await until(ended, "all are called", PATIENCE_S)
        # True at every read: nobody is lost on the way, and nobody is counted twice.
        assert {each["handled"] + each["notHandled"] + each["maxCalls"] for each in told} == {TOTAL}

        page = await client.get(f"{OBI}/customers?limit=1000")
        assert {each["externalId"]: seen(each) for each in page} == expected()
        xml = await client.ask("GET", f"{OBI}/customers?limit=1000", headers={"Accept": "application/xml"})
        rows = [from_xml(element) for element in ElementTree.fromstring(xml.body)]
        assert {each["externalId"]: seen(each) for each in rows} == expected()

        # Without those whose trunk fails nobody is left to be called.
        for customer in page:
            if customer["result"] == "CALL":
                answer = await client.ask("DELETE", f"{OBI}/customers/{customer['id']}")
                assert answer.status == 204, answer
        gone = FATES["trunk"].people
        assert await counters(client) == {
            **at_end, "status": "Handled", "dialerStatus": "COMPLETED", "total": TOTAL - gone, "notHandled": 0,
        }  # fmt: skip
