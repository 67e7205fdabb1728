"""The log -> what a client is answered."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from omnibound.dialects.infobip_omni.codes import STATUS_JSON
from omnibound.dialects.infobip_omni.meanings import PENDING_ACCEPTED, PENDING_WAITING_DELIVERY, ended_status
from omnibound.dialects.infobip_omni.schemas import LogOut, LogsOut, PriceOut
from omnibound.domain.live import Stage
from omnibound.domain.logs import LogRow
from omnibound.wire.dates import write_date


def write_logs(rows: Sequence[LogRow], encode: Callable[[Any], bytes], *, always_done: bool = False) -> bytes:
    """A page of the log; what has not ended has no `doneAt`, or that of its `sentAt` with `always_done`."""
    return encode(LogsOut(results=[_row(row, always_done) for row in rows]))


def _row(row: LogRow, always_done: bool) -> LogOut:
    standing = row.standing
    done_at = standing.done_at or (row.at if always_done else 0)
    return LogOut(
        bulk_id=row.bulk,
        message_id=row.message_id,
        to=row.to,
        sender=row.shelf.sender,
        text=row.text,
        sent_at=write_date(row.at),
        done_at=write_date(done_at) if done_at else "",
        # Into how many parts a text goes is known when it is handed over.
        message_count=standing.parts or 1,
        mcc_mnc=row.mcc_mnc,
        price=_price(row.price, row.currency),
        status=STATUS_JSON[_status(row)],
        channel=row.shelf.channel,
    )


def _status(row: LogRow) -> int:
    standing = row.standing
    if standing.reason is None:
        return PENDING_ACCEPTED if standing.stage is Stage.WAITING else PENDING_WAITING_DELIVERY
    return ended_status(standing.status, standing.reason, standing.detail, row.shelf.channel, row.voice_codes)


@lru_cache(maxsize=1024)
def _price(amount: float, currency: str) -> PriceOut:
    return PriceOut(amount, currency)
