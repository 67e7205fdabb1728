"""The disk of the server is full: what is acknowledged is kept, the rest is refused, and with room all goes on."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.acceptance.client import Client, code
from tests.acceptance.processes import until
from tests.acceptance.stage import Server, Stage
from tests.acceptance.telephones import VOICE, kill_voice, network_of, trunk, voice_table
from tests.disks import fill, small_disk

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.time_limit(120)]

NATIVE = {"to": [{"phone": "41796000001"}], "content": {"SMS": {"text": "x" * 150}}}
OMNI = {"destinations": [{"to": {"phoneNumber": "41796000002"}}], "sms": {"text": "x" * 150}}
CALL = {"type": "none", "data": [{"contact_number": "41796000003"}]}
AWAY = {"messageId": "SERVICE_UNAVAILABLE", "text": "Service unavailable"}
REFUSED: dict[str, tuple[Any, Any]] = {
    "/omni/1/advanced": (OMNI, {"requestError": {"serviceException": AWAY}}),
    "/api/v1/messages": (
        NATIVE,
        {
            "type": "urn:omnibound:problem:unavailable", "title": "Something here does not work for now", "status": 503,
            "detail": "the disk of the database is full",
        },
    ),
    "/voice_sms_campaign/c/request_list": (
        CALL,
        {"success": False, "error": {"code": 503, "message": "the disk of the database is full", "details": []}},
    ),
}  # fmt: skip


TAKEN = (5, 5000)
ENDLESS = "One two three four five six seven eight nine ten. " * 12
SAID = ("the disk of the database is full: nothing new is taken", "the disk of the database has room again")


@pytest.fixture(scope="module")
def engine() -> str:
    """The database of a folder: another one's disk is another server's."""
    return "sqlite"


@pytest.fixture
async def server(stage: Stage) -> AsyncIterator[Server]:
    """On a disk of 24 MB; it sends by a carrier that never confirms by itself."""
    smsc = await stage.smsc(delay=0.5)
    made = stage.prepare(smsc.connector(reconnect_max_s=0.2, rate=50))
    config = made.config.read_text()
    with small_disk(made.folder, "24m"):
        made.config.write_text(config)
        yield made
        await made.kill()


async def placed(client: Client, first: int) -> list[str]:
    """Messages one after the other until none is taken any more: the ids of those that were."""
    ids: list[str] = []
    while len(ids) < 5_000:
        body = {"destinations": [{"to": {"phoneNumber": str(41_797_000_000 + first + len(ids))}}], "sms": {"text": "x"}}
        answer = await client.ask("POST", "/omni/1/advanced", body)
        if answer.status != 200:
            assert (answer.status, answer.body) == (503, REFUSED["/omni/1/advanced"][1])
            return ids
        ids.append(answer.body["messages"][0]["messageId"])
    raise AssertionError("everything is taken")


@pytest.mark.parametrize("killed", [False, True])
async def test_full_disk_of_the_database(server: Server, killed: bool) -> None:
    client = await server.account("acceptance")
    await server.start()
    await server.bound()
    await client.scenario()
    assert (await client.ask("POST", "/api/v1/campaigns", {"id": "c", "name": "c"})).status == 201
    before = await placed_some(client)
    filler = fill(server.folder)
    kept = [*before, *await placed(client, 100)]
    for path, (body, told) in REFUSED.items():
        answer = await client.ask("POST", path, body)
        assert (answer.status, answer.body) == (503, told), path
        assert int(answer.headers["Retry-After"]) >= 1
    assert (await server.health())["status"] == "ok"
    if killed:
        await server.kill()
    filler.unlink()
    if killed:
        await server.start()

    async def again() -> bool:
        return (await client.ask("POST", "/omni/1/advanced", OMNI)).status == 200

    await until(again, "the server takes requests again", 30)
    reports = await client.reports(kept, seconds=60)
    assert {code(row) for id_ in kept for row in reports[id_]} == {("SMS", 5, 0)}
    assert {len(reports[id_]) for id_ in kept} == {1}
    if killed:
        return
    assert [text for text in SAID if not 1 <= server.process.log().count(text) < 9] == []
    # Nobody has spun.
    assert len(server.process.log()) < 200_000


async def test_call_that_ends_while_the_disk_is_full(stage: Stage) -> None:
    async with network_of() as network:
        made = stage.prepare(trunk(network, lines=2), tables=voice_table())
        config = made.config.read_text()
        with small_disk(made.folder, "24m"):
            made.config.write_text(config)
            client = await made.account("acceptance")
            await made.start()
            await made.bound()
            await client.scenario(VOICE)
            ids = [await client.send_one(f"4860010020{n}", voice={"text": ENDLESS}) for n in range(2)]
            await network.tally.until({"acknowledged": 2})
            filler = fill(made.folder)
            network.hang_up_all()
            await network.tally.until({"ended": 2})
            refused = await client.ask("POST", "/api/v1/messages", NATIVE)
            assert refused.status == 503
            filler.unlink()
            reports = await client.reports(ids, seconds=60)
            assert {code(row)[1:] for id_ in ids for row in reports[id_]} == {TAKEN}
            assert sorted(call["delivery"] for call in (await client.get("/api/v1/calls"))["calls"]) == sorted(ids)
            assert code(await client.report(await client.send_one("48600100205", voice={"text": "Hello"})))[1:] == TAKEN
            await made.kill()
            kill_voice(made)


async def placed_some(client: Client) -> list[str]:
    return [row["messageId"] for row in await client.send(*[str(41_796_500_000 + n) for n in range(100)])]
