"""The shapes of Infobip's OMNI JSON, as clients send it and as it is answered.

Unknown members are ignored, and a null is an absent member everywhere: two official clients send every unset member
as null (C# 1.x, PHP 2.x). Limits stand here where a whole request is refused for them.
"""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Raw, Struct, UnsetType, field

MAX_ID = 100
"""Characters of a bulkId or a messageId. No source names a limit; the longest sample has 36."""

MAX_CALLBACK_DATA = 4000
"""Characters of callbackData (OpenAPI 3.210)."""

Id = Annotated[str, Meta(max_length=MAX_ID)]
Number = int | float | str
Whole = Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)]
Object = dict[str, Any]

Transliteration = Literal[
    "NONE", "ALL", "BALTIC", "BULGARIAN_CYRILLIC", "CENTRAL_EUROPEAN", "COLOMBIAN", "CYRILLIC", "GREEK",
    "NON_UNICODE", "PORTUGUESE", "SERBIAN_CYRILLIC", "TURKISH",
]  # fmt: skip


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


class Block(In):
    """What every channel's block has."""

    text: str | None = None
    validity_period: Number | None = None
    validity_period_time_unit: str | None = None


class Language(In):
    """Which national language tables an SMS may use."""

    language_code: str | None = None
    single_shift: bool | None = None
    locking_shift: bool | None = None


class IndiaDlt(In):
    """What India's registry of templates asks for; `principalEntityId` is required."""

    content_template_id: str | None = None
    principal_entity_id: str | None = None
    telemarketer_id: str | None = None


class Korea(In):
    """The title of a Korean long message."""

    title: Annotated[str, Meta(max_length=66)] | None = None


class Regional(In):
    """What the law of a country adds."""

    india_dlt: IndiaDlt | None = None
    korea: Korea | None = None


class SmsIn(Block):
    """The `sms` block."""

    transliteration: Transliteration | None = None
    language: Language | None = None
    regional: Regional | None = None


class EmailIn(Block):
    """The `email` block."""

    subject: str | None = None


class NotificationOptions(In):
    """How a push notification looks and sounds."""

    vibration_enabled: bool | None = None
    sound_enabled: bool | None = None
    sound_name: str | None = None
    badge: Whole | None = None
    content_url: str | None = None
    category: str | None = None
    in_app_style: Literal["BANNER", "MODAL"] | None = None
    title: str | None = None
    is_silent: bool | None = None
    web_view_url: str | None = None
    inbox_topic: str | None = None


class PushIn(Block):
    """The `push` block."""

    custom_payload: Object | None = None
    notification_options: NotificationOptions | None = None
    target_only_primary_devices: bool | None = None
    include_notifications_disabled_devices: bool | None = None
    person_subscriptions: list[Any] | None = None
    device_subscriptions: list[Any] | None = None


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
    """The body of a send, with a block for each channel."""

    send_at: str | None = None
    notify: bool | None = None
    notify_url: str | None = None
    notify_content_type: str | None = None
    intermediate_report: bool | None = None
    callback_data: Annotated[str, Meta(max_length=MAX_CALLBACK_DATA)] | None = None
    sms: SmsIn | None = None
    push: PushIn | None = None
    email: EmailIn | None = None
    viber: Object | None = None
    whats_app: Object | None = None
    voice: Object | None = None
    facebook: Object | None = None
    line: Object | None = None
    v_kontakte: Object | None = None
    kakao_alim: Object | None = None
    kakao_chingu: Object | None = None
    parseco: Object | None = None


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


class ReportsOut(Out, kw_only=True):
    """A page of delivery reports."""

    results: list[ReportOut]
