"""Who is excluded, and how those stand who are judged again: both ways, again and again, and never who is called."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from omnibound.domain.bulk import PARKED, real_due
from omnibound.domain.calendar import NEVER, Calendar, Hours
from omnibound.domain.campaign import Campaign
from omnibound.domain.campaign_flow import FOREVER, flow_of
from omnibound.domain.due import Dues
from omnibound.domain.exclusion import Judged, blocked_by, exclusion, judged
from omnibound.domain.flow import DAY, HOUR, SECOND
from omnibound.domain.lifecycle import move
from omnibound.domain.live import Live, Said, Stage, Word
from omnibound.domain.member import Doing, Member, Progress, Stand, unpack
from omnibound.domain.number import number_key
from omnibound.domain.outbound import Condition
from omnibound.domain.standing import moved
from omnibound.domain.status import Reason

NOW = 20_000 * DAY + 12 * HOUR
ROME = (Condition(attribute="City", operator="=", values=("Rome",)),)
CAMPAIGN = Campaign(id="c", account=1, name="C", dialer="d", excluded=ROME)
MEMBER = Member(id=1, account=1, campaign="c", phone="+48 123;0049123", custom={"City": "Bonn"}, due_at=NOW)
LIVE = Live(1, 2, 1, 1, Stage.WAITING, 0, 0, 1, 0, NOW, NOW + FOREVER, version=5)


@pytest.mark.parametrize(
    ("campaign", "person", "blocked", "why"),
    [
        ({}, {}, {}, ""),
        ({}, {"custom": {"City": "ROME"}}, {}, "filtered"),
        ({}, {"custom": None}, {}, ""),
        ({}, {}, {"49123": Reason.OPTED_OUT}, "opted_out"),
        ({}, {"custom": {"City": "Rome"}}, {"48123": Reason.BLOCKED}, "blocked"),
        ({"dialer": ""}, {"custom": {"City": "Rome"}}, {"48123": Reason.BLOCKED}, ""),
    ],
)
def test_who_is_excluded(
    campaign: dict[str, Any], person: dict[str, Any], blocked: dict[str, Reason], why: str
) -> None:
    member = replace(MEMBER, **person)
    reason = blocked_by(map(number_key, member.numbers), blocked)
    assert exclusion(replace(CAMPAIGN, **campaign), member, reason) == why


def stand_after(member: Member, told: Judged) -> Stand:
    """As the store applies it."""
    return unpack(told.result.bits | member.stand.pack() & told.result.keep)


def test_there_and_back() -> None:
    dues, called = Dues(CAMPAIGN, NOW), Stand(reason=Reason.BUSY, tries=2, last_number=1)
    for stand, due in ((Stand(), NOW), (called, NOW + 600 * SECOND)):
        member = replace(MEMBER, stand=stand, changed_at=NOW, due_at=due)
        live = replace(LIVE, due_at=due)
        assert judged(dues, member, live, "") is None
        gone = judged(dues, member, live, "blocked")
        assert gone
        assert gone.live == replace(live, due_at=NEVER, step_until=NEVER + FOREVER, version=6)
        assert stand_after(member, gone) == replace(stand, progress=Progress.FILTERED)
        assert (gone.result.due_at, gone.result.changed_at) == (NEVER, NOW)
        assert gone.result.detail == (None if stand.reason else "blocked")
        filtered = replace(member, stand=stand_after(member, gone), due_at=NEVER)
        assert judged(dues, filtered, gone.live, "blocked") is None
        back = judged(dues, filtered, gone.live, "")
        assert back
        assert back.live == replace(live, due_at=due, step_until=due + FOREVER, version=7)
        assert stand_after(filtered, back) == stand
        assert back.result.detail == (None if stand.reason else "")


def test_who_is_parked_at_the_dial_comes_back_as_often_as_it_takes() -> None:
    """There the step's end does not move with what is due."""
    live, member = LIVE, replace(MEMBER, stand=Stand(progress=Progress.FILTERED))
    for _ in range(5):
        live = replace(live, due_at=NEVER)
        assert live.due_at < live.step_until
        back = judged(Dues(CAMPAIGN, NOW), member, live, "")
        assert back
        live = back.live
        assert (live.due_at, live.step_until) == (NOW, NOW + FOREVER)


