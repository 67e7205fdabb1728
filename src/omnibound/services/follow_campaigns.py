"""A campaign was changed: the people who wait in it follow, those that are held in memory and those in the store."""

from collections.abc import Callable, Sequence

from omnibound.domain.bulk import PARKED, Stop, Target, real_due, wanted
from omnibound.domain.calendar import NEVER
from omnibound.domain.campaign import Campaign, Member
from omnibound.domain.due import Dues
from omnibound.domain.live import Stage
from omnibound.ports import Store
from omnibound.ports.bulks import Unfinished
from omnibound.ports.store import Loaded

CHUNK = 1_000
"""Deliveries of a transaction at most: the hot path waits for no more."""

PASSES = 3
"""What somebody else has moved in the middle of a pass is found by the next one."""

Move = tuple[Unfinished, int, int]
"""A delivery that waits, when it is due instead, and its step over (microseconds UTC)."""


class Follow:
    """Call it with a campaign as it is now, while nobody else changes its state: who waits is due as it says."""

    def __init__(self, store: Store, clock: Callable[[], int]) -> None:
        self._store = store
        self._clock = clock

    async def __call__(self, campaign: Campaign) -> None:
        """Returns when all do. Done again it changes nothing, so one that was cut off is simply asked for again."""
        for _ in range(PASSES):
            if not await self._pass(campaign):
                return

    async def _pass(self, campaign: Campaign) -> int:
        """How many were moved."""
        dues = Dues(campaign, self._clock())
        after = moved = 0
        while members := await self._store.campaigns.open_members(campaign.account, campaign.id, after, CHUNK):
            loaded = await self._store.deliveries.load([member.id for member in members])
            moves = _moves(dues, members, loaded)
            if moves:
                await self._store.bulks.set_due(moves)
            moved += len(moves)
            after = members[-1].id
        return moved


def _moves(dues: Dues, members: Sequence[Member], loaded: Sequence[Loaded]) -> list[Move]:
    """Those that wait in the store for another instant than they should. Who is in memory is due, and asked again."""
    of = {member.id: member for member in members}
    moves: list[Move] = []
    for each in loaded:
        live = each.live
        due = dues.of(of[live.id])
        waits = live.stage is Stage.WAITING and not each.owner and due != NEVER
        if waits and max(real_due(live.due_at), dues.now) != due:
            wish = Stop(target=Target(live.account), paused=live.due_at >= PARKED, send_at=due)
            due_at, step_until = wanted(wish, live.due_at, live.step_until)
            row = Unfinished(live.id, live.stage, each.owner, live.due_at, live.step_until, live.step, live.struck)
            moves.append((row, due_at, step_until))
    return moves
