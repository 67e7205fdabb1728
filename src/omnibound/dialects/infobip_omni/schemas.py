"""The shapes of Infobip's OMNI JSON, as clients send it and as it is answered.

Unknown members are ignored, and a null is an absent member everywhere: two official clients send every unset member
as null (C# 1.x, PHP 2.x). Limits stand here where a whole request is refused for them.
"""

from typing import Annotated, Any

from msgspec import UNSET, Meta, Raw, Struct, UnsetType, field

MAX_ID = 100
"""Characters of a bulkId or a messageId. No source names a limit; the longest sample has 36."""

MAX_CALLBACK_DATA = 4000
"""Characters of callbackData (OpenAPI 3.210)."""

Id = Annotated[str, Meta(max_length=MAX_ID)]


class In(Struct, gc=False, rename="camel", omit_defaults=True):
    """Something a client sends."""


# -- Scenarios ---------------------------------------------------------------------------------------------------


class StepIn(In):
    """A step of a scenario. A sender such as `3045` may come as a number."""

    channel: str | None = None
    sender: str | int | None = field(name="from", default=None)


class ScenarioIn(In):
    """A scenario to create, or the members of one to change. `defaultScenario` is what the clients of 2018 send."""

    name: str | None = None
    flow: list[StepIn | None] | None = None
    default: bool | None = None
    default_scenario: bool | None = None


# -- Sending -----------------------------------------------------------------------------------------------------


class To(In):
    """Where a person is reached; read, and echoed as it was read."""

    phone_number: str | int | None = None
    email_address: str | None = None
    push_registration_id: str | None = None
    facebook_user_key: str | None = None
    line_user_key: str | None = None
    whats_app_user_id: str | None = None


class DestinationIn(In):
    """One person, with the client's own id for the message."""

    to: To | None = None
    message_id: Id | None = None


class ToSomebody(In):
    """What both ways to send have. One third party writes `key` for `scenarioKey`, another a bare destination."""

    destinations: list[DestinationIn | None] | DestinationIn | None = None
    scenario_key: str | None = None
    key: str | None = None
    bulk_id: Id | None = None


class TextIn(ToSomebody):
    """The body of a simple send: one text for every channel, the subject for e-mail."""

    text: str | None = None
    mail_subject: str | None = None


class SendIn(ToSomebody):
    """The body of a send. The channels' blocks are read later (`blocks`): only those of the scenario must be right."""

    send_at: str | None = None
    notify: bool | None = None
    notify_url: str | None = None
    notify_content_type: str | None = None
    intermediate_report: bool | None = None
    callback_data: Annotated[str, Meta(max_length=MAX_CALLBACK_DATA)] | None = None
    sms: Any = None
    push: Any = None
    email: Any = None
    viber: Any = None
    whats_app: Any = None
    voice: Any = None
    facebook: Any = None
    line: Any = None
    v_kontakte: Any = None
    kakao_alim: Any = None
    kakao_chingu: Any = None
    parseco: Any = None


# -- Bulks -------------------------------------------------------------------------------------------------------


class BulkIn(In):
    """When a bulk is to begin instead."""

    send_at: str | None = None


class BulkStatusIn(In):
    """What is to become of a bulk."""

    status: str | None = None


# -- Access ------------------------------------------------------------------------------------------------------


class SessionIn(In):
    """Who wants a session."""

    username: str | None = None
    password: str | None = None


class KeyIn(In):
    """A key to make, or the members of one to change. An empty date takes the limit away."""

    name: str | None = None
    allowed_ips: list[str] | None = field(name="allowedIPs", default=None)
    valid_from: str | None = None
    valid_to: str | None = None
    enabled: bool | None = None
    permissions: list[str] | None = None


# -- Answers -----------------------------------------------------------------------------------------------------


class Out(Struct, gc=False, rename="camel", omit_defaults=True, kw_only=True):
    """Something we answer, its members in the documented order."""


class StepOut(Out, kw_only=True):
    """A step of a scenario."""

    sender: str = field(name="from", default="")
    channel: str


