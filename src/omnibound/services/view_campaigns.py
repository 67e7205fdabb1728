"""Dialled campaigns as they stand: how many of their people stand how, whether they are called, by which dialer."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from omnibound.domain.account import Account
from omnibound.domain.campaign import Campaign
from omnibound.domain.campaign_status import (
    CampaignStatus,
    DialerStatus,
    Standing,
    campaign_status,
    dialer_status,
)
from omnibound.domain.errors import NotFound
from omnibound.domain.member import Doing, Progress
from omnibound.domain.parts import PARTS, PartKind
from omnibound.ports import Store
from omnibound.ports.members import Count
from omnibound.services.keep_campaigns import Campaigns
from omnibound.services.name_parts import part_of

CHUNK: Final = 100
DIALERS: Final = PARTS["dialer"]
QUEUES: Final = PARTS["queue"]
SCRIPTS: Final = PARTS["script"]


Names = dict[tuple[str, str], str]
"""The names of parts by their kinds and ids."""


class View(NamedTuple):
    """A campaign, its people by what it still wants of them, and the names of its dialer and queue, empty without."""

    campaign: Campaign
    people: Mapping[Progress, int]
    status: CampaignStatus
    dialer_status: DialerStatus
    dialer: str
    queue: str


class ViewCampaigns:
    """Reads them. `now`: microseconds UTC; `stopping` says whether the server is about to stop."""

    def __init__(
        self,
        store: Store,
        campaigns: Campaigns,
        clock: Callable[[], int],
        stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self._store = store
        self._campaigns = campaigns
        self.now = clock
        self._stopping = stopping

    async def campaign(self, account: Account, guid: str) -> Campaign:
        """A campaign that is dialled, by its 32 hexadecimal digits. Raises NotFound."""
        found = await self._store.campaigns.by_guid(account.id, guid)
        if found is None or not found.dialled:
            raise NotFound("there is no such campaign", "id")
        return found

    async def all(self, account: Account, fits: Callable[[Campaign], bool]) -> list[View]:
        """Those that fit, in the order of their names."""
        found: list[Campaign] = []
        after = ""
        while page := await self._campaigns.page(account, after, CHUNK):
            found += [campaign for campaign in page if campaign.dialled and fits(campaign)]
            after = page[-1].id
        names: Names = {}
        return [await self._one(account, each, names) for each in sorted(found, key=_place)]

    async def one(self, account: Account, campaign: Campaign) -> View:
        """How it stands now."""
        return await self._one(account, campaign, {})

    async def _one(self, account: Account, campaign: Campaign, names: Names) -> View:
        counts = await self._store.members.counts(account.id, campaign.id)
        people, under_way = by_progress(counts), calls_under_way(counts)
        dialer = await self._name(account, DIALERS, campaign.dialer, names)
        queue = await self._name(account, QUEUES, campaign.queue, names)
        standing = Standing(
            campaign=campaign, now=self.now(), people=people, under_way=under_way,
            whole=bool(dialer) == bool(campaign.dialer) and bool(queue) == bool(campaign.queue),
            stopping=self._stopping(),
        )  # fmt: skip
        return View(
            campaign=campaign, people=people, status=campaign_status(standing), dialer_status=dialer_status(standing),
            dialer=dialer, queue=queue,
        )  # fmt: skip

    async def script(self, account: Account, campaign: Campaign) -> str:
        """The name of its script; empty where it has none."""
        return await self._name(account, SCRIPTS, campaign.script, {})

    async def _name(self, account: Account, kind: PartKind, id_: str, known: Names) -> str:
        """Of a part; empty where there is none. It is read once for all who name it."""
        key = kind.word, id_
        if id_ and key not in known:
            try:
                known[key] = (await part_of(self._store, account, kind, id_)).name
            except NotFound:
                known[key] = ""
        return known.get(key, "")


def _place(campaign: Campaign) -> tuple[str, int, str]:
    return campaign.name.casefold(), campaign.created_at, campaign.id


def by_progress(counts: Sequence[Count]) -> dict[Progress, int]:
    """How many people there are, by what is still wanted of them; the GONE ones are nobody's."""
    found = dict.fromkeys(Progress, 0)
    for stand, _, number in counts:
        found[stand.progress] += number
    return {progress: number for progress, number in found.items() if progress is not Progress.GONE}


def calls_under_way(counts: Sequence[Count]) -> dict[Doing, int]:
    """How many calls are under way by what is going on, with those of people who are GONE."""
    found: dict[Doing, int] = {}
    for stand, _, number in counts:
        if stand.doing is not Doing.WAITING:
            found[stand.doing] = found.get(stand.doing, 0) + number
    return found
