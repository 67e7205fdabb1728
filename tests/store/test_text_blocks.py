"""What people are found by becomes fewer rows: before, meanwhile and afterwards the same people are found."""

import asyncio
from random import Random
from typing import Any

import pytest
from msgspec.structs import replace

from omnibound.domain.changes import Changes
from omnibound.domain.member import Member
from omnibound.domain.number import number_key
from omnibound.ports import Place
from omnibound.ports.members import Search
from omnibound.store import member_texts, members, text_blocks
from omnibound.store.opened import OpenedStore
from omnibound.store.queries import plain
from omnibound.store.text_blocks import STAYS

pytestmark = pytest.mark.anyio

NOW = 10**15
_TEXT_ROWS = members._SQL["text_rows"]
CITIES = ("Bern", "Łódź", "New York", "Straße 5", "x" * 40, "", "50%")


def person(id_: int, dice: Random, campaign: str = "c") -> Member:
    phones = [f"{dice.choice(('+', '00', '', '+ '))}48{dice.randrange(100, 130)}" for _ in range(dice.randrange(1, 4))]
    custom = {"City": dice.choice(CITIES), "n": dice.randrange(3)}
    return Member(
        id=id_, account=1, campaign=campaign, phone=";".join(phones), external=f"E{id_}", changed_at=id_,
        custom=dice.choice((custom, {"City": None}, None)),
    )  # fmt: skip


SEARCHES: tuple[dict[str, Any], ...] = (
    {"numbers": "*4810?*"}, {"numbers": "*"}, {"external": "e*1"}, {"external": "*", "offset": 3, "limit": 4},
    {"attribute": "city", "value": "*r*"}, {"attribute": "City", "offset": 2, "limit": 3},
    {"attribute": "N", "value": "1"}, {"attribute": "*", "value": "*5*"}, {"attribute": "Phone2", "value": "*481*"},
    {"attribute": "none"},
)  # fmt: skip
NUMBERS = tuple(f"48{n}" for n in range(100, 130, 7))


async def answers(store: OpenedStore, campaign: str = "c") -> tuple[Any, ...]:
    found = [
        [each.id for each in await store.members.search(Search(account=1, campaign=campaign, **wanted))]
        for wanted in SEARCHES
    ]
    return *found, *[await having(store, campaign, key) for key in NUMBERS]


async def having(store: OpenedStore, campaign: str, key: str) -> list[int]:
    """As whoever asks for it does: looked at once more."""
    ids = {id_ async for some in store.members.with_numbers(1, campaign, [key]) for id_ in some}
    found = await store.campaigns.members_of(sorted(ids))
    return [each.id for each in found.values() if key in map(number_key, each.numbers)]


async def compacted(store: OpenedStore, now: int) -> int:
    """A whole walk; how many rows went."""
    after: Place = ()
    gone = 0
    while True:
        chunk = await store.retention.texts(now, after)
        assert chunk.after is not None
        after, gone = chunk.after, gone + chunk.dropped
        if not chunk.more:
            return gone


async def rows(store: OpenedStore, where: str = "until = 0") -> int:
    return (await store.db.rows(plain(f"SELECT count(*) FROM member_texts WHERE {where}")))[0][0]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """All bounds so small that each of them is met."""
    for module, name, value in (
        (text_blocks, "LEAST", 2), (text_blocks, "CHUNK", 7), (text_blocks, "OCTETS", 150), (member_texts, "BLOCK", 5),
        (text_blocks, "BLOCK", 5), (members, "COLUMNS_AT_ONCE", 2), (members, "FEW_LOOKED_AT", 0),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, value)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.usefixtures("small")
async def test_all_searches_answer_as_before(store: OpenedStore, seed: int) -> None:
    """People come alone and in lists, are changed and cleared away; rows are taken over and dropped at any moment."""
    dice = Random(seed)
    known: dict[int, Member] = {}
    now, last = NOW, 0
    for _ in range(14):
        what = dice.randrange(6)
        if what < 3 or not known:
            some = [person(last + n, dice, dice.choice("cccd")) for n in range(1, dice.choice((2, 2, 2, 9)))]
            last += len(some)
            known |= {each.id: each for each in some}
            await store.record(Changes(members=some))
        elif what == 3:
            old = known[dice.choice(list(known))]
            known[old.id] = replace(
                person(old.id, dice, old.campaign), external=dice.choice((old.external, f"F{old.id}"))
            )
            await store.record(Changes(revised=[known[old.id]]))
        elif what == 4:
            gone = dice.sample(sorted(known), min(2, len(known)))
            await store.db.transact(_dropped([known.pop(id_) for id_ in gone]))
        else:
            now += dice.choice((0, STAYS))
        before = await answers(store), await answers(store, "d")
        assert before == _expected(known), "before"
        await compacted(store, now)
        assert (await answers(store), await answers(store, "d")) == before


def _dropped(old: list[Member]) -> Any:
    async def task(tx: Any) -> None:
        for each in old:
            await member_texts.without(tx, each.account, each.campaign, [each.id])
            await tx.rows(plain("DELETE FROM members WHERE id = :id"), id=each.id)
            await tx.rows(
                plain("UPDATE tallies SET n = n - 1 WHERE campaign = :campaign AND traits = :traits"),
                campaign=each.campaign, traits=each.traits.key,
            )  # fmt: skip

    return task


