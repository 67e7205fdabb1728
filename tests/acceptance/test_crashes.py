"""kill -9 and SIGTERM in mid-load: nothing that was promised is lost, and nothing is doubled in silence."""

import asyncio
import signal
import time
from collections import Counter
from typing import Any

import aiohttp
import pytest

from tests.acceptance.carriers import Smsc
from tests.acceptance.client import Client
from tests.acceptance.load import Load
from tests.acceptance.processes import until
from tests.acceptance.stage import Server, Stage

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.time_limit(240)]

DELIVERED, EXPIRED_DLR_UNKNOWN, EXPIRED = 5, 29, 15
KILLS = 5
STOPS_WITHIN_S = 25
"""A quiet machine needs 10 at most, which the server grants a carrier that is stalled."""


async def carrier(stage: Stage) -> Smsc:
    smsc = await stage.smsc(keep="numbers", delay=0.05)
    # A full window at the moment of the kill, and receipts that are soon offered again.
    await smsc.set(resend_s=0.3, response_delay=0.03)
    return smsc


async def kill_in_mid_load(server: Server, load: Load, times: int) -> None:
    for _ in range(times):
        before = len(load.promised)
        await load.reached(before + 300)
        await server.kill()
        await server.start()


async def outcomes(client: Client, promised: dict[str, str]) -> dict[str, dict[str, Any]]:
    """The one report of each promised message, as the native API tells it."""
    rows = await client.reports(promised, seconds=90)
    doubled = {id_: told for id_, told in rows.items() if len(told) != 1}
    assert doubled == {}
    assert await client.take() == []
    told = {row["own_id"] if "own_id" in row else row["id"]: row for row in await client.earlier_reports()}
    assert promised.keys() <= told.keys()
    return {id_: told[id_] for id_ in promised}


async def test_kill_loses_nothing_and_marks_what_may_be_doubled(stage: Stage) -> None:
    smsc = await carrier(stage)
    server, client = await stage.serve(smsc.connector(window=100))
    load = Load(client)
    load.start()
    await kill_in_mid_load(server, load, KILLS)
    await load.stop()
    assert load.unanswered > 0

    told = await outcomes(client, load.promised)
    assert Counter(row["status"] for row in told.values()) == {"delivered": len(load.promised)}
    arrived = await smsc.numbers()
    assert [number for number in load.promised.values() if number not in arrived] == []
    twice = {id_ for id_, number in load.promised.items() if arrived[number] > 1}
    marked = {id_ for id_, row in told.items() if row["ambiguous"]}
    assert twice - marked == set()
    assert len(twice) > 0, "no kill hit a full window: the test has no power"
    assert len(marked) <= KILLS * 2 * 100, "only what was on its way may be in doubt"
    for id_ in sorted(twice)[:3]:
        assert (await client.story(id_))["outcome"]["ambiguous"] is True
    assert (await server.health())["unfinished"] == 0


async def test_kill_with_hold_sends_nothing_twice(stage: Stage) -> None:
    smsc = await carrier(stage)
    engine = {"validity_s": 12, "receipt_wait_s": 0.5}
    server, client = await stage.serve(smsc.connector(window=100, on_ambiguous="hold"), tables={"engine": engine})
    load = Load(client)
    load.start()
    await kill_in_mid_load(server, load, 2)
    await load.stop()

    told = await outcomes(client, load.promised)
    arrived = await smsc.numbers()
    assert {number: count for number, count in arrived.items() if count > 1} == {}
    held = [id_ for id_, row in told.items() if row["ambiguous"]]
    assert len(held) > 0
    assert {told[id_]["reason"] for id_ in held} <= {"no_receipt", "ambiguous", "delivered"}
    sure = [id_ for id_, row in told.items() if not row["ambiguous"] and row["status"] == "delivered"]
    assert [id_ for id_ in sure if arrived.get(load.promised[id_]) != 1] == []


async def test_sigterm_under_load_doubles_nothing(stage: Stage) -> None:
    smsc = await carrier(stage)
    server, client = await stage.serve(smsc.connector(window=100))
    load = Load(client)
    load.start()
    for _ in range(2):
        await load.reached(len(load.promised) + 500)
        began = time.monotonic()
        server.process.signal(signal.SIGTERM)
        assert await refused(server), "new requests are refused"
        assert await server.process.ended() == 0
        assert time.monotonic() - began < STOPS_WITHIN_S
        await server.let_go()
        await server.start()
    await load.stop()
    assert load.statuses <= {200, 503}

    told = await outcomes(client, load.promised)
    assert Counter(row["status"] for row in told.values()) == {"delivered": len(load.promised)}
    arrived = await smsc.numbers()
    assert {number: count for number, count in arrived.items() if count > 1} == {}
    assert [id_ for id_, row in told.items() if row["ambiguous"]] == []


