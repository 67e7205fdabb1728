"""What waits to be pushed, stored."""

from collections.abc import Sequence

from omnibound.domain.push import Push, PushKey, Topic
from omnibound.ports.store import Ended
from omnibound.store.database import Database, Row, Transaction
from omnibound.store.queries import queries
from omnibound.store.rows import to_asked

_SQL = queries("pushes")


class StoredPushes:
    """See `ports.PushStore`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def urls(self, after: str, limit: int) -> list[tuple[str, int]]:
        return [(url, due) for url, due in await self._db.rows(_SQL["push_urls"], after=after, limit=limit)]

    async def due(self, url: str, now: int, limit: int) -> list[Push]:
        return [_push(row) for row in await self._db.rows(_SQL["pushes_due"], url=url, now=now, limit=limit)]

    async def settle(self, accepted: Sequence[Push], missed: Sequence[Push]) -> None:
        await self._db.transact(lambda tx: _settle(tx, accepted, missed))

    async def page(self, account: int, over: bool | None, after: PushKey, limit: int) -> list[Push]:
        key = dict(zip(("delivery", "attempt", "topic", "number"), after, strict=True))
        found = await self._db.rows(_SQL["pushes_of"], account=account, over=over, limit=limit, **key)
        return [_push(row) for row in found]

    async def renew(self, account: int, now: int, until: int, limit: int) -> int:
        values = {"account": account, "now": now, "until": until, "limit": limit}
        (renewed,) = await self._db.write((_SQL["renew_pushes"], values))
        return len(renewed)

    async def forget(self, before: int, limit: int) -> int:
        (gone,) = await self._db.write((_SQL["forget_pushes"], {"before": before, "limit": limit}))
        return len(gone)

    async def counts(self, limit: int) -> tuple[int, int]:
        ((waiting, given_up),) = await self._db.rows(_SQL["push_counts"], limit=limit)
        return waiting, given_up

    async def ended(self, after: tuple[int, int], last: int, limit: int) -> list[Ended]:
        delivery, attempt = after
        found = await self._db.rows(_SQL["ended_between"], delivery=delivery, attempt=attempt, last=last, limit=limit)
        return [
            Ended(account, delivery, attempt, final == 1, seen_at > 0, message)
            for account, delivery, attempt, final, seen_at, message in found
        ]


async def _settle(tx: Transaction, accepted: Sequence[Push], missed: Sequence[Push]) -> None:
    await tx.many(_SQL["drop_push"], [(p.account, *p.key) for p in accepted])
    await tx.many(_SQL["miss_push"], [(p.due_at, p.tries, p.over, p.why, p.account, *p.key) for p in missed])


def _push(row: Row) -> Push:
    account, delivery, attempt, url, format_, due_at, until, tries, over, why, topic, body, number = row
    request = None if body is None else to_asked(body)
    return Push(
        account, delivery, attempt, url, format_, due_at, until, tries, over == 1, why, Topic(topic), request, number
    )
