"""The SMPP codec: literal octets, round trips, and everything a broken peer may send."""

import contextlib
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnibound.wire import smpp
from omnibound.wire.smpp import Bind, Deliver, PduError, Submit, SubmitTemplate
from omnibound.wire.smpp import constants as c

HELLO = Submit(
    source_ton=5,
    source="Omnibound",
    destination="41793026727",
    validity=b"000002000000000R",
    registered_delivery=1,
    short_message=b"Hello",
    tlvs={0x020C: b"\x00\x07"},
)
HELLO_BODY = (
    b"\x00"
    b"\x05\x00Omnibound\x00"
    b"\x01\x0141793026727\x00"
    b"\x00\x00\x00"
    b"\x00"
    b"000002000000000R\x00"
    b"\x01\x00\x00\x00"
    b"\x05Hello"
    b"\x02\x0c\x00\x02\x00\x07"
)


def header(length: int, command: int, status: int, sequence: int) -> bytes:
    return struct.pack(">IIII", length, command, status, sequence)


# -- Frames --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("made", "octets"),
    [
        (smpp.pdu(c.ENQUIRE_LINK, 1), "00000010 00000015 00000000 00000001"),
        (smpp.pdu(c.ENQUIRE_LINK_RESP, 1), "00000010 80000015 00000000 00000001"),
        (smpp.pdu(c.UNBIND, 0x7FFFFFFF), "00000010 00000006 00000000 7fffffff"),
        (smpp.pdu(c.UNBIND_RESP, 2), "00000010 80000006 00000000 00000002"),
        (smpp.pdu(c.GENERIC_NACK, 3, status=c.RINVCMDID), "00000010 80000000 00000003 00000003"),
        (smpp.pdu(c.SUBMIT_SM_RESP, 4, b"a1\0"), "00000013 80000004 00000000 00000004 613100"),
        (smpp.pdu(c.SUBMIT_SM_RESP, 5, status=c.RTHROTTLED), "00000010 80000004 00000058 00000005"),
        (smpp.deliver_responses([6]), "00000011 80000005 00000000 00000006 00"),
        (smpp.deliver_responses([7], c.RX_T_APPN), "00000011 80000005 00000064 00000007 00"),
        (smpp.submit_responses([(8, b"a1")]), "00000013 80000004 00000000 00000008 613100"),
    ],
)
def test_small_pdus_are_these_octets(made: bytes, octets: str) -> None:
    assert made == bytes.fromhex(octets)


def test_answers_of_a_list_are_the_answers_one_by_one() -> None:
    assert smpp.deliver_responses(range(1, 4)) == b"".join(smpp.pdu(c.DELIVER_SM_RESP, n, b"\0") for n in (1, 2, 3))
    assert smpp.submit_responses([(1, b"x"), (2, b"yy")]) == smpp.pdu(c.SUBMIT_SM_RESP, 1, b"x\0") + smpp.pdu(
        c.SUBMIT_SM_RESP, 2, b"yy\0"
    )
    assert smpp.deliver_responses([]) == smpp.submit_responses([]) == b""


@pytest.mark.parametrize("sequence", [-1, 1 << 32])
def test_a_number_beyond_32_bits_is_refused(sequence: int) -> None:
    with pytest.raises(PduError):
        smpp.pdu(c.ENQUIRE_LINK, sequence)


pdus = st.lists(
    st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1), st.binary(max_size=300)),
    max_size=6,
)


@given(pdus, st.integers(1, 40), st.booleans())
def test_a_stream_in_pieces_of_any_size_gives_the_same_pdus(sent: list[smpp.Pdu], size: int, mutable: bool) -> None:
    stream = b"".join(smpp.pdu(command, number, body, status) for command, status, number, body in sent)
    buffer, got = bytearray(), list[smpp.Pdu]()
    for at in range(0, len(stream), size):
        buffer += stream[at : at + size]
        found, consumed = smpp.split(buffer if mutable else bytes(buffer))
        del buffer[:consumed]
        got += found
    assert got == sent
    assert not buffer
    assert all(type(body) is bytes for *_, body in got)


def test_split_starts_where_it_is_told_and_leaves_half_a_pdu() -> None:
    one, two = smpp.pdu(c.ENQUIRE_LINK, 1), smpp.pdu(c.SUBMIT_SM_RESP, 2, b"id\0")
    assert smpp.split(b"??" + one + two + two[:18], 2) == (
        [(c.ENQUIRE_LINK, 0, 1, b""), (c.SUBMIT_SM_RESP, 0, 2, b"id\0")],
        2 + len(one) + len(two),
    )
    assert smpp.split(b"") == ([], 0)
    assert smpp.split(two[:-1]) == ([], 0)
    assert smpp.split(two[:3]) == ([], 0)