def _expected(known: dict[int, Member]) -> tuple[Any, Any]:
    """By looking at each."""
    found: list[Any] = []
    for campaign in "cd":
        people = [known[id_] for id_ in sorted(known) if known[id_].campaign == campaign]
        by_search = [_found(people, wanted) for wanted in SEARCHES]
        by_number = [[each.id for each in people if key in map(number_key, each.numbers)] for key in NUMBERS]
        found.append((*by_search, *by_number))
    return found[0], found[1]


def _found(people: list[Member], wanted: dict[str, Any]) -> list[int]:
    test = members._Test(Search(account=1, campaign="c", **wanted), _Anybody())  # type: ignore[arg-type]
    ids = [each.id for each in people if test(each)]
    offset = wanted.get("offset", 0)
    return ids[offset : offset + wanted.get("limit", 100)]


class _Anybody:
    members = type("All", (), {"__contains__": lambda self, pair: True})()


async def test_people_who_join_one_by_one_come_to_stand_in_few_rows(store: OpenedStore) -> None:
    dice = Random(1)
    people = [replace(person(n, dice), custom={"City": "Bern"}) for n in range(1, 41)]
    for each in people:
        await store.record(Changes(members=[each]))
    before = await answers(store)
    assert await rows(store) == 3 * 40
    assert await compacted(store, NOW) == 0
    assert (await rows(store), await rows(store, "until > 0")) == (3, 3 * 40)
    assert await compacted(store, NOW + STAYS - 1) == 0
    assert await answers(store) == before
    assert await compacted(store, NOW + STAYS) == 3 * 40
    assert (await rows(store), await rows(store, "until > 0")) == (3, 0)
    assert await answers(store) == before


async def test_a_few_are_left_until_there_are_more_and_large_ones_for_ever(store: OpenedStore) -> None:
    long = [replace(person(n, Random(n)), phone="481", custom={"a": "x" * 9_000}) for n in range(1, 20)]
    for each in long:
        await store.record(Changes(members=[each]))
    for n in range(text_blocks.LEAST - 1):
        await store.record(Changes(members=[replace(person(100 + n, Random(n)), campaign="few")]))
    left = await rows(store, "campaign = 'few' OR name = '=a'")
    await compacted(store, NOW)
    assert await rows(store, "until = 0 AND (campaign = 'few' OR name = '=a')") == left
    assert await rows(store, "until = 0 AND campaign = 'c' AND name = 'numbers'") == 1


@pytest.mark.usefixtures("small")
async def test_a_search_that_is_under_way_misses_nobody(store: OpenedStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """All is taken over and dropped as far as it may be, between its reads, some of which end within a later row."""
    people = [person(n, Random(n)) for n in range(1, 25)]
    for each in people:
        await store.record(Changes(members=[each]))
    read, reads = store.db.rows, 0

    async def meanwhile(query: Any, **values: Any) -> Any:
        nonlocal reads
        found = await read(query, **values)
        if query is _TEXT_ROWS:
            reads += 1
            monkeypatch.setattr(store.db, "rows", read)
            for now in (NOW, NOW + STAYS - 1) if reads > 1 else ():
                await compacted(store, now)
            monkeypatch.setattr(store.db, "rows", meanwhile)
        return found

    monkeypatch.setattr(store.db, "rows", meanwhile)
    found = await store.members.search(Search(account=1, campaign="c", numbers="*48*"))
    assert [each.id for each in found] == [each.id for each in people]
    assert reads > 2


@pytest.mark.usefixtures("small")
async def test_two_nodes_take_over_and_clear_away_at_once(store: OpenedStore) -> None:
    """Nobody comes to stand twice, and who was cleared away stands nowhere."""
    people = [person(n, Random(n)) for n in range(1, 31)]
    for each in people:
        await store.record(Changes(members=[each]))

    async def cleared() -> None:
        for each in people[::3]:
            await store.db.transact(_dropped([each]))
            await asyncio.sleep(0)

    await asyncio.gather(compacted(store, NOW), compacted(store, NOW), cleared(), compacted(store, NOW))
    await compacted(store, NOW + STAYS)
    await compacted(store, NOW + 2 * STAYS)
    query = plain("SELECT body FROM member_texts WHERE name = 'numbers' AND until = 0")
    standing = [id_ for (body,) in await store.db.rows(query) for id_, _ in member_texts.entries(body)]
    assert sorted(standing) == [each.id for place, each in enumerate(people) if place % 3]


@pytest.mark.usefixtures("small")
async def test_a_campaign_that_is_erased_leaves_nothing(store: OpenedStore) -> None:
    for n in range(1, 12):
        await store.record(Changes(members=[person(n, Random(n))]))
    await compacted(store, NOW)

    async def erased() -> None:
        more = True
        while more:
            more = await store.campaigns.erase(1, "c", "b")

    await asyncio.gather(erased(), compacted(store, NOW + 1))
    assert await rows(store, "until >= 0") == 0
