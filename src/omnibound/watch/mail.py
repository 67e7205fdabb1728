"""A short mail to an operator by a configured server: a thread and the standard library are enough for that."""

import asyncio
import smtplib
import ssl
from email.message import EmailMessage

from omnibound.config_watching import AlertingTable


class Mailer:
    """Mails by one server."""

    def __init__(self, settings: AlertingTable) -> None:
        self._settings = settings

    async def mail(self, to: str, subject: str, text: str) -> str:
        """Empty if the server took it, else why not. Raises nothing that a server or network does."""
        if not self._settings.host:
            return "no mail server is configured: [alerting] host"
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self._settings.sender, to, subject.replace("\n", " ")
        message.set_content(text)
        try:
            await asyncio.to_thread(self._send, message)
        except (OSError, smtplib.SMTPException) as error:
            return f"{type(error).__name__}: {error}"
        return ""

    def _send(self, message: EmailMessage) -> None:
        settings = self._settings
        with self._connect() as server:
            if settings.tls == "starttls":
                server.starttls(context=ssl.create_default_context())
            if settings.username:
                server.login(settings.username, settings.password)
            server.send_message(message)

    def _connect(self) -> smtplib.SMTP:
        host, port, timeout = self._settings.host, self._settings.port, self._settings.timeout_s
        if self._settings.tls == "tls":
            return smtplib.SMTP_SSL(host, port, timeout=timeout, context=ssl.create_default_context())
        return smtplib.SMTP(host, port, timeout=timeout)
