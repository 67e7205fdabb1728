"""The memory of what people write, and of whose our numbers are. Times are microseconds UTC."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from omnibound.domain.facts import Inbound
from omnibound.domain.number import Number
from omnibound.domain.push import Notify
from omnibound.domain.received import Received


class InboundStore(Protocol):
    """Messages from people: as they came, numbered, and whole, as accounts received them."""

    async def page(self, after: int, limit: int) -> list[tuple[int, Inbound]]:
        """As they came, the oldest first."""
        ...

    async def unfiled(self, after: int, limit: int) -> list[tuple[int, Inbound]]:
        """Those among them that nothing has become of yet."""
        ...

    async def reopen(self, number: Number, since: int, limit: int) -> int:
        """Up to `limit` that came to a number while it was nobody's are not filed any more; how many."""
        ...

    async def received(self, account: int, after: int, limit: int) -> list[Received]:
        """An account's after an id, the oldest first."""
        ...

    async def received_by(self, account: int, ids: Sequence[int]) -> list[Received]:
        """An account's by their ids, the oldest first."""
        ...

    async def received_since(self, id_: int) -> list[Received]:
        """All accounts' since an id, the oldest first."""
        ...


class Listing(NamedTuple):
    """An entry of a number, with its account's name and own address. `fresh`: not in force before."""

    number: Number
    account: str
    notify_url: str
    fresh: bool

    @property
    def notify(self) -> Notify | None:
        """How what comes to it is pushed; None: it is only read."""
        url = self.number.url or self.notify_url
        return Notify(url=url, format=self.number.format) if url else None


class NumberStore(Protocol):
    """Our numbers."""

    async def add(self, number: Number) -> None:
        """A new entry. Raises Taken when that keyword of the number has one."""
        ...

    async def drop(self, id_: int) -> bool:
        """Whether it was there."""
        ...

    async def all(self) -> list[Listing]:
        """All entries, the oldest first."""
        ...

    async def settle(self, id_: int) -> None:
        """An entry is not fresh any more."""
        ...