@pytest.mark.parametrize("length", [0, 15, smpp.MAX_PDU + 1, 0xFFFFFFFF, 0x47455420])
@pytest.mark.parametrize("behind", [0, 3, 12, 100])
def test_an_impossible_length_is_refused_at_once(length: int, behind: int) -> None:
    with pytest.raises(PduError) as raised:
        smpp.split(length.to_bytes(4) + bytes(behind))
    assert (raised.value.status, raised.value.before) == (c.RINVCMDLEN, ())


def test_an_impossible_length_does_not_lose_what_stood_before_it() -> None:
    with pytest.raises(PduError) as raised:
        smpp.split(smpp.pdu(c.ENQUIRE_LINK, 9) + header(3, 0, 0, 0))
    assert raised.value.before == ((c.ENQUIRE_LINK, 0, 9, b""),)


def test_the_longest_pdu_is_a_choice() -> None:
    stream = smpp.pdu(c.DATA_SM, 1, bytes(100))
    assert smpp.split(stream, longest=116) == ([(c.DATA_SM, 0, 1, bytes(100))], 116)
    with pytest.raises(PduError):
        smpp.split(stream, longest=115)


# -- Bodies --------------------------------------------------------------------------------------------------------


def test_submit_sm_is_these_octets_and_back() -> None:
    assert smpp.write_message(HELLO) == HELLO_BODY
    assert smpp.read_submit(HELLO_BODY) == HELLO


def test_bind_is_these_octets_and_back() -> None:
    bind = Bind(system_id="user", password="pass", system_type="VMS", addr_ton=1, addr_npi=1, address_range="^48")
    octets = b"user\0pass\0VMS\0\x34\x01\x01^48\0"
    assert smpp.write_bind(bind) == octets
    assert smpp.read_bind(octets) == bind


def test_bind_resp_says_who_and_which_version() -> None:
    assert smpp.write_bind_resp("SMSC") == b"SMSC\0\x02\x10\x00\x01\x34"
    assert smpp.read_bind_resp(b"SMSC\0\x02\x10\x00\x01\x34") == ("SMSC", 0x34)
    assert smpp.read_bind_resp(b"SMSC\0") == ("SMSC", None)
    assert smpp.read_bind_resp(b"") == ("", None)


def test_outbind() -> None:
    assert smpp.read_outbind(b"SMSC\0secret\0") == Bind(system_id="SMSC", password="secret")


def test_data_sm_carries_its_text_in_the_payload() -> None:
    sent = Deliver(source="1", destination="2", esm_class=4, data_coding=8, short_message=b"text", tlvs={0x1E: b"7\0"})
    octets = b"\0\0\x001\0\x01\x012\0\x04\0\x08\x04\x24\0\x04text\0\x1e\0\x027\0"
    assert smpp.write_data(sent) == octets
    got = smpp.read_data(octets)
    assert (got.esm_class, got.data_coding, got.content, got.destination) == (4, 8, b"text", "2")


@pytest.mark.parametrize(("body", "name"), [(b"a1b2\0", "a1b2"), (b"a1b2", "a1b2"), (b"", ""), (b"\xff\0", "ÿ")])
def test_submit_resp_gives_the_id(body: bytes, name: str) -> None:
    assert smpp.submit_resp(body) == name


octet = st.integers(0, 255)
tlvs = st.dictionaries(st.integers(0, 0xFFFF), st.binary(max_size=50), max_size=4)


def plain(longest: int) -> st.SearchStrategy[str]:
    return st.text(st.characters(min_codepoint=1, max_codepoint=255), max_size=longest)


def messages(kind: type[Any]) -> st.SearchStrategy[Any]:
    octets = ("source_ton", "source_npi", "destination_ton", "destination_npi", "esm_class", "protocol_id", "priority",
              "registered_delivery", "replace_if_present", "data_coding", "default_message")  # fmt: skip
    times = st.sampled_from([b"", b"000002000000000R", b"261121034617000+"])
    return st.builds(
        kind, service_type=plain(5), source=plain(20), destination=plain(20), schedule=times, validity=times,
        short_message=st.binary(max_size=254), tlvs=tlvs, **dict.fromkeys(octets, octet),
    )  # fmt: skip


@given(messages(Submit), messages(Deliver))
def test_every_message_survives_the_wire(submit: Submit, deliver: Deliver) -> None:
    assert smpp.read_submit(smpp.write_message(submit)) == submit
    assert smpp.read_deliver(smpp.write_message(deliver)) == deliver


