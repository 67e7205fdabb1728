import msgspec
import pytest

from omnibound.dialects.infobip_omni.schemas import DestinationIn, To
from omnibound.dialects.infobip_omni.settings import OmniSettings
from omnibound.dialects.infobip_omni.writing import (
    refused_status,
    tell_placed,
    write_reports,
    write_scenario,
    write_scenarios,
)
from omnibound.domain.live import Outcome
from omnibound.domain.message import Addresses
from omnibound.domain.order import Placed, PlacedRow, Report
from omnibound.domain.scenario import Scenario, ScenarioStep
from omnibound.domain.status import Reason, Status

SETTINGS = OmniSettings()
ADDRESSES = Addresses(phone="41793026727")
ACCEPTED = b'{"groupId":0,"groupName":"ACCEPTED","id":0,"name":"MESSAGE_ACCEPTED","description":"Message accepted"}'
ENROUTE = (
    b'{"groupId":1,"groupName":"PENDING","id":7,"name":"PENDING_ENROUTE","description":"Message sent to next instance"}'
)


def placed(*rows: PlacedRow, own: bool = False, scheduled: bool = False) -> Placed:
    return Placed(bulk="BULK-1", own_bulk=own, scheduled=scheduled, rows=list(rows))


def test_scenarios() -> None:
    steps = (ScenarioStep(channel="SMS", sender="InfoSMS"), ScenarioStep(channel="PUSH"))
    scenario = Scenario(key="K", account=1, name="n", steps=steps, default=True, created_at=0)
    written = b'{"key":"K","name":"n","flow":[{"from":"InfoSMS","channel":"SMS"},{"channel":"PUSH"}],"default":true}'
    of_2018 = written[:-1] + b',"defaultScenario":true}'
    assert write_scenario(scenario) == written
    assert write_scenario(scenario, of_2018=True) == of_2018
    assert write_scenarios([scenario]) == b'{"scenarios":[' + written + b"]}"
    assert write_scenarios([scenario], of_2018=True) == b'{"scenarios":[' + of_2018 + b"]}"
    assert write_scenarios([]) == b'{"scenarios":[]}'


@pytest.mark.parametrize(
    ("told", "settings", "expected"),
    [
        (
            placed(PlacedRow("M-1", ADDRESSES)),
            SETTINGS,
            b'{"messages":[{"to":{"phoneNumber":"+41"},"status":' + ACCEPTED + b',"messageId":"M-1"}]}',
        ),
        (
            placed(PlacedRow("M-1", ADDRESSES), own=True),
            OmniSettings(accepted_status="enroute"),
            b'{"bulkId":"BULK-1","messages":[{"to":{"phoneNumber":"+41"},"status":'
            + ENROUTE
            + b',"messageId":"M-1"}]}',
        ),
    ],
)
def test_what_a_send_is_told(told: Placed, settings: OmniSettings, expected: bytes) -> None:
    answer = tell_placed(told, [DestinationIn(To(phone_number="+41"))], settings)
    assert msgspec.json.encode(answer) == expected


def test_rows_of_a_send() -> None:
    destinations = [DestinationIn(To(phone_number=41, email_address="a@b")), DestinationIn(None)]
    told = placed(PlacedRow("1", ADDRESSES), PlacedRow("2", ADDRESSES, Reason.NO_ADDRESS), scheduled=True)
    answer = msgspec.json.decode(msgspec.json.encode(tell_placed(told, destinations, SETTINGS)))
    assert answer["bulkId"] == "BULK-1"
    assert [(row["to"], row["status"]["id"], row["messageId"]) for row in answer["messages"]] == [
        ({"phoneNumber": 41, "emailAddress": "a@b"}, 26, "1"),
        ({}, 51, "2"),
    ]


@pytest.mark.parametrize("channel", ["", "SMS", "PUSH", "EMAIL", "VIBER", "VOICE"])
@pytest.mark.parametrize(
    ("reason", "id_"),
    [
        (Reason.INVALID_ADDRESS, {52}),
        (Reason.NO_ADDRESS, {51}),
        (Reason.DUPLICATE_ID, {23}),
        (Reason.NO_CREDIT, {12}),
        (Reason.DO_NOT_DISTURB, {10}),
        (Reason.BLOCKED, {14}),
        (Reason.NO_ROUTE, {19}),
        (Reason.COUNTRY_BARRED, {6}),
        (Reason.DAILY_CAP, {20}),
        (Reason.TOO_LONG, {25, 68}),
        (Reason.NO_CONTENT, {55, 69}),
        (Reason.FLOODING, {20}),
        (Reason.INVALID_VALIDITY, {70}),
    ],
)
def test_refused_rows_are_rejected(reason: Reason, id_: set[int], channel: str) -> None:
    status = msgspec.json.decode(refused_status(reason, channel))
    assert status["groupName"] == "REJECTED"
    assert status["id"] in id_


def report(sent_at: int, **more: object) -> Report:
    outcome = Outcome(1, 1, 1, Status.FAILED, Reason.NO_ROUTE, "", 0, 0, "", 0, sent_at, 1_424_709_671_843_000)
    plain = {"message_id": "M", "bulk": "", "channel": "SMS", "sender": "S", "to": "41", "addresses": ADDRESSES}
    return Report(**{**plain, "outcome": outcome, "callback_data": "", "many": False, **more})  # type: ignore[arg-type]


def test_a_report_of_what_was_never_sent() -> None:
    assert msgspec.json.decode(write_reports([report(0)])) == {
        "results": [
            {
                "messageId": "M",
                "to": "41",
                "sentAt": "2015-02-23T16:41:11.843+0000",
                "doneAt": "2015-02-23T16:41:11.843+0000",
                "messageCount": 0,
                "mccMnc": "",
                "price": {"pricePerMessage": 0.0, "currency": "EUR"},
                "status": {
                    "groupId": 5,
                    "groupName": "REJECTED",
                    "id": 19,
                    "name": "REJECTED_ROUTE_NOT_AVAILABLE",
                    "description": "Route not available",
                    "action": "Contact account manager",
                },
                "error": {
                    "groupId": 3,
                    "groupName": "OPERATOR_ERRORS",
                    "id": 345,
                    "name": "EC_OPERATOR_NOT_FOUND",
                    "description": "Operator Not Found",
                    "permanent": True,
                },
                "channel": "SMS",
            }
        ]
    }


@pytest.mark.parametrize(
    ("more", "member", "told"),
    [
        ({"bulk": "B", "many": True}, "bulkId", "B"),
        ({"bulk": "B", "many": False}, "bulkId", None),
        ({"callback_data": "c"}, "callbackData", "c"),
        ({}, "callbackData", None),
        ({"currency": "PLN", "price": 0.25}, "price", {"pricePerMessage": 0.25, "currency": "PLN"}),
        ({}, "sentAt", "2015-02-23T16:41:11.833+0000"),
    ],
)
def test_members_of_a_report(more: dict[str, object], member: str, told: object) -> None:
    (row,) = msgspec.json.decode(write_reports([report(1_424_709_671_833_000, **more)]))["results"]
    assert row.get(member) == told
