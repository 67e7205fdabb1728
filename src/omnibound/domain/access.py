"""How somebody signs in: API keys with their limits, and sessions."""

from ipaddress import ip_address, ip_network

from msgspec import Struct

from omnibound.domain.errors import Forbidden


class Limits(Struct, frozen=True, gc=False, kw_only=True):
    """What a key allows. Empty: everything, from everywhere, for ever. Times are UTC microseconds, 0 for no end."""

    scopes: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    valid_from: int = 0
    valid_to: int = 0

    def hold_at(self, now: int) -> bool:
        """Whether the key is valid now; `valid_to` is the first moment it is not."""
        return self.valid_from <= now and (not self.valid_to or now < self.valid_to)

    def check(self, scopes: tuple[str, ...], address: str) -> None:
        """Raises Forbidden unless one of `scopes` is allowed and the client's IP address is."""
        if self.networks and not _inside(address, self.networks):
            raise Forbidden("the key is not allowed from this address")
        if self.scopes and not set(self.scopes).intersection(scopes):
            raise Forbidden("the key does not have the scope")


class ApiKey(Struct, frozen=True, gc=False, kw_only=True):
    """A key, without its secret. `id` is public."""

    id: str
    account: int
    name: str
    enabled: bool
    limits: Limits
    created_at: int


def _inside(address: str, networks: tuple[str, ...]) -> bool:
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    mapped = getattr(ip, "ipv4_mapped", None)
    return any((mapped or ip) in ip_network(each, strict=False) for each in networks)
