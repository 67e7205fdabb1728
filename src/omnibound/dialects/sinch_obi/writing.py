"""Campaigns and customers -> what OBI tells of them, member by member; what is not set is left out."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from omnibound.dialects.sinch_obi import words
from omnibound.dialects.sinch_obi.dates import FOR_EVER, write_at
from omnibound.domain.campaign import Campaign, Kind
from omnibound.domain.member import UNRANKED, Member, Mode, Progress, Stand, Traits
from omnibound.services.view_campaigns import View

Written = dict[str, Any]

NOBODY: Final = "0" * 32
"""The queue of a campaign that has none: the vendor's schema wants one."""


def present(members: Mapping[str, Any]) -> Written:
    """Those that have a value."""
    return {name: value for name, value in members.items() if value is not None}


# --- campaigns --------------------------------------------------------------------------------------------------------


def write_campaign(view: View) -> Written:
    """As a list of campaigns and a single one show it."""
    campaign, people = view.campaign, view.people
    return present(
        {
            "id": campaign.guid,
            "name": campaign.name,
            "remarks": campaign.remarks or None,
            "dialerId": campaign.dialer,
            "dialer": campaign.dialer,
            "dialerName": view.dialer or None,
            "dialingMode": campaign.mode.name,
            "status": view.status.name.capitalize(),
            "dialerStatus": view.dialer_status.name,
            "queueId": campaign.queue or NOBODY,
            "queueName": view.queue or None,
            "customIvrNumber": campaign.number or None if campaign.kind is Kind.NUMBER else None,
            "total": sum(people.values()),
            "handled": people[Progress.HANDLED],
            "notHandled": people[Progress.NOT_HANDLED],
            "maxCalls": people[Progress.MAX_CALLS],
            "filtered": people[Progress.FILTERED],
            "startDate": write_at(campaign.not_before) if campaign.not_before else None,
            "endDate": write_at(campaign.end_at) if campaign.end_at else None,
            "registered": write_at(campaign.created_at),
            "timeZone": campaign.calendar.zone or None,
        }
    )


# --- customers --------------------------------------------------------------------------------------------------------

STAND: Final[Mapping[str, Callable[[Stand, Campaign], Any]]] = {
    "result": lambda stand, campaign: words.result(stand),
    "callResult": lambda stand, campaign: words.call_result(stand),
    "classifier": words.classifier,
    "callCount": lambda stand, campaign: stand.tries,
    "lastBNumber": lambda stand, campaign: stand.last_number,
}
"""What calls make of a customer."""

TRAITS: Final[Mapping[str, Callable[[Traits], Any]]] = {
    "agentId": lambda traits: traits.agent or None,
    "dialingMode": lambda traits: None if traits.mode is None else Mode(traits.mode).name,
    "previewTime": lambda traits: traits.preview_s or None,
    "priority": lambda traits: None if traits.priority == UNRANKED else traits.priority,
    "timeZone": lambda traits: traits.zone or None,
}
"""What its client wants of a customer."""

_DONE = frozenset((Progress.HANDLED, Progress.MAX_CALLS))


def write_customer(member: Member, id_: str, campaign: Campaign, script: str | None) -> Written:
    """A customer under its public id. `script`: the name of the campaign's script, None where it is not shown."""
    told = {
        "id": id_,
        "externalId": member.external,
        "numbers": member.phone,
        **{name: shown(member.stand, campaign) for name, shown in STAND.items()},
        "date": FOR_EVER if member.stand.progress in _DONE else write_at(member.due_at),
        **{name: shown(member.traits) for name, shown in TRAITS.items()},
        "modificationDate": write_at(member.changed_at),
        "attributes": {"attribute": _attributes(member)},
        "script": None if script is None else _script(member, script),
    }
    return present(told)


def _attributes(member: Member) -> list[Written]:
    return [{"name": name, "value": _text(value)} for name, value in member.attributes.items()]


def _text(value: Any) -> str:
    """Other clients of the same campaign may have attributes that are no texts."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _script(member: Member, name: str) -> Written | None:
    if not member.answers:
        return None
    return {"name": name, "answers": [{"question": asked, "answer": said} for asked, said in member.answers]}


def public_id(text: str) -> str:
    """A public id, in the form of a UUID, as OBI writes it."""
    return text.replace("-", "").upper()


def uuid_form(id_: str) -> str:
    """The way back, from 32 hexadecimal digits or 36 characters; what is neither stays as it is."""
    plain = id_.replace("-", "").lower() if len(id_) == 36 else id_.lower()
    if len(plain) != len(NOBODY):
        return id_
    return f"{plain[:8]}-{plain[8:12]}-{plain[12:16]}-{plain[16:20]}-{plain[20:]}"
