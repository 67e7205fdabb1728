"""Bulks, and single messages: when they begin, and pausing, resuming, cancelling."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta, Struct

from omnibound.api.base import Ask, Run, from_date, to_date, word, words
from omnibound.domain.bulk import Bulk, State, Target
from omnibound.domain.errors import Invalid, NotFound
from omnibound.services.keep_bulks import Bulks

StateWord = Annotated[str, words(State)]


class ScheduleIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When it is to begin instead."""

    send_at: Annotated[datetime, Meta(tz=True, description="In the future, at most 180 days ahead.")]


class BulkOut(Struct, frozen=True, kw_only=True):
    """How far a bulk is, or one message; `send_at` is when it begins, or began."""

    id: str
    state: StateWord
    send_at: datetime | None


Asked = Ask[None, Any]
Find = Callable[[Asked], Awaitable[Target]]
_FIELDS = {"sendAt": "send_at", "bulkId": "bulk"}
"""The services' names of members -> those of this API."""


async def _bulk(ask: Asked) -> Target:
    return await ask.services.bulks.bulk(ask.account, ask.place["bulk"])


async def _message(ask: Asked) -> Target:
    return await ask.services.bulks.message(ask.account, ask.place["id"])


class Operations:
    """What can be done with a bulk, or in the same way with a message; `name` is its place in the path."""

    def __init__(self, name: str, find: Find) -> None:
        self._name = name
        self._find = find
        self.read = self._run(Bulks.read)
        self.pause = self._run(Bulks.pause)
        self.resume = self._run(Bulks.resume)
        self.cancel = self._run(Bulks.cancel)

    async def reschedule(self, ask: Ask[None, ScheduleIn]) -> BulkOut:
        """PUT .../schedule."""
        return await self._tell(ask, lambda bulks, target: bulks.reschedule(target, from_date(ask.body.send_at)))

    def _run(self, verb: Callable[[Bulks, Target], Awaitable[Bulk]]) -> Run:
        async def run(ask: Asked) -> BulkOut:
            return await self._tell(ask, verb)

        return run

    async def _tell(self, ask: Asked, verb: Callable[[Bulks, Target], Awaitable[Bulk]]) -> BulkOut:
        try:
            told = await verb(ask.services.bulks, await self._find(ask))
        except (Invalid, NotFound) as error:
            raise type(error)(error.text, _FIELDS.get(error.field, error.field)) from error
        return BulkOut(id=ask.place[self._name], state=word(told.state), send_at=to_date(told.send_at))


BULK = Operations("bulk", _bulk)
MESSAGE = Operations("id", _message)
