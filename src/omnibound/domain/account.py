"""Who may ask, and what for."""

from msgspec import Struct


class Account(Struct, frozen=True, gc=False, kw_only=True):
    """A client of ours. `currency` is what its prices are told in."""

    id: int
    name: str
    username: str
    notify_url: str = ""
    currency: str = "EUR"
    enabled: bool = True
