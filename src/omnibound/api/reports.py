"""Reports that were handed out before, once more."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from omnibound.api.base import Ask, Cursor, to_date, word
from omnibound.api.deliveries import ReasonWord, StatusWord
from omnibound.api.people import AddressesOut, write_addresses
from omnibound.domain.order import Report
from omnibound.domain.status import MEANINGS, Status


class ReportsWish(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where to go on, and how much."""

    after: Annotated[Cursor, Meta(description="The `next` of the page before; 0 for the oldest that are kept.")] = 0
    limit: Annotated[int, Meta(ge=1, le=100, description="Hand-outs a page; each is what one reading took.")] = 10


class ReportOut(Struct, frozen=True, kw_only=True):
    """How a delivery (or with `final` false one step of it) ended. `to` is the address of the step used.

    `price` is what all of it costs, every part; `mcc_mnc` is the country and network of the number.
    """

    id: str
    bulk: str
    channel: str
    sender: str
    to: str
    addresses: AddressesOut
    status: StatusWord
    reason: ReasonWord
    meaning: str
    detail: str
    final: bool
    ambiguous: bool
    parts: int
    sent_at: datetime | None
    done_at: datetime | None
    late: StatusWord | None
    late_at: datetime | None
    twice: bool
    seen_at: datetime | None
    callback_data: str
    price: float
    currency: str
    mcc_mnc: str


class ReportsOut(Struct, frozen=True, kw_only=True):
    """A page. `next` is the cursor of the following one; it is the one given if there is nothing more."""

    reports: list[ReportOut]
    next: Cursor


async def again(ask: Ask[ReportsWish, None]) -> ReportsOut:
    """GET /api/v1/reports?after=&limit=."""
    reports, cursor = await ask.services.reports.again(ask.account, ask.query.after, ask.query.limit)
    return ReportsOut(reports=[write_report(report) for report in reports], next=cursor)


def write_report(report: Report) -> ReportOut:
    """A report as the API tells it."""
    outcome = report.outcome
    return ReportOut(
        id=report.message_id,
        bulk=report.bulk,
        channel=report.channel,
        sender=report.sender,
        to=report.to,
        addresses=write_addresses(report.addresses),
        status=word(outcome.status),
        reason=word(outcome.reason),
        meaning=MEANINGS[outcome.reason].words,
        detail=outcome.detail,
        final=outcome.final,
        ambiguous=outcome.ambiguous,
        parts=outcome.parts,
        sent_at=to_date(outcome.sent_at),
        done_at=to_date(outcome.done_at),
        late=word(outcome.late) if outcome.late is not Status.PENDING else None,
        late_at=to_date(outcome.late_at),
        twice=outcome.twice,
        seen_at=to_date(outcome.seen_at),
        callback_data=report.callback_data,
        price=report.charged,
        currency=report.currency,
        mcc_mnc=report.mcc_mnc,
    )