@pytest.mark.parametrize(
    ("live", "stand"),
    [
        ({"stage": Stage.SENT}, Stand(doing=Doing.CALLING)),
        ({"stage": Stage.HELD, "due_at": 0}, Stand(doing=Doing.HELD)),
        ({}, Stand(progress=Progress.GONE)),
        ({}, Stand(progress=Progress.GONE, doing=Doing.CALLING)),
    ],
)
@pytest.mark.parametrize("why", ["", "filtered"])
def test_who_is_called_or_gone_is_left(live: dict[str, Any], stand: Stand, why: str) -> None:
    due = replace(LIVE, **{"due_at": NOW + DAY, **live})
    assert judged(Dues(CAMPAIGN, NOW), replace(MEMBER, stand=stand), due, why) is None


def test_hours_that_never_come_leave_who_waits_and_free_who_was_filtered() -> None:
    dues = Dues(replace(CAMPAIGN, calendar=Calendar(hours=(Hours(begin=0, end=1, until="2001-01-01"),))), NOW)
    assert judged(dues, MEMBER, LIVE, "") is None
    back = judged(dues, replace(MEMBER, stand=Stand(progress=Progress.FILTERED)), replace(LIVE, due_at=NEVER), "")
    assert back
    assert (unpack(back.result.bits).progress, back.live.due_at) == (Progress.NOT_HANDLED, NEVER)


@given(
    st.integers(0, 3 * DAY), st.booleans(), st.sampled_from(["", "blocked"]), st.sampled_from([FOREVER, DAY]),
    st.sampled_from([Progress.NOT_HANDLED, Progress.FILTERED]),
)  # fmt: skip
def test_judged_again_nothing_changes(ahead: int, parked: bool, why: str, validity: int, progress: Progress) -> None:
    due = NOW + ahead
    live = replace(LIVE, due_at=due + (PARKED if parked else 0), step_until=due + validity)
    member = replace(MEMBER, stand=Stand(progress=progress, reason=Reason.BUSY, tries=1), changed_at=NOW)
    dues = Dues(CAMPAIGN, NOW)
    told = judged(dues, member, live, why)
    if told is None:
        return
    assert (told.live.due_at >= PARKED) is parked
    assert real_due(told.live.due_at) == told.result.due_at
    assert told.live.step_until - real_due(told.live.due_at) == validity
    after = replace(
        member, stand=stand_after(member, told), due_at=told.result.due_at, changed_at=told.result.changed_at
    )
    assert after.stand == replace(member.stand, progress=Progress.FILTERED if why else Progress.NOT_HANDLED)
    assert judged(dues, after, told.live, why) is None
    back = judged(dues, after, told.live, "")
    assert back is None or back.live.step_until - real_due(back.live.due_at) == validity


@pytest.mark.parametrize("reason", [Reason.BLOCKED, Reason.FILTERED])
def test_what_the_dial_parks_is_freed_by_the_judge(reason: Reason) -> None:
    """From the failure of an attempt to the member's row and back, as often as the filter changes."""
    flow, live, member = flow_of(CAMPAIGN), replace(LIVE, channel="dial:1:c:000100"), MEMBER
    for _ in range(4):
        word = Word(Said.FAILED, live.attempt, NOW, reason, "x", "t", retry=True, after=NEVER - NOW)
        parked = move(live, flow, word, NOW).live
        assert parked
        assert (parked.due_at, parked.stage, parked.channel) == (NEVER, Stage.WAITING, live.channel)
        told = moved(live, parked, word)
        member = replace(member, stand=unpack(told.bits | member.stand.pack() & told.keep), due_at=told.due_at)
        assert (member.stand, member.due_at) == (Stand(progress=Progress.FILTERED), NEVER)
        back = judged(Dues(CAMPAIGN, NOW), member, parked, "")
        assert back
        live = back.live
        member = replace(member, stand=stand_after(member, back), due_at=back.result.due_at)
        assert (live.due_at, live.step_until, member.stand) == (NOW, NOW + FOREVER, Stand())
