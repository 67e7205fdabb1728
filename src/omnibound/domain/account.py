"""Who may ask, and what for."""

from typing import Literal

from msgspec import Struct

from omnibound.domain.access import Limits

VoiceCodes = Literal["50xx", "100xx"]
"""Which family of OMNI's error codes tells how calls ended: that of 2018, or today's."""


class Account(Struct, frozen=True, gc=False, kw_only=True):
    """A client of ours. `currency` is what its prices are told in, `limits` what the key it signed in with allows."""

    id: int
    name: str
    username: str
    notify_url: str = ""
    currency: str = "EUR"
    enabled: bool = True
    limits: Limits | None = None
    voice_codes: VoiceCodes = "50xx"
