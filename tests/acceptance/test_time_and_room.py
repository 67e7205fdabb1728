"""When messages go: not before their time, not beyond what fits, and not behind somebody else's flood."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from tests.acceptance.client import code
from tests.acceptance.processes import free_port, until
from tests.acceptance.stage import Stage

pytestmark = pytest.mark.anyio


def in_seconds(seconds: float) -> tuple[str, float]:
    at = datetime.now(UTC) + timedelta(seconds=seconds)
    return at.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000", at.timestamp()


@pytest.mark.parametrize("restart", [False, True])
async def test_nothing_goes_before_its_time(stage: Stage, restart: bool) -> None:
    smsc = await stage.smsc(delay=0)
    server, client = await stage.serve(smsc.connector())
    date, at = in_seconds(2.5 if restart else 1.5)
    (row,) = await client.send("41792000001", sendAt=date)
    assert row["status"]["id"] == 26
    now = await client.send_one("41792000002")
    assert code(await client.report(now)) == ("SMS", 5, 0)
    if restart:
        await server.kill()
        await server.start()
    assert code(await client.report(row["messageId"])) == ("SMS", 5, 0)
    (scheduled,) = [m for m in await smsc.messages() if m["destination"] == "41792000001"]
    assert 0 <= scheduled["arrived"] - at + 0.001 < 1.0
    assert (await client.story(row["messageId"]))["outcome"]["ambiguous"] is False


async def test_a_date_in_the_past_is_now(stage: Stage) -> None:
    smsc = await stage.smsc(delay=0)
    _, client = await stage.serve(smsc.connector())
    (row,) = await client.send("41792000001", sendAt=in_seconds(-60)[0])
    assert row["status"]["id"] == 0
    assert code(await client.report(row["messageId"])) == ("SMS", 5, 0)


async def test_a_full_backlog_refuses_whole_requests(stage: Stage) -> None:
    smsc = await stage.smsc(delay=0)
    server = stage.prepare(smsc.connector(reconnect_max_s=0.1), tables={"engine": {"backlog": 100}})
    await smsc.process.stop()
    client = await server.account("acceptance")
    await server.start()
    await client.scenario()
    sixty = [{"to": {"phoneNumber": f"4179200{n:04}"}} for n in range(60)]
    taken = await client.ask("POST", "/omni/1/advanced", {"destinations": sixty, "sms": {"text": "x"}})
    assert taken.status == 200
    before = await server.rows()
    for destinations in (sixty, sixty[:41]):
        full = await client.ask("POST", "/omni/1/advanced", {"destinations": destinations, "sms": {"text": "x"}})
        assert (full.status, int(full.headers["Retry-After"]) >= 1) == (429, True)
        assert full.body["requestError"]["serviceException"]["messageId"] == "TOO_MANY_REQUESTS"
    many = {"to": [{"phone": f"4179201{n:04}"} for n in range(41)], "content": {"SMS": {"text": "x"}}}
    native = await client.ask("POST", "/api/v1/messages", many)
    assert (native.status, native.body["title"]) == (429, "Too much is waiting already")
    assert await server.rows() == before
    fits = await client.send(*[f"4179202{n:04}" for n in range(40)])
    assert (await server.health())["unfinished"] == 100
    one = {"destinations": sixty[:1], "sms": {"text": "x"}}
    assert (await client.ask("POST", "/omni/1/advanced", one)).status == 429
    await smsc.again()
    await client.reports([row["messageId"] for row in [*taken.body["messages"], *fits]])
    assert len(await client.send(*[f"4179203{n:04}" for n in range(100)])) == 100


async def test_a_backlog_is_counted_again_after_a_restart(stage: Stage) -> None:
    nowhere = await stage.smsc()
    server = stage.prepare(nowhere.connector(port=free_port()), tables={"engine": {"backlog": 50}})
    client = await server.account("acceptance")
    await server.start()
    await client.scenario()
    await client.send(*[f"4179200{n:04}" for n in range(50)])
    await server.kill()
    await server.start()
    assert (await server.health())["unfinished"] == 50
    one = {"destinations": [{"to": {"phoneNumber": "41792000001"}}], "sms": {"text": "x"}}
    assert (await client.ask("POST", "/omni/1/advanced", one)).status == 429


async def test_a_single_does_not_wait_behind_a_bulk(stage: Stage) -> None:
    smsc = await stage.smsc(delay=0, last=100_000)
    server, flood = await stage.serve(smsc.connector(rate=200))
    single = await server.account("single")
    await single.scenario()
    await flood.send(*[str(41_793_000_000 + n) for n in range(5_000)])
    await smsc.reach(accepted=100)
    for client, number in ((single, "41794000001"), (flood, "41794000002")):
        asked = time.time()
        await client.send_one(number)

        async def arrived(number: str = number) -> float | None:
            got = [m["arrived"] for m in await smsc.messages(400) if m["destination"] == number]
            return got[0] if got else None

        at = await until(arrived, "the single")
        assert at is not None
        assert at - asked < 1.0
    assert (await server.health())["unfinished"] > 3_000


async def test_two_floods_take_turns(stage: Stage) -> None:
    smsc = await stage.smsc(delay=0, last=100_000)
    server, first = await stage.serve(smsc.connector(rate=400))
    second = await server.account("second")
    await second.scenario()
    await first.send(*[str(41_795_000_000 + n) for n in range(2_000)])
    await second.send(*[str(41_796_000_000 + n) for n in range(2_000)])
    start = (await smsc.counts())["accepted"]
    await smsc.reach(accepted=start + 600)
    lately = [m["destination"][:5] for m in await smsc.messages(400)]
    assert 0.35 < lately.count("41796") / len(lately) < 0.65
