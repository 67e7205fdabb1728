"""What an operator may choose about this dialect, in the `[obi]` table of the configuration."""

from typing import Annotated, Literal

from msgspec import Meta, Struct


class ObiSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the vendor's pages leave open. `max_body` is in bytes."""

    default_format: Literal["json", "xml"] = "json"
    """How a client is answered that does not say what it accepts."""
    key_header: Annotated[str, Meta(pattern="^[A-Za-z0-9-]{1,64}$")] = "x-api-key"
    """The header that may hold an API key instead of a user name and a password."""
    max_customers: Annotated[int, Meta(ge=1, le=10_000)] = 10_000
    """How many customers a list may have; longer ones are answered 413."""
    max_body: int = 20 * 1024 * 1024
