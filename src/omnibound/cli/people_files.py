"""CSV files of people and of numbers: read, and told by their lines what is wrong with them."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from omnibound.cli.options import fail
from omnibound.domain.number import NO_NUMBER, is_callable, number_key

_PHONE = "phone"
_MORE = "\0"
"""Where the reader puts what no column is for."""


class Row(NamedTuple):
    """A person, and the line of the file."""

    line: int
    phone: str
    custom: dict[str, str]

    def request(self) -> dict[str, Any]:
        """As the API takes it."""
        return {"phone": self.phone, "custom": self.custom}


class Fault(NamedTuple):
    """What is wrong with a line."""

    line: int
    words: str


def read_people(file: Path, column: str = _PHONE) -> tuple[list[Row], list[Fault]]:
    """The people of a CSV file in UTF-8 with a head, and the lines that cannot be taken. No CSV ends the command."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            return _sorted(csv.DictReader(opened, restkey=_MORE, strict=True), column, file)
    except (UnicodeDecodeError, csv.Error) as error:
        fail(f"{file} is no CSV in UTF-8: {error}", 1)


def _sorted(reader: "csv.DictReader[str]", column: str, file: Path) -> tuple[list[Row], list[Fault]]:
    if column not in (reader.fieldnames or ()):
        fail(f"{file}, line 1: the head of the file has no column `{column}`", 1)
    people: list[Row] = []
    faults: list[Fault] = []
    for line, row in _lines(reader):
        wrong = _wrong(row, column)
        if wrong:
            faults.append(Fault(line, wrong))
        else:
            custom = {name: value for name, value in row.items() if name != column and value is not None}
            people.append(Row(line, row[column], custom))
    return people, faults


def _lines(reader: "csv.DictReader[str]") -> Iterator[tuple[int, dict[str, Any]]]:
    """Each row with the line where it begins: one may be several lines long."""
    begins = reader.line_num + 1
    for row in reader:
        yield begins, row
        begins = reader.line_num + 1


def _wrong(row: dict[str, Any], column: str) -> str:
    if _MORE in row:
        return "has more columns than the head of the file"
    phone = row[column] or ""
    return "" if is_callable(number_key(phone)) else f"`{column}` {NO_NUMBER}, not {phone!r}"
