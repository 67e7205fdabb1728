"""Which address a channel uses."""

import pytest

from omnibound.domain.message import Addresses, address_for

ALL = Addresses(phone="48221234567", email="a@example.org", push="device-1", more={"VK": "vk-7", "voice": "x"})
PHONE = Addresses(phone="48221234567")


@pytest.mark.parametrize(
    ("channel", "to", "address"),
    [
        pytest.param("SMS", ALL, "48221234567", id="a phone's channel"),
        pytest.param("VOICE", ALL, "48221234567", id="another one, and kinds mind their case"),
        pytest.param("EMAIL", ALL, "a@example.org", id="e-mail"),
        pytest.param("EMAIL", PHONE, "", id="a phone is no e-mail address"),
        pytest.param("PUSH", ALL, "device-1", id="push"),
        pytest.param("PUSH", PHONE, "48221234567", id="push by the phone's devices"),
        pytest.param("PUSH", Addresses(email="a@example.org"), "", id="e-mail is no device"),
        pytest.param("VK", ALL, "vk-7", id="an address of its own"),
        pytest.param("VK", PHONE, "48221234567", id="a channel without address of its own uses the phone"),
        pytest.param("VIBER", ALL, "48221234567", id="addresses of other channels are not its own"),
        pytest.param("SMS", Addresses(), "", id="nothing"),
        pytest.param("more", ALL, "48221234567", id="a channel named like a field that is none of an address"),
    ],
)
def test_address_for(channel: str, to: Addresses, address: str) -> None:
    assert address_for(channel, to) == address
