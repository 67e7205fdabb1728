"""Conditions as people write them."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnibound.domain.errors import Invalid
from omnibound.domain.filters import OPERATORS
from omnibound.domain.outbound import Condition
from omnibound.wire.conditions import LONGEST, read_condition, write_condition


def condition(attribute: str, operator: str, *values: str) -> Condition:
    return Condition(attribute=attribute, operator=operator, values=values)


@pytest.mark.parametrize(
    ("text", "read", "written"),
    [
        ("City = 'New York'", condition("City", "=", "New York"), None),
        ("  City='New York'  ", condition("City", "=", "New York"), "City = 'New York'"),
        ("Age>=18", condition("Age", ">=", "18"), "Age >= 18"),
        ("Age <> -1.5", condition("Age", "<>", "-1.5"), None),
        ("Age between 18 and '30'", condition("Age", "BETWEEN", "18", "30"), "Age BETWEEN 18 AND 30"),
        ("Age not  between 'a'AND'b'", condition("Age", "NOT BETWEEN", "a", "b"), "Age NOT BETWEEN 'a' AND 'b'"),
        ("\"Post code\" LIKE '8%'", condition("Post code", "LIKE", "8%"), None),
        ("x Not Like _a", condition("x", "NOT LIKE", "_a"), "x NOT LIKE '_a'"),
        ('"a ""b""" = \'it\'\'s\'', condition('a "b"', "=", "it's"), None),
        ("City = ''", condition("City", "=", ""), None),
        ("Zürich = Genève", condition("Zürich", "=", "Genève"), "Zürich = 'Genève'"),
    ],
)
def test_words(text: str, read: Condition, written: str | None) -> None:
    assert read_condition(text) == read
    assert write_condition(read) == (written or text)


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "City", "City =", "= 'a'", "City = 'a", "City = 'a' 'b'", "City = New York", "Age BETWEEN 1",
        "Age BETWEEN 1 OR 2", "Age BETWEEN 1AND 2", "City ~ 'a'", "City IN ('a')", "City = 'a'; DROP",
        "a" * LONGEST + "= 1",
    ],
)  # fmt: skip
def test_what_is_no_condition(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_condition(text, "excluded[3]")
    assert refused.value.field == "excluded[3]"


names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)


@given(names, st.sampled_from(OPERATORS), names, names)
def test_what_is_written_is_read_again(attribute: str, operator: str, first: str, second: str) -> None:
    values = (first, second) if operator.endswith("BETWEEN") else (first,)
    made = Condition(attribute=attribute, operator=operator, values=values)
    assert read_condition(write_condition(made)) == made


@given(st.text(max_size=60))
def test_whatever_is_read_ends(text: str) -> None:
    with suppress(Invalid):
        assert read_condition(text).operator in OPERATORS
