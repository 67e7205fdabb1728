"""Webhooks of an account's applications, as the services see them."""

from typing import Protocol

from omnibound.domain.webhook import Webhook


class WebhookStore(Protocol):
    """Webhooks, each account's own. From its commit on each event of a member that one wants is pushed there."""

    async def put(self, webhook: Webhook, most: int) -> bool:
        """Set it, under a number of the store's; false if the account has `most` others."""
        ...

    async def one(self, account: int, application: str) -> Webhook | None:
        """By its application."""
        ...

    async def drop(self, account: int, application: str) -> bool:
        """Nothing more is told there; whether there was one. What is on its way goes on."""
        ...
