"""Why somebody must not be called just now: asked before each dial, and when a client wants to know. Pure."""

from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import Final, NamedTuple

from msgspec import Struct

from omnibound.domain.calendar import NEVER, day_of, next_window
from omnibound.domain.campaign import Campaign
from omnibound.domain.facts import Failure
from omnibound.domain.filters import excluded_by
from omnibound.domain.law import Law, calls_a_day, clocks_of
from omnibound.domain.member import Member
from omnibound.domain.status import Reason


class Bar(IntEnum):
    """What stands against a call."""

    BLOCKED = 0
    """A number of theirs is on the block list."""
    FILTERED = 1
    """A condition of the campaign's filter fits them."""
    EXPIRED = 2
    """The campaign's end is over."""
    LATER = 3
    """Not before an instant that the campaign or the client names."""
    CALLS_TODAY = 4
    """The number was called as often as it may be in a day."""
    HOURS = 5
    """It is outside the campaign's hours."""
    LAW = 6
    """It is outside the hours of the law."""
    ABANDONED = 7
    """They found nobody there when they answered: the law wants that they are left alone."""


REASONS: Final = {
    **dict.fromkeys(Bar, Reason.CLOSED), Bar.BLOCKED: Reason.BLOCKED, Bar.FILTERED: Reason.FILTERED,
}  # fmt: skip
"""What an attempt is told that is not made for it."""


class Case(Struct, frozen=True, kw_only=True):
    """A call that would be made at `now` to a `phone` of a member.

    `blocked`: why one of their numbers is on the block list, None: none is. `calls`: when the calls to this number
    that rang ended today; `abandoned_until`: how long they are left alone because nobody was there when they answered,
    0 where nothing wants that. Times: microseconds UTC.
    """

    campaign: Campaign
    law: Law
    member: Member
    phone: str
    now: int
    blocked: Reason | None = None
    calls: Sequence[int] = ()
    abandoned_until: int = 0


class Objection(NamedTuple):
    """`until` (microseconds UTC): when it is over, by the clocks; NEVER where no clock knows. `detail`: more of it."""

    bar: Bar
    until: int = NEVER
    detail: str = ""

    def failure(self, now: int, stays: bool) -> Failure:
        """What an attempt is told; `stays`: they are asked again when it is over, even if no clock knows when."""
        again = stays or self.until != NEVER
        return Failure(REASONS[self.bar], self.detail, retry=again, after=self.until - now if again else 0)


def objection(case: Case) -> Objection | None:
    """The first of all that stands against it."""
    return next(filter(None, (rule(case) for rule in _RULES)), None)


def _blocked(case: Case) -> Objection | None:
    return Objection(Bar.BLOCKED, detail=case.blocked.name.lower()) if case.blocked is not None else None


def _filtered(case: Case) -> Objection | None:
    if not case.campaign.dialled or not case.campaign.excluded:
        return None
    found = excluded_by(case.campaign.excluded, case.member.attributes)
    return found and Objection(Bar.FILTERED, detail=" ".join((found.attribute, found.operator, *found.values)))


def _expired(case: Case) -> Objection | None:
    return Objection(Bar.EXPIRED) if 0 < case.campaign.end_at <= case.now else None


def _not_now(case: Case) -> Objection | None:
    """What the clocks say: the first that holds is named, and until when all of them do."""
    campaign, law, now = case.campaign, case.law, case.now
    clocks = clocks_of(law, campaign, case.member.traits.zone, case.phone)
    not_before = max(now, campaign.not_before, case.member.not_before)
    after_calls = _after_calls(case, clocks[1][1])
    opens = next_window(clocks, max(not_before, after_calls, case.abandoned_until)).opens
    if opens == now:
        return None
    if not_before > now:
        return Objection(Bar.LATER, opens)
    if case.abandoned_until > now:
        return Objection(Bar.ABANDONED, opens)
    if after_calls > now:
        return Objection(Bar.CALLS_TODAY, opens)
    return Objection(Bar.LAW if next_window(clocks[:1], now).opens == now else Bar.HOURS, opens)


def _after_calls(case: Case, zones: Sequence[str]) -> int:
    """When the number may be called again as far as calls of a day are counted."""
    most = calls_a_day(case.law, case.campaign)
    if not most:
        return 0
    day = day_of(zones, case.now)
    return day.closes if sum(ended >= day.opens for ended in case.calls) >= most else 0


_RULES: Final[tuple[Callable[[Case], Objection | None], ...]] = (_blocked, _filtered, _expired, _not_now)
