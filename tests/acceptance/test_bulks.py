"""A bulk's whole life in the hands of its sender: begun at another time, paused, killed over, resumed, cancelled."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.acceptance.client import Client, code
from tests.acceptance.processes import until
from tests.acceptance.stage import Stage

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

BULK = "/sms/1/bulks?bulkId=october"
STATUS = "/sms/1/bulks/status?bulkId=october"
CANCELLED = ("SMS", 31, 4100)
DELIVERED = ("SMS", 5, 0)


def instant(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"


async def put(client: Client, path: str, body: dict[str, str]) -> Any:
    answer = await client.ask("PUT", path, body)
    assert answer.status == 200, answer
    return answer.body


class Told:
    """The reports of a client, however often they are asked for."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.codes: list[tuple[str, int, int]] = []
        self.ids: list[str] = []

    async def look(self) -> int:
        """Take what waits; how many there are by now."""
        for row in await self.client.take():
            self.ids.append(row["messageId"])
            self.codes.append(code(row))
        return len(self.ids)


@pytest.mark.time_limit(120)
async def test_a_bulk_in_the_hands_of_its_sender(stage: Stage) -> None:
    smsc = await stage.smsc(delay=0, keep="numbers")
    server, client = await stage.serve(smsc.connector(rate=50))
    told = Told(client)

    async def arrived() -> bool:
        return await told.look() == (await smsc.counts())["accepted"]

    numbers = [str(41_790_000_000 + n) for n in range(500)]
    rows = await client.send(*numbers, bulkId="october", sendAt=instant(4 * 3600))
    assert await client.get(STATUS) == {"bulkId": "october", "status": "PENDING"}
    assert (await smsc.counts())["submitted"] == 0

    # It begins sooner than it was to; once it has begun it stays so.
    await put(client, BULK, {"sendAt": instant(1)})
    await smsc.reach(accepted=60)
    assert (await client.get(STATUS))["status"] == "PROCESSING"
    refused = await client.ask("PUT", BULK, {"sendAt": instant(3600)})
    assert (refused.status, "has begun already" in str(refused.body)) == (400, True)

    # Paused in the middle: what is with the carrier arrives, and over a crash nothing follows it.
    assert await put(client, STATUS, {"status": "PAUSED"}) == {"bulkId": "october", "status": "PAUSED"}
    await until(arrived, "what has gone arrives")
    gone = len(told.ids)
    assert 60 <= gone < 400
    await server.kill()
    await server.start()
    await server.bound()
    assert (await client.get(STATUS))["status"] == "PAUSED"
    single = await client.send_one("41795000001")
    await until(arrived, "what is of no bulk goes")
    assert (told.ids[gone:], (await smsc.counts())["accepted"]) == ([single], gone + 1)

    # Resumed, then cancelled: the rest ends at once, and each message has ended exactly once.
    assert (await put(client, STATUS, {"status": "PROCESSING"}))["status"] == "PROCESSING"
    await smsc.reach(accepted=gone + 60)
    assert (await put(client, STATUS, {"status": "CANCELED"}))["status"] == "CANCELED"

    async def over() -> bool:
        return await told.look() >= len(rows) + 1

    await until(over, "each has its report")
    assert sorted(told.ids) == sorted([single, *(row["messageId"] for row in rows)])
    assert set(told.codes) == {DELIVERED, CANCELLED}
    assert told.codes.count(DELIVERED) == (await smsc.counts())["accepted"] < 500
    assert set((await smsc.numbers()).values()) == {1}
    assert (await client.get(STATUS))["status"] == "CANCELED"
    assert (await client.ask("PUT", STATUS, {"status": "PROCESSING"})).status == 400
    assert (await server.health())["unfinished"] == 0
