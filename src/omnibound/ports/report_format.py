"""How what is pushed is written: a dialect's own way."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from omnibound.domain.order import Report
from omnibound.domain.received import Received
from omnibound.domain.webhook import MemberNews


class Written(NamedTuple):
    """A body, and what it is said to be. It is empty if there is nothing left to tell."""

    content_type: str
    body: bytes


class MemberFormat(Protocol):
    """The body of a push that tells how a member of a campaign stands."""

    @property
    def content_type(self) -> str:
        """What the body is said to be."""
        ...

    def write_member(self, news: MemberNews) -> bytes:
        """The body; empty where `news.only` says that it is not to be told."""
        ...


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
