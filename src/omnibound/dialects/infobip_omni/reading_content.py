"""A request's channel blocks -> content and validity by channel."""

from collections.abc import Callable
from math import isfinite
from typing import Any, cast

import msgspec

from omnibound.dialects.infobip_omni.channels import BLOCKS, block_member
from omnibound.dialects.infobip_omni.errors import BadRequest, Faults
from omnibound.dialects.infobip_omni.schemas import Block, EmailIn, PushIn, SendIn, SmsIn
from omnibound.domain.flow import DAY, HOUR, MINUTE, SECOND
from omnibound.domain.message import Content

MAX_VALIDITY = 2 * DAY
"""A longer validity is cut to this without a word, as the vendor does."""

MAX_TEXT = {"SMS": 4000, "PUSH": 2000}
"""Characters; longer is REJECTED_MESSAGE_TOO_LONG, REJECTED_PAYLOAD_TOO_BIG."""

MAX_DEPTH = 32
"""Objects and lists inside each other, in what is only carried."""

MAX_PUSH = 4000
"""Characters of a push with its payload, as JSON."""

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


def read_content(request: SendIn) -> dict[str, Content]:
    """What is said on each channel; a block that says nothing is none. BadRequest for a text that is no string."""
    found: dict[str, Content] = {}
    for name, channels in BLOCKS.items():
        block = getattr(request, name)
        content = None if block is None else _content(name, block)
        if content is not None:
            found.update(dict.fromkeys(channels, content))
    return found


def _content(name: str, block: Block | dict[str, Any]) -> Content | None:
    if isinstance(block, dict):
        return _opaque(block_member(name), block)
    return _TYPED[type(block)](block)


def _sms(block: SmsIn) -> Content | None:
    if not block.text:
        return None
    options = _given(block.language) | _given(block, "transliteration")
    regional = _given(block.regional)
    if block.regional and block.regional.india_dlt and not block.regional.india_dlt.principal_entity_id:
        raise BadRequest({"sms.regional.indiaDlt.principalEntityId": ["must not be null"]})
    return Content(text=block.text, options=options | ({"regional": regional} if regional else {}))


def _email(block: EmailIn) -> Content | None:
    if not block.text and not block.subject:
        return None
    return Content(text=block.text or "", subject=block.subject or "")


_PUSH_OPTIONS = (
    "customPayload", "targetOnlyPrimaryDevices", "includeNotificationsDisabledDevices", "personSubscriptions",
    "deviceSubscriptions",
)  # fmt: skip


def _push(block: PushIn) -> Content | None:
    # The payload is the client's own data: a null in it means something to the app that reads it.
    given = {name: _tidy(value, f"push.{name}", nulls=True) for name, value in _given(block, *_PUSH_OPTIONS).items()}
    options = _given(block.notification_options) | given
    says = block.text or block.custom_payload or options.get("isSilent")
    return Content(text=block.text or "", options=options) if says else None


_TYPED: dict[type, Callable[[Any], Content | None]] = {SmsIn: _sms, EmailIn: _email, PushIn: _push}


def _given(block: msgspec.Struct | None, *only: str) -> dict[str, Any]:
    """The members a client gave, by their names on the wire."""
    members: dict[str, Any] = {} if block is None else msgspec.to_builtins(block)
    return {name: members[name] for name in only if name in members} if only else members


_COMMON = ("text", "validityPeriod", "validityPeriodTimeUnit")


def _opaque(name: str, block: dict[str, Any]) -> Content | None:
    text = block.get("text") or ""
    if not isinstance(text, str):
        raise BadRequest({f"{name}.text": ["Expected `str | null`"]})
    options = _tidy({key: value for key, value in block.items() if key not in _COMMON}, name)
    return Content(text=text, options=options) if text or options else None


def _tidy(value: Any, path: str, *, nulls: bool = False, depth: int = 0) -> Any:
    """A copy without nulls (unless wanted). BadRequest for what could not be kept: too deep, or beyond 64 bits."""
    if depth > MAX_DEPTH:
        raise BadRequest({path: [f"must not be nested more than {MAX_DEPTH} deep"]})
    match value:
        case dict():
            members = cast("dict[str, Any]", value)
            kept = ((name, member) for name, member in members.items() if nulls or member is not None)
            return {name: _tidy(member, path, nulls=nulls, depth=depth + 1) for name, member in kept}
        case list():
            items = cast("list[Any]", value)
            return [_tidy(item, path, nulls=nulls, depth=depth + 1) for item in items if nulls or item is not None]
        case int() if not -(2**63) <= value < 2**63:
            raise BadRequest({path: ["must not hold integers beyond 64 bits"]})
        case _:
            return value


def read_validity(request: SendIn, least: int) -> tuple[dict[str, int], Faults]:
    """Microseconds of validity by channel, and what is wrong with any. `least` is in microseconds."""
    found: dict[str, int] = {}
    faults: Faults = {}
    for name, channels in BLOCKS.items():
        block = getattr(request, name)
        if block is None:
            continue
        try:
            validity = _validity(block, least)
        except BadRequest as error:
            faults |= {f"{block_member(name)}.{member}": texts for member, texts in error.faults.items()}
        else:
            found.update(dict.fromkeys(channels, validity) if validity else {})
    return found, faults


def _validity(block: Block | dict[str, Any], least: int) -> int:
    """Microseconds, 0 if the block does not say."""
    _, period, unit = (
        (block.get(member) for member in _COMMON)
        if isinstance(block, dict)
        else (None, block.validity_period, block.validity_period_time_unit)
    )
    factor = UNITS.get(unit.upper()) if isinstance(unit, str) and unit else None if unit else UNITS["MINUTES"]
    if factor is None:
        raise BadRequest({"validityPeriodTimeUnit": [f"must be one of {', '.join(UNITS)}"]})
    if period is None or period == "":
        return 0
    micros = min(_amount(period) * factor, MAX_VALIDITY)
    if micros < least:
        raise BadRequest({"validityPeriod": [f"must be at least {least // SECOND} seconds"]})
    return int(micros)


def _amount(period: object) -> float:
    # Some pages show the number as a string.
    if isinstance(period, str | int | float) and not isinstance(period, bool):
        try:
            amount = float(period)
        except (ValueError, OverflowError):
            amount = float("nan")
        if isfinite(amount):
            return amount
    raise BadRequest({"validityPeriod": ["must be a number"]})


def is_too_long(channel: str, content: Content) -> bool:
    """Whether a channel refuses content for its length."""
    if len(content.text) > MAX_TEXT.get(channel, len(content.text)):
        return True
    return channel == "PUSH" and len(msgspec.json.encode(content).decode()) > MAX_PUSH
