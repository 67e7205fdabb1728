"""Mail to operators, taken by a real mail server."""

import smtplib
from collections.abc import Iterator
from email import message_from_bytes
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword

from omnibound.config_watching import AlertingTable
from omnibound.watch.mail import Mailer

pytestmark = pytest.mark.anyio


class Box:
    """Takes mails, and says `answer`."""

    def __init__(self) -> None:
        self.mails: list[Envelope] = []
        self.answer = "250 taken"
        self.asked: list[tuple[bytes, bytes]] = []

    async def handle_DATA(self, _server: SMTP, _session: Any, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        self.mails.append(envelope)
        return self.answer

    def authenticate(self, _server: Any, _session: Any, _envelope: Any, _how: str, data: LoginPassword) -> AuthResult:
        self.asked.append((data.login, data.password))
        return AuthResult(success=data.password == b"hunter2", handled=False)


class _Anywhere(Controller):
    """On a port that the system chooses."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]  # pyright: ignore[reportOptionalMemberAccess, reportAttributeAccessIssue]
        super()._trigger_server()


@pytest.fixture
def box() -> Box:
    return Box()


@pytest.fixture
def port(box: Box) -> Iterator[int]:
    controller = _Anywhere(box, "127.0.0.1", 0, authenticator=box.authenticate, auth_require_tls=False)
    controller.start()
    yield controller.port
    controller.stop()


async def test_a_mail(box: Box, port: int) -> None:
    mailer = Mailer(AlertingTable(host="127.0.0.1", port=port, sender="omnibound@example.org"))
    assert await mailer.mail("ops@example.org", "Łącze\nnie działa", "Zażółć\n") == ""
    (envelope,) = box.mails
    message = message_from_bytes(envelope.original_content or b"")
    assert (envelope.mail_from, envelope.rcpt_tos) == ("omnibound@example.org", ["ops@example.org"])
    assert (message["To"], message.get_content_charset()) == ("ops@example.org", "utf-8")
    assert (message.get_payload(decode=True) or b"").decode() == "Zażółć\r\n"  # pyright: ignore[reportAttributeAccessIssue]
    assert box.asked == []


@pytest.mark.parametrize(("password", "why"), [("hunter2", ""), ("wrong", "SMTPAuthenticationError")])
async def test_signed_in(box: Box, port: int, password: str, why: str) -> None:
    mailer = Mailer(AlertingTable(host="127.0.0.1", port=port, username="ops", password=password))
    assert (await mailer.mail("ops@example.org", "s", "t")).partition(":")[0] == why
    assert set(box.asked) == {(b"ops", password.encode())}
    assert len(box.mails) == (not why)


async def test_not_taken(box: Box, port: int) -> None:
    box.answer = "452 the disk is full"
    mailer = Mailer(AlertingTable(host="127.0.0.1", port=port))
    assert "the disk is full" in await mailer.mail("ops@example.org", "s", "t")


async def test_no_server() -> None:
    assert (
        await Mailer(AlertingTable()).mail("ops@example.org", "s", "t")
        == "no mail server is configured: [alerting] host"
    )
    nobody = Mailer(AlertingTable(host="127.0.0.1", port=1, timeout_s=1))
    assert (await nobody.mail("ops@example.org", "s", "t")).startswith("ConnectionRefusedError")


async def test_no_tls_where_it_is_wanted(box: Box, port: int) -> None:
    mailer = Mailer(AlertingTable(host="127.0.0.1", port=port, tls="starttls"))
    assert (await mailer.mail("ops@example.org", "s", "t")).startswith(smtplib.SMTPNotSupportedError.__name__)
    mailer = Mailer(AlertingTable(host="127.0.0.1", port=port, tls="tls", timeout_s=1))
    assert await mailer.mail("ops@example.org", "s", "t") != ""
    assert box.mails == []
