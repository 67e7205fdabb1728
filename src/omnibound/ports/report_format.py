"""How reports are written when they are pushed: a dialect's own way."""

from collections.abc import Sequence
from typing import Protocol

from omnibound.domain.order import Report


class ReportFormat(Protocol):
    """The body of a push."""

    @property
    def content_type(self) -> str:
        """What the body is said to be."""
        ...

    def write(self, reports: Sequence[Report]) -> bytes:
        """The body: the same that reading these reports would answer."""
        ...
