"""Requests of a campaign, looked at before they are added."""

from msgspec import Struct

from omnibound.api.base import Ask
from omnibound.api.campaigns import CallsIn, read_call


class FaultOut(Struct, frozen=True, kw_only=True):
    """What is wrong with one of them: its place in the list, from 0, the member, and words."""

    place: int
    field: str
    detail: str


class CheckedOut(Struct, frozen=True, kw_only=True):
    """What adding them would say. `suppressed`: how many of them would be blocked at once."""

    faults: list[FaultOut]
    suppressed: int


async def check(ask: Ask[None, CallsIn]) -> CheckedOut:
    """POST /api/v1/campaigns/{campaign}/requests/check."""
    requests = [read_call(each) for each in ask.body.requests]
    checked = await ask.services.requests.check(ask.account, ask.place["campaign"], requests)
    faults = [FaultOut(place=fault.place, field=fault.field, detail=fault.text) for fault in checked.faults]
    return CheckedOut(faults=faults, suppressed=checked.suppressed)
