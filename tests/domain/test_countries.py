"""Countries of numbers."""

import pytest

from omnibound.domain.countries import country_of, is_country


@pytest.mark.parametrize(
    ("number", "country"),
    [
        ("48601123456", "PL"), ("41791234567", "CH"), ("12125551234", "US"), ("14165551234", "CA"),
        ("18765551234", "JM"), ("18095551234", "DO"), ("17875551234", "PR"), ("77011234567", "KZ"),
        ("79161234567", "RU"), ("447700900123", "GB"), ("447781123456", "GG"), ("390669812345", "VA"),
        ("393331234567", "IT"), ("3581812345", "AX"), ("35840123456", "FI"), ("4779123456", "SJ"),
        ("881612345678", ""), ("97912345678", ""), ("8001234567", ""), ("999", ""), ("", ""), ("abc", ""),
    ],
)  # fmt: skip
def test_the_first_digits_say_it(number: str, country: str) -> None:
    assert country_of(number) == country


def test_codes() -> None:
    assert [is_country(code) for code in ("PL", "US", "GB", "UK", "pl", "", "EU")] == [True] * 3 + [False] * 4
