"""Members of campaigns, searched, counted, and read in the order of their changes.

What stands as wanted is decided once for each (stand, traits) that occurs, by `tallies`; so it is known beforehand
whether anybody fits, and how many may. Texts are found in `member_texts`. Whichever way finds the fewest is walked.
"""

from collections.abc import AsyncIterator, Collection, Sequence
from itertools import chain, islice
from typing import Any, NamedTuple

from omnibound.domain.member import PHONES, SEPARATOR, Member, Progress, Traits, unpack
from omnibound.domain.number import spellings
from omnibound.ports.members import ALWAYS, Count, Search
from omnibound.store.database import Database, Row
from omnibound.store.member_rows import to_member, to_traits
from omnibound.store.member_texts import ATTRIBUTE, EXTERNAL, NUMBERS, column_of, found_in, having, text_of
from omnibound.store.patterns import BETWEEN, Pattern, pattern
from omnibound.store.queries import queries

FEW = 20_000
"""So many ids are rather gathered and sorted than met on a walk through the whole campaign."""

FEW_LOOKED_AT = 1_000
"""So many members are rather loaded and looked at than searched for by their texts."""

COLUMNS_AT_ONCE = 64
"""Rows of texts that are read at once, once many are; where much fits, the first ones are enough."""

LOADED_AT_ONCE = 500

_SQL = queries("members")
_OF = queries("campaigns")["members_of"]


class _Wanted(NamedTuple):
    """What a search wants of people beside their texts: how they stand, at most `number` of them."""

    pairs: list[list[int]]
    members: set[tuple[int, Traits]]
    """The same, the traits told."""
    number: int
    all: bool


