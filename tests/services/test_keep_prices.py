"""Price lists from tables, in time."""

import pytest

from omnibound.domain.errors import Invalid
from omnibound.domain.flow import DAY, HOUR
from omnibound.domain.price import Rate
from omnibound.services.keep_prices import Prices, Read, Rejected, read_rates
from tests.services.conftest import House

pytestmark = pytest.mark.anyio

TABLE = b"""prefix;mcc;mnc;price;currency;connector;account;channel;increment
+48;260;;0.02;eur;;;;
0048601;260;02;0.025;EUR;;;;
48501;260;03;;;;;;
;228;01;0;EUR;;;;
48;;;0.000001;EUR;a;;;
48;;;3;EUR;;vip;voice;30/6
"""


def test_a_table_is_read() -> None:
    assert read_rates(TABLE) == Read(
        rates=(
            Rate(prefix="48", mcc="260", amount=20_000, currency="EUR"),
            Rate(prefix="48601", mcc="260", mnc="02", amount=25_000, currency="EUR"),
            Rate(prefix="48501", mcc="260", mnc="03"),
            Rate(mcc="228", mnc="01", amount=0, currency="EUR"),
            Rate(prefix="48", amount=1, currency="EUR", connector="a"),
            Rate(prefix="48", amount=3_000_000, currency="EUR", account="vip", channel="VOICE", first=30, next=6),
        ),
        rejected=(),
    )


@pytest.mark.parametrize(
    ("row", "column", "why"),
    [
        ("4x,,,1,EUR,,,", "prefix", "must be the first digits of international numbers"),
        ("1234567890123456,,,1,EUR,,,", "prefix", "must be the first digits of international numbers"),
        ("48,26,,1,EUR,,,", "mcc", "must have 3 digits"),
        ("48,260,1,1,EUR,,,", "mnc", "must have 2 or 3 digits"),
        ("48,,02,1,EUR,,,", "mcc", "an mnc stands beside its mcc"),
        ("48,,,1,EUR,a,b,", "connector", "a row is what a connector's carrier takes, or what an account pays"),
        ("48,,,,EUR,,,", "price", "a row without a price tells whose network a prefix is"),
        ("48,,,x,EUR,,,", "price", "must be a number such as 0.0075"),
        ("48,,,nan,EUR,,,", "price", "must be from 0 to 10000, with at most 6 decimals"),
        ("48,,,-1,EUR,,,", "price", "must be from 0 to 10000, with at most 6 decimals"),
        ("48,,,0.0000001,EUR,,,", "price", "must be from 0 to 10000, with at most 6 decimals"),
        ("48,,,1e99,EUR,,,", "price", "must be from 0 to 10000, with at most 6 decimals"),
        ("48,,,1,,,,", "currency", "must be a currency such as EUR"),
        ("48,,,1,EURO,,,", "currency", "must be a currency such as EUR"),
        ("48,,,1,EUR,,,60", "increment", "must be the seconds charged at first and then, such as 60/1"),
        ("48,,,1,EUR,,,60/0", "increment", "must be from 1 to 3600 seconds"),
        ("49,,,1,EUR,,,", "prefix", "line 2 says what this costs"),
        ("48,,,1", "", "has 4 values, the head has 8"),
    ],
)
def test_rows_that_are_no_rates(row: str, column: str, why: str) -> None:
    head = "prefix,mcc,mnc,price,currency,connector,account,increment"
    read = read_rates(f"{head}\n49,262,,1,EUR,,,60/60\n{row}\n".encode())
    assert (read.rejected, len(read.rates)) == ((Rejected(3, column, why),), 1)


@pytest.mark.parametrize("table", [b"", b"prefix,cost\n", b"prefix,prefix\n", b"currency\n", b"\xff\n", b"a\0b"])
def test_what_is_no_table(table: bytes) -> None:
    with pytest.raises(Invalid):
        read_rates(table)


def rates(amount: int) -> Read:
    return Read(rates=(Rate(prefix="48", amount=amount, currency="EUR"),), rejected=())


async def test_what_was_sent_keeps_its_price(house: House) -> None:
    prices = Prices(house.store.prices, house.mint, house.clock, keep=5 * DAY)
    await prices.refresh()
    assert (prices.empty, prices.cost("a", "SMS", "48")) == (True, None)
    begin = house.clock.now
    await prices.put("", 0, rates(1))
    await prices.put("", begin + HOUR, rates(2))
    house.clock.now += 2 * HOUR
    await prices.put("other", 0, Read(rates=(Rate(prefix="48", amount=9, currency="EUR", connector="a"),), rejected=()))
    await prices.refresh()
    assert (prices.empty, prices.cost("a", "SMS", "48601")) == (False, 9)
    found = [(await prices.at(at)).price("x", "SMS", "48") for at in (begin - 1, begin, begin + HOUR, house.clock.now)]
    assert [rate and rate.amount for rate in found] == [None, 1, 2, 2]
    known = [prices.known(at).price("x", "SMS", "48") for at in (begin, begin + HOUR)]
    assert [rate and rate.amount for rate in known] == [1, 2]


async def test_lists_are_dropped_and_forgotten(house: House) -> None:
    prices = Prices(house.store.prices, house.mint, house.clock, keep=5 * DAY)
    await prices.put("a", 0, rates(1))
    await prices.put("a", house.clock.now + DAY, rates(2))
    house.clock.now += HOUR
    await prices.drop("a")
    await prices.refresh()
    assert prices.current.price("x", "SMS", "48") is None
    assert [head.rates for head in await prices.heads()] == [1, 0]
    house.clock.now += 6 * DAY
    await prices.put("b", 0, rates(3))
    assert [(head.name, head.rates) for head in await prices.heads()] == [("a", 0), ("b", 1)]
    with pytest.raises(Invalid):
        await prices.drop("c")


async def test_what_cannot_be_taken(house: House) -> None:
    prices = Prices(house.store.prices, house.mint, house.clock)
    for read, since in ((rates(1), house.clock.now - 1), (Read(rates=(), rejected=()), 0)):
        with pytest.raises(Invalid):
            await prices.put("", since, read)
    assert await prices.heads() == []
