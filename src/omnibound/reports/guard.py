"""Where a push may go: not into our own networks, whatever name or spelling of an address a client gives (SSRF)."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from socket import AF_UNSPEC, AddressFamily

from aiohttp.abc import AbstractResolver, ResolveResult

from omnibound.domain.errors import Invalid

Address = IPv4Address | IPv6Address

_NAT64 = ip_network("64:ff9b::/96")
_GLOBAL_UNICAST = ip_network("2000::/3")
_NOT_PUBLIC = [ip_network(each) for each in ("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32")]
"""What no table of Python's names: protocol assignments (Oracle's metadata is there), 6to4 relays, Azure's own host."""


class NotAllowed(OSError):
    """The address lies in a network that pushes must not reach."""


class Guard:
    """Says of addresses whether they may be connected to. `allow`: networks that may be though they are private.

    Raises Invalid for what is no network.
    """

    def __init__(self, allow: Sequence[str] = ()) -> None:
        try:
            self._allow = [ip_network(each, strict=False) for each in allow]
        except ValueError as error:
            raise Invalid(f"security.allow_private: {error}", "security.allow_private") from error

    def allows(self, text: str) -> bool:
        """Whether this IP address may be connected to."""
        address = ip_address(text.partition("%")[0])
        return all(_is_public(each) or self._is_excepted(each) for each in _meanings(address))

    def check_literal(self, host: str) -> None:
        """Raises NotAllowed for a host that is an IP address which must not be reached; a name is checked later."""
        try:
            allowed = self.allows(host)
        except ValueError:
            return
        if not allowed:
            raise NotAllowed(f"the address {host} is not allowed")

    def _is_excepted(self, address: Address) -> bool:
        return any(address in network for network in self._allow)


def _meanings(address: Address) -> list[Address]:
    """Where a packet to this address ends: an IPv6 address may carry an IPv4 one that a gateway unwraps."""
    if isinstance(address, IPv4Address):
        return [address]
    if address.ipv4_mapped:
        return [address.ipv4_mapped]
    if address in _NAT64:
        return [IPv4Address(int(address) & 0xFFFFFFFF)]
    inner = [*([address.sixtofour] if address.sixtofour else []), *(address.teredo or ())]
    return [address, *inner]


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
        return False
    named = any(address in network for network in _NOT_PUBLIC)
    return address.is_global and not address.is_multicast and not address.is_reserved and not named


class GuardedResolver(AbstractResolver):
    """Resolves names to allowed addresses only: the one that is connected to is the one that was checked."""

    def __init__(self, guard: Guard, resolver: AbstractResolver) -> None:
        self._guard = guard
        self._resolver = resolver

    async def resolve(self, host: str, port: int = 0, family: AddressFamily = AF_UNSPEC) -> list[ResolveResult]:
        """See aiohttp. Raises NotAllowed when a name has no allowed address."""
        found = await self._resolver.resolve(host, port, family)
        allowed = [each for each in found if self._guard.allows(each["host"])]
        if found and not allowed:
            raise NotAllowed(f"{host} leads to the address {found[0]['host']}, which is not allowed")
        return allowed

    async def close(self) -> None:
        """See aiohttp."""
        await self._resolver.close()
