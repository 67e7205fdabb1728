"""SMPP 3.4 client: short messages to a carrier, its answers, receipts and inbound messages back.

`session` is the channel; it keeps `binds` up, each a task over one `link` with a `window` of submits. `texts` turns
messages into templates, `refusals`, `receipts` and `inbound` turn the carrier's words into facts. What
`Content.options` may hold: transliteration, a name in `omnibound.wire.transliteration`.
"""

from omnibound.channels.base import Deps
from omnibound.channels.smpp.session import Smpp
from omnibound.channels.smpp.settings import Settings

KIND = "smpp"

__all__ = ["KIND", "Settings", "Smpp", "build"]


def build(settings: Settings, deps: Deps) -> Smpp:
    """The channel. Raises Invalid for a table or a certificate file that cannot be used."""
    return Smpp(settings, deps)
