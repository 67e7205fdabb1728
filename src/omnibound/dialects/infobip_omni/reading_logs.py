"""The filters of the log, read as leniently as the clients write them."""

from collections.abc import Callable
from functools import cache

from starlette.datastructures import QueryParams

from omnibound.dialects.infobip_omni.codes import GROUPS, STATUSES
from omnibound.dialects.infobip_omni.errors import BadRequest, Faults
from omnibound.dialects.infobip_omni.meanings import ended_status
from omnibound.dialects.infobip_omni.query import read_channel, read_text, read_whole
from omnibound.domain.account import VoiceCodes
from omnibound.domain.logs import FOREVER, LogFilter
from omnibound.domain.status import Reason, end_status
from omnibound.wire.addresses import read_phone
from omnibound.wire.dates import read_date

MAX_LOGS = 1000
MAX_MESSAGES, MAX_BULKS = 1000, 100
_MILLISECOND = 1000
_PENDING = "PENDING"

Kind = Callable[[str, Reason | None], bool]


def read_log_filter(query: QueryParams, family: VoiceCodes = "50xx") -> LogFilter:
    """What is wanted of the log. BadRequest with everything that cannot be read."""
    faults: Faults = {}

    def read(one: Callable[..., object], *given: object) -> object:
        try:
            return one(query, *given)
        except BadRequest as error:
            faults.update(error.faults)
            return None

    wish = {
        "sender": read(read_text, "from"),
        "to": read(_address),
        "bulks": read(_ids, MAX_BULKS, "bulkId", "bulkid"),
        "message_ids": read(_ids, MAX_MESSAGES, "messageId", "messageid"),
        "channel": read(read_channel),
        "kind": read(_kind_wanted, family),
        "network": read(_network),
        "since": read(_instant, "sentSince", 0),
        "until": read(_until),
        "limit": read(read_whole, "limit", 50, 1, MAX_LOGS),
    }
    if faults:
        raise BadRequest(faults)
    return LogFilter(**wish)  # type: ignore[arg-type]


def group_of(channel: str, reason: Reason | None, family: VoiceCodes = "50xx") -> str:
    """The general status of a message: of one that has not ended, PENDING."""
    if reason is None:
        return _PENDING
    return GROUPS[STATUSES[ended_status(end_status(reason), reason, "", channel, family)].group_id]


def _address(query: QueryParams) -> str:
    text = read_text(query, "to").strip()
    return read_phone(text) or text


def _ids(query: QueryParams, most: int, *names: str) -> tuple[str, ...]:
    """Repeated, or with commas between; a client's own id may hold a comma, so the whole is looked for as well."""
    given = [text for name in names for text in query.getlist(name) if text.strip()]
    ids = tuple(dict.fromkeys(part.strip() for text in given for part in (text, *text.split(",")) if part.strip()))
    if any("\0" in each for each in ids):
        raise BadRequest({names[0]: ["must not hold a NUL character"]})
    if len(ids) > most:
        raise BadRequest({names[0]: [f"must not be more than {most}"]})
    return ids


def _kind_wanted(query: QueryParams, family: VoiceCodes) -> Kind | None:
    group = query.get("generalStatus", "").strip()
    if not group:
        return None
    if group not in GROUPS:
        raise BadRequest({"generalStatus": [f"must be one of {', '.join(GROUPS)}"]})
    return _of_group(group, family)


@cache
def _of_group(group: str, family: VoiceCodes) -> Kind:
    return lambda channel, reason: group_of(channel, reason, family) == group


def _network(query: QueryParams) -> str:
    given = {name: query.get(name, "").strip() for name in ("mcc", "mnc")}
    wrong = [name for name, code in given.items() if code and not (code.isascii() and code.isdecimal())]
    if wrong:
        raise BadRequest({name: ["must be digits"] for name in wrong})
    return "".join(given.values())


def _until(query: QueryParams) -> int:
    """With the whole of its last millisecond: finer than that no row is told."""
    at = _instant(query, "sentUntil", FOREVER)
    return at + _MILLISECOND - 1 if at % _MILLISECOND == 0 else at


def _instant(query: QueryParams, name: str, default: int) -> int:
    text = query.get(name, "").strip()
    try:
        return read_date(text) if text else default
    except ValueError as error:
        raise BadRequest({name: ["must be a date such as 2015-02-23T17:41:11.833+0100"]}) from error
