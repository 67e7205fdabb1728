"""The simulated relay, as the standard library's client sees it."""

import asyncio
import smtplib
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from omnibound.simulators.smtp import Relay, SmtpSettings, magic_table
from omnibound.simulators.smtp.magic import MAGIC, Wish, wish_of
from omnibound.simulators.smtp.settings import checked

pytestmark = pytest.mark.anyio

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "simulators.md"


async def asked(relay: Relay, what: Callable[[smtplib.SMTP], Any], by: type[smtplib.SMTP] = smtplib.SMTP) -> Any:
    """What the client gets for what it does."""

    def ask() -> Any:
        with by("localhost", relay.port, local_hostname="client", timeout=10) as client:
            return what(client)

    return await asyncio.to_thread(ask)


def send(to: str) -> Callable[[smtplib.SMTP], Any]:
    def what(client: smtplib.SMTP) -> Any:
        try:
            return client.sendmail("a@b.example", [to], "Subject: x\n\n.dot\nHello\n")
        except smtplib.SMTPRecipientsRefused as refused:
            return refused.recipients[to]
        except smtplib.SMTPResponseException as refused:
            return refused.smtp_code, refused.smtp_error

    return what


@pytest.mark.parametrize(
    ("to", "answer"),
    [
        ("ann@x", {}),
        ("refuse+5.1.1@x", (550, b"5.1.1 as you wish")),
        ("refuse+4.2.2@x", (450, b"4.2.2 as you wish")),
        ("greylist@x", (450, b"4.7.1 greylisted, come again")),
        ("busy@x", (421, b"4.3.2 too busy")),
        ("content+5.7.1@x", (554, b"5.7.1 as you wish")),
    ],
)
async def test_answers(to: str, answer: Any) -> None:
    async with Relay() as relay:
        assert await asked(relay, send(to)) == answer
        taken = [mail.content for mail in relay.mails]
        assert taken == ([b"Subject: x\r\n\r\n.dot\r\nHello\r\n"] if answer == {} else [])


async def test_who_may_send(tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    settings = SmtpSettings(tls="starttls", certificate=str(ca), username="me", password="right")
    async with Relay(settings) as relay:
        context = ssl.create_default_context(cafile=str(ca))
        assert (await asked(relay, lambda c: c.docmd("MAIL", "FROM:<a@b>")))[0] == 503
        assert (await asked(relay, lambda c: (c.ehlo(), c.docmd("MAIL", "FROM:<a@b>"))[1]))[0] == 530

        def sign_in(password: str) -> Callable[[smtplib.SMTP], Any]:
            def what(client: smtplib.SMTP) -> Any:
                client.starttls(context=context)
                try:
                    return client.login("me", password)[0], send("ann@x")(client)
                except smtplib.SMTPAuthenticationError as error:
                    return error.smtp_code

            return what

        assert await asked(relay, sign_in("wrong")) == 535
        assert await asked(relay, sign_in("right")) == (235, {})


async def test_what_makes_no_sense_is_answered_and_ends() -> None:
    async with Relay(SmtpSettings(size=100)) as relay:
        answers = await asked(relay, lambda c: [c.docmd(*words)[0] for words in TALK])
        assert answers == CODES
        assert await asked(relay, lambda c: [c.docmd("WHAT")[0] for _ in range(21)]) == [500] * 20 + [421]
        assert (await asked(relay, lambda c: c.docmd("X" * 5000)))[0] == 500
        big = await asked(relay, lambda c: (c.ehlo(), c.docmd("MAIL", "FROM:<a@b> SIZE=101"))[1])
        assert big[0] == 552


TALK = [
    ("EHLO", ""),
    ("DATA", ""),
    ("EHLO", "me"),
    ("RCPT", "TO:<a@b>"),
    ("MAIL", "FROM:a@b"),
    ("MAIL", "FROM:<a@b>"),
    ("MAIL", "FROM:<a@b>"),
    ("DATA", ""),
    ("RCPT", "TO:<>"),
    ("RSET", ""),
    ("NOOP", ""),
    ("VRFY", "a"),
    ("STARTTLS", ""),
]
CODES = [501, 503, 250, 503, 501, 250, 503, 554, 501, 250, 250, 252, 502]


@pytest.mark.parametrize(
    ("address", "wish"),
    [
        ("ann@x", Wish("", "")),
        ("bounce+5.1.1@x", Wish("bounce", "5.1.1")),
        ("Bounce+5.1.1+more@x", Wish("bounce", "5.1.1")),
        ("bounce@x", Wish("bounce", "")),
        ("bouncer@x", Wish("", "")),
        ("", Wish("", "")),
    ],
)
def test_wishes(address: str, wish: Wish) -> None:
    assert wish_of(address) == wish


@pytest.mark.parametrize("settings", [{"username": "x"}, {"delay": -1}, {"bounces": "x"}, {"tls": "ssl"}])
def test_settings_that_make_no_sense(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        checked(SmtpSettings(**settings))


def test_the_page_tells_all() -> None:
    assert magic_table() in PAGE.read_text()
    assert magic_table().count("\n") == len(MAGIC) + 2
