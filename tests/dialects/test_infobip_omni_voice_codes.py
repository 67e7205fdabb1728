"""Calls in OMNI's words: the table that telephones and vendors share, in both families of errors."""

import json
from pathlib import Path
from typing import Any

import pytest

from omnibound.dialects.infobip_omni.codes import ERRORS, STATUSES
from omnibound.dialects.infobip_omni.voice_codes import BY_DETAIL, BY_REASON, voice_ids
from omnibound.domain.status import Reason

ROWS = json.loads((Path(__file__).parent.parent / "cases" / "voice" / "outcomes.json").read_text())["rows"]
BEFORE = {96: 9, 97: 9, 99: 9}


@pytest.mark.parametrize("row", ROWS, ids=[row["what"] for row in ROWS])
def test_a_row_of_the_table(row: dict[str, Any]) -> None:
    reason, omni = Reason[row["reason"]], row["omni"]
    status = omni["status"]
    assert voice_ids(reason, row["detail"], "100xx") == (status, omni["100xx"])
    assert voice_ids(reason, row["detail"], "50xx") == (BEFORE.get(status, status), omni["50xx"])


def test_every_reason_of_a_call_has_ids_and_no_other() -> None:
    assert set(BY_REASON) == {r for r in Reason if Reason.ANSWERED <= r <= Reason.LOST} | {Reason.NO_CONTENT}
    assert voice_ids(Reason.DELIVERED, "", "50xx") is None


def test_all_ids_are_omnis_own() -> None:
    for ids in (*BY_REASON.values(), *BY_DETAIL.values()):
        assert ids.status in STATUSES
        assert {ids.of_2018, ids.today} <= set(ERRORS)
