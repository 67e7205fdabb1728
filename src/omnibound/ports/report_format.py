"""How what is pushed is written: a dialect's own way."""

from collections.abc import Sequence
from typing import Protocol

from omnibound.domain.order import Report
from omnibound.domain.received import Received


class ReportFormat(Protocol):
    """The body of a push. What it is given is never empty."""

    @property
    def content_type(self) -> str:
        """What the body is said to be."""
        ...

    def write(self, reports: Sequence[Report]) -> bytes:
        """The body: the same that reading these reports would answer."""
        ...

    def write_seen(self, reports: Sequence[Report]) -> bytes:
        """That what these deliveries brought was seen."""
        ...

    def write_inbound(self, messages: Sequence[tuple[str, Received]], currency: str) -> bytes:
        """Messages from people under their public ids; `currency` is the account's."""
        ...