async def test_sigterm_does_not_wait_for_ever_for_a_stalled_carrier(stage: Stage) -> None:
    """What the carrier took without an answer is in doubt, and said to be; everything else goes once."""
    smsc = await carrier(stage)
    window = 40
    server, client = await stage.serve(smsc.connector(window=window))
    load = Load(client, most=600)
    load.start()
    await load.reached(200)
    await smsc.ask("pause", seconds=60)
    await load.stop()
    began = time.monotonic()
    server.process.signal(signal.SIGTERM)
    assert await server.process.ended() == 0
    assert time.monotonic() - began < STOPS_WITHIN_S
    await server.let_go()
    await smsc.ask("pause", seconds=0)
    await server.start()

    told = await outcomes(client, load.promised)
    assert Counter(row["status"] for row in told.values()) == {"delivered": len(load.promised)}
    arrived = await smsc.numbers()
    marked = {id_ for id_, row in told.items() if row["ambiguous"]}
    assert {id_ for id_, number in load.promised.items() if arrived[number] > 1} <= marked
    assert len(marked) <= window


async def test_kill_of_long_messages(stage: Stage) -> None:
    """A message whose parts went only partly is sent again as a whole, and marked."""
    smsc = await carrier(stage)
    server, client = await stage.serve(smsc.connector(window=100))
    text = "0123456789" * 40
    promised: dict[str, str] = {}
    for start in (0, 300):
        rows = await client.send(*[str(41_798_000_000 + n) for n in range(start, start + 300)], sms={"text": text})
        promised |= {row["messageId"]: row["to"]["phoneNumber"] for row in rows}
        await smsc.reach(accepted=start * 3 + 250)
        await server.kill()
        await server.start()
    told = await outcomes(client, promised)
    assert Counter((row["status"], row["parts"]) for row in told.values()) == {("delivered", 3): len(promised)}
    arrived = await smsc.numbers()
    assert [number for number in promised.values() if arrived[number] < 3] == []
    more = {id_ for id_, number in promised.items() if arrived[number] > 3}
    assert more <= {id_ for id_, row in told.items() if row["ambiguous"]}


async def test_kill_of_pushes(stage: Stage) -> None:
    """What FCM took may be pushed twice, but is marked then; nothing is lost and nobody gets an SMS besides."""
    smsc, fcm = await asyncio.gather(stage.smsc(), stage.fcm())
    flow = [{"from": "shop", "channel": "PUSH"}, {"from": "InfoSMS", "channel": "SMS"}]
    server, client = await stage.serve(smsc.connector(), fcm.connector(window=20), flow=flow)
    phones = [str(41_799_000_000 + n) for n in range(150)]
    for phone in phones:
        device = {"application": "shop", "phone": phone, "token": f"slow50-{phone}"}
        assert (await client.ask("POST", "/api/v1/devices", device)).status == 201
    rows = await client.send(*phones, push={"text": "hello"})
    promised = {row["messageId"]: row["to"]["phoneNumber"] for row in rows}
    for many in (30, 80):

        async def look(many: int = many) -> bool:
            return len(await fcm.messages()) >= many

        await until(look, f"{many} pushes")
        await server.kill()
        await server.start()
    told = await outcomes(client, promised)
    assert Counter((row["channel"], row["status"]) for row in told.values()) == {("PUSH", "delivered"): 150}
    pushed = Counter(message["token"].removeprefix("slow50-") for message in await fcm.messages())
    assert set(pushed) == set(phones)
    twice = {id_ for id_, number in promised.items() if pushed[number] > 1}
    marked = {id_ for id_, row in told.items() if row["ambiguous"]}
    assert twice <= marked
    assert len(marked) <= 2 * 2 * 20
    assert (await smsc.counts())["accepted"] == 0


async def test_kill_of_server_and_carrier_together(stage: Stage) -> None:
    """Nobody remembers: what was with the carrier and has no receipt cannot be delivered, all else is."""
    smsc = await carrier(stage)
    engine = {"validity_s": 25, "receipt_wait_s": 0.5}
    server, client = await stage.serve(smsc.connector(window=50, reconnect_max_s=0.2), tables={"engine": engine})
    load = Load(client, most=2_000)
    load.start()
    await load.reached(300)
    await asyncio.gather(server.process.kill(), smsc.process.kill())
    await server.let_go()
    await smsc.again()
    await server.start()
    await load.stop()
    told = await outcomes(client, load.promised)
    reasons = Counter(row["reason"] for row in told.values())
    assert reasons.keys() <= {"delivered", "no_receipt"}
    assert reasons["delivered"] > len(load.promised) - 1_000
    arrived = await smsc.numbers()
    sure = [id_ for id_, row in told.items() if row["reason"] == "delivered" and not row["ambiguous"]]
    assert [id_ for id_ in sure if arrived.get(load.promised[id_], 1) != 1] == []


async def refused(server: Server) -> bool:
    """Whether a new connection is soon refused, or answered 503."""
    deadline = time.monotonic() + 3
    while time.monotonic() < deadline:
        try:
            async with aiohttp.ClientSession() as session, session.get(f"{server.url}/health") as answer:
                if answer.status == 503:
                    return True
        except (aiohttp.ClientError, OSError):
            return True
        await asyncio.sleep(0.01)
    return False
