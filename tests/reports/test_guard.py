"""Pushes do not reach our own networks, however an address is spelt."""

from typing import Any

import pytest
from aiohttp.abc import AbstractResolver

from omnibound.domain.errors import Invalid
from omnibound.reports.guard import Guard, GuardedResolver, NotAllowed
from omnibound.reports.post import Poster

pytestmark = pytest.mark.anyio

REFUSED = [
    "127.0.0.1", "127.255.255.254", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "100.100.100.200", "0.0.0.0", "224.0.0.1", "239.1.2.3", "240.0.0.1", "255.255.255.255", "192.0.2.1",
    "198.18.0.1", "192.0.0.192",
    "168.63.129.16", "192.88.99.1", "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "fec0::1",
    "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:a9fe:a9fe", "::127.0.0.1", "64:ff9b::7f00:1",
    "64:ff9b::a00:1", "64:ff9b:1::a00:1", "2002:7f00:1::", "2002:a00:1::1", "2001:db8::1", "100::1",
    "2001:0:4136:e378:8000:63bf:80ff:fffe",
]  # fmt: skip
ALLOWED = ["8.8.8.8", "93.184.216.34", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]


@pytest.mark.parametrize("address", REFUSED)
def test_not_there(address: str) -> None:
    assert not Guard().allows(address)
    with pytest.raises(NotAllowed, match="not allowed"):
        Guard().check_literal(address)


@pytest.mark.parametrize("address", ALLOWED)
def test_there(address: str) -> None:
    assert Guard().allows(address)
    Guard().check_literal(address)


def test_an_exception_is_that_network_and_no_other() -> None:
    guard = Guard(["127.0.0.0/8", "fd00::/8", "10.1.2.3/24"])
    assert [guard.allows(each) for each in ("127.0.0.1", "::ffff:127.0.0.1", "fd00::5", "10.1.2.9")] == [True] * 4
    assert [guard.allows(each) for each in ("10.1.3.1", "::1", "169.254.169.254", "fc00::1")] == [False] * 4


def test_a_name_is_no_literal() -> None:
    Guard().check_literal("localhost")
    Guard().check_literal("2130706433")


def test_what_is_no_network() -> None:
    with pytest.raises(Invalid, match="allow_private"):
        Guard(["loopback"])


class Stub(AbstractResolver):
    """Resolves every name to what the test says."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses
        self.asked: list[str] = []

    async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[Any]:
        self.asked.append(host)
        return [
            {"hostname": host, "host": each, "port": port, "family": 10 if ":" in each else 2, "proto": 0, "flags": 0}
            for each in self.addresses
        ]

    async def close(self) -> None: ...


async def test_of_several_addresses_only_the_allowed() -> None:
    found = await GuardedResolver(Guard(), Stub("10.0.0.1", "8.8.8.8", "::1")).resolve("mixed.example", 80)
    assert [each["host"] for each in found] == ["8.8.8.8"]


@pytest.mark.parametrize(
    "url",
    [
        "http://10.0.0.1/", "http://127.0.0.1:1/", "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://user:p@10.0.0.1/",
        "http://169.254.169.254/latest/meta-data/", "http://１２７.０.０.１/",
    ],
)  # fmt: skip
async def test_a_literal_is_not_even_connected_to(url: str) -> None:
    poster = Poster(Guard(), 5, Stub("127.0.0.1"))
    try:
        assert "not allowed" in await poster.post(url, {}, b"x")
    finally:
        await poster.close()


@pytest.mark.parametrize("host", ["internal.example", "0x7f000001", "0x7f.1", "localhost"])
async def test_a_name_that_leads_into_our_network(host: str) -> None:
    """Spellings that only a resolver understands are names to us: what comes out of it is checked."""
    stub = Stub("127.0.0.1", "::ffff:10.0.0.1")
    poster = Poster(Guard(), 5, stub)
    try:
        why = await poster.post(f"http://{host}:9/", {}, b"x")
        assert (why, stub.asked) == (f"{host} leads to the address 127.0.0.1, which is not allowed", [host])
    finally:
        await poster.close()


@pytest.mark.parametrize("host", ["2130706433", "0177.0.0.1", "127.1", "127.0.0.1."])
async def test_an_address_in_an_odd_spelling(host: str) -> None:
    stub = Stub("127.0.0.1")
    poster = Poster(Guard(), 5, stub)
    try:
        assert "not a canonical" in await poster.post(f"http://{host}:9/", {}, b"x")
    finally:
        await poster.close()
    assert stub.asked == []


async def test_the_systems_own_resolver_is_checked_too() -> None:
    poster = Poster(Guard(), 5)
    try:
        assert "not allowed" in await poster.post("http://localhost:9/", {}, b"x")
        assert "not allowed" in await poster.post("http://0x7f000001:9/", {}, b"x")
    finally:
        await poster.close()
