"""Instants as OBI writes them: UTC, milliseconds only where there are any."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from omnibound.domain.flow import SECOND

FOR_EVER: Final = "9999-12-31T23:59:59Z"
"""What is never, and what no calendar holds."""

MILLISECOND: Final = 1_000


def write_at(at: int) -> str:
    """`2020-09-25T07:07:50.243Z`, `2020-12-20T22:00:00Z`; of microseconds UTC, those below a millisecond left out."""
    second, micros = divmod(at, SECOND)
    whole = _to_the_second(second)
    millis = micros // MILLISECOND
    return f"{whole[:-1]}.{millis:03d}Z" if millis and whole != FOR_EVER else whole


@lru_cache(maxsize=4096)
def _to_the_second(second: int) -> str:
    try:
        return f"{datetime.fromtimestamp(second, UTC).isoformat()[:19]}Z"
    except (OverflowError, ValueError, OSError):
        return FOR_EVER
