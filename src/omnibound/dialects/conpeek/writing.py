"""A request of a campaign -> VoiceSMSCampaignRequest, and whether a filter lets it pass."""

import operator
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from omnibound.dialects.conpeek.reading import CUSTOM, DATE, Condition
from omnibound.dialects.conpeek.words import WORDS
from omnibound.domain.action import Speech
from omnibound.domain.bulk import real_due
from omnibound.domain.campaign import Campaign
from omnibound.domain.flow import SECOND
from omnibound.domain.live import Stage
from omnibound.domain.number import number_key
from omnibound.services.fill_speech import public_id
from omnibound.services.place_requests import Standing

Written = dict[str, Any]

PROPERTIES = frozenset(
    (
        "id", "voice_sms_campaign_id", "contact_number", "type", "announcement_id", "text", "ssml",
        "voice_definition_id", "custom", "state", "application_state", "call_state", "call_state_reason",
        "close_reason", "contact_try", "priority", "process_not_before", "created_date", "closed_date",
    )
)  # fmt: skip
"""All members of a request, by test."""

_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "gt": operator.gt, "gte": operator.ge, "lt": operator.lt, "lte": operator.le,
}  # fmt: skip


def write_request(standing: Standing, campaign: Campaign) -> Written:
    """What is not set is null; the order of the members is always the same."""
    member, live = standing
    speech = campaign.speech if member.speech is None else member.speech
    words = WORDS[member.reason] if member.reason else None
    return {
        "id": public_id(member.id),
        "voice_sms_campaign_id": member.campaign,
        "contact_number": member.phone,
        "type": _type(speech),
        "announcement_id": speech.announcement or None,
        "text": speech.text or None,
        "ssml": speech.ssml or None,
        "voice_definition_id": speech.voice or None,
        "custom": member.custom,
        "state": _state(standing),
        "application_state": "CLOSED" if member.closed else "RETRY" if member.reason else "NEW",
        "call_state": _call_state(standing),
        "call_state_reason": words.call if words else None,
        "close_reason": words.close if words and member.closed else None,
        "contact_try": member.tries,
        "priority": member.priority,
        "process_not_before": write_date(real_due(live.due_at) if live and _waits(standing) else member.not_before),
        "created_date": write_date(member.created_at),
        "closed_date": write_date(member.changed_at if member.closed else 0),
    }


def _type(speech: Speech) -> str:
    if speech.announcement:
        return "announcement"
    return "tts" if speech.text or speech.ssml else "none"


def _waits(standing: Standing) -> bool:
    """Whether no call is under way; one that was lost waits for somebody to let it go on."""
    return not standing.member.closed and (standing.live is None or standing.live.stage is not Stage.SENT)


def _state(standing: Standing) -> str:
    if standing.member.closed:
        return "CLOSED"
    return "OPEN" if _waits(standing) else "PROCESSING"


def _call_state(standing: Standing) -> str | None:
    if standing.member.closed:
        return "CALL_ENDED" if standing.member.tries else None
    return "WAITING" if _waits(standing) else "CALLING"


def write_date(at: int) -> str | None:
    """`2018-05-02 23:10:00`, UTC; null for never (0) and for what no calendar holds."""
    return _date_of(at // SECOND) if at else None


@lru_cache(maxsize=10_000)
def _date_of(second: int) -> str | None:
    try:
        return datetime.fromtimestamp(second, UTC).strftime(DATE)
    except (OverflowError, ValueError, OSError):
        return None


def passes(written: Written, conditions: Iterable[Condition]) -> bool:
    """Whether a request is as all conditions want it."""
    return all(_holds(written, condition) for condition in conditions)


def _holds(written: Written, condition: Condition) -> bool:
    value, wanted = _value(written, condition), condition.value
    if condition.operator == "eq":
        if condition.property == "contact_number":
            return number_key(value) in {number_key(str(each)) for each in condition.values()}
        return value in condition.values()
    same = type(value) is type(wanted) and isinstance(value, str | int | float)
    return same and _COMPARED[condition.operator](value, wanted)


def _value(written: Written, condition: Condition) -> Any:
    if condition.property == CUSTOM:
        custom: Written = written["custom"] or {}
        return custom.get(condition.key)
    return written[condition.property]
