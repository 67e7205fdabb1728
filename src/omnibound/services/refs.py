"""Client-made ids: kept as a 64-bit hash beside the day they came, and looked up only in the days that matter."""

from hashlib import blake2b

from omnibound.domain.flow import DAY

UNIQUE_DAYS = 2
"""A client-made id must differ from all of the same account of today and yesterday."""

LOOKUP_DAYS = 30


def ref_hash(ref: str) -> int:
    """A signed 64-bit number for a client-made id."""
    return int.from_bytes(blake2b(ref.encode(), digest_size=8).digest(), signed=True)


def day_of(at: int) -> int:
    """The day of an instant (microseconds UTC), in days since 1970."""
    return at // DAY
