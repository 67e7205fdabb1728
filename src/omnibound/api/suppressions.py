"""Numbers that an account must not call: put some on the list, read it, take one off."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from omnibound.api.base import Ask, to_date, word, words
from omnibound.domain.status import Reason


class PhonesIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Numbers, and why they are not called: they are blocked, or the people do not want to be disturbed.

    A number that is on the list keeps its reason.
    """

    phones: Annotated[list[Annotated[str, Meta(min_length=1, max_length=64)]], Meta(min_length=1, max_length=10_000)]
    reason: Literal["blocked", "do_not_disturb"] = "blocked"


class SuppressionsWish(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where to go on, and how much."""

    after: Annotated[str, Meta(max_length=64, description="The last number of the page before.")] = ""
    limit: Annotated[int, Meta(ge=1, le=10_000, description="Numbers a page.")] = 1_000


class SuppressionOut(Struct, frozen=True, kw_only=True):
    """A number in digits, why it must not be called, and since when."""

    phone: str
    reason: Annotated[str, words(Reason)]
    at: datetime | None


class SuppressionsOut(Struct, frozen=True, kw_only=True):
    """A page, in the order of the numbers as texts."""

    suppressions: list[SuppressionOut]


async def suppress(ask: Ask[None, PhonesIn]) -> None:
    """POST /api/v1/suppressions: all of them, or none."""
    await ask.services.campaigns.suppress(ask.account, ask.body.phones, Reason[ask.body.reason.upper()])


async def page(ask: Ask[SuppressionsWish, None]) -> SuppressionsOut:
    """GET /api/v1/suppressions?after=&limit=."""
    found = await ask.services.campaigns.suppressions(ask.account, ask.query.after, ask.query.limit)
    return SuppressionsOut(
        suppressions=[SuppressionOut(phone=s.key, reason=word(s.reason), at=to_date(s.at)) for s in found]
    )


async def unsuppress(ask: Ask[None, None]) -> None:
    """DELETE /api/v1/suppressions/{phone}."""
    await ask.services.campaigns.unsuppress(ask.account, ask.place["phone"])
