"""Settings that make no sense are refused with the field that is wrong."""

from typing import Any

import msgspec
import pytest

from omnibound.domain.errors import Invalid
from omnibound.voice.signalling import TrunkSettings, checked

LEAST: dict[str, Any] = {"name": "t", "host": "c.example", "lines": 1, "rate": 1}


def test_least_is_enough() -> None:
    settings = msgspec.convert(LEAST, TrunkSettings)
    assert checked(settings) == TrunkSettings(name="t", host="c.example", lines=1, rate=1)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"ring_s": 14.9}, "ring_s"),
        ({"register": True}, "username"),
        ({"password": "p"}, "username"),
        ({"codecs": ["G729"]}, "codecs"),
        ({"codecs": []}, "codecs"),
        ({"asserted": True}, "caller_id"),
        ({"proxy": "a b"}, "proxy"),
        ({"host": "a\r\nb"}, "host"),
        ({"domain": "c.example:x"}, "domain"),
    ],
)
def test_contradictions(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as raised:
        checked(msgspec.convert({**LEAST, **changes}, TrunkSettings))
    assert raised.value.field == field


@pytest.mark.parametrize(
    "changes",
    [
        {"lines": 0},
        {"rate": 0},
        {"port": 0},
        {"transport": "tls"},
        {"number_format": "e164"},
        {"typo": 1},
        {"max_s": 0},
    ],
)
def test_types_and_ranges(changes: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({**LEAST, **changes}, TrunkSettings)


@pytest.mark.parametrize("needed", ["name", "host", "lines", "rate"])
def test_needed(needed: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=needed):
        msgspec.convert({name: value for name, value in LEAST.items() if name != needed}, TrunkSettings)
