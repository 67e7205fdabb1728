"""Bytes -> a tree of elements, whatever the bytes are: bounded, without a DTD, in the encoding that they say."""

import re
from collections.abc import Generator
from xml.etree.ElementTree import Element, ParseError, XMLParser
from xml.parsers import expat

MAX_TAGS = 500_000
"""Tags, comments and the like of one document: 20,000 destinations with all their addresses have 360,000."""

MAX_EQUALS = 200_000
"""Equals signs of one document, and so attributes: each costs a hundred times its bytes."""

SLICE = 64 * 1024
"""Bytes that are parsed at a time, about a millisecond of work; more if that would make too many slices."""

MAX_SLICES = 32

NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
"""The attribute that says that an element is a null (XML Schema part 1, 2.6.2)."""

_DECLARED = re.compile(rb"\s*<\?xml\s[^>]*?\bencoding\s*=\s*[\"']([A-Za-z][\w.-]*)[\"']")
_BOM = b"\xef\xbb\xbf"
# By their first bytes (XML 1.0, appendix F). A document that can be read as far as its declaration is no UTF-16,
# though .NET writes so in what it then sends as UTF-8.
_BY_START = {
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
    b"<\0": "utf-16-le",
    b"\0<": "utf-16-be",
}
_UTF_8 = frozenset({"", "utf-8", "utf8", "us-ascii", "ascii", "utf-16", "utf-16le", "utf-16be", "unicode"})
_BYTEWISE = frozenset(
    {f"iso-8859-{part}" for part in range(1, 17) if part != 12}
    | {f"windows-125{page}" for page in range(9)}
    | {"latin1", "koi8-r", "koi8-u"}
)


def parse(body: bytes, charset: str = "") -> Element:
    """The root element, names without their namespaces, elements that are said to be nil left out.

    `charset` is what the Content-Type says, empty if nothing: it wins over the declaration in the document. ValueError
    for what is not well-formed, has a DTD, is too long for its bounds, or is in an encoding that is not understood.
    """
    parsing = parse_in_slices(body, charset)
    while True:
        try:
            next(parsing)
        except StopIteration as done:
            return done.value


def parse_in_slices(body: bytes, charset: str = "") -> Generator[None, None, Element]:
    """`parse` a slice at a time: a generator that returns the root."""
    body = as_utf8(body, charset)
    if body.count(b"<") > MAX_TAGS or body.count(b"=") > MAX_EQUALS:
        raise ValueError("too many elements or attributes")
    if b"<!DOCTYPE" in body:
        _refuse_doctype(body)
    # Few slices: expat before 2.6 begins anew with a tag or a comment in each slice that does not hold its end.
    size = max(SLICE, len(body) // MAX_SLICES)
    # The encoding given here wins over the one that is declared. Without a DTD there are no entities to be afraid of.
    parser = XMLParser(encoding="utf-8")  # noqa: S314
    try:
        for start in range(0, len(body), size):
            parser.feed(body[start : start + size])
            yield
        root = parser.close()
    except ParseError as error:
        raise ValueError(f"not well-formed XML: {error}") from error
    if b"xmlns" in body:
        _plain(root)
    return root


def as_utf8(body: bytes, charset: str = "") -> bytes:
    """The document in UTF-8, without a byte order mark. ValueError for an encoding that is not understood."""
    if body.startswith(_BOM):
        return body[len(_BOM) :]
    by_start = _BY_START.get(body[:2])
    if by_start:
        return _decoded(body, by_start)
    declared = _DECLARED.match(body, 0, 256)
    named = (charset or (declared[1].decode() if declared else "")).lower()
    if named in _UTF_8:
        return body
    if named not in _BYTEWISE:
        raise ValueError(f"the encoding {named[:40]} is not understood")
    return _decoded(body, named)


def _decoded(body: bytes, encoding: str) -> bytes:
    try:
        return body.decode(encoding).encode()
    except UnicodeError as error:
        raise ValueError(f"not {encoding}") from error


class _Root(Exception):
    """The first element is reached, and with it the end of where a DTD may stand."""


def _refuse_doctype(body: bytes) -> None:
    # The letters may also stand in a comment or in CDATA, where they are only text.
    def refuse(*_: object) -> None:
        raise ValueError("a document type is not allowed")

    def stop(*_: object) -> None:
        raise _Root

    prologue = expat.ParserCreate("utf-8")
    prologue.StartDoctypeDeclHandler = refuse
    prologue.StartElementHandler = stop
    try:
        prologue.Parse(body, True)
    except _Root:
        return
    except expat.ExpatError as error:
        raise ValueError(f"not well-formed XML: {error}") from error


def _plain(root: Element) -> None:
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
        for child in [child for child in element if child.get(NIL, "").strip() in ("true", "1")]:
            element.remove(child)
