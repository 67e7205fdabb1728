"""People of campaigns as they come and go: schemas."""

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from omnibound.api.base import words
from omnibound.api.campaign_shapes import Instant, ModeWord
from omnibound.domain.member import Doing, Progress

MOST = 10_000
Phone = Annotated[str, Meta(max_length=64)]
Phones = Annotated[tuple[Phone, ...], Meta(min_length=1, max_length=3, description="In the order of the calls.")]
Priority = Annotated[int, Meta(ge=0, le=999_998, description="The lowest goes first; the campaign's if left out.")]
Text = Annotated[str, Meta(max_length=200)]
ProgressWord = Literal["not_handled", "handled", "max_calls", "filtered"]
Pattern = Annotated[str, Meta(max_length=200, description="`*` stands for any run, `?` for one character.")]


class MemberIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody to be reached. Without `external`, your own id, a number is made. `attributes` are for templates too."""

    phones: Phones
    external: Text = ""
    attributes: dict[str, Any] = {}
    priority: Priority | None = None
    zone: Annotated[str, Meta(max_length=64, description="An IANA name; by the number if left out.")] = ""
    agent: Annotated[str, Meta(max_length=200, description="Only this one gets the call.")] = ""
    mode: ModeWord | None = None
    preview_s: Annotated[int, Meta(ge=0, le=86_400, description="How long a preview lasts; 0: no limit.")] = 0
    not_before: Instant | None = None


class MemberChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be otherwise; what is left out stays. Null takes away."""

    phones: Phones | UnsetType = UNSET
    external: Annotated[str, Meta(min_length=1, max_length=200, description="Your own id.")] | UnsetType = UNSET
    attributes: dict[str, Any] | UnsetType = UNSET
    priority: Priority | UnsetType | None = UNSET
    zone: Annotated[str, Meta(max_length=64)] | UnsetType = UNSET
    agent: Text | UnsetType = UNSET
    mode: ModeWord | UnsetType | None = UNSET
    preview_s: Annotated[int, Meta(ge=0, le=86_400)] | UnsetType = UNSET
    not_before: Instant | UnsetType | None = UNSET


class MembersIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Up to 10,000. With `whole` all or none; without it those that can be, and the answer says which."""

    members: Annotated[list[MemberIn], Meta(min_length=1, max_length=MOST)]
    whole: bool = True


class AddedOut(Struct, frozen=True, kw_only=True):
    """One of the request. `fault` and `field` say why it was not added; then it has no `id`."""

    id: str
    fault: str = ""
    field: str = ""


class MembersAddedOut(Struct, frozen=True, kw_only=True):
    """In the order of the request."""

    members: list[AddedOut]


class MemberOut(Struct, frozen=True, kw_only=True):
    """Somebody of a campaign, and how they stand. `calls`: rounds that are over; `last_phone`: which was called last.

    `reason` is that of the last call, `result` what the agent said of it. `due_at`: when they are called next, null
    where no clock knows; `deleted`: in a list of changes only.
    """

    id: str
    external: str
    phones: list[str]
    attributes: dict[str, Any]
    priority: int | None
    zone: str
    agent: str
    mode: ModeWord | None
    preview_s: int
    not_before: datetime | None
    progress: Annotated[str, words(Progress)]
    doing: Annotated[str, words(Doing)]
    reason: Annotated[str | None, Meta(description="The word of a reason.")]
    meaning: str
    result: str
    detail: str
    calls: int
    last_phone: int
    due_at: datetime | None
    deleted: bool
    created_at: datetime | None
    changed_at: datetime | None


class MembersOut(Struct, frozen=True, kw_only=True):
    """A page. `next`: of changes, the cursor behind the last one; of others null."""

    members: list[MemberOut]
    next: str | None


class MembersWish(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who is wanted, in the order in which they came; or with `changed_after` in the order of their changes."""

    external: Pattern = "*"
    phone: Pattern = "*"
    progress: ProgressWord | None = None
    attribute: Annotated[str, Meta(max_length=200, description="The name of an attribute, with `value`.")] = ""
    value: Pattern = "*"
    offset: Annotated[int, Meta(ge=0, le=100_000_000)] = 0
    limit: Annotated[int, Meta(ge=1, le=1_000)] = 100
    changed_after: Annotated[str | None, Meta(description="The `next` of the page before; empty: from the first.")] = (
        None
    )


class AnswerIO(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was answered to a question of the script."""

    question: Annotated[str, Meta(max_length=1_000)]
    answer: Annotated[str, Meta(max_length=10_000)]


class AnswersIO(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that was answered, each question once."""

    answers: Annotated[list[AnswerIO], Meta(max_length=100)]
