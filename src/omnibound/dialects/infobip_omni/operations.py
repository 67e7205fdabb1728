"""What OMNI offers, as a table: operations with parameters, bodies and scopes. A test holds it to the routes."""

from typing import Annotated, Any

from msgspec import Meta, Struct, field

from omnibound.dialects.infobip_omni import schemas
from omnibound.dialects.infobip_omni.api_keys import PATH as KEYS
from omnibound.dialects.infobip_omni.channels import CHANNELS
from omnibound.dialects.infobip_omni.codes import GROUPS
from omnibound.dialects.infobip_omni.query import MAX_REPORTS
from omnibound.dialects.infobip_omni.reading_logs import MAX_BULKS, MAX_LOGS, MAX_MESSAGES
from omnibound.dialects.infobip_omni.reading_profiles import CampaignPeopleIn, ProfileIn
from omnibound.dialects.infobip_omni.scopes import LOGS, MANAGE, MESSAGES
from omnibound.wire.openapi import Operation

BASIC = ("basic",)
ANY = ("basic", "app", "session", "bearer")

FORM = ("application/x-www-form-urlencoded",)

Page = Annotated[int, Meta(ge=0, le=2**31 - 1, description="Counted from zero.")]
Size = Annotated[int, Meta(ge=0, le=2**31 - 1, description="How many at most.")]
Limit = Annotated[int, Meta(ge=1, le=MAX_REPORTS, description="How many at most.")]
Channel = Annotated[str, Meta(extra_json_schema={"enum": sorted(CHANNELS)}, description="Of this channel only.")]
General = Annotated[str, Meta(extra_json_schema={"enum": list(GROUPS)}, description="The status's group.")]
Instant = Annotated[str, Meta(examples=["2015-02-23T17:41:11.833+0100"], description="A date; without an offset UTC.")]
Code = Annotated[str, Meta(pattern="^[0-9]*$", description="Digits.")]
Bulks = Annotated[list[str], Meta(max_length=MAX_BULKS, description="Repeated, or with commas between.")]
Messages = Annotated[list[str], Meta(max_length=MAX_MESSAGES, description="Repeated, or with commas between.")]


class ScenariosQuery(Struct, rename="camel"):
    """Which scenarios are wanted."""

    is_default: Annotated[bool, Meta(description="Only the default one, or all but it.")] | None = None
    limit: Size = 100
    page: Page = 0


class CampaignsQuery(Struct):
    """Which campaigns are wanted."""

    limit: Size = 100
    page: Page = 0


class ReportsQuery(Struct, rename="camel"):
    """Which reports are wanted."""

    bulk_id: str = ""
    message_id: str = ""
    channel: Channel | None = None
    limit: Limit = 50


class LogsQuery(Struct, rename="camel"):
    """Which rows of the log are wanted."""

    sender: str = field(name="from", default="")
    to: str = ""
    bulk_id: Bulks = []
    message_id: Messages = []
    general_status: General | None = None
    channel: Channel | None = None
    sent_since: Instant | None = None
    sent_until: Instant | None = None
    mcc: Code = ""
    mnc: Code = ""
    limit: Annotated[int, Meta(ge=1, le=MAX_LOGS, description="How many at most.")] = 50


class BulkQuery(Struct, rename="camel"):
    """Which bulk is meant."""

    bulk_id: Annotated[str, Meta(min_length=1, description="As the answer to the send told it.")]


class GrantIn(Struct):
    """The credentials of a client (RFC 6749, 4.4.2)."""

    grant_type: Annotated[str, Meta(extra_json_schema={"enum": ["client_credentials"]})]
    client_id: Annotated[str, Meta(description="The user name.")]
    client_secret: Annotated[str, Meta(description="The password.")]


def _scoped(scopes: tuple[str, ...], note: str = "") -> str:
    return f"{note} A limited key needs one of: {', '.join(f'`{each}`' for each in scopes)}.".strip()


_SCENARIO: dict[str, Any] = {
    "name": "SMS, then voice",
    "flow": [{"from": "InfoSMS", "channel": "SMS"}, {"from": "41793026700", "channel": "VOICE"}],
    "default": True,
}
_PEOPLE: list[Any] = [{"messageId": "M-1", "to": {"phoneNumber": "41793026727"}}]

_SCENARIOS: tuple[Operation, ...] = (
    Operation(
        "POST", "/omni/1/scenarios", "createScenario", "scenarios", "Make a scenario", ANY, 201,
        body=schemas.ScenarioIn, answer=schemas.ScenarioOut, note=_scoped(MANAGE, "At most 20 in 10 minutes."),
        example=_SCENARIO,
    ),
    Operation(
        "GET", "/omni/1/scenarios", "listScenarios", "scenarios", "Read the scenarios, page by page", ANY,
        query=ScenariosQuery, answer=schemas.ScenariosOut, note=_scoped(MANAGE),
    ),
    Operation(
        "GET", "/omni/1/scenarios/{key}", "readScenario", "scenarios", "Read a scenario", ANY,
        answer=schemas.ScenarioOut, note=_scoped(MANAGE),
    ),
    Operation(
        "PUT", "/omni/1/scenarios/{key}", "updateScenario", "scenarios", "Change what is named of a scenario", ANY,
        body=schemas.ScenarioIn, answer=schemas.ScenarioOut, note=_scoped(MANAGE, "At most 40 in 10 minutes."),
        example={"name": "SMS first"},
    ),
)  # fmt: skip

# Where the curl samples of the vendor post.
_SAMPLES = tuple(each._replace(path="/sms/1" + each.path, name=each.name + "OfSamples") for each in _SCENARIOS)

