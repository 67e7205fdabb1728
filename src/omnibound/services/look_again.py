"""Who is refused at the dial waits excluded; the block or filter may be lifted in that very moment.

Whoever lifts it judges all who wait in the store then, and finds nobody who is still in memory. So those who were
refused are judged once more when they wait in the store again.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from omnibound.domain.account import Account
from omnibound.domain.campaign import Campaign
from omnibound.domain.facts import Failure
from omnibound.domain.flow import DAY
from omnibound.domain.live import Stage
from omnibound.domain.member import Progress, Stand
from omnibound.domain.message import Attempt
from omnibound.domain.standing import EXCLUDED
from omnibound.ports import Store
from omnibound.ports.members import ALWAYS, Search
from omnibound.services.check_dials import Dial
from omnibound.services.judge_members import CHUNK, JudgeMembers
from omnibound.services.speak_calls import Check

BEAT_S = 1.0
BEFORE = DAY
"""Who was excluded so long before a start is judged once more: an earlier one may have ended before it did."""

_log = logging.getLogger("omnibound.campaigns")


class LookAgain:
    """Call it as the `check` that it is given: it remembers whom that refuses."""

    def __init__(self, check: Check, store: Store, judge: JudgeMembers, clock: Callable[[], int]) -> None:
        self._check = check
        self._store = store
        self._judge = judge
        self._clock = clock
        self._refused: dict[tuple[int, str], set[int]] = {}
        self._recovered = False
        self._task: asyncio.Task[None] | None = None

    async def __call__(self, attempts: Sequence[Attempt]) -> dict[int, Dial | Failure]:
        """See `CheckDials`."""
        told = await self._check(attempts)
        for attempt in attempts:
            verdict = told.get(attempt.delivery)
            if isinstance(verdict, Failure) and verdict.retry and verdict.reason in EXCLUDED:
                self._of(attempt.message.account, attempt.message.campaign).add(attempt.delivery)
        return told

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name="look-again")

    async def stop(self) -> None:
        """End."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def beat(self) -> None:
        """One look at all who were refused. Who cannot be judged yet, or whom a failure stops, is left for the next."""
        if not self._recovered:
            await self._recover()
            self._recovered = True
        for (account, id_), refused in list(self._refused.items()):
            campaign = await self._store.campaigns.one(account, id_)
            if campaign is None:
                refused.clear()
            else:
                await self._judged(campaign, refused)
            if not refused:
                del self._refused[account, id_]

    async def _judged(self, campaign: Campaign, refused: set[int]) -> None:
        ids = sorted(refused)
        for start in range(0, len(ids), CHUNK):
            some = set(ids[start : start + CHUNK])
            some -= await self._held(sorted(some))
            # Before it: who is let go and refused once more meanwhile is looked at once more.
            refused -= some
            try:
                await self._judge.of_members(campaign, sorted(some))
            except BaseException:
                refused |= some
                raise

    async def _held(self, ids: Sequence[int]) -> set[int]:
        """Those of whom somebody still has in memory what they were told."""
        loaded = await self._store.deliveries.load(ids)
        return {each.live.id for each in loaded if each.owner and each.live.stage is Stage.WAITING}

    async def _run(self) -> None:
        while True:
            try:
                await self.beat()
            except Exception:  # noqa: BLE001 - the next look may succeed
                _log.exception("those who were refused at the dial could not be judged again")
            await asyncio.sleep(BEAT_S)

    # --- after a start ------------------------------------------------------------------------------------------------

    async def _recover(self) -> None:
        for account in await self._store.accounts.all():
            after = ""
            while found := await self._store.campaigns.page(account.id, after, CHUNK):
                for campaign in found:
                    if campaign.dialled:
                        await self._recover_campaign(account, campaign)
                after = found[-1].id

    async def _recover_campaign(self, account: Account, campaign: Campaign) -> None:
        changed = (self._clock() - BEFORE, ALWAYS[1])
        search = Search(account=account.id, campaign=campaign.id, stands=_is_excluded, changed=changed, limit=CHUNK)
        while found := await self._store.members.search(search):
            self._of(account.id, campaign.id).update(member.id for member in found)
            search = replace(search, offset=search.offset + len(found))

    def _of(self, account: int, campaign: str) -> set[int]:
        return self._refused.setdefault((account, campaign), set())


def _is_excluded(stand: Stand) -> bool:
    return stand.progress is Progress.FILTERED and not stand.closed
