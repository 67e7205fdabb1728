"""What is pushed, written: whole bodies, in JSON and in XML."""

import json
from typing import Any

import msgspec
import pytest

from omnibound.dialects import infobip_omni
from omnibound.dialects.infobip_omni import OmniSettings
from omnibound.dialects.infobip_omni.pushed import format_name
from omnibound.domain.live import Outcome
from omnibound.domain.message import Addresses
from omnibound.domain.order import Report
from omnibound.domain.received import Received
from omnibound.domain.status import Reason, Status
from omnibound.ports import ReportFormat
from tests.dialects.test_infobip_omni_truth import CASES, differences, tree

CASE: dict[str, Any] = json.loads((CASES / "pushed.written.json").read_text())
SENT = 1_424_709_671_833_000
SEEN = 1_424_709_720_000_000


def seen_report(**times: int) -> Report:
    sent_at, done_at = times.get("sent_at", SENT), times.get("done_at", SENT)
    outcome = Outcome(
        1, 1, 1, Status.DELIVERED, Reason.DELIVERED, "", 0, 0, "", 1, sent_at, done_at, seen_at=SEEN
    )  # fmt: skip
    return Report(
        message_id="M-1", bulk="", channel="VIBER", sender="InfoSMS", to="41793026727", addresses=Addresses(),
        outcome=outcome, callback_data="", many=False,
    )  # fmt: skip


INBOUND = Received(
    id=1, account=7, connector="c", channel="SMS", sender="41793026700", recipient="41793026727",
    text="Zażółć <&> 👍", at=SENT,
)  # fmt: skip


def format_of(form: str, **settings: Any) -> ReportFormat:
    return infobip_omni.report_formats(OmniSettings(**settings))[format_name(form)]


@pytest.mark.parametrize(("member", "case"), [("sendAt", "seen"), ("sentAt", "seen_sentAt"), ("both", "seen_both")])
def test_seen_reports(member: str, case: str) -> None:
    body = format_of("json", seen_sent_member=member).write_seen([seen_report()])
    assert differences({"results": CASE[case]}, msgspec.json.decode(body)) == []


def test_what_was_never_said_to_be_sent_was_sent_when_it_arrived() -> None:
    body = format_of("json").write_seen([seen_report(sent_at=0)])
    assert differences({"results": CASE["seen"]}, msgspec.json.decode(body)) == []


def test_seen_reports_in_xml() -> None:
    assert tree(format_of("xml").write_seen([seen_report()]).decode()) == tree(CASE["seen_xml"])


def test_inbound_messages() -> None:
    body = format_of("json").write_inbound([("I-1", INBOUND)], "PLN")
    assert differences(CASE["inbound"], msgspec.json.decode(body)) == []


def test_inbound_messages_in_xml() -> None:
    assert tree(format_of("xml").write_inbound([("I-1", INBOUND)], "PLN").decode()) == tree(CASE["inbound_xml"])


def test_several_are_counted() -> None:
    told = msgspec.json.decode(format_of("json").write_inbound([("a", INBOUND), ("b", INBOUND)], "EUR"))
    assert (told["messageCount"], [row["messageId"] for row in told["results"]]) == (2, ["a", "b"])
