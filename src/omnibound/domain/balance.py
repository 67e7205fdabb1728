"""What an account may send: into which countries, how much a day, and for how much money. Money is in millionths.

Money and the day's number are *purses*. A node takes a *portion* out of a purse, and spends that in memory: each order
says in its own commit what it has spent, so that the store always knows what is left of every portion.
"""

from typing import Final

from msgspec import Struct

from omnibound.domain.flow import DAY

MONEY: Final = 0
"""The purse of an account's money. Every other one is of a day: its number since 1970."""

PIECES: Final = 16
"""A portion is a sixteenth of what is left: what one node holds, another one cannot spend."""


class Allowance(Struct, frozen=True, gc=False, kw_only=True):
    """What holds for an account. `countries` (ISO 3166, two letters): none means all; `daily_cap`: 0 means no end.

    `prepaid`: it spends what was paid in, and nothing beyond.
    """

    account: int
    countries: tuple[str, ...] = ()
    daily_cap: int = 0
    prepaid: bool = False

    @property
    def bounds(self) -> bool:
        """Whether it bounds anything."""
        return bool(self.countries or self.daily_cap or self.prepaid)


class Spent(Struct, frozen=True, gc=False):
    """So much of a node's portion is used up, by what is committed together with it."""

    account: int
    day: int
    node: int
    amount: int


class Refund(Struct, frozen=True, gc=False):
    """Money that goes back, as it was not needed; below 0: what a delivery cost more, as far as there is any left."""

    account: int
    amount: int


def day_of(at: int) -> int:
    """The number of the day (UTC) that an instant (microseconds) lies in."""
    return at // DAY


def portion(left: int, need: int) -> int:
    """How much to take out of a purse in which so much is left: at least what is needed, if there is as much."""
    return max(0, min(left, max(need, left // PIECES)))
