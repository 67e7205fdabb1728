"""Why people of a campaign wait just now, and until when."""

from msgspec import Struct

from omnibound.domain.account import Account
from omnibound.domain.why import Cause, Why, why
from omnibound.ports import Store
from omnibound.services.look_at_members import LookAtMembers

__all__ = ["CHUNK", "MOST", "Cause", "ExplainWaiting", "Waiting"]

MOST = 10_000
"""People that are looked at: those who came first."""

CHUNK = 1_000


class Waiting(Struct, frozen=True, kw_only=True):
    """How many wait for one cause; `until`: the first instant at which one of them goes on, 0 where no clock knows."""

    cause: Cause
    number: int
    until: int = 0


class ExplainWaiting:
    """Call it with a campaign."""

    def __init__(self, store: Store, look: LookAtMembers) -> None:
        self._store = store
        self._look = look

    async def __call__(self, account: Account, id_: str) -> tuple[list[Waiting], int]:
        """By cause, and how many were looked at, at most `MOST`. Raises NotFound."""
        look = await self._look.at(account, id_)
        counts: dict[Cause, Waiting] = {}
        after = number = 0
        while number < MOST:
            members = await self._store.campaigns.open_members(account.id, id_, after, CHUNK)
            if not members:
                break
            for seen in await self._look.seen(look, members):
                # Who has just ended waits for nothing.
                if seen.live is not None:
                    _add(counts, why(look, seen))
                    number += 1
            after = members[-1].id
        return sorted(counts.values(), key=lambda each: each.cause), number


def _add(counts: dict[Cause, Waiting], told: Why) -> None:
    before = counts.get(told.cause, Waiting(cause=told.cause, number=0))
    first = min(filter(None, (before.until, told.until)), default=0)
    counts[told.cause] = Waiting(cause=told.cause, number=before.number + 1, until=first)
