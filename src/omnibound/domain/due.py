"""When the members of a campaign may be called next, by the campaign as it is now. Times: microseconds UTC."""

from omnibound.domain.calendar import next_open
from omnibound.domain.campaign import Campaign, Member, flow_of
from omnibound.domain.zones import zones_of


class Dues:
    """Of one campaign at one instant. What is known of a zone serves all who are in it."""

    def __init__(self, campaign: Campaign, now: int) -> None:
        self._campaign = campaign
        self.now = now
        self._flow = flow_of(campaign)
        self._known: dict[tuple[tuple[str, ...], int], int] = {}

    def of(self, member: Member) -> int:
        """The first instant from now on that nothing forbids; NEVER if the hours do not come any more."""
        zones, begin_at = zones_of(member.phone), self._earliest(member)
        due = self._known.get((zones, begin_at))
        if due is None:
            due = self._known[zones, begin_at] = next_open(self._campaign.calendar, zones, begin_at)
        return due

    def _earliest(self, member: Member) -> int:
        paused = 0
        if member.reason is not None:
            paused = member.changed_at + (self._flow.effect(member.reason).wait or self._flow.pause)
        return max(self.now, member.not_before, self._campaign.not_before, paused)
