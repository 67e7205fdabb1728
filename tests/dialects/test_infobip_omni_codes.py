import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnibound.dialects.infobip_omni import network_codes
from omnibound.dialects.infobip_omni.blocks.table import BLOCKS
from omnibound.dialects.infobip_omni.channels import CHANNELS, CHATS
from omnibound.dialects.infobip_omni.codes import ERROR_JSON, ERRORS, STATUS_JSON, STATUSES, ErrorOut, StatusOut
from omnibound.dialects.infobip_omni.meanings import BY_CHANNEL, BY_REASON, Code, code_of, network_error, outcome_code
from omnibound.dialects.infobip_omni.network_codes import NETWORK_ERRORS
from omnibound.dialects.infobip_omni.schemas import SendIn
from omnibound.domain.live import Outcome
from omnibound.domain.status import Reason, Status, end_status

ENDS = {
    Status.DELIVERED: ("DELIVERED",),
    Status.SEEN: ("DELIVERED",),
    Status.EXPIRED: ("EXPIRED",),
    Status.CANCELLED: ("UNDELIVERABLE",),
    Status.FAILED: ("UNDELIVERABLE", "REJECTED", "EXPIRED"),
}


def outcome(reason: Reason, detail: str = "", status: Status | None = None) -> Outcome:
    return Outcome(1, 1, 1, status or end_status(reason), reason, detail, 0, 0, "", 1, 0, 0)


def test_samples_of_the_tables() -> None:
    assert STATUSES[5] == StatusOut(3, "DELIVERED", 5, "DELIVERED_TO_HANDSET", "Message delivered to handset")
    assert STATUSES[6].action == "Contact account manager"
    assert ERRORS[6] == ErrorOut(1, "HANDSET_ERRORS", 6, "EC_ABSENT_SUBSCRIBER_SM", "Absent Subscriber", False)
    assert ERRORS[255].description == "Unknown Error"
    assert ERRORS[4102].group_name == "OPERATOR_ERRORS"
    assert STATUS_JSON[0] == msgspec.Raw(
        b'{"groupId":0,"groupName":"ACCEPTED","id":0,"name":"MESSAGE_ACCEPTED","description":"Message accepted"}'
    )
    assert ERROR_JSON[0] == msgspec.Raw(
        b'{"groupId":0,"groupName":"OK","id":0,"name":"NO_ERROR","description":"No Error","permanent":false}'
    )
    assert (len(STATUSES), len(ERRORS)) == (64, 391)


@pytest.mark.parametrize("channel", ["", *sorted(CHANNELS)])
def test_every_reason_has_codes_that_exist(channel: str) -> None:
    for reason in Reason:
        status, error = code_of(reason, channel)
        assert status in STATUSES
        assert error in ERRORS
    assert set(BY_REASON) == set(Reason)


@pytest.mark.parametrize("channel", ["", *sorted(CHANNELS)])
def test_the_group_agrees_with_how_it_ended(channel: str) -> None:
    odd = [
        (reason.name, STATUSES[code_of(reason, channel).status].group_name)
        for reason in Reason
        if STATUSES[code_of(reason, channel).status].group_name not in ENDS[end_status(reason)]
        # A caller who asked not to be called again, and what an agent says after a talk, were reached all the same.
        and STATUSES[code_of(reason, channel).status].id != 5
    ]
    assert odd == []


def test_every_id_of_the_network_tables_exists() -> None:
    tables = [network_codes.SMPP, network_codes.FCM, network_codes.APNS, network_codes.WEB_PUSH]
    tables += [network_codes.SMTP, network_codes.SIP, network_codes.Q850]
    assert {error for table in tables for error in table.values()} - set(ERRORS) == set()
    assert {error for table in BY_CHANNEL.values() for _, error in table.values()} - set(ERRORS) == set()


@pytest.mark.parametrize(
    ("detail", "error"),
    [
        ("gsm:27", 27),
        ("gsm:0x1b", 27),
        ("gsm:0", None),
        ("gsm:9999", None),
        ("gsm:x", None),
        ("gsm:", None),
        ("smpp:0x0b", 351),
        ("smpp:11", 351),
        ("smpp:0x0000000B", 351),
        ("smpp:0x58", 541),
        ("smpp:0x7777", None),
        ("fcm:UNREGISTERED", 8001),
        ("apns:BadDeviceToken", 8004),
        ("webpush:410", 8001),
        ("smtp:5.1.1", 6009),
        ("smtp:5.9.9", 6012),
        ("smtp:4.9.9", 6011),
        ("smtp:", None),
        ("sip:486", 5002),
        ("q850:22", 5410),
        ("carrier:1", None),
        ("operator", None),
        ("", None),
    ],
)
def test_network_codes(detail: str, error: int | None) -> None:
    assert network_error(detail) == error


@pytest.mark.parametrize(
    ("reason", "detail", "channel", "code"),
    [
        (Reason.DELIVERED, "", "SMS", Code(5, 0)),
        (Reason.DELIVERED, "operator", "PUSH", Code(2, 0)),
        (Reason.DELIVERED, "gsm:27", "SMS", Code(5, 0)),
        (Reason.SEEN, "", "VIBER", Code(5, 0)),
        (Reason.ANSWERED, "operator", "VOICE", Code(5, 5000)),
        (Reason.NO_RECEIPT, "", "SMS", Code(29, 815)),
        (Reason.EXPIRED, "", "SMS", Code(15, 4101)),
        (Reason.UNDELIVERED, "", "SMS", Code(9, 255)),
        (Reason.UNDELIVERED, "gsm:34", "SMS", Code(9, 34)),
        (Reason.UNKNOWN_SUBSCRIBER, "", "SMS", Code(9, 1)),
        (Reason.UNKNOWN_SUBSCRIBER, "", "VIBER", Code(9, 7002)),
        (Reason.ABSENT_SUBSCRIBER, "", "SMS", Code(9, 27)),
        (Reason.ABSENT_SUBSCRIBER, "", "PUSH", Code(9, 6)),
        (Reason.REFUSED, "smpp:0x0a", "SMS", Code(4, 368)),
        (Reason.UNREGISTERED, "fcm:UNREGISTERED", "PUSH", Code(9, 8001)),
        (Reason.NO_CONTENT, "", "PUSH", Code(69, 8010)),
        (Reason.NO_CONTENT, "", "SMS", Code(55, 35)),
        (Reason.CANCELLED, "", "VOICE", Code(98, 4100)),
        (Reason.BUSY, "sip:600", "VOICE", Code(9, 5002)),
        (Reason.INVALID_NUMBER, "sip:410", "VOICE", Code(9, 5410)),
    ],
)
def test_outcomes(reason: Reason, detail: str, channel: str, code: Code) -> None:
    assert outcome_code(outcome(reason, detail), channel) == code


@given(st.sampled_from(Reason), st.sampled_from(Status), st.text(), st.sampled_from([*NETWORK_ERRORS, "x"]), st.text())
def test_any_detail_has_codes(reason: Reason, status: Status, channel: str, family: str, word: str) -> None:
    code = outcome_code(outcome(reason, f"{family}:{word}", status), channel)
    assert code.status in STATUSES
    assert code.error in ERRORS


def test_every_block_is_a_member_of_a_send() -> None:
    members = {field.name: field.encode_name for field in msgspec.structs.fields(SendIn)}
    assert {block.name: block.member for block in BLOCKS} == {block.name: members[block.name] for block in BLOCKS}
    assert CHATS < CHANNELS
