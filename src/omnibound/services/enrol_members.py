"""People join a campaign: each becomes a member and its delivery. One `Enrolment` is one commit."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from msgspec.structs import replace

from omnibound.domain.bulk import PARKED
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
    as that holds; of another one their request is over. A million people come by this: what many have alike is made
    once, and the rest of them is a copy with their id.
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
        self._enrolled = self._dialled if campaign.dialled else self._plain
        self._calls = campaign.kind is not Kind.MESSAGES
        self._alike: dict[tuple[int, int, int], Live] = {}
        self._lacking: dict[tuple[int, bool, bool], int] = {}

    def add(self, member: Member, keys: Sequence[str], blocked: Reason | None = None) -> tuple[Member, Live | None]:
        """One person, as they stand from now on. `keys` are their numbers as they are compared and called.

        Raises Invalid when their hours do not come any more; then nothing of them is in `changes`.
        """
        to = addresses_of(member, keys)
        member, live = self._enrolled(member, to, blocked)
        changes = self.changes
        changes.deliveries.append(Delivery(id=member.id, message=self.message.id, account=member.account, to=to))
        changes.members.append(member)
        if live is not None:
            changes.born.append((live, 0))
        return member, live

    def _due(self, member: Member) -> int:
        due = self._dues.of(member)
        if due == NEVER:
            raise Invalid(NO_HOURS, "calendar")
        return due

    # --- where no dialer is -------------------------------------------------------------------------------------------

    def _plain(self, member: Member, _to: Addresses, blocked: Reason | None) -> tuple[Member, Live | None]:
        if blocked is not None:
            outcome = _blocked(member, blocked, self._now)
            self._end(outcome)
            return replace(member, stand=stand_of(outcome), changed_at=self._now), None
        due = self._due(member)
        return replace(member, due_at=due), self._copied(member, due, 0)

    # --- where one is -------------------------------------------------------------------------------------------------

    def _dialled(self, member: Member, to: Addresses, blocked: Reason | None) -> tuple[Member, Live | None]:
        """Excluded people wait as well, for an instant that never comes."""
        due, why = self._due(member), exclusion(self._campaign, member, blocked)
        due = NEVER if why else due
        lacks = self._lacks(to)
        if not lacks or self._calls:
            return _standing(member, why, due), self._copied(member, due, lacks)
        begun = self._skipping(member, due, lacks)
        if begun.live is None:
            self._end(begun.outcomes[-1])
            return replace(member, stand=stand_of(begun.outcomes[-1])), None
        return _standing(member, why, due), self._park(self._in_lane(begun.live, 0))

    def _lacks(self, to: Addresses) -> int:
        """A bit for each step whose address the person does not have."""
        shape = (len(to.more), bool(to.phone), bool(to.email))
        lacks = self._lacking.get(shape)
        if lacks is None:
            lacks = self._lacking[shape] = missing_numbers(self.message, to)
        return lacks

    def _skipping(self, member: Member, due: int, lacks: int) -> Next:
        """Messages tell of each step that cannot be tried; of calls only the numbers that are there are known."""
        skipped = {place: Reason.NO_ADDRESS for place in range(lacks.bit_length()) if lacks >> place & 1}
        begun = begin(self._new(member, due), self.message.flow, skipped, self._now)
        self.changes.events += begun.events
        return begun

    # --- both ---------------------------------------------------------------------------------------------------------

    def _copied(self, member: Member, due: int, lacks: int) -> Live:
        """As all wait who have the same priority, are due at the same instant and lack the same."""
        alike = (member.priority, due, lacks)
        live = self._alike.get(alike)
        if live is None:
            live = self._alike[alike] = self._first(member, due, lacks)
        return replace(live, id=member.id)

    def _first(self, member: Member, due: int, lacks: int) -> Live:
        live = begin(self._new(member, due), self.message.flow, {}, self._now).live
        assert live is not None  # noqa: S101 - no step is skipped
        return self._park(self._in_lane(live, lacks) if self._campaign.dialled else live)

    def _new(self, member: Member, due: int) -> Live:
        campaign = self._campaign
        return Live(
            member.id, self.message.id, campaign.account, _class(campaign, member), Stage.WAITING, 0, 0, 1, 0, due, 0,
            channel=lane_of(campaign, member.priority) if campaign.dialled else "",
        )  # fmt: skip

    def _in_lane(self, live: Live, lacks: int) -> Live:
        # The time for a message begins when the dialer takes it.
        return replace(live, struck=lacks) if self._calls else replace(live, step_until=FOREVER)

    def _park(self, live: Live) -> Live:
        return replace(live, due_at=live.due_at + self._parked)

    def _end(self, outcome: Outcome) -> None:
        self.changes.outcomes.append(outcome)
        self.changes.told.append(outcome)


_OPEN: Final = Stand()
_FILTERED: Final = Stand(progress=Progress.FILTERED)


def _standing(member: Member, why: str, due: int) -> Member:
    """Somebody who waits; `why`: see `exclusion`."""
    return replace(member, stand=_FILTERED if why else _OPEN, detail=why, due_at=due)


def _class(campaign: Campaign, member: Member) -> int:
    """How urgent somebody is: of dialled campaigns nobody more than another, for their dialer keeps the order."""
    return int(Class.NORMAL if campaign.dialled or member.priority > NORMAL_PRIORITY else Class.BULK)


def keys_of(member: Member) -> list[str]:
    """A person's numbers as they are compared and called."""
    return [number_key(number) for number in member.numbers]


def _content(campaign: Campaign) -> dict[str, Content]:
    return campaign.message if campaign.kind is Kind.MESSAGES else {CHANNEL: Content()}


def addresses_of(member: Member, keys: Sequence[str]) -> Addresses:
    """Where a person is reached; `keys`: see `keys_of`."""
    more = {other_address(CHANNEL, place): key for place, key in enumerate(keys[1:], 1)}
    custom = member.custom or {}
    name = _email_in(tuple(custom))
    email = "" if name is None else str(custom[name])
    return Addresses(phone=keys[0], email=email, more=more)


@lru_cache(maxsize=200)
def _email_in(names: tuple[str, ...]) -> str | None:
    """Which attribute has the e-mail address: many people have attributes of the same names."""
    return next((name for name in names if name.casefold() == EMAIL), None)


def missing_numbers(message: Message, to: Addresses) -> int:
    """A bit for each step whose number the person does not have."""
    steps = message.flow.steps
    return sum(1 << place for place, step in enumerate(steps) if not address_for(step.channel, to, step.address))


def _blocked(member: Member, reason: Reason, now: int) -> Outcome:
    return Outcome(
        member.id, member.account, 1, Status.FAILED, Reason.BLOCKED, reason.name.lower(), 0, 0, "", 1, 0, now
    )  # fmt: skip
