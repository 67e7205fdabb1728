"""What members are found by as texts: their numbers, external ids and attributes.

A row of `member_texts` is a column: one text each of up to `BLOCK` members of a commit. A million values are a thousand
rows, so a search reads what it asks for and little else, whatever stands in the middle of a value. Who is changed gets
another row; what was written before stays, so whatever is found is looked at once more.
"""

from collections.abc import Iterator, Sequence
from itertools import count
from time import time_ns
from typing import Any, Final

import msgspec

from omnibound.domain.changes import Changes
from omnibound.domain.member import Member
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
    campaigns: dict[tuple[int, str], dict[str, _Column]] = {}
    for member in changes.texts:
        columns = campaigns.setdefault((member.account, member.campaign), {})
        for name, text in texts_of(member):
            column = columns.get(name)
            if column is None:
                column = columns[name] = ([], [])
            column[0].append(member.id)
            column[1].append(text)
    return [
        (*campaign, _folded_name(name), *row)
        for campaign, columns in campaigns.items()
        for name, column in columns.items()
        for row in _rows(column)
    ]


def _rows(column: _Column) -> Iterator[Row]:
    for start in range(0, len(column[0]), BLOCK):
        ids = column[0][start : start + BLOCK]
        yield min(ids), next(_numbers), max(ids), _encode((ids, _joined(column[1][start : start + BLOCK])))


def _joined(values: list[str]) -> str:
    joined = BETWEEN.join(values).casefold()
    if joined.count(BETWEEN) == len(values) - 1:
        return joined
    return BETWEEN.join([value.replace(BETWEEN, " ") for value in values]).casefold()


def texts_of(member: Member) -> Iterator[tuple[str, str]]:
    """The names and texts that a member is found by, as they are written."""
    yield NUMBERS, member.phone
    if member.external:
        yield EXTERNAL, member.external
    if member.custom:
        for name, value in member.custom.items():
            if value is not None:
                yield ATTRIBUTE + name, value if isinstance(value, str) else text_of(value)


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


async def without(tx: Transaction, account: int, campaign: str, ids: Sequence[int]) -> None:
    """Members are found no more: their texts go."""
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
