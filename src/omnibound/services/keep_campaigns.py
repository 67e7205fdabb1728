"""Campaigns: make one, look at it, start, pause and finish it, count what came of it; numbers not to be called."""

import asyncio
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from secrets import token_hex
from typing import NamedTuple

from msgspec.structs import replace

from omnibound.domain.account import Account
from omnibound.domain.bulk import Stop, Target
from omnibound.domain.campaign import (
    CHANNEL,
    Campaign,
    State,
    Tally,
    Wish,
    bulk_of,
    tally_of,
    wished,
)
from omnibound.domain.campaign_checks import check_campaign, lacking
from omnibound.domain.errors import Invalid, NotFound
from omnibound.domain.ids import Mint
from omnibound.domain.law import NONE, Law, check_caller
from omnibound.domain.member import Member
from omnibound.domain.number import NO_NUMBER, is_callable, number_key
from omnibound.domain.status import Reason
from omnibound.ports import Store, Taken
from omnibound.ports.campaigns import Suppression
from omnibound.services.fill_actions import check_templates
from omnibound.services.fill_speech import Voices, check_voice, speech_of
from omnibound.services.judge_members import JudgeMembers
from omnibound.services.name_parts import NameParts
from omnibound.services.send_messages import Timing

ID_BYTES = 12
_GUID = re.compile(r"[0-9a-fA-F]{32}", re.ASCII)
CHUNK = 1_000


class Terms(NamedTuple):
    """What the configuration says of all campaigns."""

    timing: Timing = Timing()
    law: Law = NONE


TERMS = Terms()


