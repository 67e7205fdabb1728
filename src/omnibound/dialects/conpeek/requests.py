"""Requests of voice SMS campaigns: read, ask a service, write."""

from asyncio import sleep
from typing import Any

from starlette.responses import Response

from omnibound.dialects.conpeek.reading import read_list, read_one, read_show
from omnibound.dialects.conpeek.resource import Ask, answer
from omnibound.dialects.conpeek.settings import ConpeekSettings
from omnibound.dialects.conpeek.writing import PROPERTIES, passes, write_request
from omnibound.services.base import Services
from omnibound.services.place_requests import CallRequest, Standing

_SLICE = 1_000
ACCEPTED = 202
"""What its siblings answer that change something."""


class Requests:
    """The operations, each from a request to its answer. Domain errors fly through: `Resource` tells them."""

    def __init__(self, services: Services, settings: ConpeekSettings) -> None:
        self._services = services
        self._settings = settings

    async def add_many(self, ask: Ask) -> Response:
        """POST /voice_sms_campaign/{campaign}/request_list: all of them, or none."""
        standing = await self._add(ask, read_list(await self._body(ask), self._settings.max_requests))
        return answer({"data": await self._written(ask, standing)})

    async def add_one(self, ask: Ask) -> Response:
        """POST /voice_sms_campaign/{campaign}/request."""
        (standing,) = await self._add(ask, read_one(await self._body(ask)))
        return answer({"data": (await self._written(ask, [standing]))[0]})

    async def _add(self, ask: Ask, requests: list[CallRequest]) -> list[Standing]:
        return await self._services.requests.add(ask.account, ask.named("campaign"), requests)

    async def _body(self, ask: Ask) -> bytes:
        # A campaign that does not exist is told before the body is looked at.
        await self._services.campaigns.one(ask.account, ask.named("campaign"))
        return await ask.body(self._settings.max_body)

    async def page(self, ask: Ask) -> Response:
        """GET /voice_sms_campaign/{campaign}/request: those that the filter lets pass, in the order they came."""
        show = read_show(ask.request.query_params, PROPERTIES)
        campaign = await self._services.campaigns.one(ask.account, ask.named("campaign"))

        def fits(standing: Standing) -> bool:
            return passes(write_request(standing, campaign), show.conditions)

        chosen = fits if show.conditions else None
        found = await self._services.requests.page(ask.account, ask.named("campaign"), chosen, show.offset, show.limit)
        return answer({"data": await self._written(ask, found, frozenset(show.exclude))})

    async def one(self, ask: Ask) -> Response:
        """GET /voice_sms_campaign/{campaign}/request/{request}."""
        standing = await self._services.requests.one(ask.account, ask.named("campaign"), ask.named("request"))
        return answer({"data": (await self._written(ask, [standing]))[0]})

    async def cancel(self, ask: Ask) -> Response:
        """DELETE /voice_sms_campaign/{campaign}/request/{request}."""
        await self._services.requests.cancel(ask.account, ask.named("campaign"), ask.named("request"))
        return answer({"success": True}, ACCEPTED)

    async def cancel_open(self, ask: Ask) -> Response:
        """DELETE /voice_sms_campaign/{campaign}/request: all that are open."""
        await self._services.requests.cancel_open(ask.account, ask.named("campaign"))
        return answer({"success": True}, ACCEPTED)

    async def _written(
        self, ask: Ask, standing: list[Standing], exclude: frozenset[str] = frozenset()
    ) -> list[dict[str, Any]]:
        campaign = await self._services.campaigns.one(ask.account, ask.named("campaign"))
        written: list[dict[str, Any]] = []
        for start in range(0, len(standing), _SLICE):
            told = [write_request(each, campaign) for each in standing[start : start + _SLICE]]
            written += [{name: each[name] for name in each if name not in exclude} for each in told]
            await sleep(0)
        return written
