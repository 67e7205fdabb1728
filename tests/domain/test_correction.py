"""A result that is named anew: how the delivery stood before, by the outcomes that are kept."""

from typing import Any

import pytest
from msgspec.structs import replace

from omnibound.domain.campaign import Campaign, Kind
from omnibound.domain.campaign_flow import flow_of, lane_of
from omnibound.domain.correction import LATEST, Named, check_named, corrected
from omnibound.domain.errors import TooLate
from omnibound.domain.flow import SECOND
from omnibound.domain.live import Event, Live, Note, Outcome, Said, Stage, Word
from omnibound.domain.member import Member, Progress, Stand
from omnibound.domain.message import Class
from omnibound.domain.status import Reason, Status, end_status

R = Reason
NOW = 1_800_000_000 * SECOND
CAMPAIGN = Campaign(id="c", account=1, name="C", kind=Kind.QUEUE, dialer="d", queue="q")
FLOW = flow_of(CAMPAIGN)
MEMBER = Member(id=5, account=1, campaign="c", phone="48;49")
WAITS = Live(5, 9, 1, int(Class.NORMAL), Stage.WAITING, 1, 1, 3, 0, NOW, 0, version=7)


def outcome(reason: Reason, attempt: int, step: int = 0, round_: int = 0, **other: Any) -> Outcome:
    values = {"detail": "", "connector": "t", "parts": 1, "sent_at": 3, "done_at": NOW, "final": False, **other}
    return Outcome(
        delivery=5, account=1, attempt=attempt, status=end_status(reason), reason=reason, step=step, round=round_,
        **values,
    )  # fmt: skip


def named_by(attempt: int, said: Said = Said.RESULT, note: Note = Note.NONE) -> Event:
    return Event(5, attempt, 0, NOW, said, Status.DELIVERED, R.REDIAL, "", "", 0, note)


BEFORE = [
    outcome(R.BUSY, 1), outcome(R.AGAIN, 2, round_=1), outcome(R.FAX, 3, step=1, round_=1),
    outcome(R.REDIAL, 4, round_=1, detail="result:3"),
]  # fmt: skip
NAMED = Named(live=WAITS, message=9, outcomes=BEFORE, timeline=[named_by(4)])


def test_how_it_stood_follows_from_the_rounds_before() -> None:
    word = Word(Said.RESULT, 4, NOW, R.REFUSAL, "result:2")
    before, following = corrected(CAMPAIGN, FLOW, MEMBER, NAMED, word, "anna")
    # The third number is not there, and the second was a fax.
    assert before == Live(
        5, 9, 1, int(Class.NORMAL), Stage.HELD, 0, 1, 4, 0, 0, 0, sent_at=3, connector="t", parts=1, struck=0b110,
        charges={"busy": 1, "redial": 1, "again": 1}, version=7, channel=lane_of(CAMPAIGN, MEMBER.priority),
    )  # fmt: skip
    ((event,), (told,)) = following.events, following.outcomes
    assert (event.detail, event.note) == ("result:2 was redial result:3 by anna", Note.CHANGED)
    assert (following.live, told.reason, told.final, told.attempt) == (None, R.REFUSAL, True, 4)


@pytest.mark.parametrize(("tried", "attempt"), [(5, 5), (8, 8)])
def test_numbers_of_attempts_are_used_once(tried: int, attempt: int) -> None:
    named = replace(NAMED, live=replace(WAITS, attempt=tried))
    _, following = corrected(CAMPAIGN, FLOW, MEMBER, named, Word(Said.RESULT, 4, NOW, R.BUSY), "anna")
    assert following.live
    assert (following.live.attempt, following.live.charges["busy"], following.live.version) == (attempt, 2, 8)


@pytest.mark.parametrize(
    ("named", "stand", "now"),
    [
        (replace(NAMED, outcomes=[]), Stand(), NOW),
        (replace(NAMED, timeline=[]), Stand(), NOW),
        (replace(NAMED, timeline=[named_by(3)]), Stand(), NOW),
        (replace(NAMED, timeline=[named_by(4, Said.FAILED)]), Stand(), NOW),
        (replace(NAMED, timeline=[named_by(4, note=Note.LATE)]), Stand(), NOW),
        (NAMED, Stand(progress=Progress.GONE), NOW),
        (replace(NAMED, live=replace(WAITS, stage=Stage.SENT)), Stand(), NOW),
        (replace(NAMED, live=replace(WAITS, stage=Stage.HELD)), Stand(), NOW),
        (replace(NAMED, live=None), Stand(), NOW + LATEST + 1),
    ],
)
def test_when_it_is_too_late(named: Named, stand: Stand, now: int) -> None:
    with pytest.raises(TooLate):
        check_named(named, replace(MEMBER, stand=stand), now)


@pytest.mark.parametrize(
    ("named", "now"),
    [
        (NAMED, NOW + 100 * LATEST),
        (replace(NAMED, timeline=[named_by(4, note=Note.CHANGED)]), NOW),
        (replace(NAMED, live=None), NOW + LATEST),
    ],
)
def test_when_it_is_not(named: Named, now: int) -> None:
    assert check_named(named, MEMBER, now) is BEFORE[-1]
