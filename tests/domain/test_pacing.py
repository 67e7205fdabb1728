"""How many calls may start: never beyond lines, never below nought, and an agent of its own for each."""

from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from omnibound.domain.campaign import Kind
from omnibound.domain.flow import HOUR, SECOND
from omnibound.domain.member import Mode
from omnibound.domain.pacing import Bound, Ground, Start, Tempo, allowed, pace, spare_agents, spent

NOW = 1_800_000_000_000_000
ROOMY: dict[str, Any] = {"lines": 30, "under_way": 4, "dialer_lines": 100, "dialer_under_way": 10}


@pytest.mark.parametrize(
    ("ground", "start"),
    [
        (Ground(kind=Kind.ANNOUNCEMENT, **ROOMY), (26, Bound.LINES)),
        (Ground(kind=Kind.NUMBER, **ROOMY), (26, Bound.LINES)),
        (Ground(kind=Kind.ANNOUNCEMENT, mode=Mode.PREVIEW, **ROOMY), (26, Bound.LINES)),
        (Ground(kind=Kind.NUMBER, lines=30, dialer_lines=20, dialer_under_way=15), (5, Bound.DIALER)),
        (Ground(kind=Kind.NUMBER, lines=30, under_way=31, dialer_lines=90), (0, Bound.LINES)),
        (Ground(kind=Kind.NUMBER, lines=30, dialer_lines=2, dialer_under_way=9), (0, Bound.DIALER)),
        (Ground(kind=Kind.QUEUE, mode=Mode.PROGRESSIVE, spare=3, busy=9, overdial=50, **ROOMY), (3, Bound.AGENTS)),
        (Ground(kind=Kind.QUEUE, mode=Mode.PROGRESSIVE, spare=40, **ROOMY), (26, Bound.LINES)),
        (Ground(kind=Kind.QUEUE, mode=Mode.PREDICTIVE, spare=3, busy=9, **ROOMY), (3, Bound.AGENTS)),
        (Ground(kind=Kind.QUEUE, mode=Mode.PREDICTIVE, spare=3, busy=9, overdial=50, **ROOMY), (7, Bound.AGENTS)),
        (Ground(kind=Kind.QUEUE, mode=Mode.PREDICTIVE, spare=-3, busy=9, overdial=50, **ROOMY), (1, Bound.AGENTS)),
        (Ground(kind=Kind.QUEUE, mode=Mode.PREDICTIVE, spare=-4, busy=9, overdial=50, **ROOMY), (0, Bound.AGENTS)),
        (Ground(kind=Kind.QUEUE, mode=Mode.PROGRESSIVE, spare=-1, **ROOMY), (0, Bound.AGENTS)),
        (Ground(kind=Kind.QUEUE, mode=Mode.PREDICTIVE, busy=1, overdial=99, **ROOMY), (0, Bound.AGENTS)),
        (Ground(kind=Kind.QUEUE, mode=Mode.PREVIEW, spare=3, **ROOMY), (0, Bound.PREVIEW)),
        (Ground(kind=Kind.MESSAGES, allowed=17), (17, Bound.PACE)),
        (Ground(kind=Kind.MESSAGES), (0, Bound.PACE)),
    ],
)
def test_what_starts(ground: Ground, start: tuple[int, Bound]) -> None:
    assert pace(ground) == Start(calls=start[0], bound=start[1])


counts = st.integers(0, 200)
grounds = st.builds(
    Ground,
    kind=st.sampled_from(Kind),
    mode=st.sampled_from(Mode),
    lines=counts,
    under_way=counts,
    dialer_lines=counts,
    dialer_under_way=counts,
    spare=st.integers(-9, 200),
    busy=counts,
    overdial=counts,
    allowed=counts,
)


@given(grounds)
def test_never_below_nought_nor_beyond_any_line(ground: Ground) -> None:
    calls = pace(ground).calls
    assert calls >= 0
    if ground.kind is not Kind.MESSAGES:
        assert calls <= max(0, ground.lines - ground.under_way)
        assert calls <= max(0, ground.dialer_lines - ground.dialer_under_way)
    if ground.kind is Kind.QUEUE and ground.mode is Mode.PROGRESSIVE:
        assert calls <= max(0, ground.spare)


