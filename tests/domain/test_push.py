"""Pushes: what a message's outcomes lead to, and how long a retry waits."""

import pytest

from omnibound.domain.changes import Changes, Reportable
from omnibound.domain.flow import MINUTE, Flow, Step
from omnibound.domain.live import Outcome
from omnibound.domain.message import Message
from omnibound.domain.push import PUSHED_FOR, RETRY_WAITS, Notify, Pull, Push, Topic, missed, push_of
from omnibound.domain.status import Reason, Status
from omnibound.domain.telling import tell

NOW = 1_800_000_000_000_000


def test_retries_sum_up_to_two_days() -> None:
    assert RETRY_WAITS[:4] == (MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE)
    assert (len(RETRY_WAITS), sum(RETRY_WAITS)) == (21, PUSHED_FOR)
    assert all(wait > 0 for wait in RETRY_WAITS)


@pytest.mark.parametrize(
    ("now", "tries", "due", "over"),
    [
        (NOW, 0, NOW + MINUTE, False),
        (NOW + MINUTE, 4, NOW + 18 * MINUTE, False),
        (NOW + PUSHED_FOR - MINUTE, 9, NOW + PUSHED_FOR, False),
        (NOW + PUSHED_FOR, 20, NOW + PUSHED_FOR, True),
    ],
)
def test_a_missed_push(now: int, tries: int, due: int, over: bool) -> None:
    push = Push(7, 1, 2, "u", "f", now, NOW + PUSHED_FOR, tries)
    assert missed(push, "why", now) == Push(7, 1, 2, "u", "f", due, NOW + PUSHED_FOR, tries + 1, over, "why")


def _outcome(attempt: int, final: bool) -> Outcome:
    return Outcome(5, 7, attempt, Status.FAILED, Reason.REFUSED, "", attempt - 1, 0, "c", 1, NOW, NOW, final=final)


STEPS = [_outcome(1, final=False), _outcome(2, final=True)]


@pytest.mark.parametrize(
    ("notify", "pushed", "pulled"),
    [
        (None, [], [1, 2]),
        (Notify(url="u"), [2], [2]),
        (Notify(url="u", steps=True), [1, 2], [2]),
        (Notify(url="u", steps=True, pull=Pull.ALL), [1, 2], [1, 2]),
        (Notify(url="u", steps=True, pull=Pull.NONE), [1, 2], []),
        (Notify(url="u", pull=Pull.NONE), [2], []),
    ],
)
def test_who_is_told_of_what(notify: Notify | None, pushed: list[int], pulled: list[int]) -> None:
    flow = Flow(steps=(Step(channel="PUSH"), Step(channel="SMS")))
    message = Message(id=1, account=7, flow=flow, content={}, created_at=NOW, notify=notify)
    changes = Changes()
    tell(changes, message, STEPS, NOW)
    assert changes.outcomes == STEPS
    assert changes.reports == [Reportable(7, 5, attempt, ("PUSH", "SMS")[attempt - 1]) for attempt in pulled]
    assert changes.pushes == [push_of(notify or Notify(), 7, 5, attempt, NOW) for attempt in pushed]


@pytest.mark.parametrize("notify", [None, Notify(url="u", pull=Pull.ALL)])
def test_what_was_seen_is_told_beside_its_report_and_never_pulled(notify: Notify | None) -> None:
    flow = Flow(steps=(Step(channel="VIBER"),))
    message = Message(id=1, account=7, flow=flow, content={}, created_at=NOW, notify=notify)
    seen = Outcome(5, 7, 1, Status.SEEN, Reason.SEEN, "", 0, 0, "c", 1, NOW, NOW, seen_at=NOW)
    changes = Changes()
    tell(changes, message, [seen], NOW)
    topics = (Topic.REPORT, Topic.SEEN) if notify else ()
    assert changes.pushes == [push_of(notify or Notify(), 7, 5, 1, NOW, topic) for topic in topics]
    assert changes.reports == [Reportable(7, 5, 1, "VIBER")]


def test_a_push_is_due_at_once() -> None:
    assert push_of(Notify(url="u", format="f"), 7, 5, 1, NOW) == Push(7, 5, 1, "u", "f", NOW, NOW + PUSHED_FOR)