class Campaigns:
    """What a client may do with its campaigns. `put` holds deliveries back or lets them go, and commits that.

    `release` gives a result to those that wait for one; `trunks` are the connectors that a campaign may name,
    and whether they show a number of their own; `voices` are who may speak.
    """

    def __init__(
        self,
        store: Store,
        put: Callable[[Stop], Awaitable[bool]],
        release: Callable[[Target, Reason], Awaitable[int]],
        trunks: Mapping[str, bool],
        voices: Voices,
        mint: Mint,
        clock: Callable[[], int],
        terms: Terms = TERMS,
    ) -> None:
        self._store = store
        self._campaigns = store.campaigns
        self.named = NameParts(store, terms.timing)
        self._put = put
        self._release = release
        self._trunks = trunks
        self.voices = voices
        self._mint = mint
        self._clock = clock
        self.law = terms.law
        self.judge = JudgeMembers(store, terms.law, clock)
        self.locks: defaultdict[tuple[int, str], asyncio.Lock] = defaultdict(asyncio.Lock)
        """Nobody joins a campaign while it changes its state."""
        self.part_locks: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        """No part goes while a campaign comes to name it. Taken last."""

    async def add(self, account: Account, campaign: Campaign) -> Campaign:
        """A new one of the account's, under a made id if it has none. Raises Invalid, NotFound for an announcement."""
        now = self._clock()
        id_ = campaign.id or token_hex(ID_BYTES)
        made = replace(
            campaign, id=id_, account=account.id, state=State.NEW, created_at=now, changed_at=now, guid=guid_of(id_)
        )
        async with self.part_locks[account.id]:
            made = await self.prepared(account, made)
            try:
                await self._campaigns.add(made)
            except Taken as error:
                raise Invalid(f"there is a campaign with the id {id_} already", "id") from error
        return made

    async def copy(self, account: Account, id_: str, name: str, copy: str) -> Campaign:
        """A new one with all that another one has, but its people. Raises as `add` does, and NotFound."""
        return await self.add(account, replace(await self.one(account, id_), id=copy, name=name))

    async def prepared(self, account: Account, campaign: Campaign) -> Campaign:
        """With what it copies of the parts that it names.

        Raises Invalid for one that cannot be, and NotFound for a part or an announcement that there is not.
        """
        campaign = await self.named(account, campaign)
        check_campaign(campaign)
        check_templates(campaign)
        self._check_trunk(campaign)
        spoken = [campaign.speech, campaign.farewell, *(action.play for action in campaign.actions if action.play)]
        if CHANNEL in campaign.message:
            spoken.append(speech_of(campaign.message[CHANNEL])[0])
        for speech in spoken:
            check_voice(speech.voice, self.voices)
        await self.check_announcements(account, [speech.announcement for speech in spoken])
        return campaign

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
        """Start, pause or finish it; said again it does no harm.

        Raises NotFound, Forbidden, and Invalid for one that is started and lacks something, whose end has passed, or
        whose trunk is not configured.
        """
        target = Target(account.id, bulk_of(id_))
        if wish is Wish.START:
            self._check_startable(await self.one(account, id_))
        async with self.locks[account.id, id_]:
            now = self._clock()
            changed = await self._campaigns.change(
                account.id, id_, lambda campaign: replace(campaign, state=wished(campaign, wish), changed_at=now)
            )
            if changed is None:
                raise _missing(id_)
            await self._put(self._cancellation(target) if wish is Wish.FINISH else await self._hold(target, changed))
        return changed

    async def cancel_open(self, account: Account, id_: str) -> int:
        """Nobody who is open now is called any more, calls under way go on; how many they are. Raises NotFound."""
        target = Target(account.id, bulk_of(id_))
        async with self.locks[account.id, id_]:
            campaign = await self.one(account, id_)
            counts = await self._campaigns.counts(account.id, id_)
            await self._put(replace(self._cancellation(target), paused=campaign.state is not State.STARTED))
        return sum(count for closed, _, count in counts if not closed)

    def _cancellation(self, target: Target) -> Stop:
        now = self._clock()
        (up_to,) = self._mint.take(1, now)
        return Stop(target=target, cancelled=True, up_to=up_to, at=now)

    async def _hold(self, target: Target, campaign: Campaign) -> Stop:
        """Held back while it is paused. A cancellation that is still worked off goes on beside it."""
        before = await self._store.bulks.stop(target)
        if before is None or not (before.cancelled and before.open):
            before = Stop(target=target, at=self._clock())
        return replace(before, paused=campaign.state is State.PAUSED)

    def _check_startable(self, campaign: Campaign) -> None:
        self._check_trunk(campaign)
        missing = lacking(campaign)
        if missing:
            raise Invalid(f"the campaign cannot be started, it lacks: {', '.join(missing)}", missing[0])
        if 0 < campaign.end_at <= self._clock():
            raise Invalid("the last instant of the campaign has passed", "end_at")
        trunks = [campaign.trunk] if campaign.trunk else self._trunks
        check_caller(self.law, campaign, shown=all(self._trunks[trunk] for trunk in trunks))

    def _check_trunk(self, campaign: Campaign) -> None:
        if campaign.trunk and campaign.trunk not in self._trunks:
            known = ", ".join(sorted(self._trunks)) or "none"
            raise Invalid(f"no connector for calls is named {campaign.trunk}; there are: {known}", "trunk")

    async def release(self, account: Account, id_: str, again: bool = False) -> int:
        """Go on with those whose call was lost after its answer, and who are held since; how many there were.

        They are called in their next round, if they have one left, or with `again` at once. Raises NotFound.
        """
        await self.one(account, id_)
        return await self._release(Target(account.id, bulk_of(id_)), Reason.AGAIN if again else Reason.REDIAL)

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
        """Never call these numbers again, in no campaign. Raises Invalid for what is no number: then none is taken."""
        keys = [number_key(phone) for phone in phones]
        wrong = next((place for place, key in enumerate(keys) if not is_callable(key)), None)
        if wrong is not None:
            raise Invalid(NO_NUMBER, f"phones[{wrong}]")
        await self._campaigns.suppress(account.id, CHANNEL, keys, reason, self._clock())
        await self.judge.of_numbers(account.id, keys)

    async def suppressions(self, account: Account, after: str, limit: int) -> list[Suppression]:
        """Those after a number, in the order of the numbers as texts."""
        return await self._campaigns.suppressions(account.id, CHANNEL, number_key(after), limit)

    async def unsuppress(self, account: Account, phone: str) -> None:
        """It may be called again. Raises NotFound when it might."""
        if not await self._campaigns.unsuppress(account.id, CHANNEL, number_key(phone)):
            raise NotFound(f"the number {phone} is not suppressed", "phone")
        await self.judge.of_numbers(account.id, [number_key(phone)])


def guid_of(id_: str) -> str:
    """What clients call a campaign that want 32 hexadecimal digits: its own id where it is that, else a new one."""
    return id_.upper() if _GUID.fullmatch(id_) else token_hex(16).upper()


def _missing(id_: str) -> NotFound:
    return NotFound(f"no campaign has the id {id_}", "id")
