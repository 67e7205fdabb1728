"""SSML's text -> a tree in which every element knows its place: no DTD, no entities, bounded."""

import re
from xml.parsers import expat

from msgspec import Struct, field

from omnibound.wire.xml.reading import MAX_DEPTH

LONGEST = 20_000
"""Characters of a document."""

_WHOLE = re.compile(r"\s*<(?:\?xml\b|!DOCTYPE|!--|(?:[\w.-]+:)?speak(?=[\s/>]))")
_OPENING, _CLOSING = "<speak>", "</speak>"

# Expat's own words, without those that say again that it is not well-formed.
_FAULTS = {code: words.removeprefix("not well-formed ").strip("()") for code, words in expat.errors.messages.items()}


class BadSsml(ValueError):
    """It cannot be said. `line` and `column` count from 1 in the text as it was given."""

    def __init__(self, words: str, line: int, column: int) -> None:
        super().__init__(f"line {line}, column {column}: {words}")
        self.words = words
        self.line = line
        self.column = column


class Node(Struct, kw_only=True):
    """An element without its namespace. `parts` are texts and elements in their order."""

    name: str
    attributes: dict[str, str]
    line: int
    column: int
    parts: "list[str | Node]" = field(default_factory=list["str | Node"])

    def bad(self, words: str) -> BadSsml:
        """An error that stands here."""
        return BadSsml(words, self.line, self.column)


def parse_ssml(text: str) -> Node:
    """The root, which is a `speak`; what has none is put into one. Raises BadSsml."""
    if len(text) > LONGEST:
        raise BadSsml(f"longer than {LONGEST} characters", 1, 1)
    text = text.removeprefix("\ufeff")
    if _WHOLE.match(text):
        return _Parsing(text, 0).root
    return _Parsing(_OPENING + text + _CLOSING, len(_OPENING)).root


class _Parsing:
    """One document. `ahead`: characters of the first line that were put before it."""

    def __init__(self, text: str, ahead: int) -> None:
        self._ahead = ahead
        self._open: list[Node] = []
        self.root = Node(name="", attributes={}, line=1, column=1)
        self._expat = expat.ParserCreate("utf-8", " ")
        self._expat.buffer_text = True
        self._expat.StartElementHandler = self._start
        self._expat.EndElementHandler = self._end
        self._expat.CharacterDataHandler = self._text
        self._expat.StartDoctypeDeclHandler = self._doctype
        self._feed(text)

    def _feed(self, text: str) -> None:
        try:
            # What no UTF-8 can hold is no character of XML: left in, it is found at its place.
            self._expat.Parse(text.encode("utf-8", "surrogatepass"), True)
        except expat.ExpatError as error:
            line, column = self._place(error.lineno, error.offset)
            raise BadSsml(f"not well-formed XML: {_FAULTS.get(error.code, 'broken')}", line, column) from error

    def _place(self, line: int, offset: int) -> tuple[int, int]:
        return line, max(0, offset - (self._ahead if line == 1 else 0)) + 1

    def _here(self) -> tuple[int, int]:
        return self._place(self._expat.CurrentLineNumber, self._expat.CurrentColumnNumber)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        line, column = self._here()
        plain = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
        node = Node(name=name.rpartition(" ")[2], attributes=plain, line=line, column=column)
        if len(self._open) >= MAX_DEPTH:
            raise node.bad(f"nested more than {MAX_DEPTH} deep")
        if self._open:
            self._open[-1].parts.append(node)
        else:
            self.root = node
        self._open.append(node)

    def _end(self, _name: str) -> None:
        self._open.pop()

    def _text(self, text: str) -> None:
        self._open[-1].parts.append(text)

    def _doctype(self, *_: object) -> None:
        raise BadSsml("a document type is not allowed", *self._here())
