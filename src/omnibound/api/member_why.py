"""Why somebody of a campaign is not being called."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from omnibound.api.base import ACCOUNT, Ask, Line, to_date, word, words
from omnibound.domain.why import Cause
from omnibound.services.fill_speech import public_id
from omnibound.wire.openapi import Operation


class MemberWhyOut(Struct, frozen=True, kw_only=True):
    """One answer: the first cause that holds."""

    id: str
    external_id: Annotated[str, Meta(description="The client's own id; empty where there is none.")]
    cause: Annotated[str, words(Cause)]
    until: Annotated[datetime | None, Meta(description="When that is over; null where no clock knows.")]
    since: Annotated[datetime | None, Meta(description="Since when it holds, where that is known.")]
    detail: Annotated[str, Meta(description="More of it, such as the condition that fits.")]


async def one(ask: Ask[None, None]) -> MemberWhyOut:
    """GET /api/v1/campaigns/{campaign}/members/{member}/why."""
    member, why = await ask.services.why(ask.account, ask.place["campaign"], ask.place["member"])
    return MemberWhyOut(
        id=public_id(member.id), external_id=member.external, cause=word(why.cause), until=to_date(why.until),
        since=to_date(why.since), detail=why.detail,
    )  # fmt: skip


LINES: tuple[Line, ...] = (
    Line(
        Operation(
            "GET",
            "/api/v1/campaigns/{campaign}/members/{member}/why",
            "explainMember",
            "voice",
            "Why somebody is not being called, and until when",
            ACCOUNT,
            answer=MemberWhyOut,
        ),
        one,
    ),
)