_MESSAGES: tuple[Operation, ...] = (
    Operation(
        "POST", "/omni/1/advanced", "send", "messages", "Send a message with content for each channel", ANY,
        body=schemas.SendIn, answer=schemas.SendOut, note=_scoped(MESSAGES),
        example={"destinations": _PEOPLE, "sms": {"text": "Hello"}},
    ),
    Operation(
        "POST", "/omni/1/text", "sendText", "messages", "Send one text, whichever the channels are", ANY,
        body=schemas.TextIn, answer=schemas.SendOut, note=_scoped(MESSAGES),
        example={"destinations": _PEOPLE, "text": "Hello"},
    ),
    Operation(
        "GET", "/omni/1/reports", "takeReports", "reports", "Take reports, each of which is handed out once", ANY,
        query=ReportsQuery, answer=schemas.ReportsOut, note=_scoped(MESSAGES),
    ),
    Operation(
        "HEAD", "/omni/1/reports", "checkReports", "reports", "See whether reports could be taken, and take none", ANY,
        query=ReportsQuery, note=_scoped(MESSAGES),
    ),
    Operation(
        "GET", "/omni/1/logs", "readLogs", "reports", "Read how the newest messages stand", ANY,
        query=LogsQuery, answer=schemas.LogsOut, note=_scoped(LOGS, "At most 120 in a minute."),
    ),
)  # fmt: skip

_BULK: dict[str, Any] = {
    "security": ANY, "query": BulkQuery, "refusals": (404,),
    "note": _scoped(MESSAGES, "Also below `/omni/1`."),
}  # fmt: skip
_BULKS: tuple[Operation, ...] = (
    Operation(
        "GET", "/sms/1/bulks", "readBulk", "bulks", "Read when a bulk begins",
        answer=schemas.BulkOut, **_BULK,
    ),
    Operation(
        "PUT", "/sms/1/bulks", "rescheduleBulk", "bulks", "Let a bulk begin at another time",
        body=schemas.BulkIn, answer=schemas.BulkOut, example={"sendAt": "2030-05-24T10:45:38.000+0000"}, **_BULK,
    ),
    Operation(
        "GET", "/sms/1/bulks/status", "readBulkStatus", "bulks", "Read how far a bulk is",
        answer=schemas.BulkStatusOut, **_BULK,
    ),
    Operation(
        "PUT", "/sms/1/bulks/status", "setBulkStatus", "bulks", "Pause, resume or cancel a bulk",
        body=schemas.BulkStatusIn, answer=schemas.BulkStatusOut, example={"status": "PAUSED"}, **_BULK,
    ),
)  # fmt: skip

_CAMPAIGNS: tuple[Operation, ...] = (
    Operation(
        "GET", "/omni/1/campaigns", "listCampaigns", "campaigns", "Read the campaigns, page by page", ANY,
        query=CampaignsQuery, answer=schemas.CampaignsOut, note=_scoped(MANAGE),
    ),
    Operation(
        "GET", "/omni/1/campaigns/{key}", "readCampaign", "campaigns", "Read a campaign", ANY,
        answer=schemas.CampaignOut, note=_scoped(MANAGE),
    ),
    Operation(
        "PUT", "/omni/1/campaigns/{key}/destinations", "addPerson", "campaigns", "Add a person to a campaign", ANY,
        body=ProfileIn, answer=schemas.CampaignOut, note=_scoped(MANAGE), example={"gsm": "41793026727"},
    ),
    Operation(
        "PUT", "/omni/2/campaigns/{key}/destinations", "addPeople", "campaigns", "Add people to a campaign", ANY,
        body=CampaignPeopleIn, answer=schemas.CampaignOut, note=_scoped(MANAGE),
        example={"destinations": [{"gsm": "41793026727"}]},
    ),
)  # fmt: skip

_ACCESS: tuple[Operation, ...] = (
    Operation(
        "POST", "/auth/1/session", "beginSession", "access", "Begin a session", body=schemas.SessionIn,
        answer=schemas.SessionOut, refusals=(401,), example={"username": "Aladdin", "password": "open sesame"},
    ),
    Operation(
        "DELETE", "/auth/1/session", "endSession", "access", "End the session that asks", ("session",),
        answer=schemas.SessionOut,
    ),
    Operation(
        "POST", "/auth/1/oauth2/token", "grantToken", "access", "Get a token of OAuth 2", body=GrantIn,
        answer=schemas.GrantOut, refusals=(401,), upload=FORM,
    ),
    Operation(
        "POST", KEYS, "createKey", "access", "Make an API key", BASIC, 201, body=schemas.KeyIn, answer=schemas.KeyOut,
        example={"name": "My key", "allowedIPs": ["127.0.0.1"], "permissions": ["PUBLIC_API"]},
    ),
    Operation("GET", KEYS, "listKeys", "access", "Read the API keys", BASIC, answer=schemas.KeysOut),
    Operation("GET", KEYS + "/{key}", "readKey", "access", "Read an API key", BASIC, answer=schemas.KeyOut),
    Operation(
        "PUT", KEYS + "/{key}", "updateKey", "access", "Change what is named of an API key", BASIC,
        body=schemas.KeyIn, answer=schemas.KeyOut, example={"enabled": False},
    ),
)  # fmt: skip

DESCRIBE = Operation("GET", "/omni/openapi.json", "describe", "about", "This document", download="application/json")

TABLE = (*_SCENARIOS, *_SAMPLES, *_MESSAGES, *_BULKS, *_CAMPAIGNS, *_ACCESS, DESCRIBE)
