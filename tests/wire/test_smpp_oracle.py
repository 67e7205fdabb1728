"""Our octets against an independent library's, both ways."""

from typing import Any

import pytest

from omnibound.wire import gsm, smpp, sms_text
from omnibound.wire.smpp import Bind, Deliver, Submit
from omnibound.wire.smpp import constants as c

smpplib_command: Any = pytest.importorskip("smpplib.command")
smpplib_smpp: Any = pytest.importorskip("smpplib.smpp")
smpplib_gsm: Any = pytest.importorskip("smpplib.gsm")
smpplib_client: Any = pytest.importorskip("smpplib.client")


def theirs(name: str, sequence: int, **fields: Any) -> bytes:
    client = smpplib_client.Client("localhost", 0, allow_unknown_opt_params=True)
    made = smpplib_smpp.make_pdu(name, client=client, **fields)
    made.sequence = sequence
    return made.generate()


def read_by_them(octets: bytes) -> Any:
    client = smpplib_client.Client("localhost", 0, allow_unknown_opt_params=True)
    return smpplib_smpp.parse_pdu(octets, client=client, allow_unknown_opt_params=True)


SUBMIT = Submit(
    service_type="CMT", source_ton=5, source="Omnibound", destination="41793026727", esm_class=c.ESM_UDHI,
    validity=b"000002000000000R", registered_delivery=1, data_coding=8, short_message=b"\x05\x00\x03\x01\x02\x01\0A",
    tlvs={c.TAG_USER_MESSAGE_REFERENCE: b"\0\7"},
)  # fmt: skip
SUBMIT_FIELDS = {
    "service_type": "CMT", "source_addr_ton": 5, "source_addr_npi": 0, "source_addr": "Omnibound", "dest_addr_ton": 1,
    "dest_addr_npi": 1, "destination_addr": "41793026727", "esm_class": 0x40, "validity_period": "000002000000000R",
    "registered_delivery": True, "data_coding": 8, "short_message": b"\x05\x00\x03\x01\x02\x01\0A",
    "user_message_reference": 7,
}  # fmt: skip


def test_they_write_the_submit_sm_that_we_write() -> None:
    assert smpp.pdu(c.SUBMIT_SM, 5, smpp.write_message(SUBMIT)) == theirs("submit_sm", 5, **SUBMIT_FIELDS)


@pytest.mark.parametrize(
    ("command", "name"),
    [
        (c.BIND_TRANSCEIVER, "bind_transceiver"),
        (c.BIND_TRANSMITTER, "bind_transmitter"),
        (c.BIND_RECEIVER, "bind_receiver"),
    ],
)
def test_they_write_the_bind_that_we_write(command: int, name: str) -> None:
    ours = smpp.pdu(command, 1, smpp.write_bind(Bind(system_id="user", password="pass", system_type="VMS")))
    assert ours == theirs(name, 1, system_id="user", password="pass", system_type="VMS", interface_version=0x34)


@pytest.mark.parametrize(
    ("command", "name"),
    [
        (c.ENQUIRE_LINK, "enquire_link"),
        (c.ENQUIRE_LINK_RESP, "enquire_link_resp"),
        (c.UNBIND, "unbind"),
        (c.UNBIND_RESP, "unbind_resp"),
    ],
)
def test_they_write_the_empty_pdus_that_we_write(command: int, name: str) -> None:
    assert smpp.pdu(command, 9) == theirs(name, 9)


def test_they_read_our_deliver_sm() -> None:
    deliver = Deliver(
        source="41793026727", source_ton=1, source_npi=1, destination="Omnibound", destination_ton=5,
        destination_npi=0, esm_class=4, short_message=b"id:7 stat:DELIVRD",
        tlvs={c.TAG_RECEIPTED_MESSAGE_ID: b"7\0", c.TAG_MESSAGE_STATE: b"\2"},
    )  # fmt: skip
    got = read_by_them(smpp.pdu(c.DELIVER_SM, 3, smpp.write_message(deliver)))
    assert (got.command, got.sequence, got.source_addr, got.destination_addr) == (
        "deliver_sm", 3, b"41793026727", b"Omnibound",
    )  # fmt: skip
    assert (got.short_message, got.receipted_message_id, got.message_state) == (b"id:7 stat:DELIVRD", b"7", 2)


def test_they_read_our_submit_sm_resp_and_we_theirs() -> None:
    got = read_by_them(smpp.submit_responses([(4, b"a1b2")]))
    assert (got.command, got.status, got.sequence, got.message_id) == ("submit_sm_resp", 0, 4, b"a1b2")
    ((command, status, sequence, body),) = smpp.split(theirs("submit_sm_resp", 4, message_id="a1b2"))[0]
    assert (command, status, sequence, smpp.submit_resp(body)) == (c.SUBMIT_SM_RESP, 0, 4, "a1b2")


def test_we_read_their_submit_sm() -> None:
    ((_, _, _, body),) = smpp.split(theirs("submit_sm", 5, **SUBMIT_FIELDS))[0]
    assert smpp.read_submit(body) == SUBMIT


@pytest.mark.parametrize("text", ["Hello", "a" * 161, "b" * 307, "€" * 90 + "x", "Zażółć" * 20])
def test_they_cut_as_many_parts(text: str) -> None:
    parts, coding, esm_class = smpplib_gsm.make_parts(text)
    ours = sms_text.segments(text)
    assert (len(ours.parts), ours.data_coding, ours.esm_class) == (len(parts), coding, esm_class)


def test_they_have_the_same_alphabet() -> None:
    # Theirs has a grave accent at 0x5F, where 3GPP TS 23.038 has the section sign.
    for character in gsm.CHARACTERS - {"\f", "§"}:
        assert gsm.encode(character) == smpplib_gsm.gsm_encode(character)
