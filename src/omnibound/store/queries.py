"""Named SQL kept in files: `-- name: x` before a statement, `-- name! x (many|counted)` before a hot one.

Parameters are written `:name` and translated once to positions, so that rows can be plain tuples.
"""

import re
from functools import cache
from importlib.resources import files

from msgspec import Struct

_HEAD = re.compile(r"^-- name([:!]) (\w+)(?: \((\w+)\))?\n", re.M)
_PARAMETER = re.compile(r"(?<!:):([a-z_]+)")
_COMMENT = re.compile(r"^\s*--.*$", re.M)


class Query(Struct, frozen=True):
    """One statement. `names`: its parameters in the order of their positions; `counted`: it must change a row each."""

    name: str
    sql: str
    names: tuple[str, ...]
    counted: bool = False

    def row(self, **values: object) -> tuple[object, ...]:
        """The values in the order of the positions. Raises KeyError for one that is missing."""
        return tuple(values[name] for name in self.names)


@cache
def queries(file: str) -> dict[str, Query]:
    """All statements of one `sql/FILE.sql`, by name."""
    text = (files("omnibound.store") / "sql" / f"{file}.sql").read_text()
    heads = list(_HEAD.finditer(text))
    ends = [head.start() for head in heads[1:]] + [len(text)]
    found = [_query(head, text[head.end() : end]) for head, end in zip(heads, ends, strict=True)]
    return {query.name: query for query in found}


def migrations() -> list[tuple[int, str]]:
    """The numbered migrations as (number, SQL), in order."""
    found = [path for path in (files("omnibound.store") / "sql").iterdir() if re.match(r"\d{4}_.*\.sql$", path.name)]
    return sorted((int(path.name[:4]), path.read_text()) for path in found)


def _query(head: re.Match[str], body: str) -> Query:
    names: list[str] = []

    def position(found: re.Match[str]) -> str:
        if found[1] not in names:
            names.append(found[1])
        return f"?{names.index(found[1]) + 1}"

    sql = _PARAMETER.sub(position, _COMMENT.sub("", body)).strip()
    return Query(head[2], sql, tuple(names), head[3] == "counted")
