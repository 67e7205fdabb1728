"""The tables that are made from code stand on the pages as the code is, and every row says what it means."""

from pathlib import Path

import pytest

from omnibound.dialects.infobip_omni.errors import ON_MESSAGES, ON_SCENARIOS
from omnibound.domain.ageing import AGES
from omnibound.domain.live import Said
from omnibound.domain.status import Reason, Status
from tests.docs.made import FIRST_CALL_REASON, TABLES, made, names
from tests.docs.made_commands import commands
from tests.docs.pages import PAGES, name_of, rows

MADE = [page for page in PAGES if names(page.read_text())]


@pytest.mark.parametrize("page", MADE, ids=name_of)
def test_made_tables_are_as_the_code_is(page: Path) -> None:
    text = page.read_text()
    assert made(text) == text, "python -m tests.docs.made writes them anew"


@pytest.mark.parametrize("page", MADE, ids=name_of)
def test_every_row_has_a_meaning(page: Path) -> None:
    empty = [row for row in rows_of_made(page) if not all(row)]
    assert empty == []


def rows_of_made(page: Path) -> list[list[str]]:
    """The rows of all made tables of a page."""
    parts = page.read_text().split("<!-- made: ")[1:]
    return [row for part in parts for row in rows(part.partition("<!-- end -->")[0])]


def test_every_table_is_on_one_page() -> None:
    assert sorted(name for page in MADE for name in names(page.read_text())) == sorted(TABLES)


def test_the_table_of_ages_has_every_word_and_status() -> None:
    told = rows(TABLES["ages"]({}))
    assert [row[0] for row in told] == [f"**{said.name.lower()}**" for said in Said]
    assert sum(len(row) - 1 for row in told) == len(AGES) == len(Said) * len(Status)


def test_the_table_of_reasons_has_every_reason_of_messages() -> None:
    told = [row[0].strip("`") for row in rows(TABLES["omni-reasons"]({}))]
    assert told == [reason.name.lower() for reason in Reason if reason < FIRST_CALL_REASON]


def test_the_table_of_problems_has_every_problem() -> None:
    told = {row[0] for row in rows(TABLES["omni-problems"]({}))}
    every = [*ON_SCENARIOS.values(), *ON_MESSAGES.values()]
    assert {f"`{problem.message_id}` {problem.text}" for problem in every} <= told


def test_the_table_of_commands_tells_what_must_be_given() -> None:
    told = {row[0]: row[1] for row in rows(commands({}))}
    assert told["`move`"] == "**`--to`**"
    assert told["`announcement add`"] == "`FILE`, **`--account`**, `--id`, `--name`"
    assert told["`number add`"] == "`NUMBER`, **`--account`**, `--channel`, `--keyword`, `--url`, `--format`"
    assert told["`bench`"] == "[`NAMES`], `--scale`"
    assert told["`simulate magic`"] == "none of its own"


def test_meanings_on_a_page_are_kept() -> None:
    table = "| setting | type | default | meaning |\n|---|---|---|---|\n| `proxy` | x | x | mine |\n"
    page = f"<!-- made: http -->\n{table}<!-- end -->"
    kept = {row[0]: row[-1] for row in rows(made(page))}
    assert kept == {"`connect_s`": "", "`timeout_s`": "", "`proxy`": "mine", "`trace`": ""}


def test_a_table_that_nobody_makes_is_an_error() -> None:
    with pytest.raises(KeyError):
        made("<!-- made: nothing -->\n<!-- end -->")
