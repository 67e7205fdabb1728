"""What numbers cost: the longest prefix, an account's own list, lists in time; what calls are charged."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnibound.domain.price import Epochs, ListHead, Prefixes, Price, Rate, Rates, amount_of, in_units, price_of

PL = Rate(prefix="48", mcc="260", amount=20_000, currency="EUR")
PLUS = Rate(prefix="48601", mcc="260", mnc="02", amount=25_000, currency="EUR")
PLAN = Rate(prefix="48501", mcc="260", mnc="03")
BY_NETWORK = Rate(mcc="260", mnc="03", amount=27_000, currency="EUR")
BY_COUNTRY = Rate(mcc="228", amount=50_000, currency="CHF")
SWISS = Rate(prefix="41", mcc="228", mnc="01")
OTHERS = Rate(amount=90_000, currency="USD")
VIP = Rate(prefix="48", amount=1, currency="EUR", account="vip")
CALL = Rate(prefix="48", amount=60_000, currency="EUR", channel="VOICE", first=30, next=6)
COST = Rate(prefix="48", amount=7, currency="EUR", connector="a")
RATES = Rates([PL, PLUS, PLAN, BY_NETWORK, BY_COUNTRY, SWISS, OTHERS, VIP, CALL, COST])


@pytest.mark.parametrize(
    ("account", "channel", "number", "rate", "network"),
    [
        ("x", "SMS", "48601123456", PLUS, "26002"),
        ("x", "SMS", "48701123456", PL, "260"),
        ("x", "SMS", "48501123456", PL, "26003"),
        ("x", "SMS", "41791234567", BY_COUNTRY, "22801"),
        ("x", "SMS", "3361", OTHERS, ""),
        ("vip", "SMS", "48601123456", VIP, "26002"),
        ("vip", "SMS", "3361", OTHERS, ""),
        ("x", "VOICE", "48601123456", CALL, "26002"),
        ("x", "VOICE", "3361", None, ""),
        ("x", "VIBER", "48601123456", None, "26002"),
    ],
)
def test_what_an_account_pays(account: str, channel: str, number: str, rate: Rate | None, network: str) -> None:
    assert (RATES.price(account, channel, number), RATES.network(number)) == (rate, network)


def test_a_network_without_a_nearer_prefix() -> None:
    rates = Rates([PLAN, BY_NETWORK, OTHERS])
    assert rates.price("x", "SMS", "48501123456") is BY_NETWORK
    assert rates.price("x", "SMS", "48601123456") is OTHERS


def test_what_a_carrier_takes() -> None:
    assert [RATES.cost(name, "SMS", "48601") for name in ("a", "b")] == [COST, None]
    assert RATES.cost("a", "SMS", "49") is None
    assert (Rates().empty, RATES.empty) == (True, False)


@pytest.mark.parametrize(
    ("rate", "parts", "seconds", "amount"),
    [
        (PL, 1, 0, 20_000), (PL, 3, 0, 60_000), (PLAN, 3, 0, 0), (CALL, 1, 0, 0), (CALL, 1, 0.2, 30_000),
        (CALL, 1, 30, 30_000), (CALL, 1, 30.1, 36_000), (CALL, 1, 36, 36_000), (CALL, 1, 61, 66_000),
        (Rate(channel="VOICE", amount=1, first=1, next=1), 1, 1, 1),
    ],
)  # fmt: skip
def test_what_is_charged(rate: Rate, parts: int, seconds: float, amount: int) -> None:
    assert amount_of(rate, parts, seconds) == amount


def test_what_is_told() -> None:
    assert price_of(PL, 2, 0, "260", sent=True) == Price(20_000, 40_000, "EUR", "260")
    assert price_of(PL, 2, 0, "260", sent=False) == Price(0, 0, "EUR", "260")
    assert price_of(None, 2, 0, "260", sent=True) == Price(network="260")
    assert price_of(CALL, 1, 31, "", sent=True) == Price(36_000, 36_000, "EUR", "")
    assert in_units(10_400) == 0.0104


def test_lists_follow_each_other_by_name() -> None:
    heads = [ListHead(3, "a", 30, 1), ListHead(1, "a", 10, 1), ListHead(2, "b", 20, 1)]
    epochs = Epochs(heads)
    assert [epochs.number(at) for at in (9, 10, 19, 20, 30, 99)] == [0, 1, 1, 2, 3, 3]
    assert [epochs.lists(number) for number in range(4)] == [[], [1], [1, 2], [2, 3]]
    assert (Epochs().number(5), Epochs().lists(0)) == (0, [])


@given(st.sets(st.text("0123456789", min_size=1, max_size=6), max_size=60), st.text("0123456789", max_size=9))
def test_the_longest_prefix_is_found(prefixes: set[str], number: str) -> None:
    fits = [prefix for prefix in prefixes if number.startswith(prefix)]
    assert Prefixes((prefix, prefix) for prefix in prefixes).find(number) == max(fits, key=len, default=None)


def test_fifty_thousand_rates_are_looked_up_quickly() -> None:
    dice = random.Random(7)
    rates = Rates(Rate(prefix=str(dice.randrange(10, 10**7)), amount=1, currency="EUR") for _ in range(50_000))
    found = sum(rates.price("x", "SMS", str(dice.randrange(10**10, 10**11))) is not None for _ in range(1_000))
    assert found > 0
