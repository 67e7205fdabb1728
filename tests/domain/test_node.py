"""Who is alive, and how slots are dealt: tables, and whatever happens each has one holder in the end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnibound.domain.flow import SECOND
from omnibound.domain.node import GRACE, Deal, Node, Sight, bind_slots, deal, heir_slot, left_behind


def node(incarnation: int, until: int = 100 * SECOND, key: str = "") -> Node:
    return Node(
        incarnation=incarnation, slot=incarnation, key=key or f"key{incarnation}", host="h", version="v",
        started_at=0, lease_until=until,
    )  # fmt: skip


BINDS = bind_slots("a", 3)
ONE, TWO, THREE = BINDS


@pytest.mark.parametrize(
    ("slots", "me", "alive", "expected"),
    [
        ({}, 1, [1], Deal(take=BINDS)),
        ({ONE: 1, TWO: 1, THREE: 1}, 1, [1], Deal()),
        ({}, 1, [1, 2], Deal(take=(ONE, TWO))),
        ({}, 2, [1, 2], Deal(take=(ONE,))),
        ({ONE: 1, TWO: 1, THREE: 1}, 1, [1, 2], Deal(give=(THREE,))),
        ({ONE: 1, TWO: 1, THREE: 1}, 2, [1, 2], Deal()),
        ({ONE: 1, TWO: 1, THREE: 9}, 2, [1, 2], Deal(take=(THREE,))),
        ({ONE: 9, TWO: 2, THREE: 9}, 2, [2], Deal(take=(ONE, THREE))),
        ({ONE: 1, TWO: 2, THREE: 3}, 3, [1, 2, 3, 4], Deal()),
        ({ONE: 1, TWO: 2, THREE: 4}, 4, [1, 2, 3, 4], Deal(give=(THREE,))),
        ({}, 7, [1, 2], Deal(take=(ONE,))),
    ],
)
def test_a_deal(slots: dict[str, int], me: int, alive: list[int], expected: Deal) -> None:
    assert deal(BINDS, slots, me, alive) == expected


@given(
    binds=st.integers(0, 12),
    rounds=st.lists(st.sets(st.integers(1, 6), min_size=1), min_size=1, max_size=5),
    data=st.data(),
)
def test_whoever_comes_and_goes_the_slots_are_evenly_held_in_the_end(
    binds: int, rounds: list[set[int]], data: st.DataObject
) -> None:
    names = bind_slots("a", binds)
    slots: dict[str, int] = {}
    for alive in rounds:
        order = data.draw(st.permutations(sorted(alive)))
        for me in (*order, *order):
            wanted = deal(names, slots, me, sorted(alive))
            assert all(slots[name] == me for name in wanted.give)
            assert all(slots.get(name) not in alive for name in wanted.take)
            slots = {name: owner for name, owner in slots.items() if name not in wanted.give}
            slots |= dict.fromkeys(wanted.take, me)
    counts = [sum(owner == me for owner in slots.values()) for me in sorted(rounds[-1])]
    assert sum(counts) == binds
    assert max(counts) - min(counts) <= 1


def test_who_may_be_taken_over() -> None:
    now = 50 * SECOND
    me, alive, fresh = node(1), node(2), node(3, now - GRACE)
    lapsed, mine_before = node(4, now - GRACE - 1), node(5, key="key1")
    sight = Sight(now=now, nodes=(me, alive, fresh, lapsed, mine_before), slots={}, revisions={})
    assert sight.lapsed(me) == [lapsed, mine_before]
    assert sight.alive() == [1, 2, 3, 4, 5]


def test_whose_take_over_is_not_done() -> None:
    slots = {heir_slot(7): 1, heir_slot(8): 9, heir_slot(1): 2, ONE: 7, "chore:stops": 7}
    assert left_behind(slots, [1, 2]) == [(7, 1), (8, 9)]
