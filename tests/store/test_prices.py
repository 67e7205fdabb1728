"""Price lists, what accounts may send, and purses with their portions, stored."""

import asyncio

import pytest

from omnibound.domain.balance import MONEY, Allowance, Refund, Spent, portion
from omnibound.domain.changes import Changes
from omnibound.domain.errors import Invalid
from omnibound.domain.price import ListHead, PriceList, Rate
from omnibound.ports import Purse, Stale, Taken
from omnibound.store.opened import OpenedStore

pytestmark = pytest.mark.anyio
RATES = (Rate(prefix="48", mcc="260", amount=20_000, currency="EUR"), Rate(prefix="41", mcc="228"))


async def test_price_lists(store: OpenedStore) -> None:
    late, early = PriceList(id=7, name="a", since=30, rates=RATES), PriceList(id=9, name="b", since=20, rates=())
    await store.prices.add(late)
    await store.prices.add(early)
    assert await store.prices.heads() == [ListHead(9, "b", 20, 0), ListHead(7, "a", 30, 2)]
    assert [await store.prices.one(id_) for id_ in (7, 9, 8)] == [late, early, None]
    with pytest.raises(Taken):
        await store.prices.add(late)
    await store.prices.drop(9)
    assert await store.prices.heads() == [ListHead(7, "a", 30, 2)]


async def test_allowances(store: OpenedStore) -> None:
    first = Allowance(account=2, countries=("CH", "PL"), daily_cap=5, prepaid=True)
    for each in (first, Allowance(account=1), Allowance(account=2, daily_cap=9), first):
        await store.balances.allow(each)
    assert await store.balances.allowances() == [Allowance(account=1), first]


async def test_portions_are_taken_spent_and_given_back(store: OpenedStore) -> None:
    money = store.balances
    await money.add_money(1, 1_000)
    assert await money.take(1, MONEY, 5, 0, lambda left: portion(left, 10)) == 62
    assert await money.take(1, MONEY, 6, 0, lambda left: portion(left, 900)) == 900
    assert await money.take(1, MONEY, 5, 0, lambda left: portion(left, 900)) == 38
    assert await money.take(1, MONEY, 5, 0, lambda left: portion(left, 1)) == 0
    assert await money.purse(1, MONEY, 0) == Purse(0, 1_000)
    assert await money.holders() == [5, 6]
    await store.record(Changes(spent=[Spent(1, MONEY, 5, 30), Spent(1, MONEY, 5, 20)]))
    assert [await money.portion(1, MONEY, node) for node in (5, 6, 7)] == [50, 900, 0]
    assert await money.return_portions(6) == 1
    assert await money.purse(1, MONEY, 0) == Purse(900, 50)
    assert (await money.return_portions(6), await money.holders()) == (0, [5])


async def test_more_than_a_portion_is_not_spent(store: OpenedStore) -> None:
    await store.balances.add_money(1, 100)
    await store.balances.take(1, MONEY, 5, 0, lambda _left: 40)
    for spent in (Spent(1, MONEY, 5, 41), Spent(1, MONEY, 6, 1), Spent(2, MONEY, 5, 1)):
        with pytest.raises(Stale):
            await store.record(Changes(spent=[spent], matched=[]))
    results = await asyncio.gather(
        *[store.record(Changes(spent=[Spent(1, MONEY, 5, 15)])) for _ in range(4)], return_exceptions=True
    )
    assert sum(result is None for result in results) == 2
    assert await store.balances.portion(1, MONEY, 5) == 10


async def test_refunds_never_make_more_than_was_paid_in_nor_debts(store: OpenedStore) -> None:
    money = store.balances
    await money.add_money(1, 100)
    await money.take(1, MONEY, 5, 0, lambda _left: 60)
    await store.record(Changes(refunds=[Refund(1, 10), Refund(1, 5), Refund(2, 7)]))
    assert await money.purse(1, MONEY, 0) == Purse(55, 60)
    await store.record(Changes(refunds=[Refund(1, 1_000)]))
    assert (await money.purse(1, MONEY, 0)).left == 100
    await store.record(Changes(refunds=[Refund(1, -70)]))
    assert (await money.purse(1, MONEY, 0)).left == 30
    await store.record(Changes(refunds=[Refund(1, -70)]))
    assert (await money.purse(1, MONEY, 0)).left == 0


async def test_money_that_is_held_cannot_be_taken_out(store: OpenedStore) -> None:
    money = store.balances
    await money.add_money(1, 100)
    await money.take(1, MONEY, 5, 0, lambda _left: 60)
    with pytest.raises(Invalid):
        await money.add_money(1, -41)
    await money.add_money(1, -40)
    assert await money.purse(1, MONEY, 0) == Purse(0, 60)


async def test_a_day_has_its_limit(store: OpenedStore) -> None:
    money = store.balances
    assert await money.take(1, 20_000, 5, 10, lambda left: portion(left, 8)) == 8
    assert await money.take(1, 20_000, 6, 10, lambda left: portion(left, 8)) == 2
    assert await money.take(1, 20_000, 6, 12, lambda left: portion(left, 8)) == 2
    assert await money.take(1, 20_001, 6, 10, lambda left: portion(left, 8)) == 8
    assert await money.purse(1, 20_000, 5) == Purse(-7, 12)
    await money.add_money(1, 5)
    await money.forget(20_001)
    assert (await money.purse(1, 20_000, 10), await money.purse(1, 20_001, 10)) == (Purse(10, 0), Purse(2, 8))
    assert await money.purse(1, MONEY, 0) == Purse(5, 0)


async def test_many_nodes_never_take_more_than_there_is(store: OpenedStore) -> None:
    await store.balances.add_money(1, 1_000)
    taken = await asyncio.gather(
        *[store.balances.take(1, MONEY, node % 7, 0, lambda left: portion(left, 30)) for node in range(60)]
    )
    assert sum(taken) == 1_000
    assert await store.balances.purse(1, MONEY, 0) == Purse(0, 1_000)
