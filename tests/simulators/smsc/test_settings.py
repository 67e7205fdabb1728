from typing import Any

import pytest

from omnibound.simulators.smsc import Smsc, SmscSettings
from omnibound.simulators.smsc.settings import changed, checked


@pytest.mark.parametrize(
    "fields",
    [
        {"rate": -1},
        {"rate": float("nan")},
        {"delay": float("inf")},
        {"resend_s": 0},
        {"window": -1},
        {"ids": "roman"},
        {"ids": "uuid", "receipt_ids": "hex"},
        {"port": "2775"},
        {"tls_key": "k.pem"},
    ],
)
def test_senseless_settings(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        Smsc(SmscSettings(**fields))


def test_sensible_settings() -> None:
    settings = SmscSettings(rate=10, delay=0)
    assert checked(settings) == settings
    assert changed(settings, {"window": 5}) == SmscSettings(rate=10, delay=0, window=5)
    assert changed(settings, {}) == settings
