"""What one commit writes leaves what its works would leave one after another, and says less."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from omnibound.domain.changes import Changes, InFlight
from omnibound.ports.store import Stale
from omnibound.store.folding import fold
from tests.store import nouns


def at(version: int, id_: int = 1) -> Any:
    return nouns.live(id_, version=version)


def moved(was: int, now: int, owner: int = 0, id_: int = 1) -> Changes:
    return Changes(moved=[(at(now, id_), owner, was)])


def ended(was: int, id_: int = 1) -> Changes:
    return Changes(ended=[(id_, was)])


def flight(name: str, delivery: int = 1) -> InFlight:
    return InFlight("c", name, delivery, 1, 0, "c1", nouns.NOW)


def flies(name: str, delivery: int = 1) -> Changes:
    return Changes(inflight=[flight(name, delivery)])


def lands(name: str) -> Changes:
    return Changes(landed=[("c", name)])


def amended(delivery: int, seen_at: int) -> Changes:
    return Changes(amended=[replace(nouns.outcome(delivery), seen_at=seen_at)])


# works -> what is written for them all
FOLDED: list[tuple[list[Changes], Changes]] = [
    ([], Changes()),
    ([moved(0, 1)], moved(0, 1)),
    ([moved(0, 1, 5), moved(1, 3, 6)], moved(0, 3, 6)),
    ([moved(0, 1), moved(1, 2), moved(2, 3)], moved(0, 3)),
    ([moved(4, 5), ended(5)], ended(4)),
    ([moved(4, 5), moved(5, 6), ended(6)], ended(4)),
    ([ended(4), moved(4, 5, id_=2)], Changes(ended=[(1, 4)], moved=[(at(5, 2), 0, 4)])),
    ([moved(0, 1, id_=2), moved(0, 1), ended(1, 2)], Changes(moved=[(at(1), 0, 0)], ended=[(2, 0)])),
    ([flies("1"), lands("1")], Changes()),
    ([flies("1"), lands("2")], Changes(inflight=[flight("1")], landed=[("c", "2")])),
    ([lands("1"), flies("1", 2)], flies("1", 2)),
    ([lands("1"), flies("1", 2), lands("1")], lands("1")),
    ([flies("1"), flies("1", 2)], flies("1", 2)),
    ([lands("1"), lands("1")], lands("1")),
    ([amended(1, 5), amended(2, 6), amended(1, 7)], Changes(amended=amended(1, 7).amended + amended(2, 6).amended)),
]


@pytest.mark.parametrize(("works", "whole"), FOLDED)
def test_folded(works: list[Changes], whole: Changes) -> None:
    assert fold(works) == whole


STALE = [[moved(0, 1), moved(0, 1)], [moved(0, 1), ended(0)], [moved(3, 4), moved(4, 6), ended(5)]]


@pytest.mark.parametrize("works", STALE)
def test_who_goes_on_from_another_version_is_stale(works: list[Changes]) -> None:
    with pytest.raises(Stale):
        fold(works)


def test_what_was_handed_in_stays_as_it_was() -> None:
    works = [moved(0, 1), ended(1), flies("1"), lands("1")]
    fold(works)
    assert works == [moved(0, 1), ended(1), flies("1"), lands("1")]


class Tables:
    """What stands in the tables that fold looks at. `wrote` counts the rows."""

    def __init__(self) -> None:
        self.live = dict.fromkeys(range(3), 0)
        self.flights = {("c", "old"): flight("old", 9)}

    def write(self, changes: Changes) -> "Tables":
        for live, _, was in changes.moved:
            assert self.live[live.id] == was
            self.live[live.id] = live.version
        for id_, was in changes.ended:
            assert self.live.pop(id_) == was
        for key in changes.landed:
            self.flights.pop(key, None)
        for each in changes.inflight:
            self.flights[each.carrier, each.provider_id] = each
        return self


@st.composite
def histories(draw: st.DrawFn) -> list[Changes]:
    """Works that go on from each other: each moves or ends some rows; ids of a carrier come and go, are used again."""
    versions, free = dict.fromkeys(range(3), 0), {"a", "b"}
    works: list[Changes] = []
    for _ in range(draw(st.integers(1, 6))):
        work = Changes()
        for id_ in draw(st.sets(st.sampled_from(sorted(versions)))) if versions else ():
            if draw(st.booleans()):
                work.moved.append((at(versions[id_] + 1, id_), 0, versions[id_]))
                versions[id_] += 1
            else:
                work.ended.append((id_, versions.pop(id_)))
        for name in draw(st.sets(st.sampled_from(["old", "a", "b"]))):
            if name in free and draw(st.booleans()):
                work.inflight.append(flight(name, draw(st.integers(1, 3))))
            else:
                work.landed.append(("c", name))
                free.add(name)
        works.append(work)
    return works


@given(works=histories())
def test_it_leaves_what_they_leave_one_after_another(works: list[Changes]) -> None:
    one_by_one, at_once = Tables(), Tables().write(fold(works))
    for work in works:
        one_by_one.write(work)
    assert (at_once.live, at_once.flights) == (one_by_one.live, one_by_one.flights)
