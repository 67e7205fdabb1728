"""Calls that were lost after their answer: their people are held until somebody lets them go on."""

from typing import Annotated

from msgspec import Meta, Struct

from omnibound.api.base import Ask


class ReleaseWish(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How they go on."""

    again: Annotated[bool, Meta(description="Call them at once; else in their next round, if one is left.")] = False


class ReleasedOut(Struct, frozen=True, kw_only=True):
    """How many were held."""

    released: int


async def release(ask: Ask[ReleaseWish, None]) -> ReleasedOut:
    """POST /api/v1/campaigns/{campaign}/release?again=."""
    released = await ask.services.campaigns.release(ask.account, ask.place["campaign"], ask.query.again)
    return ReleasedOut(released=released)
