"""Structs -> an XML document: members by their names on the wire, in order, without those that JSON leaves out.

Written column by column: one member of a thousand rows at a time costs a third of a thousand rows one by one.
"""

import re
from collections.abc import Callable, Generator, Mapping
from functools import lru_cache
from operator import attrgetter
from typing import Any, NamedTuple, cast

import msgspec
from msgspec import UNSET, Struct, inspect

SLICE = 1000
"""Items of a list that are written at a time, about a millisecond of work."""

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'

Write = Callable[[list[Any]], list[str]]
"""From values to their XML, each without the tags around it."""

# What XML 1.0 has no way to write (2.2) is left out; a bare carriage return would be read as a line's end (2.11).
_SPECIAL = re.compile("[&<>\r\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_WRITTEN = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
_FLAGS = {True: "true", False: "false"}


def escape(text: str) -> str:
    """The text as it may stand in an element."""
    return _SPECIAL.sub(lambda match: _WRITTEN.get(match[0], ""), text)


def document(root: str, inside: str) -> bytes:
    """The whole document, with its declaration. `inside` is XML already."""
    return f"{DECLARATION}<{root}>{inside}</{root}>".encode()


class Writer:
    """Writes documents of one kind. `items` is what the items of a list are called, by the list's name."""

    def __init__(self, kind: type[Struct], root: str, items: Mapping[str, str]) -> None:
        self._root = root
        self._parts = _parts(inspect.type_info(kind), items)

    def write(self, value: Any) -> bytes:
        """The document of a `kind`."""
        return document(
            self._root, "".join([text for part in self._parts for text in _column(part, [part.get(value)])])
        )

    def write_in_slices(self, value: Any) -> Generator[None, None, bytes]:
        """`write`, with a pause after each slice of a long list: a generator that returns the document."""
        texts: list[str] = []
        for part in self._parts:
            member = part.get(value)
            if not isinstance(member, list) or len(cast("list[Any]", member)) <= SLICE:
                texts += _column(part, [member])
                continue
            texts.append(part.start)
            for start in range(0, len(cast("list[Any]", member)), SLICE):
                texts += part.write([member[start : start + SLICE]])
                yield
            texts.append(part.end)
        return document(self._root, "".join(texts))


def write_any(value: Any, item: str = "item") -> str:
    """Builtins: the members of a dict by their names, the items of a list each as `item`, texts escaped."""
    match value:
        case dict():
            members = cast("dict[str, Any]", value)
            return "".join([f"<{name}>{write_any(member, item)}</{name}>" for name, member in members.items()])
        case list():
            values = cast("list[Any]", value)
            return "".join([f"<{item}>{write_any(each, item)}</{item}>" for each in values])
        case _:
            return escape(_plain(value))


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return value
    if value.__class__ is int:
        return str(value)
    return _FLAGS[value] if isinstance(value, bool) else msgspec.json.encode(value).decode()


# -- Columns -----------------------------------------------------------------------------------------------------


def _writer(shape: inspect.Type, name: str, items: Mapping[str, str]) -> Write:
    shapes = shape.types if isinstance(shape, inspect.UnionType) else (shape,)
    for one in shapes:
        if isinstance(one, inspect.StructType):
            return _struct_writer(one, items)
        if isinstance(one, inspect.ListType):
            return _list_writer(_writer(one.item_type, name, items), items[name])
        if isinstance(one, inspect.RawType):
            return _write_raws
    return _write_texts if all(isinstance(one, inspect.StrType | inspect.NoneType) for one in shapes) else _write_plains


def _write_texts(texts: list[Any]) -> list[str]:
    together = "".join(texts)
    plain = together.isprintable() and not ("&" in together or "<" in together or ">" in together)
    return texts if plain else [escape(text) for text in texts]


def _write_plains(values: list[Any]) -> list[str]:
    return _write_texts([value if value.__class__ is str else _plain(value) for value in values])


def _write_raws(values: list[Any]) -> list[str]:
    # Rows share the JSON of a status: the object is known again before its bytes are.
    known = {id(value): value for value in values}
    written = {key: _of_json(bytes(value)) for key, value in known.items()}
    return [written[id(value)] for value in values]


@lru_cache(maxsize=1024)
def _of_json(json: bytes) -> str:
    return write_any(msgspec.json.decode(json))


def _list_writer(write: Write, item: str) -> Write:
    start, end = f"<{item}>", f"</{item}>"
    return lambda lists: ["".join([f"{start}{text}{end}" for text in write(values)]) for values in lists]


class _Part(NamedTuple):
    """A member of a struct: how to get at it, its tags, its writer, and the value that is left out."""

    get: Callable[[Any], Any]
    start: str
    end: str
    write: Write
    default: Any


def _parts(shape: inspect.Type, items: Mapping[str, str]) -> list[_Part]:
    struct = cast("inspect.StructType", shape)
    omits = struct.cls.__struct_config__.omit_defaults
    return [
        _Part(
            attrgetter(field.name),
            f"<{field.encode_name}>",
            f"</{field.encode_name}>",
            _writer(field.type, field.encode_name, items),
            field.default if omits and not field.required else UNSET,
        )
        for field in struct.fields
    ]


def _struct_writer(shape: inspect.Type, items: Mapping[str, str]) -> Write:
    parts = _parts(shape, items)

    def write(values: list[Any]) -> list[str]:
        columns = [column for part in parts if (column := _column(part, list(map(part.get, values))))]
        return ["".join(row) for row in zip(*columns, strict=True)] if columns else [""] * len(values)

    return write


def _column(part: _Part, values: list[Any]) -> list[str]:
    """The elements of one member, empty where it is left out; none at all if it is left out everywhere."""
    _, start, end, write, default = part
    if not (None in values or UNSET in values or default in values):
        return [f"{start}{text}{end}" for text in write(values)]
    absent = [value is None or value is UNSET or value == default for value in values]
    kept = [value for value, left_out in zip(values, absent, strict=True) if not left_out]
    texts = iter(write(kept))
    return ["" if left_out else f"{start}{next(texts)}{end}" for left_out in absent] if kept else []
