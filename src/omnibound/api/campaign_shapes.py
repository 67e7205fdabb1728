"""Campaigns as they come and go: schemas."""

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from omnibound.api.base import words
from omnibound.api.hours import HoursIO
from omnibound.api.messages import Channel
from omnibound.domain.campaign_status import CampaignStatus, DialerStatus

DeedWord = Literal["play", "repeat", "opt_out", "hang_up", "http"]
KindWord = Literal["announcement", "number", "queue", "messages"]
ModeWord = Literal["predictive", "progressive", "preview"]
MachineWord = Literal["nothing", "hang_up", "leave"]
OrderWord = Literal["ascending", "descending"]

Instant = Annotated[datetime, Meta(tz=True)]
Id = Annotated[str, Meta(max_length=64)]
Condition = Annotated[str, Meta(max_length=4_000, description="As `City = 'New York'`.")]
Conditions = Annotated[tuple[Condition, ...], Meta(max_length=100, description="Whom one of them fits is not called.")]


class SpeechIO(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a call says: an announcement by its id, or a text or SSML in a voice. SSML wins over text."""

    announcement: str = ""
    text: str = ""
    ssml: str = ""
    voice: str = ""


class RequestIO(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """An HTTP request, made while the call lasts; all of it may hold templates."""

    url: str
    method: str = "POST"
    headers: dict[str, str] = {}
    body: str = ""


class ActionIO(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a key (`0` to `9`, `*`, `#`), or the `end` of what is said, leads to."""

    on: str
    do: DeedWord
    play: SpeechIO | None = None
    http: RequestIO | None = None


class ContentIO(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What one channel of a scenario says, with templates. `options` are what only that channel knows."""

    text: Annotated[str, Meta(max_length=100_000)] = ""
    subject: Annotated[str, Meta(max_length=1_000)] = ""
    options: dict[str, Any] = {}


class CampaignIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A campaign to make. It is not started: people are taken and wait.

    Without `kind` it follows from what is given: a queue, a number, a scenario; else it is one of announcements.
    """

    name: Annotated[str, Meta(max_length=200)]
    id: Annotated[str, Meta(max_length=64, description="Your id for it; made if it is left out.")] = ""
    remarks: Annotated[str, Meta(max_length=4_000, description="What people should know of it.")] = ""
    kind: KindWord | None = None
    caller: Annotated[str, Meta(max_length=64, description="The number that is shown.")] = ""
    trunk: Annotated[str, Meta(max_length=64, description="The connector that calls take; any if left out.")] = ""
    speech: SpeechIO = SpeechIO()
    actions: tuple[ActionIO, ...] = ()
    attempts: Annotated[int, Meta(ge=1, le=100, description="Calls a person, at most.")] = 3
    pause_s: Annotated[float, Meta(ge=0, le=31_536_000, description="Between two calls.")] = 600
    pauses_s: Annotated[dict[str, float], Meta(description="The same by the reason of a call: `busy`.")] = {}
    schedule: Annotated[str, Meta(max_length=64, description="The id of hours that campaigns share.")] = ""
    hours: tuple[HoursIO, ...] = ()
    closed: Annotated[tuple[str, ...], Meta(description="Dates on which nobody is called.")] = ()
    zone: Annotated[str, Meta(description="An IANA name; by each number if left out.")] = ""
    priority: Annotated[int, Meta(ge=0, le=1_000, description="Of people who have none of their own.")] = 100
    not_before: Instant | None = None
    end_at: Instant | None = None
    lasts_days: Annotated[float, Meta(gt=0, le=365, description="How long a person is tried.")] = 30
    dialer: Annotated[str, Meta(max_length=64, description="Who starts its calls; `default` is there always.")] = ""
    mode: ModeWord = "predictive"
    queue: Annotated[str, Meta(max_length=64, description="Whose agents take the calls.")] = ""
    number: Annotated[str, Meta(max_length=400, description="What calls are joined to: an IVR's number.")] = ""
    scenario: Annotated[str, Meta(max_length=64, description="The key of a scenario that is sent.")] = ""
    message: Annotated[dict[Channel, ContentIO], Meta(description="What a scenario says, by channel.")] = {}
    pace: Annotated[int, Meta(ge=0, le=10_000_000, description="People an hour of a scenario; 0: no limit.")] = 0
    results: Annotated[str, Meta(max_length=64, description="The id of what agents may say.")] = ""
    script: Annotated[str, Meta(max_length=64, description="The id of what agents ask.")] = ""
    excluded: Conditions = ()
    lines: Annotated[int, Meta(ge=1, le=10_000, description="Calls at once, at most.")] = 30
    ring_s: Annotated[float, Meta(ge=15, le=120, description="How long it rings, at least.")] = 15
    per_day: Annotated[int, Meta(ge=0, le=100, description="Calls of a number a day; 0: no limit.")] = 0
    machine: Annotated[MachineWord, Meta(description="What is done where a machine answers.")] = "nothing"
    priority_order: Annotated[OrderWord, Meta(description="Whether the lowest or the highest go first.")] = "ascending"
    reserve: Annotated[bool, Meta(description="Call the abandoned again once an agent can be kept for it.")] = True
    farewell: SpeechIO = SpeechIO()


class CampaignOut(Struct, frozen=True, kw_only=True):
    """A campaign. `lacks`: members that it needs to be started; `guid`: its id for clients that want 32 digits."""

    id: str
    guid: str
    name: str
    remarks: str
    state: Literal["new", "started", "paused", "finished"]
    kind: KindWord
    lacks: list[str]
    caller: str
    trunk: str
    speech: SpeechIO
    actions: list[ActionIO]
    attempts: int
    pause_s: float
    pauses_s: dict[str, float]
    schedule: str
    hours: list[HoursIO]
    closed: list[str]
    zone: str
    priority: int
    not_before: datetime | None
    end_at: datetime | None
    lasts_days: float
    dialer: str
    mode: ModeWord
    queue: str
    number: str
    scenario: str
    message: dict[str, ContentIO]
    pace: int
    results: str
    script: str
    excluded: list[str]
    lines: int
    ring_s: float
    per_day: int
    machine: MachineWord
    priority_order: OrderWord
    reserve: bool
    farewell: SpeechIO
    created_at: datetime | None
    changed_at: datetime | None


class CopyIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new campaign with all that another one has, but its people."""

    name: Annotated[str, Meta(max_length=200)]
    id: Annotated[str, Meta(max_length=64, description="Your id for it; made if it is left out.")] = ""


class CampaignsWish(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where to go on, and how much."""

    after: Annotated[str, Meta(max_length=64, description="The last id of the page before.")] = ""
    limit: Annotated[int, Meta(ge=1, le=1_000, description="Campaigns a page.")] = 100


class CampaignsOut(Struct, frozen=True, kw_only=True):
    """A page, in the order of the ids."""

    campaigns: list[CampaignOut]


class ProgressOut(Struct, frozen=True, kw_only=True):
    """People by what the campaign still wants of them: `total` is the sum of the others. Who was deleted is in none.

    `status` is how the campaign is, `dialer` what its dialer does; both say nothing where it has none.
    """

    status: Annotated[str, words(CampaignStatus)]
    dialer: Annotated[str, words(DialerStatus)]
    total: int
    not_handled: int
    handled: int
    max_calls: int
    filtered: int


class CountsOut(Struct, frozen=True, kw_only=True):
    """Where its people stand. `why`: those that wait, by the reason of their last call; `new` were not called yet."""

    waiting: int
    answered: int
    machine: int
    busy: int
    no_answer: int
    failed: int
    stopped: int
    why: dict[str, int]
    progress: ProgressOut


class WindowOut(Struct, frozen=True, kw_only=True):
    """Calls that ended in it: `answered` by a person, `connected`, `abandoned`: nobody was there in time."""

    since: datetime | None
    until: datetime | None
    answered: int
    connected: int
    abandoned: int
    percent: Annotated[float, Meta(description="Abandoned of the answered ones, to three decimals.")]


class AbandonmentOut(Struct, frozen=True, kw_only=True):
    """The last 24 hours, and the last 30 days."""

    day: WindowOut
    month: WindowOut
