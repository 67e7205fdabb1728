"""What an operator may choose about this dialect, in the `[conpeek]` table of the configuration."""

from typing import Annotated

from msgspec import Meta, Struct


class ConpeekSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Limits of ours: the vendor's page names none. `max_body` is in bytes."""

    max_requests: Annotated[int, Meta(ge=1, le=10_000)] = 10_000
    """How many requests a list may have; longer ones are answered 413."""
    max_body: int = 20 * 1024 * 1024
