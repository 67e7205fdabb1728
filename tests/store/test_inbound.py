"""Messages from people in the store: filed once, opened again for a new number, read by their account."""

import pytest

from omnibound.domain.account import Account
from omnibound.domain.changes import Changes
from omnibound.domain.facts import Inbound
from omnibound.domain.number import Number
from omnibound.domain.received import Filed, Received
from omnibound.ports import Listing, Stale, Taken
from omnibound.store.opened import OpenedStore

pytestmark = pytest.mark.anyio


def inbound(recipient: str = "7070", channel: str = "SMS") -> Inbound:
    return Inbound("c1", channel, "48600100200", recipient, "hello", 5)


def received(id_: int, account: int = 7) -> Received:
    return Received(
        id=id_, account=account, connector="c1", channel="SMS", sender="48600100200", recipient="7070", text="hello",
        at=5,
    )  # fmt: skip


def number(id_: int, keyword: str = "", account: int = 7, key: str = "7070") -> Number:
    return Number(id=id_, account=account, channel="SMS", number=key, keyword=keyword, created_at=3)


async def unfiled(store: OpenedStore, after: int = 0, limit: int = 10) -> list[int]:
    return [n for n, _ in await store.inbound.unfiled(after, limit)]


async def test_what_is_filed_is_not_read_again(store: OpenedStore) -> None:
    await store.record(Changes(inbound=[(n, inbound()) for n in (1, 2, 3)]))
    assert await store.inbound.unfiled(0, 1) == [(1, inbound())]
    await store.record(Changes(filed=[(1, Filed.JOINED), (3, Filed.NOBODYS)]))
    assert (await unfiled(store), await unfiled(store, after=2)) == ([2], [])
    assert len(await store.inbound.page(0, 10)) == 3


async def test_whoever_files_first_has_it(store: OpenedStore) -> None:
    await store.record(Changes(inbound=[(1, inbound()), (2, inbound())]))
    await store.record(Changes(filed=[(1, Filed.JOINED)], received=[received(10)]))
    with pytest.raises(Stale):
        await store.record(Changes(filed=[(2, Filed.JOINED), (1, Filed.JOINED)], received=[received(11)]))
    assert await unfiled(store) == [2]
    assert await store.inbound.received_since(0) == [received(10)]


async def test_a_new_number_opens_what_was_nobody_s(store: OpenedStore) -> None:
    came = ["7070", "+7070", "007070", "7071", "7070", "7070"]
    await store.record(Changes(inbound=[(n, inbound(to)) for n, to in enumerate(came, 1)]))
    await store.record(Changes(inbound=[(7, inbound(channel="VIBER"))]))
    await store.record(Changes(filed=[(n, Filed.NOBODYS if n != 5 else Filed.JOINED) for n in range(1, 8)]))
    assert [await store.inbound.reopen(number(1), 2, 2) for _ in range(3)] == [2, 1, 0]
    assert await unfiled(store) == [2, 3, 6]


async def test_an_account_reads_its_own(store: OpenedStore) -> None:
    rows = [received(1), received(2, account=8), received(3), received(5)]
    await store.record(Changes(received=rows))
    assert await store.inbound.received(7, 0, 10) == [rows[0], rows[2], rows[3]]
    assert await store.inbound.received(7, 1, 1) == [rows[2]]
    assert await store.inbound.received_by(7, [5, 2, 1, 99]) == [rows[0], rows[3]]
    assert await store.inbound.received_since(3) == rows[2:]


async def test_numbers(store: OpenedStore) -> None:
    for id_, name in ((7, "anna"), (8, "bert")):
        account = Account(id=id_, name=name, username=name, notify_url=f"http://{name}/")
        await store.accounts.add(account, "", f"hash-{name}", "", 1)
    await store.numbers.add(number(1))
    await store.numbers.add(number(2, "win", account=8))
    with pytest.raises(Taken):
        await store.numbers.add(number(3, account=8))
    await store.numbers.settle(1)
    assert await store.numbers.all() == [
        Listing(number(1), "anna", "http://anna/", False),
        Listing(number(2, "win", account=8), "bert", "http://bert/", True),
    ]
    assert [await store.numbers.drop(1) for _ in range(2)] == [True, False]
    assert [listing.number.id for listing in await store.numbers.all()] == [2]
