"""Pushes through a simulated FCM, and what follows when they do not arrive."""

import asyncio
from typing import Any, NamedTuple

import pytest

from tests.acceptance.carriers import Fcm, Smsc
from tests.acceptance.client import Client, code
from tests.acceptance.processes import until
from tests.acceptance.stage import Server, Stage

pytestmark = pytest.mark.anyio

APPLICATION = "shop"
PHONE = "41793000001"
FLOW = [{"from": APPLICATION, "channel": "PUSH"}, {"from": "InfoSMS", "channel": "SMS"}]
BOTH = {"push": {"text": "Your parcel is here"}, "sms": {"text": "Your parcel is here, by SMS"}}


class House(NamedTuple):
    smsc: Smsc
    fcm: Fcm
    server: Server
    client: Client

    async def device(self, token: str, phone: str = PHONE) -> None:
        body = {"application": APPLICATION, "phone": phone, "token": token}
        assert (await self.client.ask("POST", "/api/v1/devices", body)).status == 201

    async def devices(self) -> list[str]:
        told = await self.client.get(f"/api/v1/devices?application={APPLICATION}&phone={PHONE}")
        return [device["token"] for device in told["devices"]]

    async def pushed(self) -> dict[str, Any]:
        """The push that the provider got."""

        async def look() -> list[dict[str, Any]]:
            return await self.fcm.messages()

        return (await until(look, "a push"))[-1]


async def house(stage: Stage, flow: list[dict[str, str]] | None = None, **push: Any) -> House:
    smsc, fcm = await asyncio.gather(stage.smsc(), stage.fcm())
    tables = {"omni": {"min_validity_s": 1}, "engine": {"receipt_wait_s": 0.5}}
    server, client = await stage.serve(smsc.connector(), fcm.connector(**push), tables=tables, flow=flow or FLOW)
    return House(smsc, fcm, server, client)


async def test_an_accepted_push_ends_as_delivered_to_operator(stage: Stage) -> None:
    at = await house(stage)
    await at.device("a-good-phone")
    id_ = await at.client.send_one(PHONE, **BOTH)
    assert code(await at.client.report(id_)) == ("PUSH", 2, 0)
    assert (await at.pushed())["notification"]["body"] == "Your parcel is here"
    assert (await at.smsc.counts())["accepted"] == 0


async def test_an_app_confirms_what_it_got(stage: Stage) -> None:
    at = await house(stage, confirm="device")
    await at.device("a-good-phone")
    id_ = await at.client.send_one(PHONE, **BOTH)
    own = (await at.pushed())["data"]["omnibound_id"]
    assert (await at.client.story(id_))["outcome"] is None
    assert await at.client.take() == []
    assert (await at.client.ask("POST", f"/api/v1/push/{own}/delivered")).status == 204
    assert code(await at.client.report(id_)) == ("PUSH", 5, 0)
    assert (await at.client.ask("POST", f"/api/v1/push/{own}/delivered")).status == 204
    assert (await at.client.ask("POST", f"/api/v1/push/{own}/seen")).status == 204

    async def seen() -> bool:
        return (await at.client.story(id_))["status"] == "seen"

    await until(seen, "the person has opened it")
    assert await at.client.take() == []
    assert (await at.smsc.counts())["accepted"] == 0


async def test_an_unregistered_device_is_forgotten_and_an_sms_sent(stage: Stage) -> None:
    at = await house(stage)
    await at.device("unregistered-old-phone")
    first = await at.client.send_one(PHONE, **BOTH)
    assert code(await at.client.report(first)) == ("SMS", 5, 0)

    async def gone() -> bool:
        return await at.devices() == []

    await until(gone, "the device is forgotten")
    second = await at.client.send_one(PHONE, **BOTH)
    assert code(await at.client.report(second)) == ("SMS", 5, 0)
    (failed,) = [line for line in (await at.client.story(second))["timeline"] if line["said"] == "failed"]
    assert (failed["reason"], failed["detail"]) == ("unregistered", "fcm:NO_REGISTRATION")


async def test_one_of_two_devices_is_enough(stage: Stage) -> None:
    at = await house(stage)
    await at.device("unregistered-old-phone")
    await at.device("a-new-phone")
    id_ = await at.client.send_one(PHONE, **BOTH)
    assert code(await at.client.report(id_)) == ("PUSH", 2, 0)

    async def gone() -> bool:
        return await at.devices() == ["a-new-phone"]

    await until(gone, "the old device is forgotten")


async def test_a_push_that_nobody_confirms_falls_over_to_sms(stage: Stage) -> None:
    at = await house(stage, confirm="device")
    await at.device("a-phone-that-is-off")
    push = {"text": "hello", "validityPeriod": 1, "validityPeriodTimeUnit": "SECONDS"}
    id_ = await at.client.send_one(PHONE, **{**BOTH, "push": push})
    own = (await at.pushed())["data"]["omnibound_id"]
    assert (await at.pushed())["android"]["ttl"] in ("0s", "1s")
    assert code(await at.client.report(id_)) == ("SMS", 5, 0)
    (sms,) = await at.smsc.messages()
    assert sms["text"] == "Your parcel is here, by SMS"
    assert (await at.client.ask("POST", f"/api/v1/push/{own}/delivered")).status == 204

    async def twice() -> bool:
        return (await at.client.story(id_))["outcome"]["twice"]

    await until(twice, "the push that came late is noted")
    assert await at.client.take() == []


async def test_a_provider_out_of_order_falls_over_when_the_push_is_too_old(stage: Stage) -> None:
    at = await house(stage)
    await at.device("unavailable-for-now")
    push = {"text": "hello", "validityPeriod": 2, "validityPeriodTimeUnit": "SECONDS"}
    id_ = await at.client.send_one(PHONE, **{**BOTH, "push": push})
    assert code(await at.client.report(id_)) == ("SMS", 5, 0)


async def test_push_alone_to_nobody(stage: Stage) -> None:
    at = await house(stage, FLOW[:1])
    id_ = await at.client.send_one(PHONE, push={"text": "hello"})
    report = await at.client.report(id_)
    assert (report["channel"], report["status"]["groupName"]) == ("PUSH", "UNDELIVERABLE")


async def test_only_who_got_a_push_can_confirm_it(stage: Stage) -> None:
    """An app has no key of an account: the id in the push is its right, and no other id is one."""
    at = await house(stage, confirm="device")
    await at.device("a-good-phone")
    id_ = await at.client.send_one(PHONE, **BOTH)
    own = (await at.pushed())["data"]["omnibound_id"]
    for other in (id_, own[:-1] + ("0" if own[-1] != "0" else "1"), own.upper(), "1-1", "x"):
        assert (await at.client.ask("POST", f"/api/v1/push/{other}/delivered")).status == 404, other
    assert (await at.client.story(id_))["outcome"] is None
    nobody = Client(at.server.url, "no key")
    at.server.clients.append(nobody)
    assert (await nobody.ask("POST", f"/api/v1/push/{own}/delivered")).status == 204
    assert code(await at.client.report(id_)) == ("PUSH", 5, 0)
