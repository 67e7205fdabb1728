"""Several trunks: which one a call takes, what another one is tried for, and what waits for a trunk that is gone."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from omnibound.simulators.sip import Fate, SipNetwork, SipSettings
from tests.acceptance.client import Client, code
from tests.acceptance.conftest import Fresh
from tests.acceptance.processes import run, until
from tests.acceptance.stage import Server, Stage
from tests.acceptance.telephones import VOICE, kill_voice, network_of, staged, trunk, voice_table

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

ANNA, BERT = "48600100200", "48600100201"
NOBODY_THERE, BUSY = "48600100901", "48600100902"
SHORT = {"text": "Hi"}
LONG = "One two three four five six seven eight nine ten. " * 2


def refuses(status: int, **members: Any) -> Fate:
    return Fate(meaning=f"refused with {status}", rings=(), status=status, **members)


class Houses(NamedTuple):
    """A product with a trunk to each network, in the order of their names."""

    server: Server
    client: Client
    networks: dict[str, SipNetwork]

    def invited(self) -> dict[str, int]:
        """How many calls came to each network."""
        return {name: network.tally.counts.invited for name, network in self.networks.items()}

    async def alarm(self, name: str) -> Any:
        return (await self.server.connectors())[name]["condition"]["alarm"]

    async def campaign(self, *phones: str, id_: str = "c", **members: Any) -> None:
        """A campaign that calls these, started."""
        body = {"id": id_, "name": "C", "pause_s": 0, "attempts": 1, "speech": SHORT, **members}
        made = await self.client.ask("POST", "/api/v1/campaigns", body)
        assert made.status == 201, made
        asked = {"requests": [{"phone": phone} for phone in phones]}
        assert (await self.client.ask("POST", f"/api/v1/campaigns/{id_}/requests", asked)).status == 202
        assert (await self.client.ask("POST", f"/api/v1/campaigns/{id_}/start")).status == 200

    async def counted(self, seconds: float = 30, **wanted: int) -> None:
        """Wait until so many stand there."""

        async def look() -> bool:
            told = await self.client.get("/api/v1/campaigns/c/counts")
            return all(told[name] == count for name, count in wanted.items())

        await until(look, f"the campaign has {wanted}", seconds)

    async def calls(self) -> list[str]:
        """How many calls each of the campaign's people has used up."""
        answer = await self.client.ask("GET", "/api/v1/campaigns/c/results")
        return [line.split(",")[5] for line in answer.body.splitlines()[1:]]


@pytest.fixture(scope="module")
def engine() -> str:
    """Calls know nothing of the database; one will do."""
    return "sqlite"


@pytest.fixture
async def stage(tmp_path: Path, fresh: Fresh) -> AsyncIterator[Stage]:
    async with staged(tmp_path, await fresh()) as made:
        yield made


@pytest.fixture
async def houses(stage: Stage) -> AsyncIterator[Houses]:
    """Three trunks."""
    async with AsyncExitStack() as stack:
        networks = {name: await stack.enter_async_context(network_of()) for name in ("a", "b", "c")}
        trunks = [trunk(network, name) for name, network in networks.items()]
        server, client = await stage.serve(*trunks, tables=voice_table(), flow=VOICE)
        yield Houses(server, client, networks)


async def tries(client: Client, message: str) -> list[tuple[str, str]]:
    """Who was tried, and what came of it."""
    timeline = (await client.story(message))["timeline"]
    return [(event["connector"], event["detail"]) for event in timeline if event["said"] == "failed"]


def everywhere(houses: Houses, number: str, *fates: Fate) -> None:
    for network, fate in zip(houses.networks.values(), fates, strict=False):
        network.fates[number] = fate


async def test_another_trunk_is_tried_at_once(houses: Houses) -> None:
    """503, then 403 of a trunk that has carried nothing, then somebody answers."""
    everywhere(houses, ANNA, refuses(503, retry_after=600), refuses(403))
    message = await houses.client.send_one(ANNA, voice=SHORT)
    assert code(await houses.client.report(message))[1:] == (5, 5000)
    assert await tries(houses.client, message) == [("a", "sip:503"), ("b", "sip:403")]
    assert houses.invited() == {"a": 1, "b": 1, "c": 1}
    alarms = {name: (await houses.alarm(name) or {}).get("reason") for name in "abc"}
    assert alarms == {"a": "trunk_failed", "b": "trunk_auth", "c": None}