@given(st.builds(Bind, system_id=plain(15), password=plain(9), system_type=plain(12), interface_version=octet,
                 addr_ton=octet, addr_npi=octet, address_range=plain(40)))  # fmt: skip
def test_every_bind_survives_the_wire(bind: Bind) -> None:
    assert smpp.read_bind(smpp.write_bind(bind)) == bind


@given(tlvs)
def test_every_tlv_survives_the_wire(sent: dict[int, bytes]) -> None:
    assert smpp.read_tlvs(smpp.write_tlvs(sent)) == sent


@pytest.mark.parametrize(
    "wrong",
    [
        {"source": "x" * 21},
        {"destination": "4\0"},
        {"destination": "Ωmega"},
        {"service_type": "123456"},
        {"short_message": bytes(255)},
        {"esm_class": 256},
        {"source_ton": -1},
        {"validity": b"2 days"},
        {"schedule": bytes(16)},
        {"tlvs": {0x10000: b""}},
        {"tlvs": {1: bytes(65_536)}},
    ],
)
def test_what_no_pdu_can_carry_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(PduError):
        smpp.write_message(Submit(**wrong))


READERS = [smpp.read_submit, smpp.read_deliver, smpp.read_data, smpp.read_bind, smpp.read_bind_resp,
           smpp.read_outbind, smpp.read_tlvs, smpp.submit_resp, smpp.deliver_receipt]  # fmt: skip


@given(st.binary(max_size=200))
def test_random_octets_raise_nothing_but_pdu_error(octets: bytes) -> None:
    for read in [*READERS, smpp.split]:
        with contextlib.suppress(PduError):
            read(octets)


def test_every_truncation_of_a_message_is_refused_or_loses_only_the_tlvs() -> None:
    whole = len(HELLO_BODY) - 6
    for size in range(len(HELLO_BODY)):
        if size == whole:
            assert smpp.read_submit(HELLO_BODY[:size]).tlvs == {}
            continue
        with pytest.raises(PduError):
            smpp.read_submit(HELLO_BODY[:size])
        with pytest.raises(PduError):
            smpp.deliver_receipt(HELLO_BODY[:size])


@given(messages(Deliver), st.data())
def test_a_flipped_octet_raises_nothing_but_pdu_error(deliver: Deliver, data: st.DataObject) -> None:
    octets = bytearray(smpp.write_message(deliver))
    octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(octet)
    for read in READERS:
        with contextlib.suppress(PduError):
            read(bytes(octets))


# -- Templates -----------------------------------------------------------------------------------------------------


@given(messages(Submit), st.integers(1, smpp.MAX_SEQUENCE), st.binary(max_size=254))
def test_a_template_makes_what_the_codec_makes(message: Submit, sequence: int, own: bytes) -> None:
    template, to = SubmitTemplate(message), message.destination.encode("latin-1")
    whole = smpp.pdu(c.SUBMIT_SM, sequence, smpp.write_message(message))
    assert template.encode(sequence, to) == whole
    assert template.encode_many(sequence, [to]) == whole
    assert template.encode_own(sequence, to, message.short_message) == whole
    (found,) = smpp.split(template.encode_own(sequence, to, own))[0]
    assert smpp.read_submit(found[3]).short_message == own


def test_a_template_numbers_a_list() -> None:
    stream = SubmitTemplate(HELLO).encode_many(7, [b"1", b"22"])
    got = [(number, smpp.read_submit(body).destination) for _, _, number, body in smpp.split(stream)[0]]
    assert got == [(7, "1"), (8, "22")]


def test_a_template_refuses_what_no_submit_can_carry() -> None:
    with pytest.raises(PduError):
        SubmitTemplate(Submit(source="x" * 21))
    with pytest.raises(PduError):
        SubmitTemplate(HELLO).encode_own(1, b"4", bytes(255))


@pytest.mark.parametrize("wrong", [b"", b"4\x001", b"4" * 21])
def test_a_destination_is_checked_once(wrong: bytes) -> None:
    assert smpp.check_destination(b"41793026727") == b"41793026727"
    with pytest.raises(PduError):
        smpp.check_destination(wrong)


@pytest.mark.parametrize(
    ("now", "step", "then"), [(1, 1, 2), (0x7FFFFFFF, 1, 1), (0x7FFFFFFE, 3, 2), (1, 0, 1), (0, 1, 1)]
)
def test_sequence_numbers_go_round(now: int, step: int, then: int) -> None:
    assert smpp.next_sequence(now, step) == then
