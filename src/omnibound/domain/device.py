"""A device that can be pushed to."""

from msgspec import Struct


class Device(Struct, frozen=True, gc=False, kw_only=True):
    """A push registration: `registration` is what clients address, `token` what the provider knows."""

    application: str
    registration: str
    account: int
    phone: str
    token: str
    platform: str = "android"
    primary: bool = False
    created_at: int = 0
