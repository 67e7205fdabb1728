"""Price lists, what accounts may send, and their money, as services see them. Money is in millionths."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

from omnibound.domain.balance import Allowance
from omnibound.domain.price import ListHead, PriceList


class PriceStore(Protocol):
    """Price lists. None is ever changed."""

    async def heads(self) -> list[ListHead]:
        """All of them, the oldest first."""
        ...

    async def one(self, id_: int) -> PriceList | None:
        """By its id."""
        ...

    async def add(self, list_: PriceList) -> None:
        """A new one. Raises Taken when there is one with this id."""
        ...

    async def drop(self, id_: int) -> None:
        """One goes: what was sent while it held has no price any more."""
        ...


class Purse(NamedTuple):
    """What is in a purse: `left` can be taken out, `held` is in portions of nodes and not used up yet."""

    left: int
    held: int


class BalanceStore(Protocol):
    """What accounts may send, and their purses (`domain/balance.py`)."""

    async def allowances(self) -> list[Allowance]:
        """Those of all accounts that have any."""
        ...

    async def allow(self, allowance: Allowance) -> None:
        """What holds for an account from now on."""
        ...

    async def take(self, account: int, day: int, node: int, limit: int, rule: Callable[[int], int]) -> int:
        """Take a portion for a node, added to what it has; how much. `rule` says it by what is left.

        `limit` is what a day's purse holds; money's holds what was added to it.
        """
        ...

    async def portion(self, account: int, day: int, node: int) -> int:
        """What a node has not used up of its portion."""
        ...

    async def add_money(self, account: int, amount: int) -> None:
        """Pay in; below 0: take out, as far as nobody has spent it."""
        ...

    async def purse(self, account: int, day: int, limit: int) -> Purse:
        """What is in a purse."""
        ...

    async def return_portions(self, node: int) -> int:
        """A node is gone: what it has not used up goes back to its purses; how many portions it had."""
        ...

    async def holders(self) -> list[int]:
        """The nodes that have portions."""
        ...

    async def forget(self, before: int) -> None:
        """Purses of days before this one are not needed any more."""
        ...
