"""The channel against a mail server that others wrote."""

import asyncio
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from omnibound.domain.facts import Accepted, Failed, Failure
from omnibound.domain.status import Reason
from tests.channels.smtp.peers import an_attempt, started

pytestmark = pytest.mark.anyio


class Mailbox:
    """What aiosmtpd asks."""

    def __init__(self) -> None:
        self.taken: list[Envelope] = []

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name for it
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address.startswith("nobody"):
            return "550 5.1.1 nobody is here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.taken.append(envelope)
        return "250 2.0.0 taken"


def sign_in(_server: Any, _session: Any, _envelope: Any, _mechanism: str, given: Any) -> AuthResult:
    good = isinstance(given, LoginPassword) and (given.login, given.password) == (b"me", b"right")
    return AuthResult(success=good)


@pytest.mark.parametrize(
    ("options", "own"),
    [
        ({}, {}),
        ({"enable_SMTPUTF8": True}, {}),
        ({"authenticator": sign_in, "auth_require_tls": False}, {"username": "me", "password": "right"}),
    ],
    ids=["plain", "utf8", "auth"],
)
async def test_mails_arrive_as_they_were_written(options: dict[str, Any], own: dict[str, Any]) -> None:
    mailbox = Mailbox()
    made = await asyncio.get_running_loop().create_server(lambda: SMTP(mailbox, **options), "127.0.0.1", 0)
    async with made:
        port = made.sockets[0].getsockname()[1]
        async with started(port, connections=2, bounce_domain="b.example", **own) as (channel, heard):
            await heard.until(lambda: channel.room() > 0)
            people = ["ann", "bob", "nobody", "cid"]
            await channel.send([an_attempt(n, f"{who}@x.example", text=".dot\n") for n, who in enumerate(people, 1)])
            outcomes = {each.delivery: each for each in await heard.handed_over(4)}
        assert [type(outcomes[n]) for n in (1, 2, 4)] == [Accepted] * 3
        nobody = Failure(Reason.UNKNOWN_SUBSCRIBER, "smtp:5.1.1", False)
        assert outcomes[3] == Failed(3, 1, "kit", nobody, outcomes[3].at)
        assert all(isinstance(e.content, bytes) and e.content.endswith(b"\r\n\r\n.dot\r\n") for e in mailbox.taken)
        assert sorted(e.rcpt_tos[0] for e in mailbox.taken) == ["ann@x.example", "bob@x.example", "cid@x.example"]
        assert sorted(str(e.mail_from) for e in mailbox.taken) == [f"bounce-{n}-1@b.example" for n in (1, 2, 4)]
