"""Changes: gathered list by list, in their order."""

from hypothesis import given
from hypothesis import strategies as st

from omnibound.domain.changes import Changes, InFlight, Ref, Reportable, gather
from omnibound.domain.live import Outcome
from omnibound.domain.status import Reason, Status

LISTS = Changes.__struct_fields__


def test_nothing() -> None:
    assert gather([]) == Changes()
    assert Changes().size() == 0


def test_one_is_itself() -> None:
    one = Changes(matched=[4])
    assert gather([one]) is one


def test_several_in_their_order() -> None:
    outcome = Outcome(1, 8, 2, Status.FAILED, Reason.REFUSED, "", 0, 0, "", 1, 5, 6)
    flight = InFlight("carrier", "id", 1, 2, 0, "c1", 99)
    first = Changes(outcomes=[outcome], matched=[4], refs=[Ref(1, 2, 3, 4)])
    second = Changes(matched=[1, 2], inflight=[flight], ended=[(7, 3)])
    third = Changes(reports=[Reportable(8, 1, 2, "SMS")], matched=[9])
    assert gather(iter([first, second, third])) == Changes(
        outcomes=[outcome],
        matched=[4, 1, 2, 9],
        refs=[Ref(1, 2, 3, 4)],
        inflight=[flight],
        ended=[(7, 3)],
        reports=[Reportable(8, 1, 2, "SMS")],
    )


def test_the_gathered_ones_are_left_alone() -> None:
    first, second = Changes(matched=[1]), Changes(matched=[2])
    gather([first, second]).matched.append(3)
    assert (first, second) == (Changes(matched=[1]), Changes(matched=[2]))


def test_two_empty_ones_share_no_list() -> None:
    first = Changes()
    first.matched.append(1)
    assert Changes().matched == []


def numbered(name: str, numbers: list[int]) -> Changes:
    changes = Changes()
    getattr(changes, name).extend(numbers)
    return changes


@given(st.lists(st.tuples(st.sampled_from(LISTS), st.lists(st.integers(), max_size=4)), max_size=12))
def test_every_list_is_gathered(parts: list[tuple[str, list[int]]]) -> None:
    whole = gather([numbered(name, numbers) for name, numbers in parts])
    for name in LISTS:
        assert getattr(whole, name) == [n for other, numbers in parts if other == name for n in numbers]
    assert whole.size() == sum(len(numbers) for _, numbers in parts)
