"""What OBI's bodies and queries hold, for the OpenAPI document; `reading` and `writing` say what is made of them."""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

Id = Annotated[str, Meta(min_length=32, max_length=32, pattern="^[0-9A-F]{32}$")]
Instant = Annotated[str, Meta(examples=["2020-06-29T12:00:00.000Z"], description="A date; without an offset UTC.")]
Pattern = Annotated[str, Meta(description="A pattern: `*` is any run of characters, `?` is one.")]
Flag = Annotated[str, Meta(extra_json_schema={"enum": ["true", "false"]})]
Mode = Literal["PREVIEW", "PREDICTIVE"]
AnyMode = Literal["PREVIEW", "PREDICTIVE", "PROGRESSIVE"]


class ProblemOut(Struct, rename="camel"):
    """What is wrong."""

    status_code: int
    error: str


# --- campaigns --------------------------------------------------------------------------------------------------------


class CallsOut(Struct, rename="camel"):
    """How many calls, how many of them were taken, and how many there were by each callResult."""

    calls: int
    answered: int
    call_results: dict[str, int]


class StatisticsOut(Struct):
    """All calls, and those of the day; what had none is left out."""

    total: CallsOut | None = None
    daily: CallsOut | None = None


class CampaignOut(Struct, rename="camel"):
    """A campaign; what is not set is left out."""

    id: Id
    name: str
    dialer_id: Id
    dialer: Id
    dialing_mode: AnyMode
    status: Literal["Passive", "Active", "Handled", "Expired", "Invalid", "Deleted"]
    dialer_status: Literal[
        "OPEN", "CLOSING", "CLOSING2", "CLOSED", "PASSIVE", "COMPLETED", "SUSPEND", "EXPIRED", "SHUTDOWN"
    ]
    queue_id: Id
    total: int
    handled: int
    not_handled: int
    max_calls: int
    filtered: int
    registered: Instant
    remarks: str = ""
    dialer_name: str = ""
    queue_name: str = ""
    custom_ivr_number: str = ""
    start_date: Instant = ""
    end_date: Instant = ""
    time_zone: str = ""
    statistics: StatisticsOut | None = None


class CampaignsQuery(Struct, rename="camel", omit_defaults=True):
    """Which campaigns are wanted."""

    name: Pattern = ""
    dialer_id: Pattern = ""
    dialer_name: Pattern = ""
    dialing_mode: Pattern = ""
    status: Annotated[str, Meta(description="Patterns, with commas between: one of them must fit.")] = ""
    dialer_status: Pattern = ""
    queue_id: Pattern = ""
    queue_name: Pattern = ""
    custom_ivr_number: Pattern = ""
    total: Pattern = ""
    handled: Pattern = ""
    max_calls: Pattern = ""
    filtered: Pattern = ""
    time_zone: Pattern = ""
    start_date: Instant | None = None
    start_date_end: Instant | None = None
    end_date: Instant | None = None
    end_date_end: Instant | None = None
    registered: Instant | None = None
    registered_end: Instant | None = None
    statistics: Flag = "false"
    statistics_date: Annotated[str, Meta(description="Statistics of this day (UTC) only.")] = ""
    agent_id: Annotated[str, Meta(description="Statistics of these agents only, with commas between.")] = ""


# --- customers --------------------------------------------------------------------------------------------------------


class Attribute(Struct):
    """Something that is known of a customer."""

    name: Annotated[str, Meta(min_length=1, max_length=200)]
    value: Annotated[str, Meta(max_length=10_000)] = ""


class Attributes(Struct):
    """All of it."""

    attribute: list[Attribute]


class Answer(Struct):
    """What an agent wrote down."""

    question: str
    answer: str


class ScriptOut(Struct):
    """The answers to a script's questions."""

    name: str
    answers: list[Answer]


class CustomerOut(Struct, rename="camel"):
    """A customer; what is not set is left out."""

    id: Id
    external_id: str
    numbers: str
    result: str
    call_count: int
    last_b_number: int
    date: Instant
    modification_date: Instant
    attributes: Attributes
    call_result: str = ""
    classifier: str = ""
    agent_id: str = ""
    dialing_mode: AnyMode | None = None
    preview_time: int = 0
    priority: int = 0
    time_zone: str = ""
    script: ScriptOut | None = None


class CustomerIn(Struct, rename="camel", omit_defaults=True):
    """A new customer. Attributes may come wrapped or as a list; the phone numbers as `Phone1` to `Phone3` of them."""

    external_id: Annotated[str, Meta(max_length=200, description="Empty: one is made.")] | None = None
    numbers: Annotated[str, Meta(description="One to three, between semicolons.")] | None = None
    date: Instant | None = None
    agent_id: Annotated[str, Meta(max_length=200)] | None = None
    dialing_mode: Mode | None = None
    preview_time: Annotated[int, Meta(ge=0, le=86_400, description="Seconds.")] | None = None
    priority: Annotated[int, Meta(ge=0, le=999_998, description="The lowest is called first.")] | None = None
    time_zone: str | None = None
    attributes: Attributes | list[Attribute] | None = None


class CustomersQuery(Struct, rename="camel", omit_defaults=True):
    """Which customers are wanted."""

    external_id: Pattern = ""
    numbers: Pattern = ""
    result: Pattern = ""
    call_result: Pattern = ""
    classifier: Pattern = ""
    call_count: Pattern = ""
    last_b_number: Pattern = ""
    agent_id: Pattern = ""
    dialing_mode: Pattern = ""
    preview_time: Pattern = ""
    priority: Pattern = ""
    time_zone: Pattern = ""
    date: Instant | None = None
    date_end: Instant | None = None
    modification_date: Instant | None = None
    modification_date_end: Instant | None = None
    attribute_name: Pattern = ""
    attribute_value: Annotated[str, Meta(description="A pattern; `attributeName` is mandatory beside it.")] = ""
    include_script: Flag = "false"
    offset: Annotated[int, Meta(ge=0, le=10**17)] = 0
    limit: Annotated[int, Meta(ge=0, le=10**17, description="More than 1,000 are never told.")] = 100


class ListQuery(Struct, rename="camel"):
    """What becomes of a list in which some are wrong."""

    stop_process_if_invalid_entries_found: Annotated[
        Flag, Meta(description="Whether nobody is added where anybody is wrong.")
    ] = "false"


class ItemOut(Struct, rename="camel"):
    """What became of one of a list: 201 with its id, 200 where it was only checked, else an error."""

    status_code: Literal[200, 201, 400]
    id: Id | None = None
    error: str = ""


Status = Annotated[Any, Meta(description="Active or Passive.")]
