"""How what failed for now is tried again: by whom, how long after, how often, and until when."""

from typing import Any

import pytest

from omnibound.domain.flow import DAY, MINUTE, SECOND, Flow, Step
from omnibound.domain.lifecycle import begin, due_word, move
from omnibound.domain.live import Live, Said, Stage, Word
from omnibound.domain.moves import backoff
from omnibound.domain.patience import PATIENCE, USUAL
from omnibound.domain.status import MEANINGS, Reason

FLOW = Flow(steps=(Step(channel="VOICE", validity=DAY), Step(channel="SMS", validity=DAY)), rounds=2)
TRUNK = [Reason.TRUNK_AUTH, Reason.TRUNK_MONEY, Reason.TRUNK_FAILED, Reason.TRUNK_TIMEOUT]


class Life:
    """A delivery whose every attempt fails for now."""

    def __init__(self, flow: Flow = FLOW) -> None:
        self.flow = flow
        self.now = 0
        live = begin(Live(1, 7, 8, 1, Stage.WAITING, 0, 0, 1, 0, 0, 0), flow, {}, 0).live
        assert live
        self.live: Live | None = live
        self.ended: Any = None

    def fail(self, reason: Reason, others: int = 0, after: int = 0, detail: str = "sip:1") -> int | None:
        """The wait in whole seconds, or None where the step is not tried again."""
        live = self.live
        assert live
        self.now = max(self.now, live.due_at)
        word = Word(
            Said.FAILED, live.attempt, self.now, reason, detail, "a", retry=MEANINGS[reason].retry,
            after=after * SECOND,
        )  # fmt: skip
        following = move(live, self.flow, word, self.now, others)
        self.live, self.ended = following.live, following.outcomes
        if self.live is None or (self.live.step, self.live.round) != (live.step, live.round):
            return None
        return (self.live.due_at - self.now) // SECOND


