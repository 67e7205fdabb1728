"""Why people of a campaign wait just now, and until when."""

from collections.abc import Callable
from enum import IntEnum

from msgspec import Struct

from omnibound.domain.account import Account
from omnibound.domain.bulk import PARKED, real_due
from omnibound.domain.calendar import next_open
from omnibound.domain.campaign import Campaign, Member, State
from omnibound.domain.live import Live, Stage
from omnibound.domain.zones import zones_of
from omnibound.ports import Store
from omnibound.services.keep_campaigns import Campaigns

MOST = 10_000
"""People that are looked at: those who came first."""

CHUNK = 1_000


class Cause(IntEnum):
    """Why somebody waits."""

    CALLING = 0
    """A call is under way."""
    LINES = 1
    """Due: waits for a free line, or is being dialled."""
    TRUNK_DOWN = 2
    """Due, and no trunk that may take the call is up."""
    CLOSED = 3
    """It is outside the hours where the person is."""
    RETRY = 4
    """Was called in vain, and the pause is not over; or the trunk failed, and is tried again."""
    LATER = 5
    """Not before an instant that the request or the campaign names."""
    HELD = 6
    """The call was lost after its answer: waits for somebody to release it."""
    PAUSED = 7
    NOT_STARTED = 8


class Waiting(Struct, frozen=True, kw_only=True):
    """How many wait for one cause; `until`: the first instant at which one of them goes on, 0 where no clock knows."""

    cause: Cause
    number: int
    until: int = 0


class ExplainWaiting:
    """Call it with a campaign. `is_up` says whether a trunk can take calls; asked with "": whether any can."""

    def __init__(
        self, store: Store, campaigns: Campaigns, is_up: Callable[[str], bool], clock: Callable[[], int]
    ) -> None:
        self._store = store
        self._campaigns = campaigns
        self._is_up = is_up
        self._clock = clock

    async def __call__(self, account: Account, id_: str) -> tuple[list[Waiting], int]:
        """By cause, and how many were looked at, at most `MOST`. Raises NotFound."""
        campaign = await self._campaigns.one(account, id_)
        look = _Look(campaign, self._is_up(campaign.trunk), self._clock())
        after = 0
        while look.number < MOST:
            members = await self._store.campaigns.open_members(account.id, id_, after, CHUNK)
            if not members:
                break
            loaded = await self._store.deliveries.load([member.id for member in members])
            lives = {each.live.id: each.live for each in loaded}
            for member in members:
                live = lives.get(member.id)
                if live is not None:
                    look.add(member, live)
            after = members[-1].id
        return look.told(), look.number


class _Look:
    """What is found of one campaign at one instant."""

    def __init__(self, campaign: Campaign, up: bool, now: int) -> None:
        self.number = 0
        self._campaign = campaign
        self._up = up
        self._now = now
        self._counts: dict[Cause, tuple[int, int]] = {}
        self._opens: dict[tuple[str, ...], int] = {}

    def add(self, member: Member, live: Live) -> None:
        self.number += 1
        cause, until = self._why(member, live)
        number, first = self._counts.get(cause, (0, 0))
        self._counts[cause] = (number + 1, min(first, until) if first and until else first or until)

    def told(self) -> list[Waiting]:
        return [Waiting(cause=cause, number=n, until=until) for cause, (n, until) in sorted(self._counts.items())]

    def _why(self, member: Member, live: Live) -> tuple[Cause, int]:
        if live.stage is not Stage.WAITING:
            return (Cause.CALLING if live.stage is Stage.SENT else Cause.HELD), 0
        if self._campaign.state is State.NEW:
            return Cause.NOT_STARTED, 0
        if live.due_at >= PARKED or self._campaign.state is State.PAUSED:
            return Cause.PAUSED, 0
        return self._when(member, max(self._now, real_due(live.due_at)))

    def _when(self, member: Member, due: int) -> tuple[Cause, int]:
        opens = self._opening(zones_of(member.phone))
        if opens != self._now:
            return Cause.CLOSED, max(opens, due)
        if due > self._now and max(member.not_before, self._campaign.not_before) > self._now:
            return Cause.LATER, due
        if due > self._now and (member.reason is not None or self._up):
            return Cause.RETRY, due
        return (Cause.LINES if self._up else Cause.TRUNK_DOWN), 0

    def _opening(self, zones: tuple[str, ...]) -> int:
        opens = self._opens.get(zones)
        if opens is None:
            opens = self._opens[zones] = next_open(self._campaign.calendar, zones, self._now)
        return opens
