"""Two and three servers on one PostgreSQL and one carrier: killed, stopped, cut off; nothing promised is lost."""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import Iterable
from typing import Any

import pytest

from tests import postgres
from tests.acceptance.carriers import Smsc
from tests.acceptance.client import Client
from tests.acceptance.load import Load
from tests.acceptance.nodes import LEASE_S, Nodes, nodes, wire
from tests.acceptance.processes import until
from tests.acceptance.stage import Stage

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.slow,
    pytest.mark.time_limit(300),
    pytest.mark.parametrize("engine", ["postgres"], indirect=True),
]


async def carrier(stage: Stage) -> Smsc:
    smsc = await stage.smsc(keep="numbers", delay=0.05)
    # What a dead node did not acknowledge is soon offered again; not so soon that a busy machine drowns in it.
    await smsc.set(resend_s=3, response_delay=0.03)
    return smsc


async def outcomes(client: Client, promised: dict[str, str]) -> dict[str, dict[str, Any]]:
    """The one report of each promised message."""
    rows = await client.reports(promised, seconds=90)
    assert {id_: told for id_, told in rows.items() if len(told) != 1} == {}
    told = {row.get("own_id", row["id"]): row for row in await client.earlier_reports()}
    return {id_: told[id_] for id_ in promised}


async def no_loss(client: Client, smsc: Smsc, loads: Iterable[Load]) -> None:
    """Each promised message arrived and is told as delivered once; one that arrived twice is marked."""
    promised: dict[str, str] = {}
    for load in loads:
        promised |= load.promised
    told = await outcomes(client, promised)
    assert Counter(row["status"] for row in told.values()) == {"delivered": len(promised)}
    arrived = await smsc.numbers()
    assert [number for number in promised.values() if number not in arrived] == []
    twice = {id_ for id_, number in promised.items() if arrived[number] > 1}
    assert twice - {id_ for id_, row in told.items() if row["ambiguous"]} == set()


def loads(cluster: Nodes, count: int) -> list[Load]:
    started = [
        Load(cluster.client(number), most=200_000, first=number * 10_000_000, pause_s=0.15) for number in range(count)
    ]
    for load in started:
        load.start()
    return started


async def test_a_killed_node_is_taken_over(stage: Stage) -> None:
    smsc = await carrier(stage)
    cluster = await nodes(stage, 2, smsc.connector(window=100, binds=4))
    await cluster.share(2, 2)
    first, second = loads(cluster, 2)
    await asyncio.gather(first.reached(500), second.reached(500))
    await cluster.servers[0].kill()
    await second.reached(len(second.promised) + 500)
    await first.drop()
    await second.stop()
    await cluster.share(4)
    await no_loss(cluster.client(1), smsc, [first, second])

    async def finished() -> bool:
        return (await cluster.servers[1].health())["unfinished"] == 0

    await until(finished, "nothing is unfinished")


async def test_a_node_that_sleeps_longer_than_its_lease_begins_anew(stage: Stage) -> None:
    smsc = await carrier(stage)
    cluster = await nodes(stage, 2, smsc.connector(window=100, binds=2))
    before = await cluster.share(1, 1)
    first, second = loads(cluster, 2)
    await asyncio.gather(first.reached(500), second.reached(500))
    sleeper = cluster.servers[0].process
    sleeper.signal(signal.SIGSTOP)
    await cluster.share(2)
    await second.reached(len(second.promised) + 300)
    sleeper.signal(signal.SIGCONT)
    after = await cluster.share(1, 1)
    assert {node["id"] for node in after} != {node["id"] for node in before}
    await first.reached(len(first.promised) + 300)
    await asyncio.gather(first.stop(), second.stop())
    await no_loss(cluster.client(1), smsc, [first, second])
    assert "begins anew" in sleeper.log()


@pytest.mark.skipif("OMNIBOUND_TEST_POSTGRES" in os.environ, reason="only a server of our own is restarted")
async def test_a_restart_of_the_database_loses_nothing(stage: Stage) -> None:
    smsc = await carrier(stage)
    cluster = await nodes(stage, 2, smsc.connector(window=100, binds=2))
    before = await cluster.share(1, 1)
    first, second = loads(cluster, 2)
    await asyncio.gather(first.reached(300), second.reached(300))
    await asyncio.to_thread(postgres.restart, stage.database)
    await asyncio.gather(first.reached(len(first.promised) + 300), second.reached(len(second.promised) + 300))
    await asyncio.gather(first.stop(), second.stop())
    after = await cluster.share(1, 1)
    assert [node["id"] for node in after] == [node["id"] for node in before], "nobody was taken over"
    await no_loss(cluster.client(1), smsc, [first, second])


async def test_a_node_that_is_cut_from_the_database_lets_go_and_begins_anew(stage: Stage) -> None:
    smsc = await carrier(stage)
    async with wire(stage.database) as between:
        cluster = await nodes(stage, 2, smsc.connector(window=100, binds=2), databases={0: between.url})
        before = await cluster.share(1, 1)
        first, second = loads(cluster, 2)
        await asyncio.gather(first.reached(300), second.reached(300))
        between.cut()
        await cluster.share(2)
        await second.reached(len(second.promised) + 300)

        async def alone_at_the_carrier() -> bool:
            return (await smsc.ask("bound"))["bound"] == 2

        await until(alone_at_the_carrier, "the node that was cut off has unbound", 60)
        between.mend()
        after = await cluster.share(1, 1)
        assert {node["id"] for node in after} != {node["id"] for node in before}
        await first.reached(len(first.promised) + 300)
        await asyncio.gather(first.stop(), second.stop())
        await no_loss(cluster.client(1), smsc, [first, second])


async def test_what_one_node_is_told_to_hold_back_the_other_does(stage: Stage) -> None:
    smsc = await carrier(stage)
    cluster = await nodes(stage, 2, smsc.connector(window=10, binds=2, rate=20))
    await cluster.share(1, 1)
    here, there = cluster.client(0), cluster.client(1)
    rows = await here.send(*[str(41_797_000_000 + n) for n in range(400)], bulkId="held")
    await smsc.reach(accepted=20)
    answer = await there.ask("PUT", "/sms/1/bulks/status?bulkId=held", {"status": "CANCELED"})
    assert answer.status == 200, answer
    told = await outcomes(there, {row["messageId"]: row["to"]["phoneNumber"] for row in rows})
    statuses = Counter(row["status"] for row in told.values())
    assert statuses.keys() == {"delivered", "cancelled"}
    assert statuses["delivered"] < 20 + 20 * 2 * (LEASE_S + 2)
    assert (await smsc.counts())["accepted"] == statuses["delivered"]


async def test_chores_and_binds_have_one_holder_each(stage: Stage) -> None:
    smsc = await carrier(stage)
    cluster = await nodes(stage, 3, smsc.connector(window=10, binds=4))
    told = await cluster.share(2, 1, 1)
    held = [name for node in told for name in node["holds"]]
    assert Counter(held).most_common(1)[0][1] == 1
    assert sum(name.startswith("chore:") for name in held) == 8

    async def bound() -> bool:
        return (await smsc.ask("bound"))["bound"] == 4

    await until(bound, "four binds at the carrier")
