"""Queries of OBI: which campaigns and customers are wanted. What is no field of a search is passed over."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from omnibound.dialects.sinch_obi.dates import MILLISECOND, write_at
from omnibound.dialects.sinch_obi.errors import invalid
from omnibound.dialects.sinch_obi.patterns import fits
from omnibound.dialects.sinch_obi.writing import STAND, TRAITS, Written
from omnibound.domain.campaign import Campaign
from omnibound.domain.flow import DAY
from omnibound.domain.member import Stand, Traits
from omnibound.ports.members import ALWAYS, Range, Search
from omnibound.wire.dates import read_date

Query = Mapping[str, str]

LIMIT: Final = 100
MOST: Final = 1_000
"""How many customers a page has at most, whatever is asked for."""
_DIGITS: Final = 18

FIELDS: Final = (
    "name", "dialerId", "dialerName", "dialingMode", "status", "dialerStatus", "queueId", "queueName",
    "customIvrNumber", "total", "handled", "maxCalls", "filtered", "timeZone",
)  # fmt: skip
"""What campaigns are searched by, as patterns."""

_IDS: Final = frozenset(("dialerId", "queueId"))
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
_LATEST: Final = 9999
_FLAGS: Final = {"true": True, "false": False, "": False}


def text_of(query: Query, name: str) -> str:
    """What is asked for; empty where nothing is. Raises Invalid for what no store keeps."""
    text = query.get(name, "")
    if "\0" in text:
        raise invalid(name, text.replace("\0", "?"))
    return text


def flag_of(query: Query, name: str) -> bool:
    """`true` or `false`; false where it is not given. Raises Invalid."""
    text = text_of(query, name)
    try:
        return _FLAGS[text.strip().lower()]
    except KeyError as error:
        raise invalid(name, text) from error


def range_of(query: Query, name: str) -> Range:
    """From `name` to `nameEnd`, both included, to the millisecond. Raises Invalid."""
    begin, end = text_of(query, name), text_of(query, f"{name}End")
    last = instant_of(end, f"{name}End") if end else ALWAYS[1]
    if end and write_at(last).startswith(str(_LATEST)):
        # The last year of all is where never is told.
        last = ALWAYS[1]
    elif last % MILLISECOND == 0:
        last += MILLISECOND - 1
    return (instant_of(begin, name) if begin else ALWAYS[0], last)


def instant_of(text: str, name: str) -> int:
    """Microseconds UTC. Raises Invalid."""
    try:
        return read_date(text)
    except ValueError as error:
        raise invalid(name, text) from error


def _whole(query: Query, name: str, usual: int) -> int:
    text = text_of(query, name).strip()
    if not text:
        return usual
    if not (text.isascii() and text.isdecimal() and len(text) <= _DIGITS):
        raise invalid(name, text)
    return int(text)


# --- campaigns --------------------------------------------------------------------------------------------------------


class CampaignSearch(Struct, frozen=True, kw_only=True):
    """Which campaigns are wanted. Of each field's patterns one must fit; dates are microseconds UTC."""

    patterns: Mapping[str, Sequence[str]]
    dates: Mapping[str, Range]

    def begins_as(self, campaign: Campaign) -> bool:
        """Whether its dates are as they are wanted; without such a date it is not, where one is asked for."""
        own = {"startDate": campaign.not_before, "endDate": campaign.end_at, "registered": campaign.created_at}
        return all(own[name] and begin <= own[name] <= end for name, (begin, end) in self.dates.items())

    def passes(self, written: Written) -> bool:
        """Whether it is as all patterns want it, by what is told of it."""
        return all(_one_fits(patterns, written.get(name)) for name, patterns in self.patterns.items())


def read_campaign_search(query: Query) -> CampaignSearch:
    """The search of a query. Raises Invalid."""
    given = {name: text for name in FIELDS if (text := text_of(query, name))}
    dates = {name: range_of(query, name) for name in ("startDate", "endDate", "registered")}
    return CampaignSearch(
        patterns={name: _patterns(name, text) for name, text in given.items()},
        dates={name: span for name, span in dates.items() if span != ALWAYS},
    )


def _patterns(name: str, text: str) -> list[str]:
    if name == "status":
        return [part.strip() for part in text.split(",")]
    return [text.replace("-", "") if name in _IDS and _UUID.fullmatch(text) else text]


def _one_fits(patterns: Iterable[str], value: Any) -> bool:
    return value is not None and any(fits(pattern, str(value)) for pattern in patterns)


# --- customers --------------------------------------------------------------------------------------------------------


def read_search(query: Query, campaign: Campaign) -> Search:
    """Which customers of a campaign are wanted. Raises Invalid."""
    name, value = text_of(query, "attributeName"), text_of(query, "attributeValue")
    if value and not name:
        raise invalid("attributeValue", "attributeName is mandatory")
    return Search(
        account=campaign.account, campaign=campaign.id,
        external=text_of(query, "externalId") or None, numbers=text_of(query, "numbers") or None,
        stands=_stands(_asked(query, STAND), campaign), traits=_traits(_asked(query, TRAITS)),
        due=range_of(query, "date"), changed=range_of(query, "modificationDate"),
        attribute=name or None, value=value or None,
        offset=_whole(query, "offset", 0), limit=min(_whole(query, "limit", LIMIT), MOST),
    )  # fmt: skip


def _asked(query: Query, names: Iterable[str]) -> dict[str, str]:
    return {name: text for name in names if (text := text_of(query, name))}


def _stands(asked: Mapping[str, str], campaign: Campaign) -> Callable[[Stand], bool] | None:
    if not asked:
        return None
    return lambda stand: all(_one_fits([text], STAND[name](stand, campaign)) for name, text in asked.items())


def _traits(asked: Mapping[str, str]) -> Callable[[Traits], bool] | None:
    if not asked:
        return None
    return lambda traits: all(_one_fits([text], TRAITS[name](traits)) for name, text in asked.items())


# --- statistics -------------------------------------------------------------------------------------------------------


class StatisticsWish(Struct, frozen=True, kw_only=True):
    """Which calls are counted: those of the day that begins at `day` (microseconds UTC), and with `total` all.

    `agents`: only those that one of them has taken; empty: all.
    """

    day: int
    agents: tuple[str, ...]
    total: bool

    @property
    def end(self) -> int:
        """The first instant that is no more of the day."""
        return self.day + DAY


def read_statistics(query: Query, now: int) -> StatisticsWish | None:
    """None where no statistics are wanted. Raises Invalid."""
    agents = tuple(part.strip() for part in text_of(query, "agentId").split(",") if part.strip())
    date = text_of(query, "statisticsDate")
    if not flag_of(query, "statistics"):
        if date or agents:
            name = "statisticsDate" if date else "agentId"
            raise invalid(name, "statistics=true is mandatory")
        return None
    at = instant_of(date, "statisticsDate") if date else now
    return StatisticsWish(day=at - at % DAY, agents=agents, total=not date)