@given(grounds, st.sampled_from(["lines", "dialer_lines", "spare", "busy", "overdial", "allowed"]))
def test_more_room_never_means_fewer_calls(ground: Ground, name: str) -> None:
    more = replace(ground, **{name: getattr(ground, name) + 1})
    assert pace(more).calls >= pace(ground).calls


@given(grounds, st.sampled_from(["under_way", "dialer_under_way"]))
def test_more_under_way_never_means_more_calls(ground: Ground, name: str) -> None:
    more = replace(ground, **{name: getattr(ground, name) + 1})
    assert pace(more).calls <= pace(ground).calls


# --- agents -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("coming", "free", "spare"),
    [
        ({}, [], 0),
        ({}, ["a", "a", "b"], 2),
        ({"a": 1}, ["a", "a", "b"], 1),
        ({"a": 2}, ["a", "a", "b"], 0),
        ({"a": 5}, ["a", "a", "b"], -3),
        ({"b": 1}, ["ab", "a"], 1),
        ({"b": 1}, ["ab", "b"], 1),
        ({"b": 1, "c": 1}, ["abc", "bc", "c"], 1),
        # Whoever could take the call of b is all that a has.
        ({"b": 1}, ["ab"], 0),
        # One that nobody can take needs nobody.
        ({"z": 3}, ["a"], 1),
    ],
)
def test_spare_agents(coming: dict[str, int], free: list[str], spare: int) -> None:
    assert spare_agents("a", coming, free) == spare


@given(
    st.dictionaries(st.sampled_from("abc"), st.integers(0, 4)),
    st.lists(st.sets(st.sampled_from("abc")).map("".join), max_size=7),
)
def test_all_that_come_and_all_that_are_spare_find_agents_of_their_own(coming: dict[str, int], free: list[str]) -> None:
    """Hall's condition: of any queues, no more calls than agents who serve one of them; and one more would break it."""
    spare = spare_agents("a", coming, free)
    assert spare >= 0 or not _all_find("abc", coming, free)
    if not _all_find("abc", coming, free):
        return
    assert _all_find("abc", {**coming, "a": coming.get("a", 0) + spare}, free)
    assert not _all_find("abc", {**coming, "a": coming.get("a", 0) + spare + 1}, free)


def _all_find(queues: str, calls: dict[str, int], free: list[str]) -> bool:
    some = [chosen for size in range(len(queues) + 1) for chosen in combinations(queues, size)]
    return all(sum(calls.get(q, 0) for q in chosen) <= sum(bool({*chosen} & {*f}) for f in free) for chosen in some)


def test_many_agents_are_matched_at_once() -> None:
    free = [("a", "b") if n % 2 else ("a",) for n in range(200)]
    assert spare_agents("a", {"b": 60, "a": 100}, free) == 40


# --- messages an hour -------------------------------------------------------------------------------------------------


def test_no_pace_allows_all() -> None:
    assert (allowed(Tempo(), 0, NOW, 500), spent(Tempo(), 0, NOW, 500)) == (500, Tempo())


def test_a_pace_begins_with_a_burst_and_keeps_to_itself() -> None:
    tempo, gone = Tempo(), []
    for tick in range(50):
        now = NOW + tick * SECOND // 5
        number = allowed(tempo, 36_000, now, 100)
        tempo = spent(tempo, 36_000, now, number)
        gone.append(number)
    assert (gone[:3], sum(gone)) == ([10, 2, 2], 10 + 49 * 2)


def test_a_slow_pace_lets_one_go_at_its_time() -> None:
    tempo = spent(Tempo(), 2, NOW, allowed(Tempo(), 2, NOW, 100))
    times = [minutes for minutes in range(0, 120, 10) if allowed(tempo, 2, NOW + minutes * 60 * SECOND, 100)]
    assert times == list(range(30, 120, 10))


@given(st.integers(1, 10**7), st.lists(st.integers(0, HOUR // 10), min_size=1, max_size=60))
def test_never_more_than_the_pace(an_hour: int, waits: list[int]) -> None:
    tempo, now, gone = Tempo(), NOW, 0
    for wait in waits:
        now += wait
        number = allowed(tempo, an_hour, now, 10_000)
        tempo = spent(tempo, an_hour, now, number)
        gone += number
    assert gone <= (now - NOW) * an_hour // HOUR + max(1, an_hour * SECOND // HOUR) + 1
