"""OBI's bodies -> people of a campaign. What is wrong with one of a list is an `Invalid` in its place."""

import re
from asyncio import sleep
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, cast

from omnibound.dialects.sinch_obi.errors import invalid
from omnibound.domain.calendar import Calendar, check_calendar
from omnibound.domain.errors import Invalid
from omnibound.domain.member import MOST_NUMBERS, PHONES, SEPARATOR, UNRANKED, Member, Mode, Traits
from omnibound.services.keep_customers import NOT_UNIQUE
from omnibound.wire.dates import read_date

SLICE: Final = 500
LONGEST: Final = 200
"""Characters of an external id, of an agent's id and of an attribute's name."""
LONGEST_VALUE: Final = 10_000
MOST_ATTRIBUTES: Final = 200
LONGEST_PREVIEW: Final = 86_400
"""Seconds."""

UNIQUE: Final = "Value is not unique"

_NUMBER = re.compile(r"\+?[0-9]{2,20}", re.ASCII)
_PUNCTUATION = str.maketrans("", "", " \t\u00a0-.()")
_MODES: Final = {"PREVIEW": Mode.PREVIEW, "PREDICTIVE": Mode.PREDICTIVE}
_BODY: Final = "body"

Item = Mapping[str, Any]
_NOTHING: Item = {}


async def read_customers(items: Sequence[Any]) -> list[Member | Invalid]:
    """Each as a member of whom only its client's wishes are set, or what is wrong with it."""
    read: list[Member | Invalid] = []
    for place, item in enumerate(items, 1):
        try:
            read.append(read_customer(item))
        except Invalid as error:
            read.append(error)
        if place % SLICE == 0:
            await sleep(0)
    return read


def read_customer(item: Any) -> Member:
    """One. Raises Invalid, in the vendor's words where it has some."""
    if not isinstance(item, dict):
        raise invalid(_BODY, "a customer is an object")
    given = cast("Item", item)
    attributes = dict(_attributes(given.get("attributes")))
    numbers = _numbers(given, attributes)
    return Member(
        id=0, account=0, campaign="", phone=SEPARATOR.join(numbers),
        external=_text(given, "externalId"),
        custom={name: value for name, value in attributes.items() if name not in PHONES} or None,
        traits=_traits(given),
        not_before=max(0, _date(given)),
    )  # fmt: skip


def in_words(fault: Invalid, member: Member) -> Invalid:
    """What a service has to say against a member, as OBI says it."""
    return invalid("externalId", member.external, UNIQUE) if fault.text == NOT_UNIQUE else fault


# --- numbers and attributes -------------------------------------------------------------------------------------------


def _numbers(given: Item, attributes: Mapping[str, str]) -> list[str]:
    """As they were given, one to three of them; they stand in `numbers`, else in the attributes that are theirs."""
    told = given.get("numbers")
    raw = told or SEPARATOR.join(attributes.get(name, "") for name in PHONES).rstrip(SEPARATOR)
    if isinstance(raw, int) and not isinstance(raw, bool):
        raw = str(raw)
    if not isinstance(raw, str):
        raise invalid("numbers", raw)
    numbers = [part.strip() for part in raw.split(SEPARATOR) if part.strip()]
    if not 1 <= len(numbers) <= MOST_NUMBERS or not all(map(_is_number, numbers)):
        raise invalid("numbers", raw)
    return numbers


def _is_number(text: str) -> bool:
    return _NUMBER.fullmatch(text.translate(_PUNCTUATION)) is not None


def _attributes(told: Any) -> Iterator[tuple[str, str]]:
    """Names and values, from `{"attribute": [...]}`, a list, or a single one."""
    for place, each in enumerate(_unwrapped(told)):
        given: Item = cast("Item", each) if isinstance(each, dict) else _NOTHING
        name = given.get("name")
        if not isinstance(name, str) or not name or place >= MOST_ATTRIBUTES:
            raise invalid("attributes", "a name is missing" if place < MOST_ATTRIBUTES else f"more than {place}")
        value = _as_text(given.get("value"))
        if value is None or len(name) > LONGEST or len(value) > LONGEST_VALUE:
            raise invalid("attributes", name)
        yield name, value


def _unwrapped(told: Any) -> list[Any]:
    if isinstance(told, dict) and "attribute" in told:
        return _unwrapped(told["attribute"])
    if told is None or told == "":
        return []
    return cast("list[Any]", told) if isinstance(told, list) else [told]


def _as_text(value: Any) -> str | None:
    """A text, or what JSON has beside texts as one."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else None


# --- the other members ------------------------------------------------------------------------------------------------


def _text(given: Item, field: str) -> str:
    """Empty where it is not given."""
    value = given.get(field)
    if value is None:
        return ""
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else None
    if text is None or len(text) > LONGEST:
        raise invalid(field, value)
    return text


def _traits(given: Item) -> Traits:
    return Traits(
        priority=_whole(given, "priority", UNRANKED, UNRANKED - 1),
        mode=_known(given, "dialingMode", lambda text: _MODES[text.upper()]),
        preview_s=_whole(given, "previewTime", 0, LONGEST_PREVIEW),
        agent=_text(given, "agentId"),
        zone=_known(given, "timeZone", _zone) or "",
    )


def _date(given: Item) -> int:
    return _known(given, "date", read_date) or 0


def _known(given: Item, field: str, read: Callable[[str], Any]) -> Any:
    """What a text stands for; None where there is none."""
    text = _text(given, field).strip()
    if not text:
        return None
    try:
        return read(text)
    except (ValueError, KeyError, Invalid) as error:
        raise invalid(field, text) from error


def _whole(given: Item, field: str, usual: int, most: int) -> int:
    text = _text(given, field).strip()
    if not text:
        return usual
    if not (text.isascii() and text.isdecimal() and int(text) <= most):
        raise invalid(field, text)
    return int(text)


@lru_cache(maxsize=1_000)
def _zone(name: str) -> str:
    check_calendar(Calendar(zone=name))
    return name
