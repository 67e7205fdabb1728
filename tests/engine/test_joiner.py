"""Messages from people: joined, given to whom their number belongs, and told once, whatever comes between."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from omnibound.domain.account import Account
from omnibound.domain.changes import Changes
from omnibound.domain.facts import Inbound
from omnibound.domain.flow import DAY, HOUR, MINUTE, SECOND
from omnibound.domain.number import Number
from omnibound.domain.push import Notify, Push, Topic, push_of
from omnibound.engine.joiner import DOUBLED_FOR, FETCHED_BACK, GRACE, JOINED_FOR, Joiner
from omnibound.engine.numbers import Numbers
from omnibound.ports import Stale
from omnibound.store.opened import OpenedStore, open_store

pytestmark = pytest.mark.anyio

START = 1_800_000_000_000_000
PHONE = "48600100200"
URL = "http://own.example/"


class Rig:
    """A joiner over a real store; the test moves the clock and says when to look."""

    def __init__(self, store: OpenedStore) -> None:
        self.store = store
        self.now = START
        self.ids = Numbers(lambda: self.now)
        self.begin()

    def begin(self) -> None:
        """As after a crash: nothing is remembered."""
        self.joiner = Joiner(self.store, lambda: self.now, self.ids)

    async def number(self, id_: int, number: str = "7070", keyword: str = "", account: int = 7, url: str = "") -> None:
        await self.store.numbers.add(
            Number(
                id=id_, account=account, channel="SMS", number=number, keyword=keyword, url=url, format="f",
                created_at=self.now,
            )
        )  # fmt: skip

    async def come(self, *messages: Inbound) -> None:
        await self.store.record(Changes(inbound=[(self.ids(), replace(each, at=self.now)) for each in messages]))

    async def look(self, forward: int = 0) -> None:
        self.now += forward
        while await self.joiner.look():
            pass

    async def texts(self, account: int = 7) -> list[str]:
        return [each.text for each in await self.store.inbound.received(account, 0, 100)]

    async def pushes(self, account: int = 7) -> list[Push]:
        return await self.store.pushes.page(account, None, (0, 0, 0, 0), 100)

    async def unfiled(self) -> int:
        return len(await self.store.inbound.unfiled(0, 1_000))


def said(text: str, recipient: str = "7070", sender: str = PHONE) -> Inbound:
    return Inbound("c1", "SMS", sender, recipient, text, START)


def parts(*texts: str, reference: int = 9, sender: str = PHONE) -> list[Inbound]:
    return [replace(said(text, sender=sender), reference=(reference, len(texts), n)) for n, text in enumerate(texts, 1)]


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    store = open_store(tmp_path)
    for id_, name in ((7, "anna"), (8, "bert")):
        account = Account(id=id_, name=name, username=name, notify_url=URL if id_ == 7 else "")
        await store.accounts.add(account, "", f"hash-{name}", "", START)
    yield Rig(store)
    await store.close()


async def test_a_message_goes_to_whom_its_number_belongs(rig: Rig) -> None:
    await rig.number(1)
    await rig.number(2, "7071", account=8, url="http://number.example/")
    await rig.number(3, "+48500".lstrip("+"), account=8)
    await rig.come(said("one"), said("two", "7071"), said("three", "+48500"), said("nobody's", "7072"))
    await rig.look()
    (first,) = await rig.store.inbound.received(7, 0, 9)
    assert (first.text, first.sender, first.at, first.parts, first.missing) == ("one", PHONE, START, 1, 0)
    assert await rig.texts(8) == ["two", "three"]
    assert await rig.pushes() == [push_of(Notify(url=URL, format="f"), 7, first.id, 0, START, Topic.INBOUND)]
    assert [push.url for push in await rig.pushes(8)] == ["http://number.example/"]
    assert await rig.unfiled() == 0


async def test_keywords_part_a_number(rig: Rig) -> None:
    await rig.number(1, keyword="win")
    await rig.number(2, keyword="win a car", account=8)
    await rig.come(said("WIN!"), said("Win a car today"), said("hello"))
    await rig.look()
    assert (await rig.texts(7), await rig.texts(8)) == (["WIN!"], ["Win a car today"])
    assert [each.keyword for each in await rig.store.inbound.received(8, 0, 9)] == ["win a car"]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (2, 1, 0)], ids=["in order", "turned", "backwards"])
async def test_parts_become_one(rig: Rig, order: Sequence[int]) -> None:
    await rig.number(1)
    long, other = parts("Za", "żół", "ć"), parts("x", "y", sender="48600100201")
    for place in order:
        await rig.come(long[place])
        await rig.look()
    await rig.come(*other, *parts("p", "q", reference=10))
    await rig.look()
    assert await rig.texts() == ["Zażółć", "xy", "pq"]
    assert len(await rig.pushes()) == 3


async def test_a_crash_between_parts_costs_nothing(rig: Rig) -> None:
    await rig.number(1)
    first, second, third = parts("a", "b", "c")
    for each in (third, first, second):
        await rig.come(each)
        await rig.look()
        rig.begin()
    await rig.look()
    assert await rig.texts() == ["abc"]
    assert len(await rig.pushes()) == 1


async def test_what_the_carrier_repeats_is_told_once(rig: Rig) -> None:
    """It was not acknowledged: while the message is incomplete, when it is whole, and after a crash."""
    await rig.number(1)
    first, second, third = parts("a", "b", "c")
    await rig.come(first, first, second)
    await rig.look()
    await rig.come(second, third, third)
    await rig.look()
    rig.begin()
    await rig.come(third)
    await rig.look(DOUBLED_FOR - SECOND)
    assert await rig.texts() == ["abc"]
    await rig.look(MINUTE)
    assert await rig.unfiled() == 0


async def test_a_repeated_part_is_known_though_it_was_cut_within_a_character(rig: Rig) -> None:
    await rig.number(1)
    octets = "a👍b".encode("utf-16-be")
    first, second = parts("a\ufffd", "\ufffdb")
    pair = (replace(first, data=octets[:4]), replace(second, data=octets[4:]))
    await rig.come(*pair)
    await rig.look()
    await rig.come(*pair)
    await rig.look(MINUTE)
    assert (await rig.texts(), await rig.unfiled()) == (["a👍b"], 0)


async def test_a_number_that_goes_while_parts_wait(rig: Rig) -> None:
    await rig.number(1)
    await rig.come(*parts("a", "b")[:1])
    await rig.look()
    await rig.store.numbers.drop(1)
    await rig.look(JOINED_FOR)
    await rig.look(MINUTE)
    assert (await rig.texts(), await rig.unfiled()) == ([], 0)


async def test_a_reference_that_comes_again_begins_another_message(rig: Rig) -> None:
    await rig.number(1)
    await rig.come(*parts("a", "b"), *parts("c", "d"))
    await rig.look()
    await rig.come(*parts("e", "f")[:1])
    await rig.come(*parts("g", "h"))
    await rig.look()
    assert await rig.texts() == ["ab", "cd", "e", "gh"]


async def test_what_stays_incomplete_is_told_as_it_is(rig: Rig) -> None:
    await rig.number(1)
    await rig.come(*parts("a", "b", "c")[::2])
    await rig.look(JOINED_FOR - SECOND)
    assert await rig.texts() == []
    await rig.look(SECOND)
    (received,) = await rig.store.inbound.received(7, 0, 9)
    assert (received.text, received.parts, received.missing) == ("ac", 3, 1)


async def test_nothing_is_given_up_as_soon_as_a_node_begins(rig: Rig) -> None:
    await rig.number(1)
    await rig.come(*parts("a", "b")[:1])
    rig.now += DAY
    rig.begin()
    await rig.look()
    assert await rig.texts() == []
    await rig.come(*parts("a", "b")[1:])
    await rig.look(GRACE)
    assert await rig.texts() == ["ab"]


async def test_a_new_number_gets_what_came_before(rig: Rig) -> None:
    await rig.come(said("too old"))
    await rig.look(FETCHED_BACK)
    await rig.come(said("hello"), said("plus", "+7070"), *parts("a", "b"), said("another's", "7071"))
    await rig.look(HOUR)
    assert (await rig.unfiled(), await rig.texts()) == (0, [])
    await rig.number(1)
    await rig.look(SECOND)
    assert await rig.texts() == ["hello", "plus", "ab"]
    assert len(await rig.pushes()) == 3
    assert [listing.fresh for listing in await rig.store.numbers.all()] == [False]
    await rig.look(HOUR)
    assert len(await rig.texts()) == 3


async def test_a_second_keyword_takes_only_what_was_nobody_s(rig: Rig) -> None:
    await rig.number(1, keyword="win")
    await rig.come(said("win"), said("hello"))
    await rig.look()
    await rig.number(2, account=8)
    await rig.look(SECOND)
    assert (await rig.texts(7), await rig.texts(8)) == (["win"], ["hello"])


async def test_without_an_address_it_is_read_only(rig: Rig) -> None:
    await rig.number(1, account=8)
    await rig.come(said("hello"))
    await rig.look()
    assert (await rig.texts(8), await rig.pushes(8)) == (["hello"], [])


async def test_more_than_one_look_takes(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("omnibound.engine.joiner.CHUNK", 3)
    await rig.come(*[said(f"early {n}") for n in range(7)])
    await rig.look()
    await rig.number(1)
    await rig.come(*[said(f"late {n}") for n in range(4)], *parts(*"abcdefgh"))
    await rig.look(SECOND)
    await rig.look()
    assert sorted(await rig.texts()) == [
        "abcdefgh",
        *(f"early {n}" for n in range(7)),
        *(f"late {n}" for n in range(4)),
    ]


async def test_what_another_node_files_first_is_left_to_it(rig: Rig) -> None:
    await rig.number(1)
    other = Rig(rig.store)
    await rig.come(*parts("a", "b"))
    # Both have read it; one commits first.
    read = rig.store.inbound.unfiled
    rows = await read(0, 10)
    await other.look()

    async def as_before(_after: int, _limit: int) -> list[tuple[int, Inbound]]:
        return rows

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rig.store.inbound, "unfiled", as_before)
        with pytest.raises(Stale):
            await rig.look()
    await rig.look(MINUTE)
    assert await rig.texts() == ["ab"]


async def test_the_loop_goes_on_after_a_fault(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("omnibound.engine.looking.TICK_S", 0.001)
    looked: list[int] = []
    told = asyncio.Event()
    look = rig.joiner.look

    async def fails_once() -> bool:
        looked.append(1)
        if len(looked) == 1:
            raise RuntimeError("broken")
        more = await look()
        told.set()
        return more

    monkeypatch.setattr(rig.joiner._looking, "_look", fails_once)
    await rig.number(1)
    await rig.come(said("hello"))
    rig.joiner.start()
    await told.wait()
    await rig.joiner.stop()
    assert await rig.texts() == ["hello"]
