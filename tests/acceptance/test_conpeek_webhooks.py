"""Conpeek's webhooks: what becomes of each request arrives at its client's own server, once, and is never lost."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from omnibound.simulators.sip import SipNetwork
from omnibound.simulators.sip.magic import MAGIC
from tests.acceptance.client import Client
from tests.acceptance.conftest import Fresh
from tests.acceptance.processes import until
from tests.acceptance.receiver import Got, Receiver, receiver
from tests.acceptance.stage import Server
from tests.acceptance.telephones import network_of, staged, trunk, voice_table

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

CAMPAIGN, PATH = "5b7c389fe8df7b60af688989", "/application/5b7c389fe8df7b60af688900/webhook"
TAKES_IT, BUSY = "48600100200", "48600100902"
CLOSED, RETRY = "voice_sms_campaign_request_closed", "voice_sms_campaign_request_retry"
SOON = {"retry_value": 1, "max_retries": 5, "backoff_type": "multiplier", "backoff_value": 1}


class House(NamedTuple):
    """A product with a campaign that calls twice, and its client's web server."""

    network: SipNetwork
    server: Server
    client: Client
    crm: Receiver

    async def hook(self, path: str = "/hook", **settings: Any) -> None:
        wish = {"url": self.crm.url + path, "retry_config": SOON, **settings}
        answer = await self.client.ask("PUT", PATH, wish)
        assert (answer.status, answer.body) == (200, {"success": True, "data": wish})

    async def add(self, *numbers: str) -> list[dict[str, Any]]:
        data = [{"contact_number": each, "text": "Hello", "custom": {"issue_id": "XYZ-ABC-01"}} for each in numbers]
        body = {"type": "tts", "data": data}
        answer = await self.client.ask("POST", f"/voice_sms_campaign/{CAMPAIGN}/request_list", body)
        assert answer.status == 200, answer
        return answer.body["data"]

    async def shown(self, id_: str) -> dict[str, Any]:
        return (await self.client.get(f"/voice_sms_campaign/{CAMPAIGN}/request/{id_}"))["data"]

    async def came(self, count: int, path: str = "/hook") -> list[Got]:
        async def look() -> bool:
            return len(self.crm.of(path)) >= count

        await until(look, f"{count} webhooks", 40)
        return self.crm.of(path)

    async def settled(self) -> None:
        """Nothing more is to come."""

        async def look() -> bool:
            return (await self.client.get("/api/v1/pushes"))["pushes"] == []

        await until(look, "all is accepted", 30)


@pytest.fixture
async def house(tmp_path: Path, fresh: Fresh) -> AsyncIterator[House]:
    async with staged(tmp_path, await fresh()) as stage, network_of({BUSY: MAGIC["902"]}) as network, receiver() as crm:
        tables = {**voice_table(), "security": {"allow_private": ["127.0.0.0/8"]}}
        server, client = await stage.serve(trunk(network), tables=tables)
        await campaign(client)
        yield House(network, server, client, crm)


async def campaign(client: Client) -> None:
    wish = {"id": CAMPAIGN, "name": "Sample", "attempts": 2, "pause_s": 0.5}
    assert (await client.ask("POST", "/api/v1/campaigns", wish)).status == 201
    await say(client, "start")


async def say(client: Client, word: str) -> None:
    assert (await client.ask("POST", f"/api/v1/campaigns/{CAMPAIGN}/{word}")).status == 200


def told(got: Got) -> dict[str, Any]:
    return json.loads(got.body)


async def test_the_end_of_a_request_is_told_once(house: House) -> None:
    """Though the webhook is set when the request is there already."""
    await say(house.client, "pause")
    (request,) = await house.add(TAKES_IT)
    await house.hook(headers={"X-Token": "secret"})
    await say(house.client, "start")
    (got,) = await house.came(1)
    await house.settled()
    body, now = told(got), await house.shown(request["id"])
    assert body == {
        "event_name": CLOSED,
        "event_time": now["closed_date"],
        "event_type": "voice_sms_campaign",
        "data": {**now, "custom": '{"issue_id":"XYZ-ABC-01"}'},
    }
    assert (now["state"], now["close_reason"], now["contact_try"]) == ("CLOSED", "SUCCESS", 1)
    secret = (await house.client.get("/api/v1/pushes/secret"))["secret"]
    assert (got.headers["x-token"], got.headers["content-type"]) == ("secret", "application/json")
    assert got.signed_with(secret)
    assert len(house.crm.got) == 1


