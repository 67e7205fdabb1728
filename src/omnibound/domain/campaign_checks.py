"""What a campaign must be to be kept, and what it lacks to be started. Pure."""

import re
from collections.abc import Callable
from typing import Any, Final

from msgspec.structs import fields

from omnibound.domain.action import Speech, check_actions
from omnibound.domain.calendar import check_calendar
from omnibound.domain.campaign import LONGEST, MOST_ATTEMPTS, MOST_PRIORITY, Campaign, Kind
from omnibound.domain.errors import Invalid
from omnibound.domain.filters import check_conditions
from omnibound.domain.flow import SECOND
from omnibound.domain.number import NO_NUMBER, is_callable, number_key

MOST_LINES: Final = 10_000
LEAST_RING: Final = 15 * SECOND
"""16 CFR 310.4(b)(4)(ii): fifteen seconds or four rings, whatever is more."""
MOST_RING: Final = 120 * SECOND
MOST_A_DAY: Final = 100
MOST_AN_HOUR: Final = 10_000_000

_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_SIP: Final = re.compile(r"sips?:[^\s@<>\"]{1,100}@[A-Za-z0-9.:\[\]-]{1,253}", re.ASCII)
_NAME_LENGTH: Final = 200
_REMARKS_LENGTH: Final = 4_000


def check_campaign(campaign: Campaign) -> None:
    """Raises Invalid, naming the member that is wrong."""
    if not _ID.fullmatch(campaign.id):
        raise Invalid(
            "an id has 1 to 64 letters, digits, dots, dashes and underscores; a letter or digit is first", "id"
        )
    if not campaign.name.strip() or len(campaign.name) > _NAME_LENGTH or "\0" in campaign.name:
        raise Invalid(f"a name has 1 to {_NAME_LENGTH} characters, and no NUL", "name")
    if len(campaign.remarks) > _REMARKS_LENGTH or "\0" in campaign.remarks:
        raise Invalid(f"has up to {_REMARKS_LENGTH} characters, and no NUL", "remarks")
    _check_ranges(campaign)
    check_actions(campaign.actions)
    check_calendar(campaign.calendar)
    check_conditions(campaign.excluded)
    _check_kind(campaign)


def _check_ranges(campaign: Campaign) -> None:
    for name, least, value, most in (
        ("attempts", 1, campaign.attempts, MOST_ATTEMPTS),
        ("priority", 0, campaign.priority, MOST_PRIORITY),
        ("pause", 0, campaign.pause, LONGEST),
        ("lasts", 1, campaign.lasts, LONGEST),
        ("pace", 0, campaign.pace, MOST_AN_HOUR),
        ("lines", 1, campaign.lines, MOST_LINES),
        ("ring", LEAST_RING, campaign.ring, MOST_RING),
        ("per_day", 0, campaign.per_day, MOST_A_DAY),
    ):
        if not least <= value <= most:
            raise Invalid("is out of range", name)
    if not all(0 <= pause <= LONGEST for pause in campaign.pauses.values()):
        raise Invalid("is out of range", "pauses")
    if campaign.end_at and campaign.end_at <= campaign.not_before:
        raise Invalid("must be after the first instant, `not_before`", "end_at")


# --- its kind ---------------------------------------------------------------------------------------------------------

_OF_KIND: Final = {
    "queue": Kind.QUEUE, "farewell": Kind.QUEUE, "number": Kind.NUMBER, "scenario": Kind.MESSAGES,
    "message": Kind.MESSAGES, "pace": Kind.MESSAGES,
}  # fmt: skip
"""Members that only campaigns of a kind have."""

_DIALLED: Final = ("mode", "results", "script", "excluded", "end_at", "lines", "ring", "per_day", "pace")
"""Members that only a dialer heeds."""

_USUAL: Final[dict[str, Any]] = {field.name: field.default for field in fields(Campaign)} | {"message": {}}


def _check_kind(campaign: Campaign) -> None:
    for name, kind in _OF_KIND.items():
        if campaign.kind is not kind and getattr(campaign, name) != _USUAL[name]:
            raise Invalid(f"is for campaigns of the kind {kind.name.lower()} only", name)
    if campaign.number and not (is_callable(number_key(campaign.number)) or _SIP.fullmatch(campaign.number)):
        raise Invalid(f"{NO_NUMBER}, or `sip:user@host`", "number")
    if not campaign.dialled and campaign.kind not in _ONLY_DIALLED:
        for name in _DIALLED:
            if getattr(campaign, name) != _USUAL[name]:
                raise Invalid("is for campaigns with a dialer only", name)


_ONLY_DIALLED: Final = (Kind.NUMBER, Kind.QUEUE)


_NEEDS: Final[tuple[tuple[str, tuple[Kind, ...], Callable[[Campaign], object]], ...]] = (
    ("dialer", _ONLY_DIALLED, lambda campaign: campaign.dialer),
    ("queue", (Kind.QUEUE,), lambda campaign: campaign.queue),
    ("number", (Kind.NUMBER,), lambda campaign: campaign.number),
    ("speech", (Kind.ANNOUNCEMENT,), lambda campaign: not campaign.dialled or _says(campaign.speech)),
    ("scenario", (Kind.MESSAGES,), lambda campaign: campaign.flow),
    ("message", (Kind.MESSAGES,), lambda campaign: campaign.message),
)
"""A member, the kinds that need it, and whether it is there."""


def lacking(campaign: Campaign) -> tuple[str, ...]:
    """The members without which a campaign of its kind cannot be started; none: it is valid."""
    return tuple(name for name, kinds, there in _NEEDS if campaign.kind in kinds and not there(campaign))


def _says(speech: Speech) -> bool:
    return bool(speech.announcement or speech.text or speech.ssml)
