"""How connectors become sick, rest, are tried and get well."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnibound.domain.facts import Accepted, Fact, Failed, Failure, Link, Returned, Unknown
from omnibound.domain.flow import SECOND
from omnibound.domain.health import (
    LONGEST_REST,
    NEW,
    Answer,
    Condition,
    Health,
    Limits,
    heard,
    looked_at,
    speaks_well,
    tried,
)
from omnibound.domain.status import Reason

NOW = 1_800_000_000 * SECOND
L = Limits()
WELL, SICK, TRIED = Condition


def sick(since: int = NOW, rests: int = 1) -> Health:
    return Health(condition=SICK, since=since, rests=rests)


@pytest.mark.parametrize(
    ("answers", "errors", "condition"),
    [(19, 19, WELL), (20, 9, WELL), (20, 10, SICK), (1_000, 499, WELL), (1_000, 500, SICK), (20, 0, WELL)],
)
def test_too_many_errors_make_sick(answers: int, errors: int, condition: Condition) -> None:
    assert heard(NEW, answers, errors, NOW, L).condition is condition


def test_what_is_older_than_a_window_does_not_count() -> None:
    health = heard(NEW, 15, 15, NOW, L)
    soon = heard(health, 5, 5, NOW + 49 * SECOND, L)
    late = heard(health, 5, 5, NOW + 71 * SECOND, L)
    assert (soon.condition, late.condition, late.answers, late.share) == (SICK, WELL, 5, 1.0)


def test_it_rests_and_is_tried() -> None:
    health = sick()
    assert heard(health, 100, 0, NOW + 29 * SECOND, L) == health
    now = NOW + 30 * SECOND
    assert looked_at(health, now - 1, L) == health
    trial = looked_at(health, now, L)
    assert (trial.condition, trial.left, trial.answers) == (TRIED, 10, 0)
    assert [tried(trial, number).left for number in (3, 10, 99)] == [7, 0, 0]


@pytest.mark.parametrize(
    ("answers", "errors", "condition", "rests"),
    [(9, 0, TRIED, 1), (10, 2, WELL, 0), (10, 3, SICK, 2), (10, 10, SICK, 2), (30, 7, WELL, 0)],
)
def test_a_trial_needs_half_the_errors(answers: int, errors: int, condition: Condition, rests: int) -> None:
    after = heard(sick(), answers, errors, NOW + 30 * SECOND, L)
    assert (after.condition, after.rests) == (condition, rests)


@pytest.mark.parametrize(("rests", "rest"), [(1, 30), (2, 60), (4, 240), (6, 600), (16, 600)])
def test_rests_double(rests: int, rest: int) -> None:
    health = sick(rests=rests)
    assert looked_at(health, NOW + rest * SECOND - 1, L).condition is SICK
    assert looked_at(health, NOW + rest * SECOND, L).condition is TRIED


def test_trials_that_nobody_answers_are_made_again() -> None:
    trial = tried(looked_at(sick(), NOW + 30 * SECOND, L), 10)
    assert looked_at(trial, NOW + 59 * SECOND, L).left == 0
    assert looked_at(trial, NOW + 60 * SECOND, L).left == 10


@given(st.lists(st.tuples(st.integers(0, 200 * SECOND), st.integers(0, 50), st.integers(0, 50)), max_size=60))
def test_whatever_comes_it_can_get_well(steps: list[tuple[int, int, int]]) -> None:
    health, now = NEW, NOW
    for wait, good, bad in steps:
        now += wait
        health = heard(health, good + bad, bad, now, L)
        assert len(health.pieces) <= 6
        assert 0 <= health.rests <= 16
    for _ in range(200):
        now += LONGEST_REST
        health = heard(health, 10, 0, now, L)
    assert health.condition is WELL


@pytest.mark.parametrize(
    ("fact", "good"),
    [
        (Accepted(1, 1, "a", "c", ("x",), 1), True),
        (Unknown(1, 1, "a", "died", 1), False),
        (Returned(1, 1, "a", "down", 1), None),
        (Link("a", True, "", 1), None),
        *[
            (Failed(1, 1, "a", Failure(reason), 1), good)
            for reason, good in {
                Reason.PROVIDER_ERROR: False, Reason.PROVIDER_AUTH: False, Reason.REFUSED: False,
                Reason.NO_CREDIT: False, Reason.TRUNK_FAILED: False, Reason.THROTTLED: True, Reason.BUSY: True,
                Reason.UNKNOWN_SUBSCRIBER: True, Reason.INVALID_SENDER: True,
            }.items()
        ],
    ],
)  # fmt: skip
def test_what_speaks_for_a_connector(fact: Fact, good: bool | None) -> None:
    assert (speaks_well(fact) if isinstance(fact, Answer) else None) is good
