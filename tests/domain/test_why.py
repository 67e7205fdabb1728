"""Why somebody is not being called: every cause has a case, and of several the first is told."""

from typing import Any

import pytest
from msgspec.structs import replace

from omnibound.domain.agent_line import AgentLine
from omnibound.domain.agent_line import Doing as LineDoing
from omnibound.domain.bulk import PARKED
from omnibound.domain.calendar import NEVER, Calendar, Hours
from omnibound.domain.campaign import Campaign, Kind, State
from omnibound.domain.due import Dues
from omnibound.domain.flow import DAY, HOUR
from omnibound.domain.law import USUAL
from omnibound.domain.live import Live, Stage
from omnibound.domain.member import Member, Progress, Stand, Traits
from omnibound.domain.objection import Case
from omnibound.domain.outbound import Condition
from omnibound.domain.pacing import Bound
from omnibound.domain.status import Reason
from omnibound.domain.why import Cause, Look, Seen, Why, why

MIDNIGHT = 20_000 * DAY
NOW = MIDNIGHT + 12 * HOUR
MORNING = MIDNIGHT + DAY + 8 * HOUR
CAMPAIGN = Campaign(
    id="c", account=1, name="C", dialer="d", kind=Kind.QUEUE, queue="q", state=State.STARTED,
    excluded=(Condition(attribute="City", operator="=", values=("Rome",)),),
)  # fmt: skip
MEMBER = Member(
    id=1, account=1, campaign="c", phone="48123", custom={"City": "Bonn"}, traits=Traits(zone="UTC"), changed_at=NOW - 9
)  # fmt: skip
LIVE = Live(1, 2, 1, 1, Stage.WAITING, 0, 0, 1, 0, NOW, NOW + DAY, sent_at=NOW - 5)
ANNA = AgentLine(agent="ANNA", doing=LineDoing.FREE, queues=("1:q",))
CALLED = Stand(reason=Reason.BUSY, tries=1, last_number=1)
OFFICE = Calendar(hours=(Hours(begin=13 * 60, end=14 * 60),))


def told(**known: Any) -> Why:
    """With parts of each of the nouns in it."""

    def of(kind: Any, noun: Any) -> Any:
        return replace(noun, **{name: known.pop(name) for name in list(known) if name in kind.__struct_fields__})

    now = known.pop("now", NOW)
    ended = known.pop("ended", False)
    live = None if ended else of(Live, LIVE)
    blocked, calls, law = known.pop("blocked", None), known.pop("calls", ()), known.pop("law", USUAL)
    blocked_at, alone = known.pop("blocked_at", 0), known.pop("abandoned_until", 0)
    looks = {name: known.pop(name) for name in ("up", "bound", "lines", "missing") if name in known}
    campaign, member = of(Campaign, CAMPAIGN), of(Member, MEMBER)
    assert not known
    case = Case(
        campaign=campaign, law=law, member=member, phone="48123", now=now, blocked=blocked, calls=calls,
        abandoned_until=alone,
    )  # fmt: skip
    plain = {"lines": (ANNA,), "queue": "1:q"}
    look = Look(campaign=campaign, dues=Dues(campaign, now, law), **{**plain, **looks})
    return why(look, Seen(member=member, live=live, case=case, blocked_at=blocked_at))


