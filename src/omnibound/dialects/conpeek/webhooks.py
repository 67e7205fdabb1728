"""Webhooks of an account's applications: read, ask a service, write."""

from starlette.responses import Response

from omnibound.dialects.conpeek.requests import ACCEPTED
from omnibound.dialects.conpeek.resource import Ask, answer
from omnibound.dialects.conpeek.webhook_reading import read_webhook
from omnibound.services.base import Services

MOST = 256 * 1024
"""Bytes of a body."""


class Webhooks:
    """The operations, each from a request to its answer. Domain errors fly through: `Resource` tells them."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def put(self, ask: Ask) -> Response:
        """PUT /application/{application}/webhook: from now on it counts, also for requests that are there already."""
        wish = read_webhook(await ask.body(MOST))
        webhook = await self._services.webhooks.put(ask.account, ask.named("application"), wish)
        return answer({"success": True, "data": webhook.settings})

    async def one(self, ask: Ask) -> Response:
        """GET /application/{application}/webhook: as it was set."""
        webhook = await self._services.webhooks.one(ask.account, ask.named("application"))
        return answer({"data": webhook.settings})

    async def drop(self, ask: Ask) -> Response:
        """DELETE /application/{application}/webhook."""
        await self._services.webhooks.drop(ask.account, ask.named("application"))
        return answer({"success": True}, ACCEPTED)
