"""What is kept of a call that is over."""

from typing import Any

import msgspec

from omnibound.domain.call import Call, Rtp
from omnibound.domain.status import Reason
from omnibound.wire.telephone import Ended

_TAKEN = 200


def call_of(told: Ended, who: tuple[int, int, str], reason: Reason, detail: str) -> Call:
    """The call of an attempt, `who` being its delivery, number and connector, with the end's meaning."""
    delivery, attempt, connector = who
    sip = _TAKEN if told.answered else told.sip
    return Call(
        delivery=delivery, attempt=attempt, connector=connector, reason=reason, detail=detail, number=told.callee,
        caller=told.caller, begun_at=told.begun_at, rang_at=told.rang_at, answered_at=told.answered_at,
        ended_at=told.at, talked_ms=told.talked_ms, why=told.why, who=told.who, sip=sip, q850=told.q850,
        text=told.text, said=told.said, digits=told.digits, rtp=_rtp(told.rtp), agent=told.agent,
        joined_at=told.joined_at, unserved=told.unserved,
    )  # fmt: skip


def _rtp(figures: dict[str, Any]) -> Rtp:
    """Those that are kept; of a call without sound there are none."""
    return msgspec.convert({name: value for name, value in figures.items() if value is not None}, Rtp, strict=False)
