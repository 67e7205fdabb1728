"""What members are found by as texts: their numbers, external ids and attributes.

A row of `member_texts` is a column: one text each of up to `BLOCK` members of a commit. A million values are a thousand
rows, so a search reads what it asks for and little else, whatever stands in the middle of a value. Who is changed gets
another row; what was written before stays, so whatever is found is looked at once more.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import count
from time import time_ns
from typing import Any, Final

import msgspec

from omnibound.domain.changes import Changes
from omnibound.domain.member import SEPARATOR, Member
from omnibound.domain.number import bare
from omnibound.store.database import Row, Transaction
from omnibound.store.patterns import BETWEEN, Pattern
from omnibound.store.queries import queries

BLOCK: Final = 1_000
EXTERNAL: Final = "external"
NUMBERS: Final = "numbers"
ATTRIBUTE: Final = "="
"""What the names of attributes begin with."""
LONGEST_NAME: Final = 200
"""Of a longer name the first characters: what is found is looked at once more."""

_SQL = queries("members")
_numbers = count(time_ns() // 1000)
_encode = msgspec.msgpack.Encoder().encode
_block = msgspec.msgpack.Decoder(tuple[list[int], str])
_Column = tuple[list[int], list[str]]
"""Members, and the text of each."""


def texts(changes: Changes) -> list[Row]:
    """Rows of `member_texts`."""
    alike: dict[tuple[int, str, bool, tuple[str, ...]], list[Member]] = {}
    for member in changes.texts:
        names = tuple(member.custom) if member.custom else ()
        alike.setdefault((member.account, member.campaign, bool(member.external), names), []).append(member)
    columns: dict[tuple[int, str, str], _Column] = {}
    for (account, campaign, *_), members in alike.items():
        for name, ids, values in _columns_of(members):
            column = columns.setdefault((account, campaign, name), ([], []))
            column[0].extend(ids)
            column[1].extend(values)
    return [
        (account, campaign, _folded_name(name), *row)
        for (account, campaign, name), column in columns.items()
        for row in _rows(column)
    ]


def _rows(column: _Column) -> Iterator[Row]:
    for start in range(0, len(column[0]), BLOCK):
        ids = column[0][start : start + BLOCK]
        yield _row(ids, _joined(column[1][start : start + BLOCK]))


def _row(ids: list[int], joined: str) -> Row:
    return min(ids), next(_numbers), max(ids), _encode((ids, joined))


def row_of(held: Sequence[tuple[int, str]]) -> Row:
    """(first, n, last, body) of a new row that holds these `entries` of others."""
    return _row([id_ for id_, _ in held], BETWEEN.join([text for _, text in held]))


def entries(body: bytes) -> Iterator[tuple[int, str]]:
    """Members of a row, and the text of each as it stands there."""
    ids, joined = _block.decode(body)
    return zip(ids, joined.split(BETWEEN), strict=True)


def _joined(values: list[str]) -> str:
    joined = BETWEEN.join(values).casefold()
    if joined.count(BETWEEN) == len(values) - 1:
        return joined
    return BETWEEN.join([value.replace(BETWEEN, " ") for value in values]).casefold()


def _columns_of(alike: list[Member]) -> Iterator[tuple[str, list[int], list[str]]]:
    """The names of columns, the ids of who is in them, and their texts as they are written.

    All have attributes of the same names in the same order, and an external id if one has: a column is read at once.
    """
    ids = [member.id for member in alike]
    yield NUMBERS, ids, [member.phone for member in alike]
    if alike[0].external:
        yield EXTERNAL, ids, [member.external for member in alike]
    customs = [member.custom for member in alike if member.custom]
    for name, values in zip(alike[0].custom or (), zip(*map(_values, customs), strict=True), strict=True):
        if None in values:
            there = [(id_, value) for id_, value in zip(ids, values, strict=True) if value is not None]
            yield ATTRIBUTE + name, [id_ for id_, _ in there], [text_of(value) for _, value in there]
        else:
            yield ATTRIBUTE + name, ids, [value if isinstance(value, str) else text_of(value) for value in values]


def _values(custom: dict[str, Any]) -> Iterable[Any]:
    return custom.values()


def _folded_name(name: str) -> str:
    return name.casefold().replace("\0", " ")[: LONGEST_NAME + 1]


def column_of(name: str) -> str:
    """The name of the column of an attribute."""
    return _folded_name(ATTRIBUTE + name)


def text_of(value: Any) -> str:
    """An attribute's value as a text; of a list or an object its JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else msgspec.json.encode(value).decode()


def found_in(body: bytes, pattern: Pattern | None) -> list[int]:
    """Members of a row whose text may fit; with no pattern all of it."""
    if pattern is not None and pattern.literal.replace(BETWEEN, " ").encode() not in body:
        return []
    ids, joined = _block.decode(body)
    if pattern is None:
        return ids
    if not pattern.within(f"{BETWEEN}{joined}{BETWEEN}"):
        return []
    return [id_ for id_, text in zip(ids, joined.split(BETWEEN), strict=True) if pattern.fits(text)]


def having(body: bytes, numbers: frozenset[str]) -> list[int]:
    """Members of a row of numbers who may have one of these, which are all `spellings` of some."""
    ids, joined = _block.decode(body)
    plain = bare(joined)
    if numbers.isdisjoint(plain.replace(BETWEEN, SEPARATOR).split(SEPARATOR)):
        return []
    texts_ = plain.split(BETWEEN)
    return [id_ for id_, text in zip(ids, texts_, strict=True) if not numbers.isdisjoint(text.split(SEPARATOR))]


async def without(tx: Transaction, account: int, campaign: str, ids: Sequence[int]) -> None:
    """Members are found no more: their texts go."""
    await tx.rows(_SQL["lock_texts"], account=account, campaign=campaign)
    gone = set(ids)
    bounds = {"account": account, "campaign": campaign, "first": min(ids), "last": max(ids)}
    for name, first, n, body in await tx.rows(_SQL["texts_between"], **bounds):
        kept, joined = _block.decode(body)
        left = [(id_, text) for id_, text in zip(kept, joined.split(BETWEEN), strict=True) if id_ not in gone]
        if len(left) == len(kept):
            continue
        key = {"account": account, "campaign": campaign, "name": name, "first": first, "n": n}
        if not left:
            await tx.rows(_SQL["drop_text"], **key)
        else:
            texts_ = [text for _, text in left]
            await tx.rows(_SQL["put_text"], **key, body=_encode(([id_ for id_, _ in left], BETWEEN.join(texts_))))
