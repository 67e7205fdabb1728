"""A tree of elements -> the builtins that msgspec converts to a struct. The struct's types say what each element is.

A list's items are its child elements, whatever they are called; a list may also come as its element repeated. A map's
members are its child elements by name. Repeated elements of what is neither are read as the last of them. An empty
element is an empty text, list, map or object, and no number or flag.
"""

from collections import Counter
from collections.abc import Callable, Generator, Mapping
from functools import partial
from typing import Any, cast
from xml.etree.ElementTree import Element

from msgspec import Struct, inspect

MAX_DEPTH = 64
"""Elements inside each other, where no type says how many there may be."""

SLICE = 1000
"""Items of a list that are read at a time, about a millisecond of work."""

Read = Callable[[Element], Any]

_FLAGS = {"true": True, "1": True, "false": False, "0": False}


def reader_of(kind: type[Struct], guides: Mapping[str, type[Struct]] | None = None) -> Read:
    """A function from the root element to builtins that `msgspec.convert` takes for `kind`, in its strict mode.

    `guides` name members that may hold anything and say what they are meant to be. ValueError for what is nested too
    deeply.
    """
    shape = cast("inspect.StructType", inspect.type_info(kind))
    members = {field.encode_name: _reader(field.type) for field in shape.fields}
    for name, guide in (guides or {}).items():
        members[name] = _reader(inspect.type_info(guide))
    return _object_reader(members, _lists(shape))


def read_in_slices(read: Read, root: Element) -> Generator[None, None, Any]:
    """`read(root)`, with a pause after each slice of a long list in it: a generator that returns what was read."""
    names = Counter(child.tag for child in root)
    longs = [child for child in root if len(child) > SLICE and names[child.tag] == 1]
    if not longs:
        return read(root)
    lists: dict[str, Any] = {}
    for child in longs:
        lists[child.tag] = yield from _read_long(read, root.tag, child)
        root.remove(child)
    found: dict[str, Any] = read(root) if len(root) else {}
    return found | {name: value for name, value in lists.items() if value is not None}


def _read_long(read: Read, root: str, child: Element) -> Generator[None, None, Any]:
    items: list[Any] = []
    for start in range(0, len(child), SLICE):
        value = read(_around(root, child.tag, child[start : start + SLICE])).get(child.tag)
        if not isinstance(value, list):
            # A map, or nothing that is understood: only lists can be read in pieces.
            return read(_around(root, child.tag, child[:])).get(child.tag)
        items += value
        yield
    return items


def _around(root: str, tag: str, children: list[Element]) -> Element:
    whole, part = Element(root), Element(tag)
    part.extend(children)
    whole.append(part)
    return whole


def _reader(shape: inspect.Type) -> Read:
    shapes = shape.types if isinstance(shape, inspect.UnionType) else (shape,)
    for kind, make in _READERS:
        found = next((one for one in shapes if isinstance(one, kind)), None)
        if found is not None:
            return make(found)
    return read_any


# -- Texts, numbers, flags ---------------------------------------------------------------------------------------


def _read_text(element: Element) -> Any:
    return read_any(element) if len(element) else element.text or ""


def _read_scalar(element: Element, understood: Callable[[str], Any]) -> Any:
    # What is not understood stays a text, for msgspec to refuse as it does in JSON.
    text = _read_text(element)
    return understood(text.strip()) if isinstance(text, str) else text


def _flag(text: str) -> Any:
    return _FLAGS.get(text.lower(), text) if text else None


def _number(text: str) -> Any:
    for kind in (int, float):
        try:
            return kind(text) if len(text) < 40 and "_" not in text else text
        except ValueError:
            continue
    return text or None


def _word(text: str) -> Any:
    return text or None


# -- Objects -----------------------------------------------------------------------------------------------------


def _struct_reader(shape: inspect.StructType) -> Read:
    members = {field.encode_name: _reader(field.type) for field in shape.fields}
    if all(read is _read_text for read in members.values()):
        return _read_texts
    return _object_reader(members, _lists(shape))


