"""What all binds of a connector share, and what one asks of the channel."""

import ssl
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Protocol

from omnibound.channels.smpp.receipts import Receipts
from omnibound.channels.smpp.refusals import Refusals
from omnibound.channels.smpp.settings import Settings, bind_body
from omnibound.channels.smpp.trace import Trace
from omnibound.channels.smpp.window import Origin
from omnibound.domain.facts import Fact
from omnibound.ports import Clock

Then = Callable[[bool], None]
"""Told whether the commit was good."""


class Teller(Protocol):
    """The channel, as its binds see it."""

    def tell(self, facts: Sequence[Fact], then: Then | None = None) -> None:
        """Emit facts in order; `then` is called once they are committed, or could not be."""
        ...

    def roomier(self, much: bool = False) -> None:
        """Room has grown; `much` of it at once."""
        ...

    def changed(self, why: str) -> None:
        """A bind came up, went down, or was told to pause."""
        ...


class Shared:
    """Settings and tables that every bind of one connector uses."""

    def __init__(self, settings: Settings, name: str, clock: Clock, tls: ssl.SSLContext | None) -> None:
        carrier = settings.carrier or name
        self.settings = settings
        self.name = name
        self.clock = clock
        self.tls = tls
        self.bind_body = bind_body(settings)
        self.origin = Origin(name, carrier, settings.on_ambiguous == "resend")
        self.refusals = Refusals(settings.submit_errors)
        self.receipts = Receipts(settings, carrier)
        self.trace = Trace(settings.trace)
        self.counts: Counter[str] = Counter()
