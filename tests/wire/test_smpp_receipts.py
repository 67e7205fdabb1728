"""Receipts as carriers write them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnibound.wire import smpp
from omnibound.wire.smpp import Deliver, PduError, ReceiptText
from omnibound.wire.smpp import constants as c

USUAL = (
    b"id:0a1b2c sub:001 dlvrd:001 submit date:2611210346 done date:2611210347 stat:DELIVRD err:000 text:Hello by SMS"
)
USUAL_READ = ReceiptText(
    id="0a1b2c", state="DELIVRD", word="DELIVRD", error="000", submitted="2611210346", done="2611210347",
    text="Hello by SMS",
)  # fmt: skip


def read(text: bytes, **fields: Any) -> ReceiptText | None:
    """What both ways of reading say, which must be the same."""
    deliver = Deliver(source="1", destination="2", short_message=text, **{"esm_class": c.ESM_RECEIPT, **fields})
    long_way = smpp.read_receipt(deliver)
    assert smpp.deliver_receipt(smpp.write_message(deliver)) == long_way
    return long_way


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (USUAL, USUAL_READ),
        (
            b"id:1 sub:001 dlvrd:000 submit date:261121034600 done date:261121034700 stat:UNDELIV err:0x1b",
            ReceiptText(
                id="1", state="UNDELIV", word="UNDELIV", error="0x1b", submitted="261121034600", done="261121034700"
            ),
        ),
        (b"stat:EXPIRED id:77", ReceiptText(id="77", state="EXPIRED", word="EXPIRED")),
        (b"ID: 77 STAT: rejected ERR: 5", ReceiptText(id="77", state="REJECTD", word="rejected", error="5")),
        (b"id:77,stat:DELETED,err:1", ReceiptText(id="77", state="DELETED", word="DELETED", error="1")),
        (b"id:77\r\nstatus:ACCEPTED\r\n", ReceiptText(id="77", state="ACCEPTD", word="ACCEPTED")),
        (b"id=77 Submit_Date:26 Done_Date:27 stat=UNDELIVERABLE\0",
         ReceiptText(id="77", state="UNDELIV", word="UNDELIVERABLE", submitted="26", done="27")),
        (b"id:77 stat:MAGIC err:9", ReceiptText(id="77", word="MAGIC", error="9")),
        (b"id:77 sub: dlvrd: submit date: done date: stat: err: text:", ReceiptText(id="77")),
        (b"id:7 stat:UNDELIV text:id:8 stat:DELIVRD",
         ReceiptText(id="7", state="UNDELIV", word="UNDELIV", text="id:8")),
        (b"text:Hi there id:7 stat:ENROUTE", ReceiptText(id="7", state="ENROUTE", word="ENROUTE", text="Hi there")),
        (b"stat:SEEN id:x", ReceiptText(id="x", state="SEEN", word="SEEN")),
        (b"", ReceiptText()),
        (b"delivered", ReceiptText()),
        (b"paid:7 restat:x", ReceiptText()),
    ],
)  # fmt: skip
def test_a_text_is_read(text: bytes, said: ReceiptText) -> None:
    assert read(text) == said


@pytest.mark.parametrize("kind", [c.ESM_RECEIPT, c.ESM_INTERMEDIATE, c.ESM_RECEIPT | c.ESM_REPLY_PATH])
def test_esm_class_makes_a_receipt(kind: int) -> None:
    assert read(USUAL, esm_class=kind) == USUAL_READ


@pytest.mark.parametrize("kind", [0x00, 0x03, 0x08, 0x10, 0x40])
def test_words_alone_make_none(kind: int) -> None:
    assert read(USUAL, esm_class=kind) is None
    assert read(USUAL, esm_class=kind, tlvs={c.TAG_MESSAGE_STATE: b"\2"}) is None


@pytest.mark.parametrize(
    ("tlvs", "said"),
    [
        ({0x1E: b"77\0"}, ReceiptText(id="77")),
        ({0x1E: b"77", 0x427: b"\x02"}, ReceiptText(id="77", state="DELIVRD", word="DELIVRD")),
        ({0x1E: b"77\0", 0x427: b"\x05", 0x423: b"\x03\x00\x1b"},
         ReceiptText(id="77", state="UNDELIV", word="UNDELIV", network_type=3, network_code=27)),
        ({0x1E: b"77\0", 0x427: b"\x63", 0x423: b"\x03"}, ReceiptText(id="77", word="99")),
        ({0x1E: b"77\0", 0x427: b""}, ReceiptText(id="77")),
        ({0x1E: b"77\0", 0x424: USUAL}, ReceiptText(
            id="77", state="DELIVRD", word="DELIVRD", error="000", submitted="2611210346", done="2611210347",
            text="Hello by SMS")),
    ],
)  # fmt: skip
def test_tlvs_are_read_without_a_text_or_an_esm_class(tlvs: dict[int, bytes], said: ReceiptText) -> None:
    assert read(b"", esm_class=0, tlvs=tlvs) == said


def test_tlvs_win_over_the_text() -> None:
    said = read(USUAL, tlvs={0x1E: b"ff\0", 0x427: b"\x03"})
    assert said is not None
    assert (said.id, said.state, said.word, said.error) == ("ff", "EXPIRED", "DELIVRD", "000")


def test_a_receipt_may_come_in_ucs2_or_behind_a_header() -> None:
    assert read(USUAL.decode().encode("utf-16-be"), data_coding=8) == USUAL_READ
    assert read(b"\x05\x00\x03\x01\x01\x01" + USUAL, esm_class=c.ESM_RECEIPT | c.ESM_UDHI) == USUAL_READ


@pytest.mark.parametrize(
    ("word", "state"),
    [
        *[(state, state) for state in sorted(smpp.STATES)],
        ("delivered", "DELIVRD"),
        ("DELI", "DELIVRD"),
        ("UNDELIVERED", "UNDELIV"),
        ("UNDE", "UNDELIV"),
        ("EXPI", "EXPIRED"),
        ("Rejec", "REJECTD"),
        ("DEL", ""),
        ("", ""),
        ("OK", ""),
        ("DELIVRDX", ""),
    ],
)
def test_a_word_means_a_state(word: str, state: str) -> None:
    assert smpp.state_of(word) == state


@given(st.text(max_size=120), st.integers(0, 255), st.integers(0, 255), st.dictionaries(
    st.sampled_from([0x1E, 0x423, 0x424, 0x427]), st.binary(max_size=5)))  # fmt: skip
def test_any_deliver_is_read_the_same_both_ways(text: str, kind: int, coding: int, tlvs: dict[int, bytes]) -> None:
    read(text.encode()[:254], esm_class=kind, data_coding=coding, tlvs=tlvs)


words = st.sampled_from(["id:", "stat:", "err:", "text:", "sub:", "done date:", " ", "DELIVRD", "7", "\n", "::", "é"])


@given(st.lists(words, max_size=20).map("".join))
def test_any_mix_of_members_is_read(text: str) -> None:
    said = read(text.encode("latin-1")[:254])
    assert said is not None
    assert said.state in smpp.STATES | {""}


@given(st.from_regex(r"[0-9A-Za-z-]{1,20}", fullmatch=True), st.sampled_from(sorted(smpp.STATES)),
       st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=30))  # fmt: skip
def test_what_the_simulator_writes_is_read(name: str, state: str, text: str) -> None:
    octets = smpp.write_receipt(name, state, submitted="2611210346", done="2611210347", error="011", text=text)
    said = read(octets)
    assert said is not None
    assert (said.id, said.state, said.error, said.done) == (name, state, "011", "2611210347")


def test_a_receipt_is_written_as_appendix_b_has_it() -> None:
    octets = smpp.write_receipt("0a1b2c", "DELIVRD", submitted="2611210346", done="2611210347", text="Hello by SMS")
    assert octets == USUAL


@pytest.mark.parametrize(
    ("written", "ahead", "instant"),
    [
        ("2611211200", 0, 1_795_262_400_000_000),
        ("261121120030", 0, 1_795_262_430_000_000),
        ("2611211300", 1, 1_795_262_400_000_000),
        ("2611211730", 5.5, 1_795_262_400_000_000),
        ("2613211200", 0, None),
        ("26112112", 0, None),
        ("²611211200", 0, None),
        ("", 0, None),
    ],
)
def test_a_date_of_a_receipt(written: str, ahead: float, instant: int | None) -> None:
    assert smpp.receipt_instant(written, ahead) == instant


def test_a_cut_deliver_is_refused() -> None:
    body = smpp.write_message(Deliver(esm_class=4, short_message=USUAL))
    for octets in (body[:5], body[:-1], body + b"\x04"):
        with pytest.raises(PduError):
            smpp.deliver_receipt(octets)
