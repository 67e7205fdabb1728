"""Campaigns: how their state moves, how their calls go on by reason, and where members are counted."""

from typing import Any

import pytest
from msgspec.structs import replace

from omnibound.domain.call_outcome import UNCOUNTED
from omnibound.domain.campaign import (
    MOVES,
    Campaign,
    Kind,
    PriorityOrder,
    State,
    Tally,
    Wish,
    tally_of,
    wished,
)
from omnibound.domain.campaign_checks import check_campaign
from omnibound.domain.campaign_flow import flow_of, in_order, lane_of
from omnibound.domain.errors import Forbidden, Invalid
from omnibound.domain.flow import DAY, SECOND, Effect, Move
from omnibound.domain.lifecycle import begin, move
from omnibound.domain.live import Live, Outcome, Said, Stage, Word
from omnibound.domain.member import UNRANKED, Progress
from omnibound.domain.outbound import ResultSet
from omnibound.domain.standing import stand_of
from omnibound.domain.status import Reason, end_status

CAMPAIGN = Campaign(id="c", account=1, name="C", attempts=3, pause=60 * SECOND, pauses={Reason.BUSY: 5 * SECOND})


@pytest.mark.parametrize("state", State, ids=[state.name for state in State])
@pytest.mark.parametrize("wish", Wish, ids=[wish.name for wish in Wish])
def test_what_a_wish_leads_to(state: State, wish: Wish) -> None:
    campaign = replace(CAMPAIGN, state=state)
    if (state, wish) in ((State.NEW, Wish.PAUSE), (State.FINISHED, Wish.START), (State.FINISHED, Wish.PAUSE)):
        with pytest.raises(Forbidden):
            wished(campaign, wish)
    else:
        expected = {Wish.START: State.STARTED, Wish.PAUSE: State.PAUSED, Wish.FINISH: State.FINISHED}[wish]
        assert wished(campaign, wish) is MOVES[state, wish] is expected


@pytest.mark.parametrize(
    ("reason", "expected", "wait"),
    [
        (Reason.ANSWERED, Move.DONE, 0),
        (Reason.HUNG_UP, Move.DONE, 0),
        (Reason.MACHINE_LEFT, Move.DONE, 0),
        (Reason.OPTED_OUT, Move.STOP, 0),
        (Reason.UNWANTED, Move.STOP, 0),
        (Reason.BLOCKED, Move.STOP, 0),
        (Reason.BUSY, Move.LATER, 5),
        (Reason.NO_ANSWER, Move.LATER, 60),
        (Reason.MACHINE, Move.LATER, 60),
        (Reason.ABANDONED, Move.LATER, 72 * 3600),
        (Reason.INVALID_NUMBER, Move.STRIKE, 0),
        (Reason.FAX, Move.STRIKE, 0),
        (Reason.LOST, Move.HOLD, 0),
    ],
)
def test_what_a_reason_leads_to(reason: Reason, expected: Move, wait: int) -> None:
    effect = flow_of(CAMPAIGN).effect(reason)
    assert (effect.move, effect.wait) == (expected, wait * SECOND)


@pytest.mark.parametrize(
    ("other", "wait"),
    [
        ({}, 60),
        ({"results": ResultSet(pauses={"redial": 5 * SECOND})}, 5),
        ({"reserve": False}, 72 * 3600),
        ({"kind": Kind.NUMBER, "number": "48"}, 72 * 3600),
        ({"results": ResultSet(effects={Reason.ABANDONED: Effect(move=Move.LATER, wait=7 * SECOND)})}, 7),
    ],
)
def test_how_long_who_was_abandoned_waits(other: dict[str, Any], wait: int) -> None:
    dialled = {"kind": Kind.QUEUE, "queue": "q", "dialer": "d", **other}
    effect = flow_of(replace(CAMPAIGN, **dialled)).effect(Reason.ABANDONED)
    assert (effect.move, effect.wait) == (Move.LATER, wait * SECOND)


def test_in_which_order_lanes_are_served() -> None:
    one, two, ten, last = (lane_of(CAMPAIGN, priority) for priority in (1, 2, 10, UNRANKED))
    assert in_order([ten, last, one, two], PriorityOrder.ASCENDING) == [one, two, ten, last]
    assert in_order([ten, last, one, two], PriorityOrder.DESCENDING) == [ten, two, one, last]


def test_a_trunk_that_fails_uses_up_no_attempt_until_the_end() -> None:
    flow = flow_of(CAMPAIGN)
    live = begin(Live(1, 2, 1, 1, Stage.WAITING, 0, 0, 1, 0, 0, 0), flow, {}, 0).live
    now = 0
    outcomes: list[Outcome] = []
    while live is not None and now < CAMPAIGN.lasts:
        word = Word(Said.FAILED, live.attempt, now, Reason.TRUNK_FAILED, retry=True, after=DAY)
        now = live.due_at
        following = move(live, flow, word, now)
        live = following.live
        outcomes += following.outcomes
        if live is not None:
            assert (live.round, live.stage, outcomes) == (0, Stage.WAITING, [])
            now = live.due_at
    assert live is None
    (outcome,) = outcomes
    assert (stand_of(outcome).tries, stand_of(outcome).closed) == (0, True)


@pytest.mark.parametrize("reason", [Reason.BUSY, Reason.NO_ANSWER, Reason.MACHINE])
def test_rounds_are_used_up(reason: Reason) -> None:
    flow = flow_of(CAMPAIGN)
    live = begin(Live(1, 2, 1, 1, Stage.WAITING, 0, 0, 1, 0, 0, 0), flow, {}, 0).live
    results = []
    while live is not None:
        now = live.due_at + 1
        rung = move(live, flow, Word(Said.ACCEPTED, live.attempt, now, Reason.ACCEPTED), now).live
        assert rung is not None
        ended = move(rung, flow, Word(Said.UNDELIVERED, rung.attempt, now, reason, "sip:1"), now)
        results += map(stand_of, ended.outcomes)
        live = ended.live
    assert [(each.tries, each.closed, each.progress, each.reason) for each in results] == [
        (1, False, Progress.NOT_HANDLED, reason),
        (2, False, Progress.NOT_HANDLED, reason),
        (3, True, Progress.MAX_CALLS, reason),
    ]


def test_every_member_is_counted_somewhere() -> None:
    for reason in Reason:
        assert tally_of(False, reason) is Tally.WAITING
        told = tally_of(True, reason)
        assert told is not Tally.WAITING
        if end_status(reason).arrived and reason is not Reason.SEEN and reason is not Reason.ACCEPTED:
            assert told in (Tally.ANSWERED, Tally.MACHINE)
    assert tally_of(False, None) is Tally.WAITING
    assert not {Reason.BUSY, Reason.NO_ANSWER, Reason.MACHINE, Reason.ANSWERED} & UNCOUNTED


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("id", ""), ("id", "ż"), ("id", "-a"), ("id", "x" * 65), ("id", "a\n"), ("name", ""), ("name", "a\0"),
        ("attempts", 0), ("attempts", 101), ("priority", -1), ("priority", 1001), ("pause", -1), ("lasts", 0),
        ("lasts", 366 * DAY), ("pauses", {Reason.BUSY: -1}),
    ],
)  # fmt: skip
def test_what_is_no_campaign(member: str, value: object) -> None:
    check_campaign(CAMPAIGN)
    with pytest.raises(Invalid) as caught:
        check_campaign(replace(CAMPAIGN, **{member: value}))
    assert caught.value.field == member
