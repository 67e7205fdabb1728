"""Mail as a step of a scenario: over a simulated relay, through bounces and unsubscriptions, to the next channel."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import aiohttp
import pytest

from omnibound.simulators.smtp import Relay, SmtpSettings
from tests.acceptance.carriers import Fcm, Smsc, toml_table
from tests.acceptance.client import Client, code
from tests.acceptance.processes import free_port, until
from tests.acceptance.stage import Server, Stage

pytestmark = [pytest.mark.anyio, pytest.mark.time_limit(180)]

PHONE = "41793000001"
FLOW = [
    {"from": "shop", "channel": "PUSH"},
    {"from": "Shop <news@shop.example>", "channel": "EMAIL"},
    {"from": "InfoSMS", "channel": "SMS"},
]
BLOCKS = {
    "push": {"text": "Your parcel"}, "email": {"text": "Your parcel", "subject": "Parcel"}, "sms": {"text": "Parcel"},
}  # fmt: skip
DOMAIN = "bounces.shop.example"
LINK = re.compile(rb"List-Unsubscribe: <https://shop.example(/unsubscribe/[A-Za-z0-9_-]+)>")


class House(NamedTuple):
    relay: Relay
    smsc: Smsc
    fcm: Fcm
    server: Server
    client: Client

    async def send(self, address: str) -> str:
        """One message; its id."""
        to = {"phoneNumber": PHONE, "emailAddress": address}
        answer = await self.client.ask("POST", "/omni/1/advanced", {"destinations": [{"to": to}], **BLOCKS})
        assert answer.status == 200, answer
        return answer.body["messages"][0]["messageId"]

    async def told(self, address: str) -> tuple[str, int, int]:
        """What becomes of a message: channel, status and error."""
        return code(await self.client.report(await self.send(address)))

    async def steps(self, id_: str) -> list[tuple[str, str]]:
        """What was said of it: the reason, and the network's own word."""
        story = await self.client.story(id_)
        return [(event["reason"], event["detail"]) for event in story["timeline"] if event["said"] in FAILURES]


FAILURES = {"failed", "skipped", "undelivered"}


@asynccontextmanager
async def house(stage: Stage, **mail: Any) -> AsyncIterator[House]:
    port = free_port()
    async with Relay(SmtpSettings(bounces=f"127.0.0.1:{port}", username="me", password="pass", delay=0.2)) as relay:
        smsc, fcm = await stage.smsc(), await stage.fcm()
        table = {
            "name": "mail-a", "kind": "smtp", "host": "127.0.0.1", "port": relay.port, "tls": "none",
            "username": "me", "password": "pass", "from": "info@shop.example", "bounce_domain": DOMAIN,
            "lmtp_port": port, "unsubscribe_url": "https://shop.example/unsubscribe", "retry_s": 0.5, **mail,
        }  # fmt: skip
        connectors = (smsc.connector(), fcm.connector(), toml_table("connectors", table))
        server, client = await stage.serve(*connectors, tables={"omni": {"min_validity_s": 1}}, flow=FLOW)
        yield House(relay, smsc, fcm, server, client)


async def test_a_scenario_falls_from_push_to_mail_to_sms(stage: Stage) -> None:
    async with house(stage) as at:
        # Nobody has registered a device: each push fails, and a mail is tried.
        assert await at.told("ann@mail.example") == ("EMAIL", 2, 0)
        (mail,) = at.relay.mails
        assert re.fullmatch(rf"bounce-[0-9a-f-]{{36}}@{re.escape(DOMAIN)}", mail.sender)
        assert b"From: Shop <news@shop.example>\r\nSubject: Parcel\r\nTo: <ann@mail.example>\r\n" in mail.content
        assert mail.content.endswith(b"\r\n\r\nYour parcel\r\n")
        assert (await at.smsc.counts())["accepted"] == 0

        assert (await at.told("greylist@mail.example"))[:2] == ("EMAIL", 2)

        id_ = await at.send("refuse+5.1.1@mail.example")
        assert code(await at.client.report(id_)) == ("SMS", 5, 0)
        assert await at.steps(id_) == [("unregistered", "fcm:NO_REGISTRATION"), ("unknown_subscriber", "smtp:5.1.1")]
        # It is known now that nobody is there: the next message does not even try.
        before = at.relay.counts["refused"]
        id_ = await at.send("Refuse+5.1.1@Mail.Example")
        assert code(await at.client.report(id_)) == ("SMS", 5, 0)
        assert (await at.steps(id_))[1] == ("blocked", "suppression:unknown_subscriber")
        assert at.relay.counts["refused"] == before


async def test_what_comes_back_is_learnt(stage: Stage) -> None:
    async with house(stage) as at:
        id_ = await at.send("bounce+5.1.1@mail.example")
        assert code(await at.client.report(id_)) == ("EMAIL", 2, 0)
        await at.relay.until(reports=1)
        story = await at.client.story(id_)
        assert (story["outcome"]["status"], story["outcome"]["late"]) == ("delivered", "failed")
        assert story["timeline"][-1]["detail"] == "smtp:5.1.1"
        assert await at.client.take() == []
        assert await at.told("bounce+5.1.1@mail.example") == ("SMS", 5, 0)

        id_ = await at.send("complain@mail.example")
        assert code(await at.client.report(id_)) == ("EMAIL", 2, 0)
        await at.relay.until(reports=2)
        assert (await at.client.story(id_))["outcome"]["late"] is None
        assert await at.told("complain@mail.example") == ("SMS", 5, 0)

        # What is not ours is refused: nobody can have somebody suppressed who cannot read their mail.
        forged = await at.relay.send_report(f"bounce-00000000-0000-0000-0000-000000000001@{DOMAIN}", b"x")
        assert forged.startswith("550")


async def test_a_click_unsubscribes(stage: Stage) -> None:
    async with house(stage) as at:
        assert await at.told("ann@mail.example") == ("EMAIL", 2, 0)
        found = re.search(
            rb"List-Unsubscribe: <https://shop.example(/unsubscribe/[A-Za-z0-9_-]+)>", at.relay.mails[0].content
        )
        assert found is not None
        link = at.server.url + found[1].decode()
        async with aiohttp.ClientSession() as session:
            async with session.get(link) as page:
                assert (page.status, "<form" in await page.text()) == (200, True)
            # To look is not to leave.
            assert await at.told("ann@mail.example") == ("EMAIL", 2, 0)
            async with session.post(link, data={"List-Unsubscribe": "One-Click"}) as page:
                assert page.status == 200
            async with session.post(f"{link}x", data={"List-Unsubscribe": "One-Click"}) as page:
                assert page.status == 404

        async def gone() -> bool:
            return await at.told("Ann@mail.example") == ("SMS", 5, 0)

        await until(gone, "she gets no mail any more")
        id_ = await at.send("ann@mail.example")
        await at.client.report(id_)
        assert (await at.steps(id_))[1] == ("blocked", "suppression:opted_out")
