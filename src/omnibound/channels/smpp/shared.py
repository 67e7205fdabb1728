"""What all binds of a connector share, and what one asks of the channel."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Protocol

from omnibound.channels.smpp.receipts import Receipts
from omnibound.channels.smpp.refusals import Refusals
from omnibound.channels.smpp.settings import Settings, bind_body, tls_context
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

    def __init__(self, settings: Settings, name: str, clock: Clock) -> None:
        self.name = name
        self.clock = clock
        self.bind_body = bind_body(settings)
        self.trace = Trace(settings.trace)
        self.counts: Counter[str] = Counter()
        self.words: Counter[str] = Counter()
        """Words in receipts that no table has."""
        self.amend(settings)

    def amend(self, settings: Settings) -> None:
        """Go on by these. Raises Invalid, and changes nothing, for what cannot be used."""
        refusals, tls = Refusals(settings.submit_errors), tls_context(settings)
        carrier = settings.carrier or self.name
        self.settings = settings
        self.tls = tls
        """Read anew, so that other certificates in the same file are those of the next connection."""
        self.origin = Origin(self.name, carrier, settings.on_ambiguous == "resend")
        self.refusals = refusals
        self.receipts = Receipts(settings, carrier, self.words)
        self.trace.on = settings.trace
