"""Routes: the longest prefix, then the most exact one; who of a route's connectors takes what."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnibound.domain.routing import Board, Choice, Offer, Plan, Route, cheapest, check, consider


def route(*connectors: str, **other: object) -> Route:
    return Route(channel="SMS", connectors=connectors, **other)  # type: ignore[arg-type]


def free(_connector: str, _channel: str, _number: str) -> int | None:
    return None


REST, CH, VIP, SENDER, ZURICH = (
    route("rest"), route("ch", prefixes=("41", "423")), route("vip", prefixes=("41",), accounts=("anna", "eva")),
    route("named", prefixes=("41",), senders=("BANK",)), route("zurich", prefixes=("4144",)),
)  # fmt: skip
PLAN = Plan([CH, REST, SENDER, VIP, ZURICH, route("again", prefixes=("41",))])


@pytest.mark.parametrize(
    ("account", "sender", "number", "goes"),
    [
        ("bob", "X", "48601", REST),
        ("bob", "X", "41791234567", CH),
        ("bob", "X", "4231234567", CH),
        ("bob", "X", "41441234567", ZURICH),
        ("anna", "X", "41791234567", VIP),
        ("eva", "BANK", "41791234567", VIP),
        ("bob", "BANK", "41791234567", SENDER),
        ("anna", "BANK", "41441234567", ZURICH),
        ("anna", "X", "", REST),
    ],
)
def test_who_takes_a_number(account: str, sender: str, number: str, goes: Route) -> None:
    assert PLAN.board("SMS", account, sender).find(number) is goes


def test_what_a_plan_knows() -> None:
    assert (PLAN.channels, PLAN.by_account) == ({"SMS"}, True)
    assert PLAN.board("VIBER", "bob", "X").find("41") is None
    assert Plan().channels == frozenset()
    assert (Board([REST]).sole, Board([CH]).sole, Board([CH, REST]).sole, Board([]).sole) == (REST, None, None, None)


def test_why_the_others_do_not() -> None:
    told = consider(PLAN, "SMS", "bob", "X", "41791234567")
    assert [(each.route.connectors[0], each.why, each.taken) for each in told] == [
        ("ch", "", True),
        ("rest", "another one fits better", False),
        ("named", "it is of other senders", False),
        ("vip", "it is of other accounts", False),
        ("zurich", "the number begins with none of its prefixes", False),
        ("again", "another one fits better", False),
    ]
    assert consider(PLAN, "PUSH", "bob", "X", "41791234567") == []


def test_in_order_the_first_takes_all() -> None:
    choice = Choice(route("a", "b"), ["b", "a"], free)
    assert choice.sole == "b"
    assert Choice(route("a", by="weight"), ["a"], free).sole == "a"


@given(st.integers(1, 1 << 62))
def test_weights_are_proportions(first: int) -> None:
    weighted = route("a", "b", "c", by="weight", weights=(1, 2, 7))
    ids = range(first, first + 256 * 10_000, 256)
    choice = Choice(weighted, weighted.connectors, free)
    shares = Counter(choice.of(id_, "1") for id_ in ids)
    assert all(abs(shares[name] / 10_000 - share) < 0.04 for name, share in {"a": 0.1, "b": 0.2, "c": 0.7}.items())
    assert [choice.of(id_, "1") for id_ in ids[:50]] == [choice.of(id_, "2") for id_ in ids[:50]]
    left = Choice(weighted, ["a", "b"], free)
    assert abs(sum(left.of(id_, "1") == "b" for id_ in ids) / 10_000 - 2 / 3) < 0.04


def test_the_cheapest_takes_it_and_the_unknown_comes_last() -> None:
    costs = {("a", "41"): 30, ("b", "41"): 10, ("b", "48"): 99, ("a", "48"): 99}

    def cost(connector: str, channel: str, number: str) -> int | None:
        assert channel == "SMS"
        return costs.get((connector, number[:2]))

    choice = Choice(route("a", "b", "c", by="cost"), ["c", "a", "b"], cost)
    assert [choice.of(1, number) for number in ("4179", "4860", "33")] == ["b", "a", "c"]
    assert choice.sole == ""
    assert cheapest(["c", "a", "b"], "SMS", "4179", cost) == [Offer("b", 10), Offer("a", 30), Offer("c", None)]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (route(), "route number 1 has no connectors"),
        (route("a", "a"), "route number 1 names a connector twice"),
        (route("a", "p"), "route number 1: no connector p carries SMS"),
        (route("a", "x"), "route number 1: no connector x carries SMS"),
        (route("a", weights=(1,)), 'route number 1: weights belong to by = "weight", one beside each connector'),
        (
            route("a", "b", weights=(1,), by="weight"),
            'route number 1: weights belong to by = "weight", one beside each connector',
        ),
        (route("a", "b", weights=(1, 5), by="weight"), ""),
        (route("a", by="cost"), ""),
    ],
)
def test_what_is_wrong_with_a_route(wrong: Route, words: str) -> None:
    assert check([wrong], {"a": "SMS", "b": "SMS", "p": "PUSH"}) == words
