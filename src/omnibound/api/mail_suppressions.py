"""Addresses that an account must not write to: put some on the list, read it, take one off."""

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from omnibound.api.base import Ask, to_date, word, words
from omnibound.domain.status import Reason
from omnibound.services.mail_addresses import MailAddresses
from omnibound.wire.addresses import MAX_EMAIL


class EmailsIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Addresses, and why they are not written to. One that is on the list keeps its reason."""

    emails: Annotated[
        list[Annotated[str, Meta(min_length=1, max_length=MAX_EMAIL)]], Meta(min_length=1, max_length=10_000)
    ]
    reason: Literal["blocked", "do_not_disturb"] = "blocked"


class MailSuppressionsWish(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where to go on, and how much."""

    after: Annotated[str, Meta(max_length=MAX_EMAIL, description="The last address of the page before.")] = ""
    limit: Annotated[int, Meta(ge=1, le=10_000, description="Addresses a page.")] = 1_000


class MailSuppressionOut(Struct, frozen=True, kw_only=True):
    """An address as it is compared, why it must not be written to, and since when.

    `opted_out`: they unsubscribed; `unwanted`: they complained; other reasons are of what came back.
    """

    email: str
    reason: Annotated[str, words(Reason)]
    at: datetime | None


class MailSuppressionsOut(Struct, frozen=True, kw_only=True):
    """A page, in the order of the addresses as texts."""

    suppressions: list[MailSuppressionOut]


async def suppress(ask: Ask[None, EmailsIn]) -> None:
    """POST /api/v1/mail-suppressions: all of them, or none."""
    await _list(ask).block(ask.account.id, ask.body.emails, Reason[ask.body.reason.upper()])


async def page(ask: Ask[MailSuppressionsWish, None]) -> MailSuppressionsOut:
    """GET /api/v1/mail-suppressions?after=&limit=."""
    found = await _list(ask).blocked(ask.account.id, ask.query.after, ask.query.limit)
    return MailSuppressionsOut(
        suppressions=[MailSuppressionOut(email=s.key, reason=word(s.reason), at=to_date(s.at)) for s in found]
    )


async def unsuppress(ask: Ask[None, None]) -> None:
    """DELETE /api/v1/mail-suppressions/{email}."""
    await _list(ask).unblock(ask.account.id, ask.place["email"])


def _list(ask: Ask[Any, Any]) -> MailAddresses:
    return MailAddresses(ask.parts.store, ask.services.ids, ask.parts.clock)
