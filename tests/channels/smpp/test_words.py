"""The carrier's words: receipts, refusals, inbound messages, traces."""

import logging
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnibound.channels.smpp.inbound import read_inbound
from omnibound.channels.smpp.receipts import REASONS, STATES, Receipts, done_at
from omnibound.channels.smpp.refusals import REASONS as REFUSALS
from omnibound.channels.smpp.refusals import Refusals
from omnibound.channels.smpp.trace import KEPT, Trace
from omnibound.domain.facts import Failure, Inbound, Receipt
from omnibound.domain.status import Reason, Status
from omnibound.wire.smpp import STATES as WORDS
from omnibound.wire.smpp import STATUS_NAMES, Deliver, ReceiptText, deliver_receipt, pdu, read_receipt, write_message
from omnibound.wire.smpp import constants as c
from tests.channels.smpp.peers import NOW, settings

S, R = Status, Reason
MINUTE = 60_000_000
ONE, PADDED = {"errors": {"50": "gsm:1"}}, {"errors": {"050": "gsm:1"}}


def read(told: ReceiptText, **table: Any) -> Receipt:
    return Receipts(settings(**table), "c").read(told, NOW)


@pytest.mark.parametrize(
    ("word", "error", "network", "table", "status", "reason", "detail", "raw"),
    [
        ("DELIVRD", "000", 0, {}, S.DELIVERED, R.DELIVERED, "", ""),
        ("DELIVRD", "027", 0, {}, S.DELIVERED, R.DELIVERED, "", ""),
        ("SEEN", "000", 0, {}, S.SEEN, R.SEEN, "", ""),
        ("ENROUTE", "000", 0, {}, S.SENT, R.UNKNOWN, "", "stat:ENROUTE err:000"),
        ("ACCEPTD", "", 0, {}, S.SENT, R.UNKNOWN, "", "stat:ACCEPTD err:"),
        ("ENROUTE", "027", 0, {"error_family": "gsm"}, S.SENT, R.ABSENT_SUBSCRIBER, "gsm:27", "stat:ENROUTE err:027"),
        ("UNDELIV", "000", 0, {}, S.FAILED, R.UNDELIVERED, "", "stat:UNDELIV err:000"),
        ("UNDELIV", "027", 0, {}, S.FAILED, R.UNDELIVERED, "smpp-err:027", "stat:UNDELIV err:027"),
        ("UNDELIV", "027", 0, {"error_family": "gsm"}, S.FAILED, R.ABSENT_SUBSCRIBER, "gsm:27", "stat:UNDELIV err:027"),
        ("UNDELIV", "1B", 0, {"error_family": "gsm"}, S.FAILED, R.UNDELIVERED, "smpp-err:1B", "stat:UNDELIV err:1B"),
        ("UNDELIV", "050", 0, ONE, S.FAILED, R.UNKNOWN_SUBSCRIBER, "gsm:1", "stat:UNDELIV err:050"),
        ("UNDELIV", "50", 0, PADDED, S.FAILED, R.UNKNOWN_SUBSCRIBER, "gsm:1", "stat:UNDELIV err:50"),
        ("UNDELIV", "000", 0, {"errors": {"000": "gsm:34"}}, S.FAILED, R.UNDELIVERED, "gsm:34", "stat:UNDELIV err:000"),
        ("UNDELIV", "050", 31, ONE, S.FAILED, R.SUBSCRIBER_BUSY, "gsm:31", "stat:UNDELIV err:050"),
        ("DELETED", "000", 0, {}, S.FAILED, R.UNDELIVERED, "", "stat:DELETED err:000"),
        ("REJECTD", "000", 13, {}, S.FAILED, R.REFUSED, "gsm:13", "stat:REJECTD err:000"),
        ("REJECTD", "000", 0, {}, S.FAILED, R.REFUSED, "", "stat:REJECTD err:000"),
        ("EXPIRED", "000", 6, {}, S.EXPIRED, R.EXPIRED, "gsm:6", "stat:EXPIRED err:000"),
        ("UNKNOWN", "000", 0, {}, S.SENT, R.UNKNOWN, "", "stat:UNKNOWN err:000"),
    ],
)  # fmt: skip
def test_receipt(
    word: str, error: str, network: int, table: dict[str, Any], status: Status, reason: Reason, detail: str, raw: str
) -> None:
    told = ReceiptText(
        id="7", state=word, word=word, error=error, network_type=3 if network else 0, network_code=network
    )
    assert read(told, **table) == Receipt("c", "7", status, reason, detail, NOW, raw)


def test_every_state_is_known() -> None:
    assert set(STATES) == WORDS


def test_a_foreign_network_is_not_gsm() -> None:
    told = ReceiptText(id="7", state="UNDELIV", word="UNDELIV", network_type=1, network_code=27)
    assert read(told).detail == ""


def test_tlvs_win() -> None:
    tlvs = {c.TAG_RECEIPTED_MESSAGE_ID: b"beef\0", c.TAG_MESSAGE_STATE: b"\5", c.TAG_NETWORK_ERROR: b"\3\0\x1b"}
    told = deliver_receipt(write_message(Deliver(esm_class=4, short_message=b"id:1 stat:DELIVRD", tlvs=tlvs)))
    assert told
    assert read(told) == Receipt("c", "beef", S.FAILED, R.ABSENT_SUBSCRIBER, "gsm:27", NOW, "stat:DELIVRD err:")


