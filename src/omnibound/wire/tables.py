"""Tables that people save from spreadsheets, read as they come: CSV or text between tabs, in UTF-8 (RFC 4180)."""

import codecs
import csv
from collections.abc import Iterator
from typing import Final, NamedTuple

MOST_COLUMNS: Final = 1_000
LONGEST_RECORD: Final = 1 << 20
"""Characters. What is longer has a quote that nobody closed."""

_OTHERS: Final = ((codecs.BOM_UTF32_LE, "UTF-32"), (codecs.BOM_UTF16_LE, "UTF-16"), (codecs.BOM_UTF16_BE, "UTF-16"))


class NoTable(ValueError):
    """What comes is none, from this line on (the first is 1)."""

    def __init__(self, line: int, words: str) -> None:
        super().__init__(f"line {line}: {words}")
        self.line = line
        self.words = words


class Record(NamedTuple):
    """A row, and the line on which it begins. `wrong` says why it could not be read; then it has no values."""

    line: int
    values: list[str]
    wrong: str = ""


class _More(Exception):
    """The rest of a record has not come yet."""


class Table:
    """Reads one. Bytes go in by `feed`, then `end`; each gives the records that are whole by then, the head first.

    The head says what stands between values: a tab if it has one, else a semicolon or a comma, whichever is more.
    Both raise NoTable for what is not UTF-8, for a NUL, for a quote that is not closed, and for too many columns.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._octets = 0
        self._marked = False
        """Whether the place of a byte order mark is behind."""
        self._begun = ""
        """A line whose end has not come."""
        self._lines: list[str] = []
        """Those of a record whose end has not come."""
        self._line = 1
        self._between = ""

    def feed(self, octets: bytes) -> list[Record]:
        """Some more of it."""
        *lines, begun = (self._begun + self._decoded(octets, last=False)).split("\n")
        self._lines += [f"{line}\n" for line in lines]
        self._begun = begun
        return self._records(last=False)

    def end(self) -> list[Record]:
        """Nothing more comes."""
        if last := self._begun + self._decoded(b"", last=True):
            self._lines.append(last)
        return self._records(last=True)

    def _decoded(self, octets: bytes, *, last: bool) -> str:
        held = len(self._decoder.getstate()[0])
        if not self._octets:
            _look_at_mark(octets)
        try:
            text = self._decoder.decode(octets, last)
        except UnicodeDecodeError as error:
            place = self._octets - held + error.start
            words = f"octet {place} of the table, 0x{error.object[error.start]:02x}, is not UTF-8: save it as UTF-8"
            raise NoTable(self._at(error.object.count(b"\n", 0, error.start)), words) from error
        self._octets += len(octets)
        if text and not self._marked:
            self._marked = True
            text = text.removeprefix("\ufeff")
        if "\0" in text:
            line = self._at(text.count("\n", 0, text.index("\0")))
            raise NoTable(line, "has a NUL character, as UTF-16 has: save it as UTF-8")
        return text

    def _at(self, further: int) -> int:
        """The number of a line, so many behind the last one."""
        return self._line + len(self._lines) + further

    def _given(self, *, last: bool) -> Iterator[str]:
        yield from self._lines
        if not last:
            raise _More

    def _records(self, *, last: bool) -> list[Record]:
        if not self._lines:
            return []
        self._between = self._between or _between(self._lines[0])
        reader = csv.reader(self._given(last=last), delimiter=self._between, strict=True)
        records: list[Record] = []
        read, more = 0, True
        while more:
            try:
                for values in reader:
                    if len(values) > MOST_COLUMNS:
                        raise NoTable(self._line + read, f"has more than {MOST_COLUMNS} columns")
                    if values:
                        records.append(Record(self._line + read, values))
                    read = reader.line_num
                more = False
            except _More:
                more = False
            except csv.Error as error:
                records.append(_wrong(self._line + read, error))
                read = reader.line_num
        self._line += read
        del self._lines[:read]
        if sum(map(len, self._lines)) > LONGEST_RECORD:
            raise NoTable(self._line, _NOT_CLOSED)
        return records


_NOT_CLOSED: Final = "begins a quote that is not closed, or is too long"
_ENDLESS: Final = ("unexpected end", "field larger")
"""What the reader says when it has swallowed what follows."""


def _wrong(line: int, error: csv.Error) -> Record:
    if str(error).startswith(_ENDLESS):
        raise NoTable(line, _NOT_CLOSED) from error
    return Record(line, [], str(error))


def _look_at_mark(octets: bytes) -> None:
    for mark, name in _OTHERS:
        if octets.startswith(mark):
            raise NoTable(1, f"the table is in {name}: save it as UTF-8")


def _between(head: str) -> str:
    return "\t" if "\t" in head else max(",;", key=head.count)
