"""How calls end: the table that telephones and vendors share, row by row, and total over everything else."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnibound.domain.call_outcome import UNCOUNTED, By, CallEnd, Heard, outcome_of
from omnibound.domain.status import MEANINGS, Reason

ROWS = json.loads((Path(__file__).parent.parent / "cases" / "voice" / "outcomes.json").read_text())["rows"]


def read_end(raw: dict[str, Any]) -> CallEnd:
    kinds = {"by": By, "heard": Heard}
    return CallEnd(**{name: kinds[name][value] if name in kinds else value for name, value in raw.items()})


@pytest.mark.parametrize("row", ROWS, ids=[row["what"] for row in ROWS])
def test_a_row_of_the_table(row: dict[str, Any]) -> None:
    assert outcome_of(read_end(row["end"])) == (Reason[row["reason"]], row["detail"])


def test_every_reason_of_a_call_is_in_the_table() -> None:
    of_calls = {reason for reason in Reason if Reason.ANSWERED <= reason <= Reason.LOST}
    assert {Reason[row["reason"]] for row in ROWS} == of_calls | {Reason.NO_CONTENT}


def test_rows_are_told_apart() -> None:
    assert len({row["what"] for row in ROWS}) == len(ROWS)
    assert len({read_end(row["end"]) for row in ROWS}) == len(ROWS)


ENDS = st.builds(
    CallEnd,
    sip=st.integers(0, 999),
    q850=st.integers(0, 200),
    by=st.sampled_from(By),
    heard=st.sampled_from(Heard),
    **dict.fromkeys(("rang", "left", "opted_out", "unserved", "no_content", "barred_trunk"), st.booleans()),
)


@given(ENDS)
def test_it_is_total(end: CallEnd) -> None:
    reason, detail = outcome_of(end)
    assert reason in MEANINGS
    assert detail in ("", f"sip:{end.sip}", f"q850:{end.q850}", "sip:487")


@given(ENDS)
def test_who_was_called_uses_up_an_attempt(end: CallEnd) -> None:
    reason, _ = outcome_of(end)
    if end.answered and not end.no_content:
        assert reason not in UNCOUNTED
