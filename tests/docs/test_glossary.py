"""The glossary names what is in the code, each word once."""

import re
from functools import reduce
from importlib import import_module
from types import ModuleType
from typing import Any

import pytest

from tests.docs.pages import ROOT, rows

PAGE = (ROOT / "docs" / "glossary.md").read_text()
ROWS = [row for section in PAGE.split("\n## ")[1:] for row in rows(section)]


def code_of(name: str) -> Any:
    """What a dotted name below `omnibound` stands for. Raises AttributeError, ImportError."""
    module, member = name.rsplit(".", 1)
    return getattr(import_module(f"omnibound.{module}"), member)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_words_stand_for_something_in_the_code(row: list[str]) -> None:
    name = re.fullmatch(r"`([\w.]+)`", row[1])
    assert name
    assert not isinstance(code_of(name[1]), ModuleType)
    assert re.fullmatch(r"\*\*[a-z -]+\*\*", row[0])
    assert row[2]
    assert len(row) == 6


def test_each_word_stands_there_once() -> None:
    words = [row[0] for row in ROWS]
    assert len(words) == len(set(words))


def test_the_nouns_of_the_domain_are_there() -> None:
    named = {row[1].strip("`").rsplit(".", 1)[-1] for row in ROWS}
    nouns = {"Account", "Scenario", "Flow", "Step", "Message", "Content", "Delivery", "Attempt", "Receipt", "Outcome"}
    assert nouns | {"Report", "Device", "Order", "Live", "Stage", "Class", "Status", "Reason", "Inbound"} <= named


def test_the_way_to_a_name_is_walked() -> None:
    assert reduce(getattr, ["status", "Reason"], import_module("omnibound.domain")) is code_of("domain.status.Reason")
    with pytest.raises(ImportError):
        code_of("domain.nothing.Here")
