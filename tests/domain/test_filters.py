"""Conditions on attributes: what fits them, how they are checked, and that they are never slow."""

from fnmatch import translate
from re import DOTALL, IGNORECASE, match
from time import perf_counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnibound.domain.errors import Invalid
from omnibound.domain.filters import LONGEST_VALUE, MOST_CONDITIONS, OPERATORS, check_conditions, excluded, excluded_by
from omnibound.domain.outbound import Condition


def condition(operator: str, *values: str, attribute: str = "City") -> Condition:
    return Condition(attribute=attribute, operator=operator, values=values)


@pytest.mark.parametrize(
    ("operator", "values", "fit", "unfit"),
    [
        ("=", ("Paris",), ["Paris", "PARIS", "paris"], ["Parish", "", "Pari"]),
        ("=", ("10",), ["10", 10, "10.0", "+10", 10.0, " 10 ", "010"], ["1e1", "10a", 11]),
        ("=", ("true",), [True, "TRUE"], [False, 1]),
        ("=", ("",), [""], [" ", "0", 0]),
        ("<>", ("Paris",), ["Rome", ""], ["pARIS"]),
        (">", ("9",), [10, "10", 9.5, "abc"], [9, "9", -10, ""]),
        (">", ("b",), ["C", "bb"], ["B", "a", 9]),
        ("<", ("9",), [8, "-10", "8.999999999999999999999999999"], ["9", 10]),
        (">=", ("9",), [9, "9.00", 10], [8]),
        ("<=", ("9",), [9, "9.00", 8], ["10"]),
        ("BETWEEN", ("2", "10"), [2, "10", 9.99], [1, 11, "10.01"]),
        ("BETWEEN", ("b", "D"), ["b", "C", "d"], ["a", "da"]),
        ("BETWEEN", ("10", "2"), [], [2, 5, 10]),
        ("NOT BETWEEN", ("2", "10"), [1, 11], [2, 10, 5]),
        ("LIKE", ("new%",), ["New York", "NEW"], ["a new", "ne"]),
        ("LIKE", ("%york",), ["New York", "york"], ["Yorkshire"]),
        ("LIKE", ("%o_k%",), ["New York", "work it"], ["ok", "New Yrk"]),
        ("LIKE", ("ab%ba",), ["abba", "ab--ba"], ["aba"]),
        ("LIKE", ("%a%b%",), ["ab", "xaxbx", "aba"], ["ba"]),
        ("LIKE", ("%",), ["", "x", "a\nb", 5], []),
        ("LIKE", ("___",), ["abc", 123], ["ab", "abcd"]),
        ("LIKE", ("",), [""], ["a"]),
        ("LIKE", ("a.c*[",), ["A.C*["], ["abc*["]),
        ("NOT LIKE", ("new%",), ["Rome"], ["New York"]),
    ],
)
def test_what_fits(operator: str, values: tuple[str, ...], fit: list[Any], unfit: list[Any]) -> None:
    conditions = [condition(operator, *values)]
    check_conditions(conditions)
    told = {repr(value): excluded(conditions, {"City": value}) for value in [*fit, *unfit]}
    assert told == {**{repr(value): True for value in fit}, **{repr(value): False for value in unfit}}


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("attributes", [None, {}, {"city": "x"}, {"City": None}, {"City": ["x"]}, {"City": {"x": 1}}])
def test_what_is_missing_fits_nothing(operator: str, attributes: dict[str, Any] | None) -> None:
    values = ("x",) if "BETWEEN" not in operator else ("a", "z")
    assert not excluded([condition(operator, *values)], attributes)


def test_any_condition_excludes_and_the_first_is_named() -> None:
    one, other = condition("=", "Rome"), condition(">", "17", attribute="Age")
    assert excluded_by((one, other), {"City": "Paris", "Age": 18}) == other
    assert excluded_by((one, other), {"City": "Rome", "Age": 18}) == one
    assert excluded_by((one, other), {"City": "Paris", "Age": 17}) is None
    assert not excluded((), {"City": "Rome"})


@pytest.mark.parametrize(
    ("conditions", "field", "text"),
    [
        ([condition("=", "x"), condition("~", "x")], "excluded[1].operator", f"must be one of {', '.join(OPERATORS)}"),
        ([condition("like", "x")], "excluded[0].operator", f"must be one of {', '.join(OPERATORS)}"),
        ([condition("=")], "excluded[0].values", "= takes 1, not 0"),
        ([condition("BETWEEN", "1")], "excluded[0].values", "BETWEEN takes 2, not 1"),
        ([condition("=", "1", attribute=" ")], "excluded[0].attribute", "must name an attribute"),
        ([condition("=", "x" * 1_001)], "excluded[0].values", f"must not have more than {LONGEST_VALUE} characters"),
        ([condition("=", "x")] * 101, "excluded", f"must not be more than {MOST_CONDITIONS}"),
    ],
)
def test_what_is_refused(conditions: list[Condition], field: str, text: str) -> None:
    with pytest.raises(Invalid) as caught:
        check_conditions(conditions)
    assert (caught.value.field, caught.value.text) == (field, text)


@given(st.text("aB%_.*\\", max_size=8), st.text("abA.*\\\n", max_size=8))
def test_a_pattern_is_as_a_shell_matches_it(pattern: str, text: str) -> None:
    shell = "".join({"%": "*", "_": "?", "*": "[*]"}.get(each, each) for each in pattern)
    expected = match(translate(shell), text, DOTALL | IGNORECASE) is not None
    assert excluded([condition("LIKE", pattern)], {"City": text}) == expected
    assert excluded([condition("NOT LIKE", pattern)], {"City": text}) != expected


@given(st.text(), st.text(), st.text())
def test_each_operator_has_its_opposite(value: str, low: str, high: str) -> None:
    def fits(operator: str, *values: str) -> bool:
        return excluded([condition(operator, *values)], {"City": value})

    assert fits("=", low) != fits("<>", low)
    assert fits(">", low) != fits("<=", low)
    assert fits("<", low) != fits(">=", low)
    assert fits("BETWEEN", low, high) != fits("NOT BETWEEN", low, high)
    assert fits("BETWEEN", low, high) == (fits(">=", low) and fits("<=", high))
    assert fits("<>", low) == (fits("<", low) or fits(">", low))


def test_no_pattern_is_slow() -> None:
    begun = perf_counter()
    assert not excluded([condition("LIKE", "%a" * 400 + "b")], {"City": "a" * 5_000})
    assert perf_counter() - begun < 1
