"""Members searched, counted and read by change; what they are found by follows them, until they are gone."""

import asyncio
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from omnibound.domain.changes import Changes
from omnibound.domain.member import Member, Mode, Progress, Stand, Traits
from omnibound.domain.number import number_key, spellings
from omnibound.domain.status import Reason
from omnibound.ports import Taken
from omnibound.ports.members import Count, Search
from omnibound.store import member_texts, members
from omnibound.store.opened import OpenedStore
from omnibound.store.patterns import pattern
from tests.store import nouns

pytestmark = pytest.mark.anyio

ALL = Search(account=1, campaign="c")
BUSY = Stand(reason=Reason.BUSY, tries=1, last_number=1)
DONE = Stand(progress=Progress.HANDLED, closed=True, reason=Reason.ANSWERED, tries=2, last_number=2)
GONE = Stand(progress=Progress.GONE, closed=True)
KEEN = Traits(priority=3, mode=Mode.PREVIEW, zone="Europe/Paris")


def member(id_: int, **other: Any) -> Member:
    whole = {"phone": f"+48 {id_:03}", "external": f"E{id_}", "created_at": 1, "changed_at": id_, "due_at": 100 - id_}
    return Member(id=id_, account=1, campaign="c", **{**whole, **other})


SOME = (
    member(1, custom={"City": "Kraków", "Age": 30, "Tags": ["a", "b"]}),
    member(2, stand=BUSY, custom={"city": "New York", "VIP": True, "Note": None}),
    member(3, stand=DONE, traits=KEEN, external="", phone="+48 003;0048*4"),
    member(4, stand=GONE, custom={"City": "Kraków"}),
    member(5, traits=KEEN, external="e5%_\\", custom={"CITY": "", "Ünder": "50%"}),
    member(6, stand=BUSY, external="Straße", custom={"a\x1fb": "c\x1fd", "n" * 300: "long"}),
)


async def ids(store: OpenedStore, **wanted: Any) -> list[int]:
    return [each.id for each in await store.members.search(replace(ALL, **wanted))]


@pytest.fixture
async def some(store: OpenedStore) -> OpenedStore:
    others = [replace(SOME[0], id=9, account=2), replace(SOME[0], id=10, campaign="d")]
    for each in [*SOME, *others]:
        await store.record(Changes(members=[each]))
    return store


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, [1, 2, 3, 5, 6]),
        ({"offset": 1, "limit": 2}, [2, 3]),
        ({"offset": 5}, []),
        ({"limit": 0}, []),
        ({"campaign": "none"}, []),
        ({"stands": lambda stand: stand.reason is Reason.BUSY}, [2, 6]),
        ({"stands": lambda stand: stand.reason is Reason.BUSY, "offset": 1}, [6]),
        ({"stands": lambda stand: stand.progress is Progress.GONE}, []),
        ({"traits": lambda traits: traits.priority == 3}, [3, 5]),
        ({"traits": lambda traits: traits.priority == 3, "stands": lambda stand: stand.closed}, [3]),
        ({"due": (95, 97)}, [3, 5]),
        ({"changed": (2, 4)}, [2, 3]),
        ({"changed": (2, 6), "due": (0, 95)}, [5, 6]),
        ({"external": "e1"}, [1]),
        ({"external": "E*"}, [1, 2, 5]),
        ({"external": "e?"}, [1, 2]),
        ({"external": "*%_\\"}, [5]),
        ({"external": "*_*"}, [5]),
        ({"external": "strasse"}, [6]),
        ({"external": "none"}, []),
        ({"external": "e4"}, []),
        ({"external": "*", "stands": lambda stand: stand.reason is Reason.BUSY}, [2, 6]),
        ({"numbers": "+48 00?"}, [1, 2, 5, 6]),
        ({"numbers": "*003;*"}, [3]),
        ({"numbers": "+48 00?", "external": "*2"}, [2]),
        ({"attribute": "city"}, [1, 2, 5]),
        ({"attribute": "CITY", "value": "kraków"}, [1]),
        ({"attribute": "City", "value": "*"}, [1, 2, 5]),
        ({"attribute": "City", "value": ""}, [5]),
        ({"attribute": "Cit?", "value": "*r*"}, [1, 2]),
        ({"attribute": "*", "value": "50%"}, [5]),
        ({"attribute": "*"}, [1, 2, 3, 5, 6]),
        ({"attribute": "phone1", "value": "+48 00?"}, [1, 2, 3, 5, 6]),
        ({"attribute": "Phone1", "value": "*3"}, [3]),
        ({"attribute": "Phone2"}, [3]),
        ({"attribute": "PHONE2", "value": "0048?4"}, [3]),
        ({"attribute": "Phone2", "value": "*003"}, []),
        ({"attribute": "Phone3"}, []),
        ({"attribute": "Phone?", "value": "*4"}, [3]),
        ({"attribute": "Phone?", "value": ""}, []),
        ({"attribute": "*", "value": "*003"}, [3]),
        ({"attribute": "none*"}, []),
        ({"attribute": "age", "value": "30"}, [1]),
        ({"attribute": "tags", "value": "*b*"}, [1]),
        ({"attribute": "vip", "value": "true"}, [2]),
        ({"attribute": "note"}, []),
        ({"attribute": "ünder"}, [5]),
        ({"attribute": "a\x1fb", "value": "c\x1fd"}, [6]),
        ({"attribute": "a b"}, []),
        ({"attribute": "n" * 300}, [6]),
        ({"attribute": "n" * 299 + "?", "value": "l*"}, [6]),
        ({"attribute": "n" * 299}, []),
        ({"attribute": "city", "offset": 1, "limit": 1}, [2]),
        ({"attribute": "city", "traits": lambda traits: traits == KEEN}, [5]),
    ],
)
@pytest.mark.parametrize("few", [members.FEW_LOOKED_AT, 0], ids=["few", "many"])
async def test_who_is_found(
    some: OpenedStore, wanted: dict[str, Any], expected: list[int], few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(members, "FEW_LOOKED_AT", few)
    for most in (members.FEW, 4, 0):
        monkeypatch.setattr(members, "FEW", most)
        assert await ids(some, **wanted) == expected


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (["48001"], [1]), (["48002", "48006", "49"], [2, 6]), (["484"], []), (["48"], []), (["48004"], [4]), ([], []),
        (["48*4", "48003"], [3]),
    ],
)  # fmt: skip
async def test_who_may_have_a_number(some: OpenedStore, keys: list[str], expected: list[int]) -> None:
    found = [ids async for ids in some.members.with_numbers(1, "c", keys)]
    assert sorted(id_ for ids in found for id_ in ids) == expected
    assert [ids async for ids in some.members.with_numbers(3, "c", keys)] == []


