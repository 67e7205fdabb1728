"""Bulks: when they begin; pausing, resuming, cancelling. As the SMS API of the same generation has it."""

from collections.abc import Awaitable, Callable

import msgspec
from starlette.responses import Response

from omnibound.dialects.infobip_omni import errors
from omnibound.dialects.infobip_omni.bodies import Bodies
from omnibound.dialects.infobip_omni.query import read_text
from omnibound.dialects.infobip_omni.resource import Ask, Resource, answer, by_scope
from omnibound.dialects.infobip_omni.schemas import BulkIn, BulkOut, BulkStatusIn, BulkStatusOut
from omnibound.dialects.infobip_omni.scopes import MESSAGES
from omnibound.dialects.infobip_omni.settings import OmniSettings
from omnibound.domain.bulk import Bulk, State, Target
from omnibound.services import keep_bulks
from omnibound.services.base import Services
from omnibound.wire.dates import read_date, write_date

STATES: dict[State, str] = {
    State.PENDING: "PENDING",
    State.PROCESSING: "PROCESSING",
    State.PAUSED: "PAUSED",
    State.CANCELLED: "CANCELED",
    State.FINISHED: "FINISHED",
    State.FAILED: "FAILED",
}
"""Total, by test."""

SETS: dict[str, Callable[[keep_bulks.Bulks, Target], Awaitable[Bulk]]] = {
    "PENDING": keep_bulks.Bulks.resume,
    "PROCESSING": keep_bulks.Bulks.resume,
    "PAUSED": keep_bulks.Bulks.pause,
    "CANCELED": keep_bulks.Bulks.cancel,
}
"""What a client asks for by setting a status."""

_BULK = Bodies(BulkIn)
_STATUS = Bodies(BulkStatusIn)


def table(services: Services, settings: OmniSettings) -> dict[str, Resource]:
    """The paths below a version."""
    bulks = Bulks(services, settings)
    messages = errors.ON_MESSAGES, by_scope(*MESSAGES)
    return {
        "/bulks": Resource(services, {"GET": bulks.get, "PUT": bulks.reschedule}, *messages),
        "/bulks/status": Resource(services, {"GET": bulks.get_status, "PUT": bulks.set_status}, *messages),
    }


class Bulks:
    """The operations, each from a request to its answer."""

    def __init__(self, services: Services, settings: OmniSettings) -> None:
        self._services = services
        self._settings = settings

    async def get(self, ask: Ask) -> Response:
        """GET /sms/1/bulks?bulkId=."""
        return _answer(ask, _write(await self._services.bulks.read(await self._target(ask))))

    async def reschedule(self, ask: Ask) -> Response:
        """PUT /sms/1/bulks?bulkId=."""
        wish = await _BULK.read(ask.request, self._settings.max_body)
        send_at = read_send_at(wish)
        return _answer(ask, _write(await self._services.bulks.reschedule(await self._target(ask), send_at)))

    async def get_status(self, ask: Ask) -> Response:
        """GET /sms/1/bulks/status?bulkId=."""
        return _answer(ask, _write_status(await self._services.bulks.read(await self._target(ask))))

    async def set_status(self, ask: Ask) -> Response:
        """PUT /sms/1/bulks/status?bulkId=."""
        wish = await _STATUS.read(ask.request, self._settings.max_body)
        change = SETS.get(wish.status or "")
        if change is None:
            raise errors.BadRequest({"status": [f"must be one of {', '.join(SETS)}"]})
        return _answer(ask, _write_status(await change(self._services.bulks, await self._target(ask))))

    async def _target(self, ask: Ask) -> Target:
        bulk = read_text(ask.request.query_params, "bulkId")
        if not bulk:
            raise errors.BadRequest({"bulkId": ["must not be empty"]})
        return await self._services.bulks.bulk(ask.account, bulk)


def read_send_at(wish: BulkIn) -> int:
    """Microseconds UTC. BadRequest for a date that cannot be read, or none."""
    try:
        return read_date(wish.send_at or "")
    except ValueError as error:
        raise errors.BadRequest({"sendAt": ["must be a date such as 2030-05-24T10:45:38.000+0000"]}) from error


def _write(bulk: Bulk) -> BulkOut:
    return BulkOut(bulk_id=bulk.target.bulk, send_at=write_date(bulk.send_at))


def _write_status(bulk: Bulk) -> BulkStatusOut:
    return BulkStatusOut(bulk_id=bulk.target.bulk, status=STATES[bulk.state])


def _answer(ask: Ask, told: msgspec.Struct) -> Response:
    return answer(ask.form, ask.form.encode(told))
