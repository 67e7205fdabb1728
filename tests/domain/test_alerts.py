"""An alert fires once when something was bad for long enough, and clears once when it was well for as long."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnibound.domain.alerts import USUAL, Held, Kind, Reading, Rule, Turned, judge, looked_at, rule_of
from omnibound.domain.flow import SECOND


def rule(kind: Kind = Kind.BACKLOG_AGE, threshold: float = 100, hold_s: float = 10, only: tuple[str, ...] = ()) -> Rule:
    return Rule(
        name="r", kind=kind, threshold=threshold, hold=int(hold_s * SECOND), to=("https://ops.example",), only=only
    )


def walk(rule: Rule, values: list[float | None], step_s: float = 5) -> list[str]:
    """What is told at each look: fired, cleared or nothing."""
    held, told = Held(), list[str]()
    for number, value in enumerate(values, 1):
        held, turned = judge(rule, held, value, int(number * step_s * SECOND))
        told.append(("fired" if held.fired_at else "cleared") if turned else "")
    return told


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ([101, 101, 101, 101], ["", "", "fired", ""]),
        ([100, 100, 100, 100], ["", "", "", ""]),
        ([101, 101, 100, 101, 101], ["", "", "", "", ""]),
        ([101, 101, 101, 80, 80, 80, 80], ["", "", "fired", "", "", "cleared", ""]),
        # between 80 % of the threshold and the threshold it stays as it is
        ([101, 101, 101, 81, 81, 81, 81], ["", "", "fired", "", "", "", ""]),
        ([101, 101, 101, 80, 90, 80, 80, 80], ["", "", "fired", "", "", "", "", "cleared"]),
        # nothing can be said: what has fired stays, and nothing fires
        ([101, 101, None, 101], ["", "", "", ""]),
        ([101, 101, 101, None, None, None, None], ["", "", "fired", "", "", "", ""]),
        ([101, 101, 101, 0, 0, 0, 101, 101, 101], ["", "", "fired", "", "", "cleared", "", "", "fired"]),
    ],
)
def test_walks(values: list[float | None], told: list[str]) -> None:
    assert walk(rule(), values) == told


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ([0.5, 0.5, 0.5], ["", "", ""]),
        ([0.4, 0.4, 0.4, 0.54, 0.54, 0.54], ["", "", "fired", "", "", ""]),
        ([0.4, 0.4, 0.4, 0.56, 0.56, 0.56], ["", "", "fired", "", "", "cleared"]),
    ],
)
def test_what_is_bad_below(values: list[float | None], told: list[str]) -> None:
    assert walk(rule(Kind.DELIVERY_RATE, 0.5), values) == told


def test_at_once() -> None:
    assert walk(rule(hold_s=0), [101, 101, 0, 101]) == ["fired", "", "cleared", "fired"]


def test_what_is_held() -> None:
    assert judge(rule(), Held(), 101, 7) == Turned(Held(bad_since=7), told=False)
    assert judge(rule(), Held(bad_since=7), 101, 10 * SECOND + 7) == Turned(Held(7, 10 * SECOND + 7), told=True)
    assert judge(rule(), Held(7, 9), 0, 11) == Turned(Held(7, 9, 11), told=False)


@given(st.lists(st.none() | st.floats(0, 200), max_size=60))
def test_fired_and_cleared_take_turns(values: list[float | None]) -> None:
    told = [word for word in walk(rule(), values) if word]
    assert told == ["fired", "cleared"] * (len(told) // 2) + ["fired"] * (len(told) % 2)


def test_who_is_looked_at() -> None:
    a, b = Reading("a", 1), Reading("b", 2)
    assert looked_at(rule(), [a, b], []) == {"a": a, "b": b}
    assert looked_at(rule(only=("b",)), [a, b], []) == {"b": b}


@pytest.mark.parametrize("kind", Kind)
def test_what_is_gone_is_well(kind: Kind) -> None:
    one = rule_of("r", kind, ())
    (reading,) = looked_at(one, [], ["gone"]).values()
    assert (reading.subject, one.is_well(reading.value), one.is_bad(reading.value)) == ("gone", True, False)


@pytest.mark.parametrize("kind", Kind)
def test_what_is_usual(kind: Kind) -> None:
    assert rule_of("r", kind, ("t",), threshold=None, hold_s=None) == Rule(
        name="r", kind=kind, threshold=USUAL[kind].threshold, hold=int(USUAL[kind].hold_s * SECOND), to=("t",),
        over=900 * SECOND, least=100,
    )  # fmt: skip


def test_what_is_wished() -> None:
    one = rule_of("r", Kind.DELIVERY_RATE, ("t",), threshold=0.9, hold_s=2, over_s=60, least=5)
    assert (one.threshold, one.hold, one.over, one.least) == (0.9, 2 * SECOND, 60 * SECOND, 5)
