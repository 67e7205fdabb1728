"""Campaigns: make one, look at it, start, pause and finish it, count what came of it; numbers not to be called."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from secrets import token_hex

from msgspec.structs import replace

from omnibound.domain.account import Account
from omnibound.domain.bulk import Stop, Target
from omnibound.domain.campaign import (
    CHANNEL,
    Campaign,
    Member,
    State,
    Tally,
    Wish,
    bulk_of,
    check_campaign,
    tally_of,
    wished,
)
from omnibound.domain.errors import Busy, Invalid, NotFound
from omnibound.domain.ids import Mint
from omnibound.domain.number import number_key
from omnibound.domain.status import Reason
from omnibound.ports import Store, Taken

ID_BYTES = 12
CHUNK = 1_000
CANCELLED_WITHIN_S = 60
"""How long what was cancelled may take to be over: until then nothing else is said of it."""


class Campaigns:
    """What a client may do with its campaigns. `put` holds deliveries back or lets them go, and commits that."""

    def __init__(
        self, store: Store, put: Callable[[Stop], Awaitable[bool]], mint: Mint, clock: Callable[[], int]
    ) -> None:
        self._store = store
        self._campaigns = store.campaigns
        self._put = put
        self._mint = mint
        self._clock = clock
        self.locks: defaultdict[tuple[int, str], asyncio.Lock] = defaultdict(asyncio.Lock)
        """Nobody joins a campaign while it changes its state."""

    async def add(self, account: Account, campaign: Campaign) -> Campaign:
        """A new one of the account's, under a made id if it has none. Raises Invalid, NotFound for an announcement."""
        now = self._clock()
        id_ = campaign.id or token_hex(ID_BYTES)
        made = replace(campaign, id=id_, account=account.id, state=State.NEW, created_at=now, changed_at=now)
        check_campaign(made)
        spoken = [made.speech, *(action.play for action in made.actions if action.play)]
        await self.check_announcements(account, [speech.announcement for speech in spoken])
        try:
            await self._campaigns.add(made)
        except Taken as error:
            raise Invalid(f"there is a campaign with the id {id_} already", "id") from error
        return made

    async def check_announcements(self, account: Account, ids: Sequence[str]) -> None:
        """Raises NotFound for the first one that the account does not have."""
        for id_ in dict.fromkeys(ids):
            if id_ and await self._store.announcements.one(account.id, id_) is None:
                raise NotFound(f"no announcement has the id {id_}", "announcement")

    async def one(self, account: Account, id_: str) -> Campaign:
        """By its id. Raises NotFound."""
        found = await self._campaigns.one(account.id, id_)
        if found is None:
            raise _missing(id_)
        return found

    async def page(self, account: Account, after: str, limit: int) -> list[Campaign]:
        """Those after an id, in the order of the ids."""
        return await self._campaigns.page(account.id, after, limit)

    # --- how it goes --------------------------------------------------------------------------------------------------

    async def say(self, account: Account, id_: str, wish: Wish) -> Campaign:
        """Start, pause or finish it; said again it does no harm. Raises NotFound, Forbidden, Busy."""
        target = Target(account.id, bulk_of(id_))
        async with self.locks[account.id, id_]:
            await self.check_settled(target)
            now = self._clock()
            changed = await self._campaigns.change(
                account.id, id_, lambda campaign: replace(campaign, state=wished(campaign, wish), changed_at=now)
            )
            if changed is None:
                raise _missing(id_)
            await self._put(self._stop(target, wish, now))
        return changed

    async def check_settled(self, target: Target) -> None:
        """Raises Busy while a cancellation is worked off: what is said then would undo it."""
        stop = await self._store.bulks.stop(target)
        if stop is not None and stop.cancelled and stop.open:
            raise Busy("its open requests are still being cancelled: ask again in a minute", CANCELLED_WITHIN_S)

    def _stop(self, target: Target, wish: Wish, now: int) -> Stop:
        if wish is Wish.FINISH:
            (up_to,) = self._mint.take(1, now)
            return Stop(target=target, cancelled=True, up_to=up_to, at=now)
        return Stop(target=target, paused=wish is Wish.PAUSE, at=now)

    async def tallies(self, account: Account, id_: str) -> dict[Tally, int]:
        """How many members stand where; all of them are told. Raises NotFound."""
        await self.one(account, id_)
        told = dict.fromkeys(Tally, 0)
        for closed, reason, count in await self._campaigns.counts(account.id, id_):
            told[tally_of(closed, reason)] += count
        return told

    async def waiting_for(self, account: Account, id_: str) -> dict[Reason | None, int]:
        """Of those that wait: how many by the reason of their last call, None for those not called yet."""
        counts = await self._campaigns.counts(account.id, id_)
        return {reason: count for closed, reason, count in counts if not closed}

    async def members(self, account: Account, id_: str) -> AsyncIterator[list[Member]]:
        """All members in the order in which they came, some at a time."""
        after = 0
        while found := await self._campaigns.members(account.id, id_, after, CHUNK):
            yield found
            after = found[-1].id

    # --- numbers not to be called -------------------------------------------------------------------------------------

    async def suppress(self, account: Account, phones: Sequence[str], reason: Reason = Reason.BLOCKED) -> None:
        """Never call these numbers again, in no campaign."""
        keys = [number_key(phone) for phone in phones]
        await self._campaigns.suppress(account.id, CHANNEL, keys, reason, self._clock())

    async def unsuppress(self, account: Account, phone: str) -> None:
        """It may be called again. Raises NotFound when it might."""
        if not await self._campaigns.unsuppress(account.id, CHANNEL, number_key(phone)):
            raise NotFound(f"the number {phone} is not suppressed", "phone")


def _missing(id_: str) -> NotFound:
    return NotFound(f"no campaign has the id {id_}", "id")
