"""What the law wants of all calls, whatever a campaign says. Every figure is a setting. Times: microseconds UTC.

The usual ones are those of the United States' telemarketing rules (47 CFR 64.1200, 16 CFR 310): 8 to 21 by the clock
of who is called, and 15 seconds of ringing before an unanswered call is given up. That who was abandoned is left alone
for 72 hours, unless an agent is certain to be there, is of Ofcom's statement of 2008.
"""

from typing import Final

from msgspec import Struct

from omnibound.domain.calendar import Calendar, Clock, Hours
from omnibound.domain.campaign import Campaign, Kind
from omnibound.domain.errors import Invalid
from omnibound.domain.flow import HOUR, SECOND
from omnibound.domain.zones import zones_of


class Law(Struct, frozen=True, gc=False, kw_only=True):
    """`calendar` is read by the clock of who is called; without hours they may be called at any time.

    They are let ring for `ring` at least, and a number is called at most `per_day` times a day (0: as often as the
    campaign says). With `caller` no campaign is started that shows no number. Who was abandoned is not called again
    within `abandoned`; with `reserved` they are where an agent is kept for that call.
    """

    calendar: Calendar = Calendar()
    ring: int = 0
    per_day: int = 0
    caller: bool = False
    abandoned: int = 0
    reserved: bool = True


USUAL: Final = Law(
    calendar=Calendar(hours=(Hours(begin=8 * 60, end=21 * 60),)), ring=15 * SECOND, caller=True, abandoned=72 * HOUR
)
NONE: Final = Law()


def clocks_of(law: Law, campaign: Campaign, zone: str, phone: str) -> tuple[Clock, Clock]:
    """The clocks that must be open for a number to be called: the campaign's, and the law's.

    `zone` is what is known of the person, empty: nothing. Theirs goes before the campaign's, and that before those of
    the number; the law does not ask for the campaign's. It is for calls, not for messages.
    """
    theirs = customer_zones(zone, phone)
    own = campaign.calendar.zone
    lawful = Calendar() if campaign.kind is Kind.MESSAGES else law.calendar
    return (campaign.calendar, (own,) if own and not zone else theirs), (lawful, theirs)


def customer_zones(zone: str, phone: str) -> tuple[str, ...]:
    """Where they are: their own zone where it is known, else all in which their number may be."""
    return (zone,) if zone else zones_of(phone)


def calls_a_day(law: Law, campaign: Campaign) -> int:
    """How often a number is called a day at most; 0: no limit."""
    return min(filter(None, (law.per_day, campaign.per_day)), default=0)


def least_ring(law: Law, campaign: Campaign) -> int:
    """How long those who do not answer are let ring."""
    return max(law.ring, campaign.ring)


def may_reserve(law: Law, campaign: Campaign) -> bool:
    """Whether who was abandoned may be called before the time is over, by an agent who is kept for that call."""
    return law.reserved and campaign.reserves


def check_caller(law: Law, campaign: Campaign, shown: bool) -> None:
    """Raises Invalid for a campaign that calls and shows no number. `shown`: its trunks show one of their own."""
    if law.caller and campaign.kind is not Kind.MESSAGES and not (campaign.caller or shown):
        raise Invalid("the law wants that a number is shown: name a caller, or one of the trunk", "caller")