async def test_each_attempt_in_vain_is_told_as_it_stood(house: House) -> None:
    await house.hook()
    (request,) = await house.add(BUSY)
    first, second = [told(got) for got in await house.came(2)]
    await house.settled()
    stood = [
        (each["event_name"], data["state"], data["application_state"], data["call_state"], data["call_state_reason"],
         data["close_reason"], data["contact_try"], data["closed_date"] is None)
        for each in (first, second) if (data := each["data"])
    ]  # fmt: skip
    assert stood == [
        (RETRY, "OPEN", "RETRY", "WAITING", "BUSY", None, 1, True),
        (CLOSED, "CLOSED", "CLOSED", "CALL_ENDED", "BUSY", "MAX_CONTACT_TRY", 2, False),
    ]
    assert first["data"]["process_not_before"] >= first["event_time"]
    assert second["data"] == {**await house.shown(request["id"]), "custom": '{"issue_id":"XYZ-ABC-01"}'}
    assert len(house.crm.got) == 2


async def test_a_receiver_that_fails_gets_it_by_the_retry_rule(house: House) -> None:
    house.crm.statuses["/hook"] = 500
    await house.hook()
    await house.add(TAKES_IT)
    await house.came(2)
    (push,) = (await house.client.get("/api/v1/pushes"))["pushes"]
    assert (push["topic"], push["url"], push["state"]) == ("member", house.crm.url + "/hook", "retrying")
    house.crm.statuses.clear()
    await house.settled()
    assert len({got.id for got in house.crm.got}) == 1
    assert len({got.body for got in house.crm.got}) == 1
    assert len(house.crm.got) >= 3


async def test_what_was_given_up_is_told_when_it_is_asked_for_again(house: House) -> None:
    house.crm.statuses["/hook"] = 500
    await house.hook(retry_enabled=0)
    (request,) = await house.add(TAKES_IT)

    async def failed() -> list[dict[str, Any]]:
        return (await house.client.get("/api/v1/pushes?state=failed"))["pushes"]

    (push,) = await until(failed, "it is given up", 30)
    assert (push["id"], push["tries"], push["why"], len(house.crm.got)) == (request["id"], 1, "HTTP 500", 1)
    house.crm.statuses.clear()
    answer = await house.client.ask("POST", "/api/v1/pushes/again", {"failed": True})
    assert answer.body == {"again": 1}
    await house.settled()
    assert len(house.crm.got) == 2


async def test_only_what_is_wanted_is_told(house: House) -> None:
    """By event and by a member; what is changed counts from then on."""
    only = {"close_reason": ["SUCCESS"], "contact_try": [1]}
    await house.hook(subscriptions={CLOSED: {"active": True, "filter": only}, RETRY: {"active": False}})
    request, _ = await house.add(TAKES_IT, BUSY)
    (got,) = await house.came(1)
    assert told(got)["data"]["id"] == request["id"]
    await closed(house, 2)
    await house.settled()
    assert len(house.crm.got) == 1
    await house.hook("/other")
    await house.add(TAKES_IT)
    await house.came(1, "/other")
    assert len(house.crm.of("/hook")) == 1
    assert (await house.client.ask("DELETE", PATH)).status == 202
    await house.add(TAKES_IT)
    await closed(house, 4)
    await house.settled()
    assert len(house.crm.got) == 2


async def closed(house: House, count: int) -> None:
    """Wait until so many requests are over."""

    async def look() -> bool:
        told = (await house.client.get(f"/voice_sms_campaign/{CAMPAIGN}/request"))["data"]
        return sum(each["state"] == "CLOSED" for each in told) == count

    await until(look, f"{count} requests are closed", 40)


@pytest.mark.time_limit(180)
async def test_a_killed_server_loses_none(house: House) -> None:
    await house.hook()
    numbers = [f"486001002{n:02d}" for n in range(30)]
    added = await house.add(*numbers)
    for count in (5, 15):
        await house.came(count)
        await house.server.kill()
        await house.server.start()
    await closed(house, len(numbers))
    await house.settled()
    ends = [got for got in house.crm.got if told(got)["event_name"] == CLOSED]
    assert {told(got)["data"]["id"] for got in ends} == {each["id"] for each in added}
    # What was being posted when it died may come twice, under the same id and with the same words.
    assert len({got.id for got in ends}) == len({got.body for got in ends}) == len(added)
