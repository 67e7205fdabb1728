"""Reasons: every one has a meaning and an end."""

from collections import Counter

import pytest

from omnibound.domain.facts import Failure
from omnibound.domain.flow import DEFAULTS, Effect, Flow, Move, Step
from omnibound.domain.moves import MOVES
from omnibound.domain.status import MEANINGS, Fault, Reason, Status, end_status

ARRIVED = {Reason.DELIVERED, Reason.ACCEPTED, Reason.ANSWERED, Reason.HUNG_UP, Reason.MACHINE_LEFT, Reason.SUCCESS}
ENDS = {
    **dict.fromkeys(Reason, Status.FAILED),
    **dict.fromkeys(ARRIVED, Status.DELIVERED),
    Reason.SEEN: Status.SEEN,
    Reason.EXPIRED: Status.EXPIRED,
    Reason.NO_RECEIPT: Status.EXPIRED,
    Reason.AMBIGUOUS: Status.EXPIRED,
    Reason.CANCELLED: Status.CANCELLED,
}
RETRIED = {
    Reason.SUBSCRIBER_BUSY, Reason.THROTTLED, Reason.PROVIDER_ERROR, Reason.PROVIDER_TIMEOUT, Reason.PROVIDER_AUTH,
    Reason.LINK_DOWN, Reason.AMBIGUOUS, Reason.TRUNK_AUTH, Reason.TRUNK_MONEY, Reason.TRUNK_FAILED,
    Reason.MEDIA_REFUSED, Reason.TRUNK_TIMEOUT, Reason.BARRED, Reason.CLOSED,
}  # fmt: skip


def test_stored_numbers_do_not_change() -> None:
    assert [(s.name, s.value) for s in Status] == [
        ("PENDING", 0), ("SENT", 1), ("DELIVERED", 2), ("SEEN", 3), ("EXPIRED", 4), ("FAILED", 5), ("CANCELLED", 6),
    ]  # fmt: skip
    assert [r.value for r in Reason] == [*range(1, 41), *range(60, 83), *range(90, 100)]


def test_every_reason_has_a_meaning() -> None:
    assert list(MEANINGS) == list(Reason)


def test_the_words_are_sentences_and_say_different_things() -> None:
    words = [meaning.words for meaning in MEANINGS.values()]
    assert [w for w in words if not (w[0].isupper() and w.endswith(".") and len(w) < 80)] == []
    assert [w for w, n in Counter(words).items() if n > 1] == []


def test_what_is_worth_another_try() -> None:
    assert {reason for reason, meaning in MEANINGS.items() if meaning.retry} == RETRIED


def test_nobody_is_to_blame_for_what_arrived() -> None:
    blamed = {r for r in Reason if end_status(r).arrived and MEANINGS[r].fault is not Fault.NOBODY}
    assert blamed == {Reason.HUNG_UP}


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_ends_in_a_status(reason: Reason) -> None:
    assert end_status(reason) is ENDS[reason]


def test_arrived() -> None:
    assert [status for status in Status if status.arrived] == [Status.DELIVERED, Status.SEEN]


@pytest.mark.parametrize(
    ("failure", "temporary"),
    [
        pytest.param(Failure(Reason.THROTTLED), True, id="as the reason says: may help"),
        pytest.param(Failure(Reason.INVALID_SENDER), False, id="as the reason says: does not help"),
        pytest.param(Failure(Reason.THROTTLED, retry=False), False, id="the provider says not to"),
        pytest.param(Failure(Reason.INVALID_SENDER, retry=True), True, id="the provider says to"),
    ],
)
def test_temporary(failure: Failure, temporary: bool) -> None:
    assert failure.temporary is temporary


# -- What a flow makes of a reason ------------------------------------------------------------------------------------

SMS = (Step(channel="SMS"),)
LATER = Effect(move=Move.LATER, wait=5, charge="busy")


def test_every_move_is_known() -> None:
    assert list(MOVES) == list(Move)


def test_no_flow_needs_to_say_what_ends_it() -> None:
    # An acceptance is never a result: where a provider tells nothing more, it is told as delivered.
    done = {*ARRIVED, Reason.SEEN} - {Reason.ACCEPTED}
    stop = {Reason.CANCELLED, Reason.OPTED_OUT, Reason.UNWANTED, Reason.MAX_CALLS}
    assert {reason: effect.move for reason, effect in DEFAULTS.items()} == {
        **dict.fromkeys(done, Move.DONE),
        **dict.fromkeys(stop, Move.STOP),
    }


@pytest.mark.parametrize(
    ("flow", "reason", "effect"),
    [
        pytest.param(Flow(steps=SMS), Reason.BUSY, Effect(move=Move.NEXT), id="unnamed: the next step"),
        pytest.param(Flow(steps=SMS, otherwise=LATER), Reason.BUSY, LATER, id="unnamed: as the flow says"),
        pytest.param(Flow(steps=SMS, otherwise=LATER), Reason.SEEN, Effect(move=Move.DONE), id="the default first"),
        pytest.param(
            Flow(steps=SMS, effects={Reason.SEEN: LATER}), Reason.SEEN, LATER, id="the flow beats the default"
        ),
    ],
)
def test_effect(flow: Flow, reason: Reason, effect: Effect) -> None:
    assert flow.effect(reason) == effect