def _lists(shape: inspect.StructType) -> frozenset[str]:
    return frozenset(field.encode_name for field in shape.fields if _listed(field.type))


def _listed(shape: inspect.Type) -> bool:
    shapes = shape.types if isinstance(shape, inspect.UnionType) else (shape,)
    return any(isinstance(one, inspect.ListType) for one in shapes)


def _read_texts(element: Element) -> Any:
    # Hot: an object of texts only. Members that it does not know do no harm in it.
    if len(element):
        return {child.tag: read_any(child) if len(child) else child.text or "" for child in element}
    return _childless(element)


def _object_reader(members: Mapping[str, Read], lists: frozenset[str]) -> Read:
    def read(element: Element) -> Any:
        if not len(element):
            return _childless(element)
        found: dict[str, Any] = {}
        for child in element:
            name = child.tag
            reader = members.get(name)
            if reader is not None:
                value = reader(child)
                found[name] = _joined(found[name], value) if name in found and name in lists else value
        return found

    return read


def _childless(element: Element) -> Any:
    """An empty object, or the text that stands where an object should."""
    text = element.text
    return text if text and not text.isspace() else {}


def _joined(before: Any, value: Any) -> Any:
    return [*before, *value] if isinstance(before, list) and isinstance(value, list) else value


# -- Lists, maps, anything ---------------------------------------------------------------------------------------


def _list_reader(shape: inspect.ListType) -> Read:
    item = _reader(shape.item_type)
    own = _members(shape.item_type)

    def read(element: Element) -> Any:
        if not len(element):
            text = element.text
            return [] if not text or text.isspace() else text if own else [item(element)]
        # A child that is a member of an item: the element is not the list but one item of it.
        return [item(element)] if element[0].tag in own else [item(child) for child in element]

    return read


def _members(shape: inspect.Type) -> frozenset[str]:
    shapes = shape.types if isinstance(shape, inspect.UnionType) else (shape,)
    structs = [one for one in shapes if isinstance(one, inspect.StructType)]
    return frozenset(field.encode_name for struct in structs for field in struct.fields)


def _read_map(element: Element) -> Any:
    return _map(element, 0) if len(element) else _childless(element)


def read_any(element: Element, depth: int = 0) -> Any:
    """What an element is by its looks: a text; a list, if its children are all of one name and that is repeated, or
    its own, or its own without an s; else a map. A name repeated in a map is a list there.
    """
    if not len(element):
        return element.text or ""
    if depth >= MAX_DEPTH:
        raise ValueError(f"nested more than {MAX_DEPTH} deep")
    name, tag = element[0].tag, element.tag
    alike = all(child.tag == name for child in element)
    if alike and (len(element) > 1 or tag in (name, name + "s")):
        return [read_any(child, depth + 1) for child in element]
    return _map(element, depth)


def _map(element: Element, depth: int) -> dict[str, Any]:
    found: dict[str, list[Any]] = {}
    for child in element:
        found.setdefault(child.tag, []).append(read_any(child, depth + 1))
    return {name: values if len(values) > 1 else values[0] for name, values in found.items()}


def _fixed(read: Read) -> Callable[[Any], Read]:
    return lambda _: read


# The first that is among the types of a member decides: a list of one may come bare, a number may be meant as a text.
_READERS: tuple[tuple[type[inspect.Type], Callable[[Any], Read]], ...] = (
    (inspect.ListType, _list_reader),
    (inspect.StructType, _struct_reader),
    (inspect.DictType, _fixed(_read_map)),
    (inspect.StrType, _fixed(_read_text)),
    (inspect.LiteralType, _fixed(partial(_read_scalar, understood=_word))),
    (inspect.BoolType, _fixed(partial(_read_scalar, understood=_flag))),
    (inspect.IntType, _fixed(partial(_read_scalar, understood=_number))),
    (inspect.FloatType, _fixed(partial(_read_scalar, understood=_number))),
)
