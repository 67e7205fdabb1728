"""Who of an order is admitted, what is taken for them, and what goes back; nobody ever spends what is not there."""

import asyncio
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from omnibound.domain.account import Account
from omnibound.domain.balance import MONEY, Allowance, Refund, day_of
from omnibound.domain.call import Call
from omnibound.domain.changes import Changes
from omnibound.domain.errors import Invalid, NotFound
from omnibound.domain.flow import DAY, SECOND
from omnibound.domain.live import Outcome
from omnibound.domain.order import Person, Placed
from omnibound.domain.price import MILLION, Price, Rate
from omnibound.domain.status import Reason, Status
from omnibound.ports import Purse
from omnibound.services.keep_balances import Balances, Portions, read_countries, read_money
from omnibound.services.keep_prices import Read
from omnibound.services.price_deliveries import Pricing, SettleMoney, Told
from tests.services.conftest import NODE, House, parts_of, people, person

pytestmark = pytest.mark.anyio

RATES = (
    Rate(prefix="41", mcc="228", mnc="01", amount=10, currency="EUR"),
    Rate(prefix="48", mcc="260", amount=30, currency="EUR"),
    Rate(amount=0, currency="EUR", channel="PUSH"),
    Rate(prefix="41", amount=600, currency="EUR", channel="VOICE", first=30, next=1),
    Rate(prefix="41", amount=200, currency="EUR", connector="trunk", channel="VOICE"),
)


async def opened(house: House, *channels: str, money: int = 0, **allowance: Any) -> Account:
    account = await house.account("anna", *channels)
    await house.prices.put("", 0, Read(rates=RATES, rejected=()))
    await house.store.balances.allow(Allowance(account=account.id, **allowance))
    if money:
        await house.store.balances.add_money(account.id, money)
    await house.prices.refresh()
    await house.portions.refresh()
    return account


def refused(placed: Placed) -> list[Reason | None]:
    return [row.refused for row in placed.rows]


async def left(house: House, account: Account) -> int:
    purse = await house.store.balances.purse(account.id, MONEY, 0)
    return purse.left + purse.held


async def test_without_bounds_nothing_is_asked(house: House) -> None:
    account = await opened(house)
    assert refused(await house.place(account, people(3))) == [None] * 3
    assert await house.store.balances.holders() == []


async def test_countries(house: House) -> None:
    account = await opened(house, countries=("CH",))
    asked = [
        person("41790000001"),
        person("48601"),
        person("881612"),
        Person(to=replace(person().to, phone="", push="x")),
    ]
    barred = Reason.COUNTRY_BARRED
    assert refused(await house.place(account, asked)) == [None, barred, barred, None]
    assert (await house.counts())["live"] == 2


async def test_a_daily_cap_is_of_a_day(house: House) -> None:
    account = await opened(house, daily_cap=5)
    assert refused(await house.place(account, people(3))) == [None] * 3
    cap = Reason.DAILY_CAP
    faulty = [person(fault=Reason.BLOCKED), *people(3)]
    assert refused(await house.place(account, faulty)) == [Reason.BLOCKED, None, None, cap]
    assert refused(await house.place(account, people(1))) == [cap]
    house.clock.now += DAY
    await house.portions.refresh()
    assert refused(await house.place(account, people(6))) == [None] * 5 + [cap]
    assert (await house.store.balances.purse(account.id, day_of(house.clock.now), 5)) == Purse(0, 0)


async def test_what_money_does_not_reach_is_refused(house: House) -> None:
    account = await opened(house, "SMS", prepaid=True, daily_cap=100, money=45)
    asked = [person("41790000001"), person("48601"), person("41790000002"), person("33"), person("48602")]
    none = Reason.NO_CREDIT
    assert refused(await house.place(account, asked)) == [None, None, none, none, none]
    assert await left(house, account) == 5
    await house.portions.close()
    today = await house.store.balances.purse(account.id, day_of(house.clock.now), 100)
    assert (today, await house.store.balances.purse(account.id, MONEY, 0)) == (Purse(98, 0), Purse(5, 0))


async def test_the_dearest_step_is_charged_with_its_parts(house: House) -> None:
    account = await opened(house, "PUSH", "SMS", prepaid=True, money=100)
    await house.place(account, [person("41790000001", push="x")], extras={"parts": 3})
    assert await left(house, account) == 70


