"""SMTP client: mail to a relay (a mail server of ours or a provider's), and what comes back from it.

`letters` makes mails of attempts (`signing` signs them), `connector` is the channel; its `pool` keeps connections,
each a `connection` that writes one mail behind the other. `refusals` has the relay's words as reasons; `bounces`
takes what comes back, `feedback` reads it.
"""

from omnibound.channels.base import Deps
from omnibound.channels.smtp.connector import Smtp
from omnibound.channels.smtp.opening import Asked, CannotOpen, ask_relay
from omnibound.channels.smtp.settings import Settings, tls_context

KIND = "smtp"

__all__ = ["KIND", "Asked", "CannotOpen", "Settings", "Smtp", "ask_relay", "build", "tls_context"]


def build(settings: Settings, deps: Deps) -> Smtp:
    """The channel. Raises Invalid for a table, a key or a certificate file that cannot be used."""
    return Smtp(settings, deps)