@pytest.mark.parametrize(("status", "codes"), [(488, (9, 5488)), (415, (9, 5415)), (606, (9, 5488))])
async def test_media_is_refused_twice_and_not_thrice(houses: Houses, status: int, codes: tuple[int, int]) -> None:
    everywhere(houses, ANNA, refuses(status), refuses(status))
    everywhere(houses, BERT, refuses(status), Fate(meaning="answered"))
    message = await houses.client.send_one(ANNA, voice=SHORT)
    assert code(await houses.client.report(message))[1:] == codes
    assert houses.invited() == {"a": 1, "b": 1, "c": 0}
    message = await houses.client.send_one(BERT, voice=SHORT)
    assert code(await houses.client.report(message))[1:] == (5, 5000)
    assert len(await tries(houses.client, message)) <= 1


async def test_403_is_the_numbers_where_other_calls_are_carried(houses: Houses) -> None:
    everywhere(houses, ANNA, refuses(403), refuses(403), refuses(403))
    for name in houses.networks:
        # A number that is not there says that the trunk has carried the call.
        await houses.campaign(NOBODY_THERE, id_=f"warm-{name}", trunk=name)
    for name in houses.networks:
        await houses.networks[name].tally.until({"refused": 1})
    message = await houses.client.send_one(ANNA, voice=SHORT)
    assert code(await houses.client.report(message))[1:] == (4, 5403)
    assert len(await tries(houses.client, message)) == 2
    assert sum(houses.invited().values()) == 5


@pytest.mark.time_limit(120)
async def test_a_trunk_that_says_nothing_is_left(houses: Houses) -> None:
    """It answers OPTIONS, but no INVITE: after 32 s the call goes elsewhere."""
    everywhere(houses, ANNA, Fate(meaning="no reply", trying=False, rings=(), status=0))
    message = await houses.client.send_one(ANNA, voice=SHORT)
    assert code(await houses.client.report(message, seconds=60))[1:] == (5, 5000)
    assert await tries(houses.client, message) == [("a", "")]
    assert (houses.invited()["b"], houses.invited()["c"]) == (1, 0)


async def test_all_trunks_fail_and_one_comes_back(houses: Houses) -> None:
    """Nothing is used up while they fail; the alarms are over with the next call that is carried."""
    everywhere(houses, ANNA, refuses(503), refuses(402), refuses(500))
    await houses.campaign(ANNA)
    for network in houses.networks.values():
        await network.tally.until({"refused": 1})

    async def told() -> bool:
        reasons = {name: (await houses.alarm(name) or {}).get("reason") for name in "abc"}
        return reasons == {"a": "trunk_failed", "b": "trunk_money", "c": "trunk_failed"}

    await until(told, "the alarms are raised")
    await houses.counted(waiting=1)
    assert await houses.calls() == ["0"]
    assert houses.invited() == {"a": 1, "b": 1, "c": 1}
    assert "trunk_alarm: connector b carries no calls: trunk_money sip:402" in houses.server.process.log()
    message = await houses.client.send_one(BERT, voice=SHORT)
    assert code(await houses.client.report(message))[1:] == (5, 5000)
    assert [bool(await houses.alarm(name)) for name in "abc"].count(False) == 1
    assert "trunk_alarm_over: connector" in houses.server.process.log()


@pytest.mark.time_limit(120)
async def test_it_is_pending_until_its_validity_ends(stage: Stage) -> None:
    async with network_of({ANNA: refuses(402)}) as network:
        tables = {**voice_table(), "engine": {"validity_s": 40}}
        server, client = await stage.serve(trunk(network, "a"), tables=tables, flow=VOICE)
        message = await client.send_one(ANNA, voice=SHORT)
        await network.tally.until({"refused": 1})
        (row,) = (await client.get("/omni/1/logs"))["results"]
        assert (row["messageId"], row["status"]["groupName"]) == (message, "PENDING")
        assert code(await client.report(message, seconds=60))[1:] == (15, 5403)
        # At once, after 30 s and a little, and just before the end.
        assert len(await tries(client, message)) in (2, 3)
        assert (await server.connectors())["a"]["condition"]["alarm"]["reason"] == "trunk_money"


@pytest.mark.parametrize("name", ["a", "c"])
async def test_a_campaign_takes_its_own_trunk(houses: Houses, name: str) -> None:
    everywhere(houses, ANNA, refuses(488), refuses(488), refuses(488))
    phones = [ANNA, *(str(int(BERT) + n) for n in range(9))]
    await houses.campaign(*phones, trunk=name)
    await houses.counted(answered=9, failed=1)
    assert houses.invited() == {**dict.fromkeys("abc", 0), name: 10}
    assert set(await houses.calls()) == {"1"}


