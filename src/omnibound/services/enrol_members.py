"""People join a campaign: each becomes a member and its delivery. One `Enrolment` is one commit."""

from collections.abc import Sequence

from msgspec.structs import replace

from omnibound.domain.bulk import PARKED, real_due
from omnibound.domain.calendar import NEVER
from omnibound.domain.campaign import CHANNEL, Campaign, Kind, State, bulk_of
from omnibound.domain.campaign_flow import FOREVER, flow_of, lane_of
from omnibound.domain.changes import Changes
from omnibound.domain.due import Dues
from omnibound.domain.errors import Invalid
from omnibound.domain.exclusion import exclusion
from omnibound.domain.lifecycle import Next, begin
from omnibound.domain.live import Live, Outcome, Stage
from omnibound.domain.member import Member, Progress, Stand
from omnibound.domain.message import Addresses, Class, Content, Delivery, Message, address_for, other_address
from omnibound.domain.number import number_key
from omnibound.domain.standing import stand_of
from omnibound.domain.status import Reason, Status

NO_HOURS = "the hours of the campaign do not come any more"
NORMAL_PRIORITY = 100
"""What is above it goes before what is not, where no dialer keeps the order."""

EMAIL = "email"
"""The attribute, in whatever letters, that has a person's e-mail address."""


class Enrolment:
    """`changes` is what is committed. `message` is the id of what they have in common; `now`: microseconds UTC.

    A number that is blocked excludes the person. Of a campaign that is dialled they stay in it, FILTERED, for as long
    as that holds; of another one their request is over.
    """

    def __init__(self, campaign: Campaign, message: int, now: int, dues: Dues | None = None) -> None:
        self.message = Message(
            id=message, account=campaign.account, flow=flow_of(campaign), content=_content(campaign), created_at=now,
            bulk=bulk_of(campaign.id), campaign=campaign.id,
        )  # fmt: skip
        self.changes = Changes(messages=[self.message])
        self._campaign = campaign
        self._now = now
        # A dialer asks how its campaign is: a million people need not be moved when it is started.
        self._parked = 0 if campaign.state is State.STARTED or campaign.dialled else PARKED
        self._dues = dues or Dues(campaign, now)

    def add(self, member: Member, keys: Sequence[str], blocked: Reason | None = None) -> tuple[Member, Live | None]:
        """One person, as they stand from now on. `keys` are their numbers as they are compared and called.

        Raises Invalid when their hours do not come any more; then nothing of them is in `changes`.
        """
        to = _addresses(member, keys)
        if self._campaign.dialled:
            member, live = self._dialled(member, to, blocked)
        else:
            member, live = self._plain(member, blocked)
        self.changes.deliveries.append(
            Delivery(id=member.id, message=self.message.id, account=member.account, to=to, ref="")
        )
        self.changes.members.append(member)
        if live is not None:
            self.changes.born.append((live, 0))
        return member, live

    # --- where no dialer is -------------------------------------------------------------------------------------------

    def _plain(self, member: Member, blocked: Reason | None) -> tuple[Member, Live | None]:
        if blocked is not None:
            outcome = _blocked(member, blocked, self._now)
            self._end(outcome)
            return replace(member, stand=stand_of(outcome), changed_at=self._now), None
        cls = Class.NORMAL if member.priority > NORMAL_PRIORITY else Class.BULK
        due = self._due(member)
        new = Live(member.id, self.message.id, member.account, int(cls), Stage.WAITING, 0, 0, 1, 0, due, 0)
        live = begin(new, self.message.flow, {}, self._now).live
        return replace(member, due_at=due), None if live is None else self._park(live)

    def _due(self, member: Member) -> int:
        due = self._dues.of(member)
        if due == NEVER:
            raise Invalid(NO_HOURS, "calendar")
        return due

    # --- where one is -------------------------------------------------------------------------------------------------

    def _dialled(self, member: Member, to: Addresses, blocked: Reason | None) -> tuple[Member, Live | None]:
        """Excluded people wait as well, for an instant that never comes."""
        due, why = self._due(member), exclusion(self._campaign, member, blocked)
        new = Live(
            member.id, self.message.id, member.account, int(Class.NORMAL), Stage.WAITING, 0, 0, 1, 0,
            NEVER if why else due, 0, channel=lane_of(self._campaign, member.priority),
        )  # fmt: skip
        begun = begin(new, self.message.flow, {}, self._now) if self._calls else self._begun(new, to)
        live = begun.live
        if live is None:
            self._end(begun.outcomes[-1])
            return replace(member, stand=stand_of(begun.outcomes[-1])), None
        live = self._in_lane(live, to)
        stand = Stand(progress=Progress.FILTERED) if why else Stand()
        return replace(member, stand=stand, detail=why, due_at=real_due(live.due_at)), self._park(live)

    def _in_lane(self, live: Live, to: Addresses) -> Live:
        if self._calls:
            return replace(live, struck=_missing(self.message, to))
        # The time for a message begins when the dialer takes it.
        return replace(live, step_until=FOREVER)

    @property
    def _calls(self) -> bool:
        return self._campaign.kind is not Kind.MESSAGES

    def _begun(self, new: Live, to: Addresses) -> Next:
        steps = enumerate(self.message.flow.steps)
        skipped = {place: Reason.NO_ADDRESS for place, step in steps if not address_for(step.channel, to)}
        begun = begin(new, self.message.flow, skipped, self._now)
        self.changes.events += begun.events
        return begun

    # --- both ---------------------------------------------------------------------------------------------------------

    def _park(self, live: Live) -> Live:
        return replace(live, due_at=live.due_at + self._parked)

    def _end(self, outcome: Outcome) -> None:
        self.changes.outcomes.append(outcome)
        self.changes.told.append(outcome)


def keys_of(member: Member) -> list[str]:
    """A person's numbers as they are compared and called."""
    return [number_key(number) for number in member.numbers]


def _content(campaign: Campaign) -> dict[str, Content]:
    return campaign.message if campaign.kind is Kind.MESSAGES else {CHANNEL: Content()}


def _addresses(member: Member, keys: Sequence[str]) -> Addresses:
    more = {other_address(CHANNEL, place): key for place, key in enumerate(keys) if place}
    custom = member.custom or {}
    email = next((str(value) for name, value in custom.items() if name.casefold() == EMAIL), "")
    return Addresses(phone=keys[0], email=email, more=more)


def _missing(message: Message, to: Addresses) -> int:
    """A bit for each step whose number the person does not have."""
    steps = message.flow.steps
    return sum(1 << place for place, step in enumerate(steps) if not address_for(step.channel, to, step.address))


def _blocked(member: Member, reason: Reason, now: int) -> Outcome:
    return Outcome(
        member.id, member.account, 1, Status.FAILED, Reason.BLOCKED, reason.name.lower(), 0, 0, "", 1, 0, now
    )  # fmt: skip
