"""Whoever joins with many others stands as if they had joined alone: what many have alike is made once."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnibound.domain.action import Speech
from omnibound.domain.bulk import PARKED
from omnibound.domain.calendar import NEVER, Calendar, Hours
from omnibound.domain.campaign import Campaign, Kind, State
from omnibound.domain.campaign_flow import FOREVER, lane_of
from omnibound.domain.changes import Changes
from omnibound.domain.errors import Invalid
from omnibound.domain.flow import DAY, Flow, Step
from omnibound.domain.live import Live, Stage
from omnibound.domain.member import Member, Progress, Stand, Traits
from omnibound.domain.message import Addresses, Class, Content, Delivery
from omnibound.domain.outbound import Condition
from omnibound.domain.status import Reason
from omnibound.services.enrol_members import NO_HOURS, Enrolment, keys_of

NOW = 20_000 * DAY
MESSAGE = 7
STEPS = (Step(channel="EMAIL", sender="us", validity=DAY), Step(channel="SMS", sender="us", validity=DAY))


def campaign(**other: Any) -> Campaign:
    return Campaign(**{"id": "c", "account": 3, "name": "C", "speech": Speech(text="hi"), **other})


CAMPAIGNS = {
    "calls": campaign(dialer="d", excluded=(Condition(attribute="City", operator="=", values=("Bern",)),)),
    "messages": campaign(
        dialer="d", kind=Kind.MESSAGES, flow=Flow(steps=STEPS), message={"EMAIL": Content(), "SMS": Content()}
    ),
    "e-mail alone": campaign(
        dialer="d", kind=Kind.MESSAGES, flow=Flow(steps=STEPS[:1]), message={"EMAIL": Content(text="hi")}
    ),
    "lists": campaign(),
    "lists, started": campaign(state=State.STARTED),
}


def member(id_: int, phone: str = "4812345678", priority: int = 5, **other: Any) -> Member:
    return Member(id=id_, account=3, campaign="c", phone=phone, traits=Traits(priority=priority), **other)


def enrolled(of: Campaign, *people: Member, blocked: Reason | None = None) -> Changes:
    enrolment = Enrolment(of, MESSAGE, NOW)
    for each in people:
        enrolment.add(each, keys_of(each), blocked)
    return enrolment.changes


def test_who_is_dialled_waits_in_the_lane_of_their_priority() -> None:
    of = CAMPAIGNS["calls"]
    people = [
        member(1),
        member(2, "+48 111;48222;48333"),
        member(3, custom={"City": "Bern", "e-mail": "x", "EMail": "a@b"}),
    ]
    changes = enrolled(of, *people)
    lane = lane_of(of, 5)
    assert changes.born == [
        (
            Live(
                n, MESSAGE, 3, Class.NORMAL, Stage.WAITING, 0, 0, 1, 0, due, due + FOREVER, struck=struck, channel=lane
            ),
            0,
        )
        for n, due, struck in ((1, NOW, 0b110), (2, NOW, 0), (3, NEVER, 0b110))
    ]
    assert [(m.stand, m.detail, m.due_at) for m in changes.members] == [
        (Stand(), "", NOW), (Stand(), "", NOW), (Stand(progress=Progress.FILTERED), "filtered", NEVER),
    ]  # fmt: skip
    assert changes.deliveries == [
        Delivery(id=n, message=MESSAGE, account=3, to=to)
        for n, to in (
            (1, Addresses(phone="4812345678")),
            (2, Addresses(phone="48111", more={"VOICE2": "48222", "VOICE3": "48333"})),
            (3, Addresses(phone="4812345678", email="a@b")),
        )
    ]


def test_who_has_no_address_for_a_message_is_told_of_each_step() -> None:
    changes = enrolled(CAMPAIGNS["messages"], member(1), member(2, custom={"email": "a@b"}))
    assert [(live.id, live.step, live.attempt, live.struck, live.step_until) for live, _ in changes.born] == [
        (1, 1, 2, 1, FOREVER), (2, 0, 1, 0, FOREVER),
    ]  # fmt: skip
    assert [(event.delivery, event.step, event.reason) for event in changes.events] == [(1, 0, Reason.NO_ADDRESS)]


def test_who_can_be_sent_nothing_is_over_at_once() -> None:
    changes = enrolled(CAMPAIGNS["e-mail alone"], member(1), member(2, custom={"email": "a@b"}))
    assert [live.id for live, _ in changes.born] == [2]
    assert [(outcome.delivery, outcome.reason, outcome.final) for outcome in changes.outcomes] == [
        (1, Reason.NO_ADDRESS, True)
    ]
    assert changes.told == changes.outcomes
    assert [m.closed for m in changes.members] == [True, False]


@pytest.mark.parametrize(("name", "parked"), [("lists", PARKED), ("lists, started", 0)])
def test_without_a_dialer_what_is_urgent_goes_before(name: str, parked: int) -> None:
    changes = enrolled(CAMPAIGNS[name], member(1, priority=100), member(2, priority=101))
    assert [(live.id, live.cls, live.due_at, live.channel) for live, _ in changes.born] == [
        (1, Class.BULK, NOW + parked, "VOICE"), (2, Class.NORMAL, NOW + parked, "VOICE"),
    ]  # fmt: skip
    assert [m.due_at for m in changes.members] == [NOW, NOW]


@pytest.mark.parametrize(("name", "born", "over"), [("calls", 1, 0), ("lists", 0, 1)])
def test_who_is_blocked(name: str, born: int, over: int) -> None:
    changes = enrolled(CAMPAIGNS[name], member(1), blocked=Reason.DO_NOT_DISTURB)
    assert (len(changes.born), len(changes.outcomes), len(changes.members)) == (born, over, 1)


@pytest.mark.parametrize("dialer", ["", "d"])
def test_nothing_is_left_of_whose_hours_do_not_come(dialer: str) -> None:
    never = Calendar(hours=(Hours(begin=60, end=120, days=()),))
    enrolment = Enrolment(campaign(dialer=dialer, calendar=never), MESSAGE, NOW)
    with pytest.raises(Invalid, match=NO_HOURS):
        enrolment.add(member(1), ["4812345678"])
    assert enrolment.changes == Changes(messages=[enrolment.message])


PEOPLE = st.lists(
    st.builds(
        lambda numbers, priority, custom, not_before: {
            "phone": ";".join(numbers), "priority": priority, "custom": custom or None, "not_before": not_before,
        },
        st.lists(st.sampled_from(["48111", "+49 222", "4133344"]), min_size=1, max_size=3),
        st.sampled_from([1, 100, 101]),
        st.dictionaries(st.sampled_from(["City", "email", "Email"]), st.sampled_from(["Bern", "a@b"])),
        st.sampled_from([0, NOW + DAY]),
    ),
    max_size=8,
)  # fmt: skip


@given(name=st.sampled_from(sorted(CAMPAIGNS)), people=PEOPLE, blocked=st.sampled_from([None, Reason.BLOCKED]))
def test_together_as_alone(name: str, people: list[dict[str, Any]], blocked: Reason | None) -> None:
    members = [member(n, **each) for n, each in enumerate(people, 1)]
    together = enrolled(CAMPAIGNS[name], *members, blocked=blocked)
    alone = [enrolled(CAMPAIGNS[name], each, blocked=blocked) for each in members]
    for table in ("deliveries", "members", "born", "events", "outcomes", "told"):
        assert getattr(together, table) == [row for each in alone for row in getattr(each, table)]
