"""JSON and XML, as answers are written: what each is called, and how answers and errors look in it."""

from collections.abc import Callable, Generator, Mapping
from typing import Any, NamedTuple

import msgspec

from omnibound.dialects.infobip_omni.errors import Problem
from omnibound.dialects.infobip_omni.schemas import (
    BulkOut,
    BulkStatusOut,
    CampaignOut,
    CampaignsOut,
    GrantOut,
    InboundsOut,
    KeyOut,
    KeysOut,
    LogsOut,
    ReportsOut,
    ScenarioOut,
    ScenariosOut,
    SeensOut,
    SendOut,
    SessionOut,
)
from omnibound.wire.negotiate import JSON, XML, answer_format
from omnibound.wire.xml.writing import Writer, document, write_any

ROOTS: dict[type[msgspec.Struct], str] = {
    ScenarioOut: "scenario",
    ScenariosOut: "scenariosResponse",
    CampaignOut: "campaign",
    CampaignsOut: "campaignsResponse",
    SendOut: "omniResponse",
    BulkOut: "BulkResponse",
    BulkStatusOut: "BulkStatusResponse",
    ReportsOut: "omniReportsResponse",
    LogsOut: "omniLogsResponse",
    SeensOut: "omniReportsResponse",
    InboundsOut: "omniReportsResponse",
    KeyOut: "apiKey",
    KeysOut: "apiKeysResponse",
    SessionOut: "session",
    GrantOut: "token",
}
"""What the root of each answer is called in XML."""

ITEMS = {
    "flow": "step",
    "scenarios": "scenario",
    "campaigns": "campaign",
    "messages": "message",
    "results": "result",
    "apiKeys": "apiKey",
    "allowedIPs": "allowedIP",
    "permissions": "permission",
}
"""What the items of each list are called in XML."""

_WRITERS = {kind: Writer(kind, root, ITEMS) for kind, root in ROOTS.items()}
_json = msgspec.json.Encoder().encode


class Form(NamedTuple):
    """A format of answers; long ones can be encoded with pauses."""

    content_type: str
    encode: Callable[[Any], bytes]
    encode_in_slices: Callable[[Any], Generator[None, None, bytes]]
    problem: Callable[[Problem], bytes]


def _xml(answer: msgspec.Struct) -> bytes:
    return _WRITERS[type(answer)].write(answer)


def _xml_in_slices(answer: msgspec.Struct) -> Generator[None, None, bytes]:
    return _WRITERS[type(answer)].write_in_slices(answer)


def _json_at_once(answer: msgspec.Struct) -> Generator[None, None, bytes]:
    # The longest takes about a millisecond.
    yield from ()
    return _json(answer)


def _xml_problem(told: Problem) -> bytes:
    envelope = told.envelope()
    exception = envelope["requestError"]["serviceException"]
    if told.faults:
        # A path is no name of an element: the map is written as Java writes maps (JAXB), an entry a text.
        entries = [{"key": path, "value": text} for path, texts in told.faults.items() for text in texts]
        exception["validationErrors"] = entries
    return document("ApiException", write_any(envelope, "entry"))


FORMS: dict[str, Form] = {
    JSON: Form("application/json;charset=UTF-8", _json, _json_at_once, Problem.body),
    XML: Form("application/xml;charset=UTF-8", _xml, _xml_in_slices, _xml_problem),
}


def form_of(headers: Mapping[str, str]) -> Form:
    """The format a request wants its answer in: by Accept, else that of its body, else JSON."""
    return FORMS[answer_format(headers.get("accept", ""), headers.get("content-type", ""))]
