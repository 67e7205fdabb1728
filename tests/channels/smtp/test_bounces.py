"""What comes back: who is let in, what it means, and that nothing is answered before it is committed."""

import asyncio
import smtplib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from email.mime.text import MIMEText
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnibound.channels.smtp import Smtp
from omnibound.channels.smtp.feedback import Feedback, find_ids, read_feedback
from omnibound.domain.facts import Receipt
from omnibound.domain.status import Reason, Status
from omnibound.ports.mail import Back
from omnibound.simulators.smtp import Relay, SmtpSettings
from omnibound.simulators.smtp.reports import automatic_reply, complaint, notification
from tests.channels.kit import Heard
from tests.channels.smtp.peers import Mailing, an_attempt, make, talking

pytestmark = pytest.mark.anyio

R, S = Reason, Status
ORIGINAL = b"From: a@b\r\nMessage-ID: <1f-2@shop.example>\r\n\r\nHello\r\n"


def notice(action: str = "failed", status: str = "5.1.1") -> bytes:
    return notification("bounce-1f-2@b.example", "ann@mail.example", action, status, ORIGINAL)


FEEDBACK: list[tuple[bytes, Feedback | None]] = [
    (notice(), Feedback(S.FAILED, R.UNKNOWN_SUBSCRIBER, "smtp:5.1.1", R.UNKNOWN_SUBSCRIBER)),
    (notice(status="5.2.2"), Feedback(S.FAILED, R.HANDSET_FULL, "smtp:5.2.2")),
    (notice(status="5.7.1"), Feedback(S.FAILED, R.REFUSED, "smtp:5.7.1")),
    (notice(status="4.4.7"), Feedback(S.FAILED, R.EXPIRED, "smtp:4.4.7")),
    (notice(status="4.3.2"), Feedback(S.FAILED, R.UNDELIVERED, "smtp:4.3.2")),
    (notice("delayed", "4.4.1"), Feedback(S.SENT, R.UNDELIVERED, "smtp:4.4.1")),
    (notice("delivered", "2.1.5"), Feedback(S.DELIVERED, R.DELIVERED, "smtp:2.1.5")),
    (notice("relayed", "2.1.9"), Feedback(S.SENT, R.INVALID_ADDRESS, "smtp:2.1.9")),
    (notice("expired?", "5.0.0"), None),
    (
        notice().replace(b"Status: 5.1.1\n", b""),
        Feedback(S.FAILED, R.UNKNOWN_SUBSCRIBER, "smtp:5.1.1", R.UNKNOWN_SUBSCRIBER),
    ),
    (
        notice(status="5.0.0").replace(b"550 5.0.0", b"550-5.1.1"),
        Feedback(S.FAILED, R.UNKNOWN_SUBSCRIBER, "smtp:5.1.1", R.UNKNOWN_SUBSCRIBER),
    ),
    (notice(status="5.0.0"), Feedback(S.FAILED, R.UNDELIVERED, "smtp:5.0.0")),
    (complaint("x@y", "abuse", ORIGINAL, "z@y"), Feedback(S.SENT, R.UNWANTED, "arf:abuse", R.UNWANTED)),
    (complaint("x@y", "opt-out", ORIGINAL, "z@y"), Feedback(S.SENT, R.OPTED_OUT, "arf:opt-out", R.OPTED_OUT)),
    (complaint("x@y", "not-spam", ORIGINAL, "z@y"), None),
    (automatic_reply("x@y", "ann@mail.example"), None),
    (b"", None),
    (b"\xff\xfe\x00", None),
    (b"Content-Type: multipart/report; boundary=x\r\n\r\n--x\r\nContent-Type: message/delivery-status\r\n\r\n", None),
]  # fmt: skip


@pytest.mark.parametrize(("content", "feedback"), FEEDBACK)
async def test_what_it_means(content: bytes, feedback: Feedback | None) -> None:
    assert read_feedback(content) == feedback


@given(st.binary(max_size=300), st.integers(0, 2000), st.integers(0, 2000))
def test_whatever_comes_is_read(junk: bytes, start: int, end: int) -> None:
    whole = notice()
    for content in (junk, whole[:start] + junk + whole[end:]):
        found = read_feedback(content)
        assert found is None or isinstance(found, Feedback)


async def test_a_complaint_names_our_mail() -> None:
    sent = b"Return-Path: <bounce-1f-2@b.example>\r\nX: bounce-1f-2@b.example\r\n\r\n"
    assert find_ids(complaint("fbl@b.example", "abuse", sent, "Bounce-2a-1@b.example")) == ["2a-1", "1f-2"]


# -- The port ----------------------------------------------------------------------------------------------------


@asynccontextmanager
async def listening(mailing: Mailing | None = None, **settings: Any) -> AsyncGenerator[tuple[Smtp, Heard, Mailing]]:
    mailing = mailing or Mailing()
    own = {"bounce_domain": "b.example", "lmtp_port": 0, "complaints": "fbl", **settings}
    channel, heard = make(1, mailing, **own), Heard()
    await channel.start(heard.emit, heard.wake)
    try:
        await channel.bounces.ready.wait()
        yield channel, heard, mailing
    finally:
        channel.stop_s = 0.2
        await channel.stop()


