"""Small rows of `member_texts` become large ones: people who join, or are changed, one by one make a row a column each.

A row is taken over, not moved: it stays for `STAYS` longer, so that a search that has passed the place of the large one
finds its people all the same. Who is in both is found once.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Final, NamedTuple

from omnibound.domain.flow import MINUTE
from omnibound.ports.retention import Chunk, Place
from omnibound.store.database import Database, Row, Transaction
from omnibound.store.member_texts import BLOCK, entries, row_of
from omnibound.store.queries import queries

STAYS: Final = MINUTE
"""Longer than any search takes. Microseconds."""

LEAST: Final = 16
"""Of fewer rows of a column nothing is made: what comes meanwhile would have it made again and again."""

CHUNK: Final = 1_000
"""Rows of a transaction at most, and so that the hot path waits for no more ..."""

OCTETS: Final = 256 * 1024
"""... octets of them."""

_SQL = queries("members")
_START: Place = (-1, "", "", 0, 0)

Column = tuple[int, str, str]
"""Account, campaign, and what the texts are of."""


class _Small(NamedTuple):
    """A row that is small, without its body."""

    account: int
    campaign: str
    name: str
    first: int
    n: int
    octets: int

    @property
    def column(self) -> Column:
        return self.account, self.campaign, self.name


async def compact(db: Database, now: int, after: Place) -> Chunk:
    """One step: what was taken over long ago goes, then column by column what is small is taken over."""
    if not after:
        gone = len((await db.write((_SQL["drop_taken"], {"now": now, "limit": CHUNK})))[0])
        return Chunk(() if gone == CHUNK else _START, gone, True)
    account, campaign, name, first, n = after
    found = await db.rows(
        _SQL["small_texts"], account=account, campaign=campaign, name=name, first=first, n=n, limit=CHUNK
    )
    small = _bounded([_Small(*row) for row in found])
    for column, rows in groupby(small, lambda each: each.column):
        keys = [(each.first, each.n) for each in rows]
        if len(keys) >= LEAST:
            await _take_over(db, column, keys, now)
    more = len(small) < len(found) or len(found) == CHUNK
    return Chunk(small[-1][:5] if small else after, 0, more)


def _bounded(found: list[_Small]) -> list[_Small]:
    """The first of them, as many as one step takes. A column that is cut goes on with the next step."""
    octets = 0
    for place, each in enumerate(found):
        octets += each.octets
        if octets > OCTETS:
            return found[:place]
    return found


async def _take_over(db: Database, column: Column, keys: Sequence[tuple[int, int]], now: int) -> None:
    account, campaign, name = column
    of = {"account": account, "campaign": campaign}
    firsts, numbers = [first for first, _ in keys], [n for _, n in keys]

    async def task(tx: Transaction) -> None:
        await lock(tx, account, campaign)
        # What another node has taken over by now, or what went, is not among them.
        taken = await tx.rows(
            _SQL["take_texts"], **of, name=name, until=now + STAYS, keys=[list(key) for key in keys], firsts=firsts,
            numbers=numbers,
        )  # fmt: skip
        for first, n, last, body in _blocks(taken):
            await tx.rows(_SQL["add_text"], **of, name=name, first=first, n=n, last=last, body=body)

    await db.transact(task)


def _blocks(taken: Iterable[Row]) -> list[Row]:
    """All that rows hold, each person with each of their texts once."""
    held = sorted(dict.fromkeys(entry for (body,) in taken for entry in entries(body)))
    return [row_of(held[start : start + BLOCK]) for start in range(0, len(held), BLOCK)]


async def lock(tx: Transaction, account: int, campaign: str) -> None:
    """Nobody else takes over or erases texts of a campaign until the transaction is over."""
    await tx.rows(_SQL["lock_texts"], account=account, campaign=campaign)
