"""Webhooks, stored: whole as they were set, and a row for each event that one wants to know."""

import msgspec
from msgspec.structs import replace

from omnibound.domain.webhook import Webhook, push_number
from omnibound.store.database import Database, Transaction
from omnibound.store.queries import queries
from omnibound.store.rows import encode

_SQL = queries("webhooks")
_webhook = msgspec.msgpack.Decoder(Webhook)


class StoredWebhooks:
    """See `ports.webhooks.WebhookStore`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def put(self, webhook: Webhook, most: int) -> bool:
        return await self._db.transact(lambda tx: _put(tx, webhook, most))

    async def one(self, account: int, application: str) -> Webhook | None:
        rows = await self._db.rows(_SQL["webhook"], account=account, application=application)
        return _webhook.decode(rows[0][0]) if rows else None

    async def drop(self, account: int, application: str) -> bool:
        return await self._db.transact(lambda tx: _drop(tx, account, application))


async def _put(tx: Transaction, webhook: Webhook, most: int) -> bool:
    account = webhook.account
    await tx.rows(_SQL["lock_webhooks"], account=account)
    await _drop(tx, account, webhook.application)
    used = {number for (number,) in await tx.rows(_SQL["webhook_numbers"], account=account)}
    if len(used) >= most:
        return False
    number = next(free for free in range(most) if free not in used)
    body = encode(replace(webhook, number=number))
    values = {"account": account, "application": webhook.application, "number": number, "body": body}
    await tx.rows(_SQL["add_webhook"], **values)
    query = _SQL["subscribe"]
    rows = [
        query.row(
            account=account, event=int(event), number=push_number(number, event), url=webhook.url,
            format=webhook.format, request=encode(request),
        )
        for event, request in webhook.requests.items()
    ]  # fmt: skip
    await tx.many(query, rows)
    return True


async def _drop(tx: Transaction, account: int, application: str) -> bool:
    dropped = await tx.rows(_SQL["drop_webhook"], account=account, application=application)
    for (number,) in dropped:
        await tx.rows(_SQL["unsubscribe"], account=account, number=number)
    return bool(dropped)