async def brought(channel: Smtp, to: str | list[str], content: bytes, by: type[smtplib.SMTP] = smtplib.LMTP) -> str:
    """What the standard library's client is told."""

    def bring() -> str:
        with by("127.0.0.1", channel.bounces.port, local_hostname="relay") as client:
            try:
                client.sendmail("", to, content.replace(b"\r\n", b"\n"))
            except smtplib.SMTPRecipientsRefused as refused:
                return " ".join(str(code) for code, _ in refused.recipients.values())
            except smtplib.SMTPResponseException as refused:
                return str(refused.smtp_code)
            return "taken"

    return await asyncio.to_thread(bring)


ADDRESS = "bounce-1f-2@b.example"


async def test_a_hard_bounce() -> None:
    async with listening() as (channel, heard, mailing):
        assert await brought(channel, ADDRESS, notice()) == "taken"
        (receipt,) = heard.of(Receipt)
        assert receipt == Receipt("kit", "1f-2", S.FAILED, R.UNKNOWN_SUBSCRIBER, "smtp:5.1.1", receipt.at)
        assert mailing.back == [Back(0x1F, R.UNKNOWN_SUBSCRIBER, receipt.at)]
        assert await brought(channel, "BOUNCE-1F-2@B.EXAMPLE", notice("delayed", "4.4.1")) == "taken"
        assert heard.of(Receipt)[1].status is S.SENT
        assert len(mailing.back) == 1
        assert channel.condition()["bounces"]["counts"] == {"failed": 1, "sent": 1}  # pyright: ignore[reportIndexIssue]


async def test_by_smtp_and_to_the_address_for_complaints() -> None:
    async with listening(lmtp=False) as (channel, heard, mailing):
        content = complaint("fbl@b.example", "abuse", b"Return-Path: <bounce-1f-2@b.example>\r\n\r\n", "x@y")
        assert await brought(channel, "fbl@b.example", content, smtplib.SMTP) == "taken"
        assert [(each.provider_id, each.detail) for each in heard.of(Receipt)] == [("1f-2", "arf:abuse")]
        assert mailing.back == [Back(0x1F, R.UNWANTED, heard.of(Receipt)[0].at)]
        assert (
            await brought(channel, "fbl@b.example", complaint("x@y", "abuse", ORIGINAL, "x@y"), smtplib.SMTP) == "taken"
        )
        assert len(mailing.back) == 1


@pytest.mark.parametrize(
    "to", ["ann@b.example", "bounce-zz@b.example", "bounce-1f-2@other.example", "bounce-@b.example", "fbl@x.example"]
)  # fmt: skip
async def test_nobody_else_is_let_in(to: str) -> None:
    async with listening() as (channel, heard, mailing):
        assert await brought(channel, to, notice()) == "550"
        assert (heard.of(Receipt), mailing.back) == ([], [])
        assert channel.condition()["bounces"]["counts"] == {"refused": 1}  # pyright: ignore[reportIndexIssue]


async def test_people_are_let_in_and_not_heard() -> None:
    async with listening() as (channel, heard, mailing):
        for content in (automatic_reply(ADDRESS, "ann@x"), MIMEText("Who are you?").as_bytes(), b"nonsense"):
            assert await brought(channel, ADDRESS, content) == "taken"
        assert (heard.of(Receipt), mailing.back) == ([], [])
        assert channel.condition()["bounces"]["counts"] == {"ignored": 3}  # pyright: ignore[reportIndexIssue]


async def test_what_is_not_committed_is_not_taken() -> None:
    mailing = Mailing()
    mailing.failing = True
    async with listening(mailing) as (channel, heard, _):
        assert await brought(channel, ADDRESS, notice()) == "451"
        assert heard.of(Receipt) == []
        mailing.failing = False
        assert await brought(channel, ADDRESS, notice()) == "taken"
        assert len(heard.of(Receipt)) == 1


async def test_too_much_is_refused() -> None:
    async with listening() as (channel, _, _):
        assert await brought(channel, ADDRESS, b"x" * 70 * 40_000) in {"552", "552 "}


async def test_a_port_that_is_taken_is_waited_for() -> None:
    async with Relay() as relay:
        channel, heard = make(1, bounce_domain="b.example", lmtp_port=relay.port), Heard()
        await channel.start(heard.emit, heard.wake)
        await asyncio.sleep(0)
        while not channel.bounces.why:  # noqa: ASYNC110 - nothing is told of it but in its condition
            await asyncio.sleep(0.01)
        assert "in use" in channel.bounces.why
        channel.stop_s = 0.1
        await channel.stop()


@pytest.mark.parametrize("lmtp", [True, False])
async def test_a_relay_sends_back_what_it_took(lmtp: bool) -> None:
    mailing = Mailing()
    async with listening(mailing, lmtp=lmtp) as (listener, heard, _):
        relay = SmtpSettings(bounces=f"127.0.0.1:{listener.bounces.port}", lmtp=lmtp, delay=0)
        async with talking(relay, bounce_domain="b.example") as (channel, own, at):
            kinds = ["bounce+5.1.1", "delay+4.4.1", "complain", "away", "ann"]
            await channel.send([an_attempt(n, f"{kind}@x.example") for n, kind in enumerate(kinds, 1)])
            await own.handed_over(5)
            await at.until(reports=4)
        told = {each.provider_id: (each.status, each.detail) for each in heard.of(Receipt)}
        assert told == {"1-1": (S.FAILED, "smtp:5.1.1"), "2-1": (S.SENT, "smtp:4.4.1"), "3-1": (S.SENT, "arf:abuse")}
        assert {(back.delivery, back.reason) for back in mailing.back} == {(1, R.UNKNOWN_SUBSCRIBER), (3, R.UNWANTED)}