_SPELLED = st.builds(
    lambda before, digits, between: before + between.join(digits),
    st.sampled_from(["", "+", "00", " +", "(00"]), st.text("0123456789", min_size=1, max_size=9),
    st.sampled_from(["", " ", "-", "."]),
)  # fmt: skip


@given(numbers=st.lists(st.lists(_SPELLED, min_size=1, max_size=3), min_size=1, max_size=5), data=st.data())
def test_however_a_number_is_written_it_is_found(numbers: list[list[str]], data: st.DataObject) -> None:
    """All that `number_key` says are alike are found by a row, and nobody else."""
    people = [member(place, phone=";".join(each)) for place, each in enumerate(numbers, 1)]
    key = number_key(data.draw(st.sampled_from([number for each in numbers for number in each])))
    rows = [row for row in member_texts.texts(Changes(members=people)) if row[2] == member_texts.NUMBERS]
    found = [id_ for row in rows for id_ in member_texts.having(row[-1], frozenset(spellings(key)))]
    assert found == [each.id for each in people if key in map(number_key, each.numbers)]


async def test_a_member_is_found_whole(some: OpenedStore) -> None:
    assert await some.members.search(ALL) == [each for each in SOME if each.id != 4]


async def test_texts_of_many_come_in_the_order_of_the_members(
    store: OpenedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However the commits and their rows overlap."""
    monkeypatch.setattr(members, "FEW_LOOKED_AT", 0)
    monkeypatch.setattr(members, "COLUMNS_AT_ONCE", 2)
    monkeypatch.setattr(member_texts, "BLOCK", 3)
    for part in ([5, 1, 9, 14], [2, 30, 3], [4, 13, 8, 7], [6], [31, 12]):
        await store.record(Changes(members=[member(n, custom={"even": n % 2 == 0}) for n in part]))
    assert await ids(store, numbers="*") == [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 14, 30, 31]
    assert await ids(store, attribute="even", value="true", offset=2, limit=4) == [6, 8, 12, 14]


async def test_a_change_is_found_at_once_and_what_was_before_is_not(some: OpenedStore) -> None:
    after = replace(
        SOME[0], phone="+49 1", external="New7", custom={"City": "Łódź"}, traits=KEEN, not_before=8, changed_at=9,
    )  # fmt: skip
    # How they stand is left alone: a call may have changed it meanwhile.
    await some.record(Changes(revised=[replace(after, stand=BUSY, due_at=7)]))
    for wanted in ({"external": "new7"}, {"numbers": "+49*"}, {"attribute": "city", "value": "ł*"}):
        assert await some.members.search(replace(ALL, **wanted)) == [after]
    for gone in ({"external": "e1"}, {"numbers": "+48 001"}, {"attribute": "city", "value": "kra*"}, {"due": (7, 7)}):
        assert await ids(some, **gone) == []
    assert await ids(some, traits=lambda traits: traits == KEEN) == [1, 3, 5]
    assert sum(count.number for count in await some.members.counts(1, "c") if count.traits == KEEN) == 3


async def test_a_change_and_a_call_of_one_commit(store: OpenedStore) -> None:
    await store.record(Changes(members=[member(1), member(2)]))
    called, revised = nouns.result(1, 20, "d", reason=Reason.BUSY), replace(member(1), phone="+49", changed_at=10)
    first, second = store.record(Changes(revised=[revised])), store.record(Changes(results=[called]))
    third = store.record(Changes(revised=[replace(member(2), phone="a")]))
    fourth = store.record(Changes(revised=[replace(member(2), phone="b")]))
    await asyncio.gather(first, second, third, fourth)
    stand = Stand(reason=Reason.BUSY)
    assert await store.members.search(ALL) == [
        replace(revised, stand=stand, detail="d", due_at=20, changed_at=20), replace(member(2), phone="b"),
    ]  # fmt: skip
    assert sorted(count.number for count in await store.members.counts(1, "c")) == [1, 1]


async def test_how_many_stand_how(some: OpenedStore) -> None:
    assert sorted(await some.members.counts(1, "c"), key=str) == sorted(
        [Count(Stand(), Traits(), 1), Count(BUSY, Traits(), 2), Count(DONE, KEEN, 1), Count(GONE, Traits(), 1),
         Count(Stand(), KEEN, 1)], key=str,
    )  # fmt: skip
    assert await some.members.counts(1, "none") == []


async def test_external_ids_are_taken_once_in_a_campaign(some: OpenedStore) -> None:
    assert await some.members.taken(1, "c", ["E1", "e1", "E4", "Strasse", "Straße", "none", ""]) == {
        "E1", "E4", "Straße",
    }  # fmt: skip
    for clash in (member(7, external="E1"), replace(member(7, external="E4"))):
        with pytest.raises(Taken):
            await some.record(Changes(members=[clash]))
    # Another case is another id; without one there is nothing to be taken.
    await some.record(Changes(members=[member(7, external="e1"), member(8, external="")]))
    assert await ids(some, external="e1") == [1, 7]


async def test_the_next_number_for_an_external_id(some: OpenedStore) -> None:
    assert await some.members.next_external(1, "c") == 1
    await some.record(
        Changes(members=[member(17, external="7"), member(18, external="0012"), member(19, external="-99")])
    )
    assert await some.members.next_external(1, "c") == 13
    long, other = member(20, external="9" * 900), member(21, external="٣٠")
    await some.record(Changes(members=[long, other], revised=[replace(SOME[0], external="40")]))
    assert await some.members.next_external(1, "c") == 41
    assert await some.members.next_external(2, "c") == 1


async def test_members_by_their_changes(some: OpenedStore) -> None:
    later = replace(SOME[1], changed_at=5)
    await some.record(Changes(revised=[later]))
    read: list[Member] = []
    place = (0, 0)
    while page := await some.members.changed_after(1, "c", *place, 2):
        read += page
        place = (page[-1].changed_at, page[-1].id)
    assert read == [SOME[0], SOME[2], SOME[3], later, SOME[4], SOME[5]]


async def test_who_is_cleared_away_leaves_no_texts(some: OpenedStore) -> None:
    some_more = [member(n, stand=DONE, custom={"City": "X"}, changed_at=1) for n in (20, 21)]
    await some.record(Changes(members=[*some_more, member(22, custom={"City": "X"})]))
    while (await some.retention.members(2**62, ())).more:
        pass
    assert await ids(some) == [1, 2, 5, 6, 22]
    assert await ids(some, attribute="city") == [1, 2, 5, 22]
    left = [member_texts._block.decode(body) for (body,) in await nouns.table(some, "SELECT body FROM member_texts")]
    assert not {3, 4, 20, 21} & {id_ for found, _ in left for id_ in found}
    assert all(len(found) == len(text.split("\x1f")) for found, text in left)


# --- patterns ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "fits", "fails"),
    [
        ("", [""], ["a"]),
        ("*", ["", "a", "a\nb"], []),
        ("?", ["a", "\n"], ["", "ab"]),
        ("a*c?e", ["ace", "abcde", "axxc.e"][1:], ["ace", "abce"][:1]),
        ("*a*", ["a", "bab"], ["b"]),
        ("a**b", ["ab", "axb"], ["a"]),
        ("[a].*+", ["[a].+", "[a].x+"], ["a.x"]),
        ("STRASSE", ["strasse"], ["straße"]),
    ],
)
def test_a_pattern(text: str, fits: list[str], fails: list[str]) -> None:
    found = pattern(text)
    assert [each for each in (*fits, *fails) if found.fits(each)] == fits
    assert all(found.literal in each for each in fits)
    assert bool(found.within("\x1f".join(["", *fails, ""]))) is False
    assert all(found.within("\x1f".join(["", *fails, each, ""])) for each in fits)


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(alphabet="ab*?", max_size=8), st.text(alphabet="ab", max_size=8))
def test_patterns_are_as_simple_ones(wild: str, text: str) -> None:
    def simple(left: str, right: str) -> bool:
        if not left:
            return not right
        if left[0] == "*":
            return simple(left[1:], right) or (bool(right) and simple(left, right[1:]))
        return bool(right) and left[0] in ("?", right[0]) and simple(left[1:], right[1:])

    assert bool(pattern(wild).fits(text)) == bool(pattern(wild).within(f"\x1f{text}\x1f")) == simple(wild, text)


def test_no_pattern_takes_long() -> None:
    assert not pattern("*a" * 50 + "b").fits("a" * 5_000)
