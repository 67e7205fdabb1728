"""When the members of a campaign may be called next, by the campaign as it is now. Times: microseconds UTC."""

from typing import Final, NamedTuple

from omnibound.domain.calendar import NEVER, Window, next_window
from omnibound.domain.campaign import Campaign
from omnibound.domain.campaign_flow import flow_of
from omnibound.domain.flow import HOUR
from omnibound.domain.law import NONE, Law, clocks_of, customer_zones
from omnibound.domain.member import Member
from omnibound.domain.status import Reason

_TOGETHER: Final = HOUR
"""Those who may be called first in the same hour most often share a window."""


class _Known(NamedTuple):
    """The first window for who may be called from `asked` on."""

    asked: int
    window: Window


class Dues:
    """Of one campaign at one instant. What is known of a zone serves all who are in it."""

    def __init__(self, campaign: Campaign, now: int, law: Law = NONE) -> None:
        self._campaign = campaign
        self._law = law
        self.now = now
        self._flow = flow_of(campaign)
        self._known: dict[tuple[tuple[str, ...], bool, int], _Known] = {}

    def of(self, member: Member) -> int:
        """The first instant from now on that nothing forbids; NEVER if the hours do not come any more."""
        return self.opening(member, self._earliest(member))

    def opening(self, member: Member, at: int) -> int:
        """The first instant not before another one at which the hours, its own and the law's, let them be called."""
        phone, zone = next_number(member), member.traits.zone
        key = (customer_zones(zone, phone), bool(zone), at // _TOGETHER)
        known = self._known.get(key)
        if known is None or not known.asked <= at < known.window.closes:
            known = _Known(at, next_window(clocks_of(self._law, self._campaign, zone, phone), at))
            self._known[key] = known
        return max(at, known.window.opens)

    def _earliest(self, member: Member) -> int:
        paused = 0
        if member.reason is not None:
            paused = member.changed_at + (self._flow.effect(member.reason).wait or self._flow.pause)
        if member.reason is Reason.REDIAL and member.due_at < NEVER:
            # Whoever asked for another call may have been told when.
            paused = max(paused, member.due_at)
        return max(self.now, member.not_before, self._campaign.not_before, paused)


def next_number(member: Member) -> str:
    """The number that is called next, as far as it is known here: the one behind the last, in turns."""
    numbers = member.numbers
    return numbers[member.stand.last_number % len(numbers)]
