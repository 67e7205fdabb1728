"""What the native API is given beside the services, and what its operations are given and told with."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from typing import Annotated, Any, Generic, NamedTuple, TypeVar

from msgspec import Meta

from omnibound.domain.account import Account
from omnibound.domain.facts import Fact
from omnibound.ports import Channel, Store
from omnibound.services.base import Services
from omnibound.services.reload import Reload, no_reload
from omnibound.watch.watch import AlertsNow
from omnibound.wire.openapi import Operation


class ApiParts(NamedTuple):
    """The running parts that operators may look at and steer; `admin_key` is theirs."""

    channels: Sequence[Channel]
    load: Callable[[], Mapping[str, Any]]
    emit: Callable[[Sequence[Fact]], Awaitable[None]]
    store: Store
    clock: Callable[[], int]
    admin_key: str
    alerts: Callable[[], AlertsNow] = AlertsNow
    reload: Reload = no_reload


ACCOUNT = ("basic", "app")
"""How an account may sign in."""

Q = TypeVar("Q")
B = TypeVar("B")


class Ask(NamedTuple, Generic[Q, B]):
    """A request that has been signed in and read. Operators have the account `NOBODY`."""

    services: Services
    parts: ApiParts
    account: Account
    place: Mapping[str, str]
    """The path's parameters."""
    query: Q
    body: B


NOBODY = Account(id=0, name="", username="")

Run = Callable[[Ask[Any, Any]], Awaitable[Any]]


class Line(NamedTuple):
    """A line of the table: what an operation looks like from outside, and what it does."""

    operation: Operation
    run: Run


Cursor = Annotated[int, Meta(ge=0, le=2**63 - 1)]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = 253_402_300_800_000_000
"""The year 10000, which no date shows."""


def to_date(at: int) -> datetime | None:
    """An instant (microseconds UTC) as a date; None for 0, which is never, and for what no calendar holds."""
    return _EPOCH + timedelta(microseconds=at) if 0 < at < _LAST else None


def from_date(date: datetime | None) -> int:
    """Microseconds UTC of an aware date; 0 for None."""
    return (date - _EPOCH) // timedelta(microseconds=1) if date else 0


def word(value: IntEnum) -> str:
    """A number of the domain's as the word that the API says: `no_receipt`."""
    return value.name.lower()


def words(kind: type[IntEnum]) -> Meta:
    """The schema of such a word."""
    return Meta(extra_json_schema={"enum": [word(value) for value in kind]})