class ScenarioOut(Out, kw_only=True):
    """A scenario. `defaultScenario` repeats `default`, for the libraries of 2018 only: they read nothing else."""

    key: str
    name: str
    flow: list[StepOut]
    default: bool
    default_scenario: bool | UnsetType = UNSET


class ScenariosOut(Out, kw_only=True):
    """A page of scenarios."""

    scenarios: list[ScenarioOut]


class CampaignOut(Out, kw_only=True):
    """A campaign."""

    key: str
    name: str


class CampaignsOut(Out, kw_only=True):
    """A page of campaigns, and how many there are altogether."""

    campaigns: list[CampaignOut]
    campaign_count: int


class RowOut(Struct, frozen=True, gc=False, rename="camel"):
    """What became of one destination of a send; the status is encoded already."""

    to: To
    status: Raw
    message_id: str


class SendOut(Out, kw_only=True):
    """The answer to a send."""

    bulk_id: str = ""
    messages: list[RowOut]


class PriceOut(Struct, frozen=True, gc=False, rename="camel"):
    """What one part cost."""

    price_per_message: float
    currency: str


class ReportOut(Out, kw_only=True):
    """One delivery report; status and error are encoded already."""

    bulk_id: str = ""
    message_id: str
    to: str
    sent_at: str
    done_at: str
    message_count: int
    mcc_mnc: str
    price: PriceOut
    status: Raw
    error: Raw
    channel: str
    callback_data: str = ""


class SeenOut(Out, kw_only=True):
    """What tells that a message was seen."""

    message_id: str
    sender: str = field(name="from")
    to: str
    send_at: str | UnsetType = UNSET
    sent_at: str | UnsetType = UNSET
    seen_at: str


class SeensOut(Out, kw_only=True):
    """What is pushed of what was seen."""

    results: list[SeenOut]


class InboundTextOut(Out, kw_only=True, omit_defaults=False):
    """What a person wrote."""

    type: str = "TEXT"
    text: str


class InboundOut(Out, kw_only=True, omit_defaults=False):
    """A message from a person."""

    sender: str = field(name="from")
    to: str
    integration_type: str
    received_at: str
    message_id: str
    paired_message_id: str | None = None
    callback_data: str | None = None
    message: InboundTextOut
    price: PriceOut


class InboundsOut(Out, kw_only=True):
    """What is pushed of what people wrote."""

    results: list[InboundOut]
    message_count: int
    pending_message_count: int


class ReportsOut(Out, kw_only=True):
    """A page of delivery reports."""

    results: list[ReportOut]


class LogOut(Out, kw_only=True):
    """One row of the log; the status is encoded already. What has not ended has no `doneAt`."""

    bulk_id: str = ""
    message_id: str
    to: str
    sender: str = field(name="from")
    text: str
    sent_at: str
    done_at: str = ""
    message_count: int
    mcc_mnc: str
    price: PriceOut
    status: Raw
    channel: str


class LogsOut(Out, kw_only=True):
    """A page of the log."""

    results: list[LogOut]


class BulkOut(Out, kw_only=True):
    """When a bulk begins, or began."""

    bulk_id: str
    send_at: str


class BulkStatusOut(Out, kw_only=True):
    """How far a bulk is."""

    bulk_id: str
    status: str


class KeyOut(Out, kw_only=True):
    """A key. `publicApiKey` is what goes after `App`, and told once."""

    key: str
    public_api_key: str = ""
    account_key: str
    name: str
    allowed_ips: list[str] = field(name="allowedIPs")
    valid_from: str = ""
    valid_to: str = ""
    enabled: bool
    permissions: list[str]


class KeysOut(Struct, rename="camel"):
    """All keys of an account."""

    api_keys: list[KeyOut]


class SessionOut(Out, kw_only=True):
    """A session that has begun; without its token, one that has ended."""

    token: str = ""


class GrantOut(Struct, gc=False, kw_only=True):
    """A token of OAuth 2 (RFC 6749, 5.1), whose members are not in camel case."""

    access_token: str
    expires_in: int
    token_type: str = "Bearer"
