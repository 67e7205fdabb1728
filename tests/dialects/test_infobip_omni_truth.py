"""The vendor's own samples: requests verbatim, whole answers; keys, ids and texts of faults are compared by shape."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import msgspec
import pytest
from starlette.applications import Starlette

from omnibound.dialects import infobip_omni
from omnibound.dialects.infobip_omni.forms import FORMS
from omnibound.dialects.infobip_omni.writing import write_reports
from omnibound.domain.live import Outcome
from omnibound.domain.message import Addresses
from omnibound.domain.order import Report
from omnibound.domain.status import Reason, end_status
from omnibound.services.base import Services
from tests.asgi import Answer, call

pytestmark = pytest.mark.anyio

CASES = Path(__file__).parent.parent / "cases" / "infobip_omni"
EXCHANGES = sorted(path.stem for path in CASES.glob("*.json") if not path.stem.endswith(".written"))

SHAPES = {
    "<key>": lambda told: isinstance(told, str) and re.fullmatch(r"[0-9A-F]{32}", told),
    "<id>": lambda told: isinstance(told, str) and re.fullmatch(r"[0-9a-f-]{8,64}", told),
    "<date>": lambda told: isinstance(told, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000", told),
    "<secret>": lambda told: isinstance(told, str) and re.fullmatch(r"[0-9a-f]{32}-[0-9a-f-]{36}", told),
    "<faults>": lambda told: (
        told and all(path and texts and all(isinstance(t, str) for t in texts) for path, texts in faults(told))
    ),
}


def faults(told: Any) -> Any:
    """Path and texts of each fault: of JSON's object, of XML's entries."""
    if isinstance(told, dict):
        return told.items()
    return [(dict(entry)["key"], [dict(entry)["value"]]) for name, entry in told if name == "entry"]


def tree(text: str) -> Any:
    """A document as pairs of name and content, with neither the space between elements nor what a text is told by."""
    root = fromstring(text)
    return [(root.tag, content(root))]


def content(element: Element) -> Any:
    return [(child.tag, content(child)) for child in element] if len(element) else (element.text or "").strip()


def differences(expected: Any, told: Any, at: str = "$") -> list[str]:
    """Where an answer is not what is expected; members, their order and types count."""
    if isinstance(expected, str) and expected in SHAPES:
        return [] if SHAPES[expected](told) else [f"{at}: {told!r} is not like {expected}"]
    if type(expected) is not type(told):
        return [f"{at}: {told!r} is not {expected!r}"]
    if isinstance(expected, dict):
        if list(expected) != list(told):
            return [f"{at}: members {list(told)} are not {list(expected)}"]
        return [line for name in expected for line in differences(expected[name], told[name], f"{at}.{name}")]
    if isinstance(expected, list | tuple):
        if len(expected) != len(told):
            return [f"{at}: {len(told)} items, not {len(expected)}: {told!r}"]
        pairs = enumerate(zip(expected, told, strict=True))
        return [line for index, (one, other) in pairs for line in differences(one, other, f"{at}[{index}]")]
    return [] if expected == told else [f"{at}: {told!r} is not {expected!r}"]


def filled(text: str, kept: dict[str, str]) -> str:
    soon = datetime.now(UTC) + timedelta(hours=1)
    text = text.replace("<soon>", soon.strftime("%Y-%m-%dT%H:%M:%S.000+0000"))
    return re.sub(r"\{(\w+)\}", lambda match: kept.get(match[1], match[0]), text)


def sent(body: Any) -> str:
    """XML stands in a case as the text it is."""
    return body if isinstance(body, str) else json.dumps(body)


def read(answer: Answer, expected: Any) -> tuple[Any, Any, dict[str, Any]]:
    """What was told and what was expected, in a form that can be compared, and the members to keep from it."""
    if not isinstance(expected, str):
        assert answer.headers["content-type"] == "application/json;charset=UTF-8"
        return answer.json(), expected, answer.json()
    assert answer.headers["content-type"] == "application/xml;charset=UTF-8"
    assert answer.body.startswith(b'<?xml version="1.0" encoding="UTF-8"?><')
    told = tree(answer.body.decode())
    return told, tree(expected), dict(told[0][1])


@pytest.mark.parametrize("name", EXCHANGES)
async def test_exchanges(name: str, services: Services) -> None:
    app = Starlette(routes=infobip_omni.routes(services, infobip_omni.OmniSettings()))
    kept: dict[str, str] = {}
    for number, exchange in enumerate(json.loads((CASES / f"{name}.json").read_text())["exchanges"]):
        request, response = exchange["request"], exchange["response"]
        body = filled(sent(request["body"]), kept).encode() if "body" in request else b""
        answer = await call(app, request["method"], filled(request["path"], kept), request["headers"], body)
        told, expected, members = read(answer, response["body"])
        assert (answer.status, differences(expected, told)) == (response["status"], []), f"{name}[{number}]"
        kept |= {variable: members[member] for variable, member in exchange.get("keep", {}).items()}


def report(row: dict[str, Any]) -> Report:
    reason = Reason[row["reason"]]
    outcome = Outcome(
        1, 1, 1, end_status(reason), reason, "", 0, 0, "", 1, sent_at=row["sent_at"], done_at=row["done_at"]
    )
    return Report(
        message_id=row["message_id"],
        bulk=row["bulk"],
        channel=row["channel"],
        sender="InfoSMS",
        to=row["to"],
        addresses=Addresses(phone=row["to"]),
        outcome=outcome,
        callback_data=row.get("callback_data", ""),
        many=row["many"],
        price=row["price"],
        mcc_mnc=row["mcc_mnc"],
    )


def test_reports_are_written_as_the_samples_show() -> None:
    case = json.loads((CASES / "reports.written.json").read_text())
    written = write_reports([report(row) for row in case["reports"]])
    assert differences(case["answer"], msgspec.json.decode(written)) == []


def test_reports_in_xml_say_the_same_in_the_same_order() -> None:
    case = json.loads((CASES / "reports.written.json").read_text())
    rows = [report(row) for row in case["reports"]]
    told = tree(write_reports(rows, FORMS["xml"].encode).decode())
    assert differences(tree(case["answer_xml"]), told) == []
    plain = [("results", [("result", pairs(row)) for row in msgspec.json.decode(write_reports(rows))["results"]])]
    assert told == [("omniReportsResponse", plain)]


def pairs(value: Any) -> Any:
    if isinstance(value, dict):
        return [(name, pairs(member)) for name, member in value.items()]
    return value if isinstance(value, str) else json.dumps(value)


def test_differences_are_seen() -> None:
    assert differences({"a": 1, "k": "<key>"}, {"a": 1, "k": "x"}) == ["$.k: 'x' is not like <key>"]
    assert differences({"a": 1, "b": 2}, {"b": 2, "a": 1}) == ["$: members ['b', 'a'] are not ['a', 'b']"]
    assert differences([1], [1, 2]) == ["$: 2 items, not 1: [1, 2]"]
    assert differences(1, True) == ["$: True is not 1"]
    assert differences({"a": [0]}, {"a": [1]}) == ["$.a[0]: 1 is not 0"]