def test_an_unknown_word_changes_nothing_and_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    receipts = Receipts(settings(), "c")
    told = ReceiptText(id="7", word="MAYBE", error="5")
    with caplog.at_level(logging.WARNING):
        facts = [receipts.read(told, NOW) for _ in range(3)]
    assert facts == [Receipt("c", "7", S.SENT, R.UNKNOWN, "smpp-err:5", NOW, "stat:MAYBE err:5")] * 3
    assert (receipts.words, len(caplog.records)) == ({"MAYBE": 3}, 1)


def test_what_is_remembered_is_bounded() -> None:
    receipts = Receipts(settings(), "c")
    for number in range(5000):
        receipts.read(ReceiptText(id="1", word=f"W{number}", error=f"{number}"), NOW)
    assert (len(receipts._meant) <= 2000, len(receipts.words)) == (True, 200)


@pytest.mark.parametrize(
    ("written", "hours", "at"),
    [
        ("2701150700", 0, NOW - 60 * MINUTE),
        ("270115070000", 0, NOW - 60 * MINUTE),
        ("2701150900", 2, NOW - 60 * MINUTE),
        ("2701150759", 0, NOW),
        ("2701150900", 0, NOW),
        ("2601150700", 0, NOW),
        ("nonsense", 0, NOW),
        ("9999999999", 0, NOW),
    ],
)
def test_when_it_was_done(written: str, hours: float, at: int) -> None:
    assert done_at(written, hours, NOW) == at


@given(st.builds(Deliver, esm_class=st.just(4), short_message=st.binary(max_size=200)))
def test_any_receipt_gives_a_fact(deliver: Deliver) -> None:
    told = read_receipt(deliver)
    assert told
    assert isinstance(read(told), Receipt)


def test_details_are_numbers_of_gsm() -> None:
    assert all(detail.startswith("gsm:") and detail[4:].isdigit() for detail in REASONS)


# -- Refusals ----------------------------------------------------------------------------------------------------


def test_every_status_of_a_submit_is_known() -> None:
    not_of_submits = {0x00, 0x05, 0x0C, 0x11, 0x13, 0x54, 0x55, 0x63, 0x67}
    assert set(STATUS_NAMES) - set(REFUSALS) == not_of_submits


@pytest.mark.parametrize(
    ("own", "status", "failure", "temporary"),
    [
        ({}, 0x0B, Failure(R.INVALID_ADDRESS, "smpp:0x0b"), False),
        ({}, 0x08, Failure(R.PROVIDER_ERROR, "smpp:0x08"), True),
        ({}, 0x403, Failure(R.REFUSED, "smpp:0x403"), False),
        ({"0x403": "no_credit"}, 0x403, Failure(R.NO_CREDIT, "smpp:0x403"), False),
        ({"1027": "NO_CREDIT retry"}, 0x403, Failure(R.NO_CREDIT, "smpp:0x403", True), True),
        ({"0x08": "provider_error final"}, 0x08, Failure(R.PROVIDER_ERROR, "smpp:0x08", False), False),
    ],
)
def test_refusal(own: dict[str, str], status: int, failure: Failure, temporary: bool) -> None:
    refusals = Refusals(own)
    assert (refusals.failure(status), refusals.failure(status).temporary) == (failure, temporary)


# -- Inbound -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("deliver", "text", "data", "reference"),
    [
        (Deliver(short_message=b"Hi \x1be"), "Hi €", b"", None),
        (Deliver(data_coding=8, short_message="żółw".encode("utf-16-be")), "żółw", b"", None),
        (Deliver(data_coding=4, short_message=b"\1\2"), "", b"\1\2", None),
        (Deliver(esm_class=0x40, short_message=b"\5\0\3\x2a\3\2part"), "part", b"", (42, 3, 2)),
        (Deliver(esm_class=0x40, short_message=b"\6\x08\4\1\0\2\1part"), "part", b"", (256, 2, 1)),
        (Deliver(esm_class=0x40, short_message=b""), "", b"", None),
        (Deliver(tlvs={0x20C: b"\0\7", 0x20E: b"\2", 0x20F: b"\1"}, short_message=b"part"), "part", b"", (7, 2, 1)),
        (Deliver(tlvs={0x20C: b"\0\7", 0x20E: b"\2", 0x20F: b"\3"}, short_message=b"part"), "part", b"", None),
        (Deliver(tlvs={0x20C: b"\0\7"}, short_message=b"part"), "part", b"", None),
        (Deliver(tlvs={0x424: b"long text"}), "long text", b"", None),
    ],
)
def test_inbound(deliver: Deliver, text: str, data: bytes, reference: tuple[int, int, int] | None) -> None:
    fact = read_inbound(deliver, connector="a", channel="SMS", alphabet="gsm", at=NOW)
    assert fact == Inbound("a", "SMS", "", "", text, NOW, data, reference)


# -- Trace -------------------------------------------------------------------------------------------------------


def test_a_trace_is_bounded_and_hides_what_it_cannot_read() -> None:
    trace = Trace(on=True)
    trace.keep_written(NOW, "b", pdu(c.BIND_RECEIVER, 1, b"broken"))
    assert trace.exchanges()[0].body == ""
    for _ in range(KEPT + 5):
        trace.keep_written(NOW, "b", pdu(c.ENQUIRE_LINK, 2))
    assert (len(trace.exchanges()), trace.exchanges()[0].command) == (KEPT, "enquire_link")
    trace.keep(NOW, "b", [(c.OUTBIND, 0, 3, b"carrier\0pw\0")], out=False)
    assert b"pw".hex() not in trace.exchanges()[-1].body
