"""Who may ask, and what for."""

from msgspec import Struct

from omnibound.domain.access import Limits


class Account(Struct, frozen=True, gc=False, kw_only=True):
    """A client of ours. `currency` is what its prices are told in, `limits` what the key it signed in with allows."""

    id: int
    name: str
    username: str
    notify_url: str = ""
    currency: str = "EUR"
    enabled: bool = True
    limits: Limits | None = None
