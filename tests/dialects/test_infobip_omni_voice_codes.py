"""Calls in OMNI's words: the table that telephones and vendors share, in both families of errors."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from starlette.datastructures import QueryParams

from omnibound.dialects.infobip_omni.codes import ERRORS, STATUSES
from omnibound.dialects.infobip_omni.meanings import ended_status
from omnibound.dialects.infobip_omni.reading_logs import group_of, read_log_filter
from omnibound.dialects.infobip_omni.voice_codes import BY_DETAIL, BY_REASON, voice_ids
from omnibound.dialects.infobip_omni.writing import write_reports
from omnibound.domain.account import VoiceCodes
from omnibound.domain.live import Outcome
from omnibound.domain.message import Addresses
from omnibound.domain.order import Report
from omnibound.domain.status import Reason, end_status

ROWS = json.loads((Path(__file__).parent.parent / "cases" / "voice" / "outcomes.json").read_text())["rows"]
FAMILIES: tuple[VoiceCodes, ...] = ("50xx", "100xx")
BEFORE = {96: 9, 97: 9, 99: 9}


@pytest.mark.parametrize("row", ROWS, ids=[row["what"] for row in ROWS])
def test_a_row_of_the_table(row: dict[str, Any]) -> None:
    reason, omni = Reason[row["reason"]], row["omni"]
    status = omni["status"]
    assert voice_ids(reason, row["detail"], "100xx") == (status, omni["100xx"])
    assert voice_ids(reason, row["detail"], "50xx") == (BEFORE.get(status, status), omni["50xx"])


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("row", ROWS, ids=[row["what"] for row in ROWS])
def test_a_row_as_reports_and_logs_tell_it(row: dict[str, Any], family: VoiceCodes) -> None:
    reason, omni = Reason[row["reason"]], row["omni"]
    status = BEFORE.get(omni["status"], omni["status"]) if family == "50xx" else omni["status"]
    ended = end_status(reason)
    outcome = Outcome(1, 1, 1, ended, reason, row["detail"], 0, 0, "t", 1, sent_at=1, done_at=2)
    report = Report(
        message_id="M", bulk="", channel="VOICE", sender="48", to="48", addresses=Addresses(phone="48"),
        outcome=outcome, callback_data="", many=False, voice_codes=family,
    )  # fmt: skip
    (told,) = msgspec.json.decode(write_reports([report]))["results"]
    assert (told["status"]["id"], told["error"]["id"]) == (status, omni[family])
    assert ended_status(ended, reason, row["detail"], "VOICE", family) == status


def test_general_status_is_that_of_the_family() -> None:
    assert [group_of("VOICE", Reason.REJECTED, family) for family in FAMILIES] == ["UNDELIVERABLE", "REJECTED"]
    wanted = {family: read_log_filter(QueryParams({"generalStatus": "REJECTED"}), family).kind for family in FAMILIES}
    assert {family: bool(kind and kind("VOICE", Reason.REJECTED)) for family, kind in wanted.items()} == {
        "50xx": False, "100xx": True,
    }  # fmt: skip


def test_every_reason_of_a_call_has_ids_and_no_other() -> None:
    assert set(BY_REASON) == {r for r in Reason if Reason.ANSWERED <= r <= Reason.LOST} | {Reason.NO_CONTENT}
    assert voice_ids(Reason.DELIVERED, "", "50xx") is None


def test_all_ids_are_omnis_own() -> None:
    for ids in (*BY_REASON.values(), *BY_DETAIL.values()):
        assert ids.status in STATUSES
        assert {ids.of_2018, ids.today} <= set(ERRORS)
