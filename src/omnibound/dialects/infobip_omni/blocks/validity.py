"""How long a block's channel is tried."""

from math import isfinite, nextafter
from typing import NamedTuple

from omnibound.dialects.infobip_omni.blocks.base import Block, Number
from omnibound.dialects.infobip_omni.errors import BadRequest
from omnibound.dialects.infobip_omni.settings import OmniSettings
from omnibound.domain.flow import DAY, HOUR, MINUTE, SECOND

UNITS: dict[str, float] = {
    "NANOSECONDS": 0.001,
    "MICROSECONDS": 1,
    "MILLISECONDS": 1000,
    "SECONDS": SECOND,
    "MINUTES": MINUTE,
    "HOURS": HOUR,
    "DAYS": DAY,
}
"""Microseconds of each `validityPeriodTimeUnit` (the clients' copy of java.util.concurrent.TimeUnit)."""

MOST = 2 * DAY
MOST_ON_VIBER = 14 * DAY
"""A longer validity is cut to this without a word, as the vendor does."""


class Span(NamedTuple):
    """How long a channel may be tried, in microseconds: at least, at most, and how the least is told."""

    least: float
    most: int
    words: str


def span_of(channel: str, settings: OmniSettings) -> Span:
    """The span of a channel: only Viber's differs (OpenAPI 3.210)."""
    if channel == "VIBER":
        bound = settings.min_viber_validity_s
        return Span(nextafter(bound * SECOND, float("inf")), MOST_ON_VIBER, f"must be longer than {bound} seconds")
    bound = settings.min_validity_s
    return Span(bound * SECOND, MOST, f"must be at least {bound} seconds")


def read_validity(block: Block, span: Span) -> int:
    """Microseconds, 0 if the block does not say. BadRequest for what is no period, or too short."""
    unit = block.validity_period_time_unit
    factor = UNITS.get(unit.upper()) if unit else UNITS["MINUTES"]
    if factor is None:
        raise BadRequest({"validityPeriodTimeUnit": [f"must be one of {', '.join(UNITS)}"]})
    if block.validity_period in (None, ""):
        return 0
    micros = min(_amount(block.validity_period) * factor, span.most)
    if micros < span.least:
        raise BadRequest({"validityPeriod": [span.words]})
    return int(micros)


def _amount(period: Number) -> float:
    # Some pages show the number as a string.
    try:
        amount = float(period)
    except (ValueError, OverflowError):
        amount = float("nan")
    if not isfinite(amount):
        raise BadRequest({"validityPeriod": ["must be a number"]})
    return amount