class StoredMembers:
    """See `ports.members.MemberStore`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def search(self, search: Search) -> list[Member]:
        wanted = await self._wanted(search)
        if not wanted.number or search.limit <= 0:
            return []
        test = _Test(search, wanted)
        if not test.texts and await self._changed_by_many(search):
            return await self._load(await self._page(search, wanted))
        found: list[Member] = []
        most = search.offset + search.limit
        async for ids in self._candidates(search, wanted):
            left = iter(ids)
            while some := list(islice(left, min(LOADED_AT_ONCE, most - len(found)))):
                found += filter(test, await self._load(some))
                if len(found) >= most:
                    return found[search.offset :]
        return found[search.offset :]

    async def _wanted(self, search: Search) -> _Wanted:
        pairs: list[list[int]] = []
        members = set[tuple[int, Traits]]()
        number = others = 0
        for stand_, traits_, n, body in await self._stands(search.account, search.campaign):
            stand, traits = unpack(stand_), to_traits(body)
            if stand.progress is Progress.GONE:
                continue
            if (search.stands is None or search.stands(stand)) and (search.traits is None or search.traits(traits)):
                pairs.append([stand_, traits_])
                members.add((stand_, traits))
                number += n
            else:
                others += n
        return _Wanted(pairs, members, number, not others)

    async def _stands(self, account: int, campaign: str) -> list[tuple[Any, ...]]:
        return await self._db.rows(_SQL["stands"], account=account, campaign=campaign)

    async def _load(self, ids: Sequence[int]) -> list[Member]:
        rows = {row[0]: row for row in await self._db.rows(_OF, ids=list(ids))} if ids else {}
        return [to_member(rows[id_]) for id_ in ids if id_ in rows]

    # --- by how they stand --------------------------------------------------------------------------------------------

    async def _page(self, search: Search, wanted: _Wanted) -> list[int]:
        """The ids of a page of those that stand so."""
        values = _values(search, wanted)
        always = search.due == ALWAYS and search.changed == ALWAYS
        most = search.offset + search.limit
        if always and wanted.all:
            name = "page"
        elif always and min(wanted.number, most * len(wanted.pairs)) <= FEW:
            name = "merged"
        else:
            name = "among"
        rows = await self._db.rows(_SQL[name], **values, most=most, limit=search.limit, offset=search.offset)
        return [id_ for (id_,) in rows]

    async def _changed_by_many(self, search: Search) -> bool:
        return search.changed == ALWAYS or len(await self._changed(search)) > FEW_LOOKED_AT

    async def _changed(self, search: Search) -> list[int]:
        values = {"changed_from": search.changed[0], "changed_to": search.changed[1], "limit": FEW_LOOKED_AT + 1}
        query = _SQL["changed_ids"]
        return [id_ for (id_,) in await self._db.rows(query, **_scope(search), **values)]

    # --- by their texts -----------------------------------------------------------------------------------------------

    async def _candidates(self, search: Search, wanted: _Wanted) -> AsyncIterator[list[int]]:
        """Ids of those that may fit, growing."""
        if search.external is not None and pattern(search.external).exact:
            yield sorted(
                [id_ for id_, _ in await self._by_external(search.account, search.campaign, [search.external])]
            )
        elif search.changed != ALWAYS and len(changed := await self._changed(search)) <= FEW_LOOKED_AT:
            yield sorted(changed)
        elif wanted.number <= FEW_LOOKED_AT:
            most = FEW_LOOKED_AT
            rows = await self._db.rows(_SQL["merged"], **_values(search, wanted), most=most, limit=most, offset=0)
            yield [id_ for (id_,) in rows]
        else:
            async for ids in self._by_texts(search):
                yield ids

    async def _by_texts(self, search: Search) -> AsyncIterator[list[int]]:
        """By one of the texts: the others are looked at in those that it finds."""
        if search.external is not None:
            columns = [(EXTERNAL, _bare(search.external))]
        elif search.numbers is not None:
            columns = [(NUMBERS, _bare(search.numbers))]
        else:
            columns = await self._attributes(search)
        if len(columns) == 1:
            async for ids in self._in_column(search, *columns[0]):
                yield ids
            return
        several = [[ids async for ids in self._in_column(search, *column)] for column in columns]
        yield sorted(set(chain.from_iterable(chain.from_iterable(several))))

    async def _attributes(self, search: Search) -> list[tuple[str, Pattern | None]]:
        """The columns of the attributes that are asked for, and what is wanted there."""
        assert search.attribute is not None  # noqa: S101 - it is the only text that is left
        name, value = pattern(search.attribute), _bare(search.value)
        phones = [place for place, phone in enumerate(PHONES) if name.fits(phone.casefold())]
        if name.exact and not phones:
            return [(column_of(search.attribute), value)]
        rows = await self._db.rows(_SQL["columns"], **_scope(search), since=ATTRIBUTE)
        columns = [column for (column,) in rows if column.startswith(ATTRIBUTE) and _may_be(name, column)]
        numbers = [(NUMBERS, _bare(_among_numbers(phones, search.value or "")))] if phones else []
        return [*numbers, *((column, value) for column in columns)]

    async def _in_column(self, search: Search, column: str, wanted: Pattern | None) -> AsyncIterator[list[int]]:
        """Ids whose text may fit, growing: what the next rows may have ids before is held until then."""
        held = set[int]()
        async for rows in self._text_rows(search.account, search.campaign, column, 1):
            for _, _, body in rows:
                held.update(found_in(body, wanted))
            first = rows[-1][0]
            if ready := sorted(id_ for id_ in held if id_ < first):
                yield ready
                held.difference_update(ready)
        yield sorted(held)

    async def _text_rows(self, account: int, campaign: str, column: str, limit: int) -> AsyncIterator[list[Row]]:
        """(first, n, body) of a column: `limit` of them, then more and more at once."""
        first, n = -1, 0
        values = {"account": account, "campaign": campaign, "name": column}
        while rows := await self._db.rows(_SQL["text_rows"], **values, first=first, n=n, limit=limit):
            yield rows
            first, n = rows[-1][:2]
            limit = min(2 * limit, COLUMNS_AT_ONCE)

    async def with_numbers(self, account: int, campaign: str, keys: Collection[str]) -> AsyncIterator[list[int]]:
        wanted = frozenset(chain.from_iterable(map(spellings, keys)))
        async for rows in self._text_rows(account, campaign, NUMBERS, COLUMNS_AT_ONCE):
            if found := {id_ for _, _, body in rows for id_ in having(body, wanted)}:
                yield sorted(found)

    # --- by external ids ----------------------------------------------------------------------------------------------

    async def taken(self, account: int, campaign: str, externals: Sequence[str]) -> set[str]:
        return set(await self.named(account, campaign, externals))

    async def named(self, account: int, campaign: str, externals: Sequence[str]) -> dict[str, int]:
        found = {external: id_ for id_, external in await self._by_external(account, campaign, externals)}
        return {external: found[external] for external in externals if external in found}

    async def _by_external(self, account: int, campaign: str, externals: Sequence[str]) -> list[tuple[Any, ...]]:
        keys = list({external.casefold() for external in externals})
        return await self._db.rows(_SQL["by_external"], account=account, campaign=campaign, keys=keys)

    async def next_external(self, account: int, campaign: str) -> int:
        rows = await self._db.rows(_SQL["top_external"], account=account, campaign=campaign)
        return max(1, rows[0][0] + 1) if rows else 1

    # --- all of them --------------------------------------------------------------------------------------------------

    async def changed_after(self, account: int, campaign: str, changed_at: int, id_: int, limit: int) -> list[Member]:
        place = {"account": account, "campaign": campaign, "changed_at": changed_at, "id": id_}
        return [to_member(row) for row in await self._db.rows(_SQL["changed_after"], **place, limit=limit)]

    async def counts(self, account: int, campaign: str) -> list[Count]:
        rows = await self._stands(account, campaign)
        return [Count(unpack(stand), to_traits(body), n) for stand, _, n, body in rows]


class _Test:
    """Whether a member is one of those that are searched for."""

    def __init__(self, search: Search, wanted: _Wanted) -> None:
        self._search = search
        self._members = wanted.members
        self._external = _pattern(search.external)
        self._numbers = _pattern(search.numbers)
        self._attribute = _pattern(search.attribute)
        self._value = _pattern(search.value)
        self.texts = any((self._external, self._numbers, self._attribute))

    def __call__(self, member: Member) -> bool:
        search = self._search
        return (
            (member.stand.pack(), member.traits) in self._members
            and search.due[0] <= member.due_at <= search.due[1]
            and search.changed[0] <= member.changed_at <= search.changed[1]
            and _fits(self._external, member.external)
            and _fits(self._numbers, member.phone)
            and (self._attribute is None or self._has(member, self._attribute))
        )

    def _has(self, member: Member, attribute: Pattern) -> bool:
        """Whether it has the attribute, with a value that fits."""
        return any(
            value is not None and attribute.fits(name.casefold()) and _fits(self._value, text_of(value))
            for name, value in member.attributes.items()
        )


def _pattern(text: str | None) -> Pattern | None:
    return None if text is None else pattern(text)


def _bare(text: str | None) -> Pattern | None:
    """As texts stand in their columns."""
    return None if text is None else pattern(text.replace(BETWEEN, " "))


def _among_numbers(places: Sequence[int], value: str) -> str:
    """A pattern that all numbers of somebody fit, if the one in one of these places fits `value`."""
    before = f"*{SEPARATOR}" * places[0] if len(places) == 1 else "*"
    return f"{before}{value}*"


def _fits(wanted: Pattern | None, text: str) -> bool:
    return wanted is None or bool(wanted.fits(text.casefold()))


def _may_be(name: Pattern, column: str) -> bool:
    """Whether attributes of a column may be called so; a long name is cut there."""
    text = column.removeprefix(ATTRIBUTE)
    return bool(name.fits(text)) or column == column_of(text + "-")


def _scope(search: Search) -> dict[str, object]:
    return {"account": search.account, "campaign": search.campaign}


def _values(search: Search, wanted: _Wanted) -> dict[str, object]:
    return {
        **_scope(search),
        "due_from": search.due[0],
        "due_to": search.due[1],
        "changed_from": search.changed[0],
        "changed_to": search.changed[1],
        "pairs": wanted.pairs,
        "stands": [stand for stand, _ in wanted.pairs],
        "traits": [traits for _, traits in wanted.pairs],
    }
