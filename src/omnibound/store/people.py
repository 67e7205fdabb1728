"""Lists of people, stored: each person is a row, numbered in its list."""

from collections.abc import Sequence

import msgspec

from omnibound.domain.people import PeopleList, Profile
from omnibound.store.database import Database, Row, Transaction
from omnibound.store.queries import queries

_SQL = queries("people")
_encode = msgspec.msgpack.Encoder().encode
_profile = msgspec.msgpack.Decoder(Profile)


class StoredPeople:
    """See `ports.PeopleStore`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, people_list: PeopleList) -> None:
        values = {
            "account": people_list.account,
            "key": people_list.key,
            "name": people_list.name,
            "created_at": people_list.created_at,
        }
        await self._db.write((_SQL["add_list"], values))

    async def one(self, account: int, key: str) -> PeopleList | None:
        rows = await self._db.rows(_SQL["list"], account=account, key=key)
        return _list(account, rows[0]) if rows else None

    async def page(self, account: int, limit: int, page: int) -> tuple[list[PeopleList], int]:
        rows = await self._db.rows(_SQL["lists"], account=account, limit=limit, offset=limit * page)
        ((count,),) = await self._db.rows(_SQL["count_lists"], account=account)
        return [_list(account, row) for row in rows], count

    async def extend(self, account: int, key: str, people: Sequence[Profile]) -> PeopleList | None:
        async def task(tx: Transaction) -> PeopleList | None:
            grown = await tx.rows(_SQL["grow"], account=account, key=key, count=len(people))
            if not grown:
                return None
            now = _list(account, grown[0])
            numbered = enumerate(people, now.size - len(people) + 1)
            await tx.many(_SQL["add_person"], [(account, key, n, _encode(profile)) for n, profile in numbered])
            return now

        return await self._db.transact(task)

    async def people(self, account: int, key: str, after: int, limit: int) -> list[tuple[int, Profile]]:
        rows = await self._db.rows(_SQL["people"], account=account, list=key, after=after, limit=limit)
        return [(n, _profile.decode(body)) for n, body in rows]


def _list(account: int, row: Row) -> PeopleList:
    key, name, size, created_at = row
    return PeopleList(key=key, account=account, name=name, size=size, created_at=created_at)
