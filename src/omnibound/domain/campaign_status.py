"""How a dialled campaign is told to be, and what its dialer does: both follow from what is known of it. Pure.

The words are those of the field's outbound interfaces; nothing of them is stored.
"""

from collections.abc import Callable, Mapping
from enum import IntEnum
from typing import Final

from msgspec import Struct

from omnibound.domain.calendar import next_open
from omnibound.domain.campaign import Campaign, State
from omnibound.domain.campaign_checks import lacking
from omnibound.domain.member import Doing, Progress


class CampaignStatus(IntEnum):
    """How a campaign is."""

    PASSIVE = 0
    """Not started yet, or paused."""
    ACTIVE = 1
    HANDLED = 2
    """It was started, and nobody is left to be called."""
    EXPIRED = 3
    """Its end is over, whoever is left."""
    INVALID = 4
    """Something is missing that it cannot do without."""
    DELETED = 5
    """It is finished: it takes nothing more, and may be forgotten."""


class DialerStatus(IntEnum):
    """What a dialer does with a campaign."""

    OPEN = 0
    """It starts calls."""
    CLOSING = 1
    """It starts none; calls that it has started run out."""
    CLOSING2 = 2
    """The same; only results of people are awaited."""
    CLOSED = 3
    """It never starts one again."""
    PASSIVE = 4
    COMPLETED = 5
    """Nobody is left."""
    SUSPEND = 6
    """It is outside the hours, or before the first instant."""
    EXPIRED = 7
    SHUTDOWN = 8
    """The server is about to stop."""


class Standing(Struct, frozen=True, kw_only=True):
    """What is known at `now` (microseconds UTC). `people` counts those who are not gone, by what is wanted of them.

    `under_way` counts calls by what is going on, also of people who are gone. `whole`: the dialer, the queue and what
    else it names are there. `stopping`: the server is.
    """

    campaign: Campaign
    now: int
    people: Mapping[Progress, int] = {}
    under_way: Mapping[Doing, int] = {}
    whole: bool = True
    stopping: bool = False

    @property
    def calling(self) -> bool:
        """Whether somebody is called."""
        return self.under_way.get(Doing.CALLING, 0) > 0

    @property
    def held(self) -> bool:
        """Whether a result of a person is awaited."""
        return self.under_way.get(Doing.HELD, 0) > 0

    @property
    def over(self) -> bool:
        """Whether nobody is left of those who were there."""
        left = self.people.get(Progress.NOT_HANDLED, 0)
        return sum(self.people.values()) > 0 and not (left or self.calling or self.held)


def campaign_status(standing: Standing) -> CampaignStatus:
    """The first that fits."""
    return next(status for status, fits in _STATUSES if fits(standing))


_STATUSES: Final[tuple[tuple[CampaignStatus, Callable[[Standing], bool]], ...]] = (
    (CampaignStatus.DELETED, lambda standing: standing.campaign.state is State.FINISHED),
    (CampaignStatus.INVALID, lambda standing: not standing.whole or bool(lacking(standing.campaign))),
    (CampaignStatus.EXPIRED, lambda standing: 0 < standing.campaign.end_at <= standing.now),
    (CampaignStatus.PASSIVE, lambda standing: standing.campaign.state is not State.STARTED),
    (CampaignStatus.HANDLED, lambda standing: standing.over),
    (CampaignStatus.ACTIVE, lambda standing: True),
)


def dialer_status(standing: Standing) -> DialerStatus:
    """What its dialer does. A campaign that ends in mid-call closes as one that is paused, and is over then."""
    if standing.stopping:
        return DialerStatus.SHUTDOWN
    status = campaign_status(standing)
    if status is CampaignStatus.ACTIVE:
        return DialerStatus.OPEN if is_open(standing.campaign, standing.now) else DialerStatus.SUSPEND
    if standing.calling:
        return DialerStatus.CLOSING
    return DialerStatus.CLOSING2 if standing.held else _AT_REST[status]


_AT_REST: Final[Mapping[CampaignStatus, DialerStatus]] = {
    CampaignStatus.PASSIVE: DialerStatus.PASSIVE,
    CampaignStatus.HANDLED: DialerStatus.COMPLETED,
    CampaignStatus.EXPIRED: DialerStatus.EXPIRED,
    # The vendor's interface has no other word for it.
    CampaignStatus.INVALID: DialerStatus.PASSIVE,
    CampaignStatus.DELETED: DialerStatus.CLOSED,
}


def is_open(campaign: Campaign, now: int) -> bool:
    """Whether it calls anybody now. Hours without a zone are everybody's own, so that it is never closed for all."""
    if now < campaign.not_before:
        return False
    zone = campaign.calendar.zone
    return not zone or next_open(campaign.calendar, (zone,), now) == now
