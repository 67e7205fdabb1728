"""Named SQL kept in files: `-- name: x` before a statement, `-- name! x (many|counted)` before a hot one.

Both databases run the text of `NAME.sql`; where PostgreSQL needs other words, they stand in `NAME.postgres.sql` under
the same name. Parameters are written `:name` and translated once to positions, so that rows can be plain tuples.
"""

import re
from functools import cache
from importlib.resources import files

from msgspec import Struct

_HEAD = re.compile(r"^-- name([:!]) (\w+)(?: \((\w+)\))?\n", re.M)
_PARAMETER = re.compile(r"(?<!:):([a-z_]+)")
_COMMENT = re.compile(r"^\s*--.*$", re.M)


class Query(Struct, frozen=True):
    """One statement in the words of each database.

    `names`: its parameters in the order of their positions; `postgres_names`: the same of PostgreSQL's words, which may
    use more (a shard) or others (arrays for pairs); `counted`: it must change a row each.
    """

    name: str
    sql: str
    postgres: str
    names: tuple[str, ...]
    postgres_names: tuple[str, ...]
    counted: bool = False

    @property
    def arrays(self) -> bool:
        """Whether PostgreSQL's words take an array a parameter, a value a row, rather than one row."""
        return "unnest(" in self.postgres

    def row(self, **values: object) -> tuple[object, ...]:
        """The values in the order of the positions. Raises KeyError for one that is missing."""
        return tuple(values[name] for name in self.names)

    def postgres_row(self, **values: object) -> tuple[object, ...]:
        """The same for PostgreSQL's words."""
        return tuple(values[name] for name in self.postgres_names)


class _Text(Struct, frozen=True):
    body: str
    counted: bool


@cache
def queries(file: str) -> dict[str, Query]:
    """All statements of one `sql/FILE.sql`, by name. Raises ValueError when PostgreSQL's words are of no such name."""
    texts, others = _texts(f"{file}.sql"), _texts(f"{file}.postgres.sql")
    if lost := sorted(set(others) - set(texts)):
        raise ValueError(f"{file}.postgres.sql has {lost[0]}, {file}.sql has not")
    return {name: _query(name, text, others.get(name, text)) for name, text in texts.items()}


def plain(sql: str) -> Query:
    """A statement without a file."""
    text = _Text(sql, counted=False)
    return _query("plain", text, text)


def migrations(engine: str = "sqlite") -> list[tuple[int, str]]:
    """The numbered migrations of a database as (number, SQL), in order."""
    folder = files("omnibound.store") / "sql" / engine
    found = [path for path in folder.iterdir() if re.match(r"\d{4}_.*\.sql$", path.name)]
    return sorted((int(path.name[:4]), path.read_text()) for path in found)


def _texts(name: str) -> dict[str, _Text]:
    path = files("omnibound.store") / "sql" / name
    if not path.is_file():
        return {}
    text = path.read_text()
    heads = list(_HEAD.finditer(text))
    ends = [head.start() for head in heads[1:]] + [len(text)]
    return {
        head[2]: _Text(_COMMENT.sub("", text[head.end() : end]).strip(), head[3] == "counted")
        for head, end in zip(heads, ends, strict=True)
    }


def _query(name: str, text: _Text, other: _Text) -> Query:
    names = tuple(dict.fromkeys(_PARAMETER.findall(text.body)))
    theirs = dict.fromkeys(_PARAMETER.findall(other.body))
    postgres_names = (*[each for each in names if each in theirs], *[each for each in theirs if each not in names])
    sql, postgres = _placed(text.body, "?", names), _placed(other.body, "$", postgres_names)
    return Query(name, sql, postgres, names, postgres_names, text.counted)


def _placed(sql: str, mark: str, names: tuple[str, ...]) -> str:
    return _PARAMETER.sub(lambda found: f"{mark}{names.index(found[1]) + 1}", sql)
