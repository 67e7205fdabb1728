"""The domain's nouns -> what a client is answered. Hot: thousands of rows an answer."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import UNSET, Raw

from omnibound.dialects.infobip_omni.codes import ERROR_JSON, GROUPS, STATUS_JSON, STATUSES
from omnibound.dialects.infobip_omni.meanings import (
    BY_REASON,
    MESSAGE_ACCEPTED,
    PENDING_ACCEPTED,
    PENDING_ENROUTE,
    code_of,
    outcome_code,
)
from omnibound.dialects.infobip_omni.schemas import (
    DestinationIn,
    InboundOut,
    InboundsOut,
    InboundTextOut,
    PriceOut,
    ReportOut,
    ReportsOut,
    RowOut,
    ScenarioOut,
    ScenariosOut,
    SeenOut,
    SeensOut,
    SendOut,
    StepOut,
    To,
)
from omnibound.dialects.infobip_omni.settings import OmniSettings
from omnibound.domain.order import Placed, Report
from omnibound.domain.received import Received
from omnibound.domain.scenario import Scenario
from omnibound.domain.status import Reason
from omnibound.wire.dates import write_date

Encode = Callable[[Any], bytes]
"""From an answer to its bytes, in whichever format."""

_json: Encode = msgspec.json.Encoder().encode
_NOWHERE = To()


def write_scenario(scenario: Scenario, of_2018: bool = False, encode: Encode = _json) -> bytes:
    """A scenario as it is created, changed or read. `of_2018`: for a library that knows only `defaultScenario`."""
    return encode(_scenario(scenario, of_2018))


def write_scenarios(scenarios: Sequence[Scenario], of_2018: bool = False, encode: Encode = _json) -> bytes:
    """A page of scenarios."""
    return encode(ScenariosOut(scenarios=[_scenario(scenario, of_2018) for scenario in scenarios]))


def _scenario(scenario: Scenario, of_2018: bool) -> ScenarioOut:
    flow = [StepOut(sender=step.sender, channel=step.channel) for step in scenario.steps]
    default = scenario.default
    repeated = default if of_2018 else UNSET
    return ScenarioOut(key=scenario.key, name=scenario.name, flow=flow, default=default, default_scenario=repeated)


def tell_placed(
    placed: Placed, destinations: list[DestinationIn], settings: OmniSettings, channel: str = ""
) -> SendOut:
    """The answer to a send, one row a destination in its order. `channel` is the request's only one, else empty."""
    taken = STATUS_JSON[_taken(placed, settings)]
    messages = [
        RowOut(
            destination.to or _NOWHERE,
            taken if row.refused is None else refused_status(row.refused, channel),
            row.message_id,
        )
        for destination, row in zip(destinations, placed.rows, strict=True)
    ]
    told = placed.own_bulk or len(messages) > 1
    return SendOut(bulk_id=placed.bulk if told else "", messages=messages)


def _taken(placed: Placed, settings: OmniSettings) -> int:
    if placed.scheduled:
        return PENDING_ACCEPTED
    return PENDING_ENROUTE if settings.accepted_status == "enroute" else MESSAGE_ACCEPTED


def refused_status(reason: Reason, channel: str) -> Raw:
    """The encoded status of a destination that is not taken. A send's are all of the group REJECTED."""
    status = code_of(reason, channel).status
    rejected = GROUPS[STATUSES[status].group_id] == "REJECTED"
    return STATUS_JSON[status if rejected else BY_REASON[reason].status]


def write_reports(reports: Sequence[Report], encode: Encode = _json) -> bytes:
    """A page of delivery reports."""
    return encode(ReportsOut(results=[_report(report) for report in reports]))


def _report(report: Report) -> ReportOut:
    outcome = report.outcome
    status, error = outcome_code(outcome, report.channel, report.voice_codes)
    return ReportOut(
        bulk_id=report.bulk if report.many else "",
        message_id=report.message_id,
        to=report.to,
        # A delivery that was never handed over has no moment of sending; clients want a date all the same.
        sent_at=write_date(outcome.sent_at or outcome.done_at),
        done_at=write_date(outcome.done_at),
        message_count=outcome.parts,
        mcc_mnc=report.mcc_mnc,
        price=_price(report.price, report.currency),
        status=STATUS_JSON[status],
        error=ERROR_JSON[error],
        channel=report.channel,
        callback_data=report.callback_data,
    )


def write_seen(reports: Sequence[Report], settings: OmniSettings, encode: Encode = _json) -> bytes:
    """That these messages were seen."""
    return encode(SeensOut(results=[_seen(report, settings.seen_sent_member) for report in reports]))


def _seen(report: Report, member: str) -> SeenOut:
    outcome = report.outcome
    sent_at = write_date(outcome.sent_at or outcome.done_at)
    return SeenOut(
        message_id=report.message_id,
        sender=report.sender,
        to=report.to,
        send_at=sent_at if member != "sentAt" else UNSET,
        sent_at=sent_at if member != "sendAt" else UNSET,
        seen_at=write_date(outcome.seen_at),
    )


def write_inbound(messages: Sequence[tuple[str, Received]], currency: str, encode: Encode = _json) -> bytes:
    """Messages from people under their ids. What they answer is not looked for, and none is left out."""
    results = [_inbound(id_, received, currency) for id_, received in messages]
    return encode(InboundsOut(results=results, message_count=len(results), pending_message_count=0))


def _inbound(id_: str, received: Received, currency: str) -> InboundOut:
    return InboundOut(
        sender=received.sender,
        to=received.recipient,
        integration_type=received.channel,
        received_at=write_date(received.at),
        message_id=id_,
        message=InboundTextOut(text=received.text),
        price=_price(0.0, currency),
    )


@lru_cache(maxsize=1024)
def _price(amount: float, currency: str) -> PriceOut:
    return PriceOut(amount, currency)