async def test_money_that_comes_is_heeded(house: House) -> None:
    account = await opened(house, "SMS", prepaid=True)
    assert refused(await house.place(account, people(1))) == [Reason.NO_CREDIT]
    await house.store.balances.add_money(account.id, 10)
    house.clock.now += 2 * SECOND
    assert refused(await house.place(account, people(2))) == [None, Reason.NO_CREDIT]


async def test_what_is_not_committed_is_not_spent(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    account = await opened(house, "SMS", prepaid=True, daily_cap=9, money=100)

    async def fails(_changes: Changes) -> None:
        raise OSError("disk")

    with monkeypatch.context() as patched:
        patched.setattr(house.store, "record", fails)
        with pytest.raises(OSError, match="disk"):
            await house.place(account, people(4))
    assert await left(house, account) == 100
    assert refused(await house.place(account, people(9))) == [None] * 9
    assert await left(house, account) == 10


async def test_an_id_that_is_taken_costs_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    account = await opened(house, "SMS", prepaid=True, money=100)
    await house.place(account, [person(ref="r")])
    taken = house.store.deliveries.refs_taken
    asked: list[int] = []

    async def late(*given: Any) -> set[int]:
        asked.append(1)
        return await taken(*given) if len(asked) > 1 else set()

    monkeypatch.setattr(house.store.deliveries, "refs_taken", late)
    placed = await house.place(account, [person(ref="r"), person("41790000009")])
    assert refused(placed) == [Reason.DUPLICATE_ID, None]
    assert await left(house, account) == 80


async def test_a_node_that_was_taken_for_dead_asks_anew(house: House) -> None:
    account = await opened(house, "SMS", prepaid=True, money=1_000)
    await house.place(account, people(1))
    await house.store.balances.return_portions(NODE)
    assert refused(await house.place(account, people(2))) == [None] * 2
    assert await left(house, account) == 970
    await house.store.balances.return_portions(NODE)
    await house.store.balances.take(account.id, MONEY, NODE + 1, 0, lambda left: left)
    assert refused(await house.place(account, people(2))) == [Reason.NO_CREDIT] * 2


async def test_portions_of_nodes_that_are_gone_go_back(house: House) -> None:
    account = await opened(house, "SMS", prepaid=True, money=1_000)
    for node in (NODE, 77, 78):
        await house.store.balances.take(account.id, MONEY, node, 0, lambda _left: 100)

    async def alive() -> list[int]:
        return [78]

    await house.portions.sweep(alive)
    assert await house.store.balances.holders() == [78, NODE]
    assert await house.store.balances.purse(account.id, MONEY, 0) == Purse(800, 200)


orders = st.lists(st.tuples(st.integers(0, 2), st.integers(1, 40)), min_size=1, max_size=25)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(money=st.integers(0, 3_000), asked=orders)
async def test_many_spenders_never_spend_more_than_there_is(
    house: House, money: int, asked: list[tuple[int, int]]
) -> None:
    """Several nodes at once; some of what they take is not committed, some nodes go and leave their portions."""
    account = next(house.mint.take(1, house.clock.now).__iter__())
    if money:
        await house.store.balances.add_money(account, money)
    nodes = [Portions(house.store.balances, 1_000 + number, house.clock) for number in range(3)]
    committed: list[int] = []

    async def spend(number: int, need: int) -> None:
        node = nodes[number]
        got = await node.take(account, MONEY, 0, need)
        assert got <= need
        if need % 7 == 0:
            node.give_back([node.spent(account, MONEY, got)])
        elif got:
            await house.store.record(Changes(spent=[node.spent(account, MONEY, got)]))
            committed.append(got)

    await asyncio.gather(*[spend(number, need) for number, need in asked])
    for node in (1_000, 1_001, 1_002):
        await house.store.balances.return_portions(node)
    purse = await house.store.balances.purse(account, MONEY, 0)
    assert (purse.left + sum(committed), purse.held) == (money, 0)
    assert sum(committed) <= money


# -- what goes back ------------------------------------------------------------------------------------------------


def ended(
    id_: int, account: int, sent_at: int, step: int = 0, parts: int = 1, status: Status = Status.FAILED
) -> Outcome:
    return Outcome(id_, account, 1, status, Reason.NO_ROUTE, "", step, 0, "", parts, sent_at, 9)


@pytest.mark.parametrize(
    ("channels", "outcome", "back"),
    [
        (("SMS",), {"sent_at": 0}, 20),
        (("SMS",), {"sent_at": 5, "parts": 2}, 0),
        (("SMS",), {"sent_at": 5, "parts": 1}, 10),
        (("SMS",), {"sent_at": 5, "parts": 3}, 0),
        (("PUSH", "SMS"), {"sent_at": 5, "step": 0}, 20),
        (("PUSH", "SMS"), {"sent_at": 5, "step": 1, "parts": 2}, 0),
    ],
)
async def test_what_it_did_not_cost_goes_back(
    house: House, channels: tuple[str, ...], outcome: dict[str, Any], back: int
) -> None:
    account = await opened(house, *channels, prepaid=True, money=100)
    await house.place(account, [person("41790000001", push="x")], extras={"parts": 2})
    assert await left(house, account) == 80
    ((message, (delivery,), _, _),) = house.born
    settle = SettleMoney(house.prices, house.portions, lambda: {account.id: "anna"}, parts_of)
    changes = Changes()
    settle.ended(changes, message, delivery, [ended(delivery.id, account.id, **outcome)])
    assert changes.refunds == ([Refund(account.id, back)] if back else [])
    await house.store.record(changes)
    assert await left(house, account) == 80 + back


async def test_calls_are_charged_when_they_are_over(house: House) -> None:
    account = await opened(house, "SMS", prepaid=True, money=1_000)
    settle = SettleMoney(house.prices, house.portions, lambda: {account.id: "anna"}, parts_of)
    now = house.clock.now
    call = Call(delivery=1, attempt=1, connector="trunk", reason=Reason.ANSWERED, ended_at=now, number="4179",
                begun_at=now, talked_ms=31_500, account=account.id)  # fmt: skip
    others = [replace(call, talked_ms=0), replace(call, account=5), replace(call, number="33")]
    changes = Changes(calls=[call, *others])
    settle.called(changes)
    assert changes.refunds == [Refund(account.id, -320)]
    pricing = Pricing(house.prices, house.store.calls)
    assert await pricing.of_call(call, "anna") == Price(320, 320, "EUR", "22801")
    assert await pricing.cost_of_call(call) == Price(200, 200, "EUR", "22801")
    await house.store.record(Changes(calls=[call]))
    told = await pricing.of(account, [Told(1, "VOICE", "4179", 1, now, True), Told(2, "SMS", "48", 2, now, False)])
    assert told == [Price(320, 320, "EUR", "22801"), Price(0, 0, "EUR", "260")]


# -- what operators say --------------------------------------------------------------------------------------------


async def test_what_operators_change(house: House) -> None:
    account = await house.account("anna")
    balances = Balances(house.store.balances, house.store.accounts, house.clock)
    assert (await balances.one("anna")).allowance == Allowance(account=account.id)
    assert (await balances.change("anna", "pl, de", 7)).allowance.countries == ("DE", "PL")
    standing = await balances.add("anna", 5 * MILLION)
    assert standing.allowance == Allowance(account=account.id, countries=("DE", "PL"), daily_cap=7, prepaid=True)
    assert (standing.money, standing.today) == (Purse(5 * MILLION, 0), Purse(7, 0))
    assert (await balances.change("anna", "", prepaid=False)).allowance == Allowance(account=account.id, daily_cap=7)
    with pytest.raises(NotFound):
        await balances.one("nobody")
    for wrong in ({"countries": "PL,XX"}, {"daily_cap": -1}):
        with pytest.raises(Invalid):
            await balances.change("anna", **wrong)  # type: ignore[arg-type]
    with pytest.raises(Invalid):
        await balances.add("anna", -6 * MILLION)


def test_words() -> None:
    assert read_countries(" ch,PL  ch") == ("CH", "PL")
    assert [read_money(text) for text in ("12.50", "-1", "0.000001")] == [12_500_000, -1_000_000, 1]
    for text in ("x", "nan", "1e40", "0.0000001"):
        with pytest.raises(Invalid):
            read_money(text)