def waits(turns: int, patience: Any) -> list[int]:
    return [backoff(1, turn, patience) // SECOND for turn in range(turns)]


@pytest.mark.parametrize("reason", TRUNK, ids=lambda reason: reason.name)
@pytest.mark.parametrize("others", [0, 1, 2])
def test_all_trunks_are_tried_before_each_wait(reason: Reason, others: int) -> None:
    life = Life()
    told = [life.fail(reason, others) for _ in range(6 * (others + 1))]
    assert told == [wait for each in waits(6, PATIENCE[reason]) for wait in [0] * others + [each]]
    assert life.live is not None
    assert (life.live.step, life.live.round) == (0, 0)


@pytest.mark.parametrize(("turn", "least"), [(0, 30), (1, 60), (2, 120), (3, 240), (4, 480), (5, 600), (50, 600)])
def test_the_wait_for_a_trunk_doubles_to_ten_minutes(turn: int, least: int) -> None:
    wait = backoff(123 << 8, turn, PATIENCE[Reason.TRUNK_FAILED])
    assert least * SECOND <= wait < least * SECOND * 3 // 2


@pytest.mark.parametrize("reason", TRUNK, ids=lambda reason: reason.name)
def test_a_trunk_is_waited_for_until_the_validity_ends(reason: Reason) -> None:
    life = Life()
    while life.fail(reason) is not None:
        assert life.live
        assert life.live.attempt < 300
    # The last try is just before the end; then the next step is taken.
    assert life.now == DAY - SECOND
    assert life.live
    assert (life.live.step, life.live.stage) == (1, Stage.WAITING)


@pytest.mark.parametrize("reason", TRUNK, ids=lambda reason: reason.name)
def test_no_room_for_the_last_try_is_the_trunks_failure_all_the_same(reason: Reason) -> None:
    flow = Flow(steps=(Step(channel="VOICE", validity=2 * MINUTE),))
    life = Life(flow)
    other = next(each for each in TRUNK if each is not reason)
    for each, detail in ((other, "sip:2"), (reason, "sip:1"), (Reason.CLOSED, "")):
        life.fail(each, detail=detail)
    assert life.live
    word = due_word(life.live, 2 * MINUTE)
    assert (word.said, word.reason, word.detail) == (Said.DUE, reason, "sip:1")
    (outcome,) = move(life.live, flow, word, 2 * MINUTE).outcomes
    assert (outcome.reason, outcome.detail, outcome.final) == (reason, "sip:1", True)


def test_what_was_never_refused_by_a_trunk_is_expired() -> None:
    life = Life()
    life.fail(Reason.LINK_DOWN)
    assert life.live
    assert due_word(life.live, DAY).reason is Reason.EXPIRED
    # Nor does the failure of a step speak for the next one.
    life = Life()
    while life.fail(Reason.TRUNK_FAILED) is not None:
        pass
    assert life.live
    assert (life.live.step, life.live.charges, due_word(life.live, DAY).reason) == (1, {}, Reason.EXPIRED)


def test_other_failures_have_their_own_time() -> None:
    life = Life()
    while life.fail(Reason.LINK_DOWN) is not None:
        pass
    assert life.now < FLOW.retry_for


def test_first_another_connector_then_a_wait() -> None:
    life = Life()
    assert [life.fail(Reason.THROTTLED, 2) for _ in range(5)] == [0, 0, *waits(3, USUAL)]


@pytest.mark.parametrize("reason", [Reason.BARRED, Reason.MEDIA_REFUSED], ids=lambda reason: reason.name)
def test_a_refusal_is_heard_twice(reason: Reason) -> None:
    alone = Life()
    assert alone.fail(reason) is None
    life = Life()
    assert [life.fail(reason, 1), life.fail(reason, 1)] == [0, None]
    # Its other steps are no worse off.
    assert life.fail(reason, 1) == 0


def test_the_second_refusal_may_be_another_one() -> None:
    life = Life()
    told = [life.fail(reason, 1) for reason in (Reason.TRUNK_FAILED, Reason.BARRED, Reason.MEDIA_REFUSED)]
    assert told == [0, 0, None]


def test_a_trunk_may_fail_between_two_refusals() -> None:
    life = Life()
    told = [life.fail(reason, 1) for reason in (Reason.BARRED, Reason.TRUNK_FAILED, Reason.BARRED)]
    assert told == [0, *waits(1, PATIENCE[Reason.TRUNK_FAILED]), None]


def test_a_provider_that_asks_for_time_gets_it() -> None:
    life = Life()
    assert life.fail(Reason.TRUNK_FAILED, after=3_600) == 3_600
    life = Life()
    # The other one is asked at once; when all have failed, the first is not asked before its time.
    assert [life.fail(Reason.TRUNK_FAILED, 1, after=3_600), life.fail(Reason.TRUNK_FAILED, 1)] == [0, 3_600]


def test_closed_hours_are_nobodys_failure() -> None:
    life = Life()
    assert [life.fail(Reason.CLOSED, 1, after=20_000), life.fail(Reason.CLOSED, 1, after=20_000)] == [20_000, 20_000]
    assert life.live
    assert life.live.tries == 0
    assert life.fail(Reason.TRUNK_FAILED, 1) == 0


def test_what_cannot_be_said_is_not_tried_elsewhere_at_once() -> None:
    life = Life()
    live = life.live
    assert live
    word = Word(Said.FAILED, 1, 0, Reason.NO_CONTENT, "speech:timeout", "a", retry=True)
    again = move(live, FLOW, word, 0, 1).live
    assert again
    assert again.due_at == backoff(1, 0)


def test_short_validity_leaves_one_more_try() -> None:
    flow = Flow(steps=(Step(channel="VOICE", validity=2 * MINUTE),))
    life = Life(flow)
    tried = [0]
    while life.fail(Reason.TRUNK_AUTH) is not None:
        assert life.live
        tried.append(life.live.due_at // SECOND)
    assert tried[0] == 0
    assert tried[-1] == 119
    assert [(each.reason, each.final) for each in life.ended] == [(Reason.TRUNK_AUTH, True)]
