"""Webhooks: where an account's applications are told how the members of its campaigns stand."""

from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from omnibound.domain.account import Account
from omnibound.domain.action import Request, check_request
from omnibound.domain.errors import Forbidden, Invalid, NotFound
from omnibound.domain.push import Asked
from omnibound.domain.webhook import MOST_APPLICATIONS, MemberEvent, Webhook
from omnibound.ports import WebhookStore

LONGEST = 200


class WebhookWish(Struct, frozen=True, gc=False, kw_only=True):
    """What a client wants of a webhook: how each of the events is sent, and which of them are told (`Asked.only`)."""

    url: str
    format: str
    request: Asked
    events: dict[MemberEvent, dict[str, list[Any]]]
    settings: dict[str, Any]


class Webhooks:
    """What a client may do with its applications' webhooks."""

    def __init__(self, store: WebhookStore) -> None:
        self._store = store

    async def put(self, account: Account, application: str, wish: WebhookWish) -> Webhook:
        """Set it. Raises Invalid, Forbidden when the account has too many."""
        if len(application) > LONGEST:
            raise Invalid(f"an id has at most {LONGEST} characters", "application_id")
        check_request(Request(url=wish.url, headers=wish.request.headers))
        webhook = Webhook(
            account=account.id,
            application=application,
            url=wish.url,
            format=wish.format,
            requests={event: replace(wish.request, only=only) for event, only in wish.events.items()},
            settings=wish.settings,
        )
        if not await self._store.put(webhook, MOST_APPLICATIONS):
            raise Forbidden(f"an account has at most {MOST_APPLICATIONS} applications", "application_id")
        return webhook

    async def one(self, account: Account, application: str) -> Webhook:
        """By its application. Raises NotFound."""
        webhook = await self._store.one(account.id, application)
        if webhook is None:
            raise NotFound(f"the application {application} has no webhook", "application_id")
        return webhook

    async def drop(self, account: Account, application: str) -> None:
        """Nothing more is told there. Raises NotFound."""
        if not await self._store.drop(account.id, application):
            raise NotFound(f"the application {application} has no webhook", "application_id")