CASES: list[tuple[dict[str, Any], Why]] = [
    ({}, Why(Cause.DUE)),
    ({"stand": Stand(progress=Progress.GONE)}, Why(Cause.DELETED, since=NOW - 9)),
    ({"stand": Stand(progress=Progress.GONE), "stage": Stage.SENT}, Why(Cause.DELETED, since=NOW - 9)),
    (
        {"stand": Stand(progress=Progress.HANDLED, closed=True, reason=Reason.REFUSAL), "ended": True},
        Why(Cause.HANDLED, since=NOW - 9, detail="refusal"),
    ),
    (
        {"stand": Stand(progress=Progress.MAX_CALLS, closed=True, reason=Reason.BUSY), "ended": True},
        Why(Cause.MAX_CALLS, since=NOW - 9, detail="busy"),
    ),
    ({"stand": Stand(progress=Progress.FILTERED, closed=True), "ended": True}, Why(Cause.BLOCKED, since=NOW - 9)),
    ({"stand": Stand(closed=True), "ended": True}, Why(Cause.OVER, since=NOW - 9)),
    ({"stage": Stage.SENT}, Why(Cause.CALLING, since=NOW - 5)),
    ({"stage": Stage.SENT, "state": State.PAUSED}, Why(Cause.CALLING, since=NOW - 5)),
    ({"stage": Stage.HELD}, Why(Cause.HELD, since=NOW - 9)),
    ({"state": State.NEW}, Why(Cause.NOT_STARTED)),
    ({"state": State.PAUSED}, Why(Cause.PAUSED)),
    ({"due_at": NOW + PARKED}, Why(Cause.PAUSED)),
    ({"state": State.FINISHED}, Why(Cause.FINISHED)),
    ({"queue": ""}, Why(Cause.INVALID, detail="queue")),
    ({"missing": ["dialer"]}, Why(Cause.INVALID, detail="dialer")),
    ({"blocked": Reason.OPTED_OUT, "blocked_at": 7}, Why(Cause.BLOCKED, since=7, detail="opted_out")),
    ({"custom": {"City": "Rome"}}, Why(Cause.FILTERED, detail="City = Rome")),
    ({"stand": Stand(progress=Progress.FILTERED), "due_at": NEVER}, Why(Cause.FILTERED)),
    ({"end_at": NOW}, Why(Cause.EXPIRED)),
    ({"not_before": NOW + HOUR}, Why(Cause.LATER, NOW + HOUR)),
    ({"not_before": NOW + 10 * HOUR}, Why(Cause.LATER, MORNING)),
    ({"per_day": 1, "calls": (NOW,)}, Why(Cause.CALLS_TODAY, MORNING)),
    ({"abandoned_until": NOW + HOUR}, Why(Cause.ABANDONED, NOW + HOUR)),
    ({"calendar": OFFICE}, Why(Cause.CLOSED, NOW + HOUR)),
    ({"now": NOW + 9 * HOUR}, Why(Cause.LAW, MORNING)),
    # a pause that is longer than the night
    ({"now": NOW + 9 * HOUR, "due_at": MORNING + HOUR, "stand": CALLED}, Why(Cause.LAW, MORNING + HOUR)),
    ({"now": NOW + 9 * HOUR, "due_at": NEVER}, Why(Cause.LAW, MORNING)),
    ({"due_at": NOW + 1, "stand": CALLED}, Why(Cause.RETRY, NOW + 1)),
    ({"due_at": NOW + 1, "stand": CALLED, "up": False}, Why(Cause.RETRY, NOW + 1)),
    ({"due_at": NOW + 1, "up": False}, Why(Cause.TRUNK_DOWN)),
    ({"up": False}, Why(Cause.TRUNK_DOWN)),
    ({"traits": Traits(zone="UTC", agent="an-na")}, Why(Cause.DUE)),
    (
        {"traits": Traits(zone="UTC", agent="an-na"), "lines": (replace(ANNA, doing=LineDoing.TALKING),)},
        Why(Cause.AGENT, detail="an-na"),
    ),
    ({"traits": Traits(zone="UTC", agent="bert")}, Why(Cause.DUE)),
    ({"lines": ()}, Why(Cause.AGENTS, detail="none is signed on")),
    ({"lines": (replace(ANNA, queues=("2:q",)),)}, Why(Cause.AGENTS, detail="none is signed on")),
    ({"lines": (replace(ANNA, doing=LineDoing.OFF),)}, Why(Cause.AGENTS, detail="none is signed on")),
    ({"lines": (), "kind": Kind.NUMBER, "number": "48"}, Why(Cause.DUE)),
    ({"bound": Bound.AGENTS}, Why(Cause.AGENTS, detail="agents")),
    ({"bound": Bound.LINES}, Why(Cause.LINES, detail="lines")),
    ({"bound": Bound.DIALER}, Why(Cause.LINES, detail="dialer")),
    ({"bound": Bound.TRUNK}, Why(Cause.LINES, detail="trunk")),
    ({"bound": Bound.PACE}, Why(Cause.PACE, detail="pace")),
    ({"bound": Bound.PREVIEW}, Why(Cause.PREVIEW, detail="preview")),
    ({"dialer": "", "kind": Kind.ANNOUNCEMENT, "queue": ""}, Why(Cause.LINES)),
]


@pytest.mark.parametrize(("known", "answer"), CASES)
def test_why(known: dict[str, Any], answer: Why) -> None:
    assert told(**known) == answer


def test_every_cause_has_a_case() -> None:
    assert {answer.cause for _, answer in CASES} == set(Cause)