async def test_who_reads_todays_codes(houses: Houses) -> None:
    options = ("--data", str(houses.server.folder))
    client = await houses.server.account("modern", "--voice-codes", "100xx")
    await client.scenario(VOICE)
    message = await client.send_one(BUSY, voice=SHORT)
    assert code(await client.report(message))[1:] == (97, 10201)
    (row,) = (await client.get("/omni/1/logs"))["results"]
    assert (row["messageId"], row["status"]["id"]) == (message, 97)
    message = await houses.client.send_one(BUSY, voice=SHORT)
    assert code(await houses.client.report(message))[1:] == (9, 5002)
    assert (await run("account", "set", "acceptance", "--voice-codes", "100xx", *options)).status == 0

    async def heeded() -> bool:
        return [row["status"]["id"] for row in (await houses.client.get("/omni/1/logs"))["results"]] == [97]

    await until(heeded, "the change is seen")


async def test_calls_lost_after_their_answer_are_released(stage: Stage) -> None:
    """The telephone dies while it speaks: nobody is called twice unasked, and who is called again is the operator's."""
    async with network_of() as network:
        server, client = await stage.serve(trunk(network, "a"), tables=voice_table(), flow=VOICE)
        houses = Houses(server, client, {"a": network})
        await houses.campaign(ANNA, BERT, attempts=2, speech={"text": LONG})
        await network.tally.until({"acknowledged": 2})
        kill_voice(server)
        await houses.counted(waiting=2)

        async def held() -> bool:
            return (await client.get("/api/v1/campaigns/c/counts"))["why"] == {"lost": 2}

        await until(held, "both are held")
        assert (await houses.calls(), network.tally.counts.invited) == (["1", "1"], 2)
        ran = await run("campaign", "release", "c", "--api-key", client.key, "--url", client.url)
        assert (ran.status, ran.out) == (0, "2 released\n")
        await houses.counted(60, answered=2)
        assert (await houses.calls(), network.tally.counts.invited) == (["2", "2"], 4)


async def test_calls_wait_for_a_trunk_that_is_gone(stage: Stage) -> None:
    """Those of a campaign wait for its trunk, though another one is up; nothing is used up by that."""
    async with network_of() as other:
        async with network_of() as gone:
            trunks = [trunk(gone, "a"), trunk(other, "b")]
            server, client = await stage.serve(*trunks, tables=voice_table(), flow=VOICE)
            port = gone.port
        houses = Houses(server, client, {"b": other})

        async def is_down() -> bool:
            return not (await server.connectors())["a"]["up"]

        await until(is_down, "the trunk is missed")
        await houses.campaign(ANNA, BERT, trunk="a")
        message = await client.send_one("48600100202", voice=SHORT)
        assert code(await client.report(message))[1:] == (5, 5000)
        await houses.counted(waiting=2)
        assert (houses.invited(), await houses.calls()) == ({"b": 1}, ["0", "0"])
        async with SipNetwork(SipSettings(port=port)) as back:
            await houses.counted(answered=2)
            assert (houses.invited(), back.tally.counts.invited) == ({"b": 1}, 2)
            assert await houses.calls() == ["1", "1"]


@pytest.mark.time_limit(150)
async def test_calls_go_on_when_the_only_trunk_is_back(stage: Stage) -> None:
    """It goes while calls are under way and others wait for a line; each person has one attempt only."""
    async with network_of(ring_s=30) as network:
        server, client = await stage.serve(
            trunk(network, "a", lines=2, ring_s=15), tables=voice_table(), flow=VOICE
        )  # fmt: skip
        houses = Houses(server, client, {"a": network})
        phones = [str(int(BERT) + n) for n in range(6)]
        await houses.campaign(*phones)
        await network.tally.until({"invited": 2})
        port = network.port

    async def is_down() -> bool:
        return not (await server.connectors())["a"]["up"]

    await until(is_down, "the trunk is missed")
    async with SipNetwork(SipSettings(port=port, ring_s=0.1)):
        # Two rang when it went: they hold their lines until nobody has answered, and no CANCEL. Then come the others.
        await houses.counted(90, answered=4, no_answer=2)
        assert await houses.calls() == ["1"] * 6
