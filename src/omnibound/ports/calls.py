"""Calls that are over, as the services see them. Times: microseconds UTC."""

from collections.abc import Collection, Sequence
from typing import NamedTuple, Protocol

from omnibound.domain.call import Call
from omnibound.domain.status import Reason

FOR_EVER = (1 << 63) - 1


class CallWish(NamedTuple):
    """Which calls are wanted: those that ended from `since` on and before `until`. What is empty is not asked for."""

    campaign: str = ""
    number: str = ""
    connector: str = ""
    reason: Reason | None = None
    since: int = 0
    until: int = FOR_EVER


class CallPlace(NamedTuple):
    """Where a call stands among the others: they are in the order of these."""

    ended_at: int
    delivery: int
    attempt: int


class Rung(NamedTuple):
    """A call to a number (as `number_key` writes it) that is over, in short."""

    number: str
    reason: Reason
    ended_at: int


class CallStore(Protocol):
    """Calls are added by `record`."""

    async def one(self, delivery: int, attempt: int) -> Call | None:
        """The call of an attempt; None while it is not over."""
        ...

    async def of(self, deliveries: Sequence[int]) -> dict[int, list[Call]]:
        """The calls of each of these that has any, the first one first."""
        ...

    async def today(self, account: int, numbers: Sequence[str], since: int) -> list[Rung]:
        """An account's calls to these numbers (as `number_key` writes them) that ended from an instant on."""
        ...

    async def reasons(
        self, account: int, campaign: str, since: int, until: int, agents: Collection[str] = ()
    ) -> dict[Reason, int]:
        """How many calls of a campaign ended how, from `since` on and before `until`; of these agents, if any."""
        ...

    async def page(self, account: int | None, wish: CallWish, after: CallPlace | None, limit: int) -> list[Call]:
        """Those of an account (None: of all of them) behind a place, in the order of their ends."""
        ...
