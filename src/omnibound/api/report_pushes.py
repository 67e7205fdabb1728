"""What is pushed to the account's own address: what waits, what failed, and pushing again."""

import re
from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from omnibound.api.base import Ask, from_date, to_date, word, words
from omnibound.api.inbound import write_received
from omnibound.api.reports import write_report
from omnibound.domain.errors import Invalid
from omnibound.domain.order import Report
from omnibound.domain.push import Push, PushKey, Topic
from omnibound.domain.received import Received

_CURSOR = re.compile(r"(\d{1,18})-(\d{1,9})-(\d)-(\d{1,9})\Z")

State = Literal["waiting", "retrying", "failed"]


class PushesWish(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which ones, where to go on, and how many."""

    state: Annotated[
        Literal["all", "waiting", "failed"],
        Meta(description="`failed` was given up after two days; `waiting` is still tried."),
    ] = "all"
    after: Annotated[str, Meta(max_length=40, description="The `next` of the page before; empty at first.")] = ""
    limit: Annotated[int, Meta(ge=1, le=1_000)] = 100


class PushOut(Struct, frozen=True, kw_only=True):
    """What was not accepted yet. `why` says what came of the last try, `next` when it is tried again."""

    id: str
    topic: Annotated[str, words(Topic)]
    attempt: int
    url: str
    state: State
    tries: int
    why: str
    next: datetime | None
    until: datetime | None


class PushesOut(Struct, frozen=True, kw_only=True):
    """A page. `next` is the cursor of the following one; it is the one given if there is nothing more."""

    pushes: list[PushOut]
    next: str


class AgainIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be pushed again: what there is of one message, of what came in a time, or all that failed."""

    id: Annotated[str, Meta(max_length=200, description="The message's id, ours or your own.")] = ""
    since: Annotated[datetime, Meta(tz=True, description="It came at this instant or later.")] | None = None
    until: Annotated[datetime, Meta(tz=True, description="It came before; now if it is missing.")] | None = None
    failed: bool = False


class AgainOut(Struct, frozen=True, kw_only=True):
    """How many pushes begin anew."""

    again: int


class SecretOut(Struct, frozen=True, kw_only=True):
    """What pushes are signed with, as Standard Webhooks writes it."""

    secret: str


async def page(ask: Ask[PushesWish, None]) -> PushesOut:
    """GET /api/v1/pushes?state=&after=&limit=."""
    wish = ask.query
    over = None if wish.state == "all" else wish.state == "failed"
    found = await ask.services.pushes.page(ask.account, over, _after(wish.after), wish.limit)
    last = found[-1][0] if found else None
    return PushesOut(
        pushes=[_write(push, id_) for push, id_ in found],
        next="-".join(map(str, map(int, last.key))) if last else wish.after,
    )


def _after(cursor: str) -> PushKey:
    match = _CURSOR.match(cursor or "0-0-0-0")
    if match is None:
        raise Invalid("not the `next` of a page", "after")
    return int(match[1]), int(match[2]), int(match[3]), int(match[4])


def _write(push: Push, id_: str) -> PushOut:
    state: State = "failed" if push.over else "retrying" if push.tries else "waiting"
    return PushOut(
        id=id_,
        topic=word(push.topic),
        attempt=push.attempt,
        url=push.url,
        state=state,
        tries=push.tries,
        why=push.why,
        next=None if push.over else to_date(push.due_at),
        until=to_date(push.until),
    )


async def again(ask: Ask[None, AgainIn]) -> AgainOut:
    """POST /api/v1/pushes/again."""
    wish, pushes = ask.body, ask.services.pushes
    if sum((bool(wish.id), wish.since is not None, wish.failed)) != 1:
        raise Invalid("name one of them: an id, since, or failed", "id")
    if wish.until is not None and wish.since is None:
        raise Invalid("goes with since", "until")
    if wish.id:
        return AgainOut(again=await pushes.again_one(ask.account, wish.id))
    if wish.failed:
        return AgainOut(again=await pushes.again_failed(ask.account))
    until = from_date(wish.until) if wish.until else ask.parts.clock()
    return AgainOut(again=await pushes.again_between(ask.account, from_date(wish.since), until))


async def secret(ask: Ask[None, None]) -> SecretOut:
    """GET /api/v1/pushes/secret."""
    return SecretOut(secret=f"whsec_{b64encode(await ask.services.pushes.secret(ask.account)).decode()}")


class NativeReports:
    """How is pushed what no dialect writes (`ports.ReportFormat`): each as it is read at `/api/v1`."""

    content_type = "application/json"

    def write(self, reports: Sequence[Report]) -> bytes:
        """The body."""
        return msgspec.json.encode({"reports": [write_report(report) for report in reports]})

    def write_seen(self, reports: Sequence[Report]) -> bytes:
        """The body."""
        return msgspec.json.encode({"seen": [write_report(report) for report in reports]})

    def write_inbound(self, messages: Sequence[tuple[str, Received]], currency: str) -> bytes:
        """The body."""
        return msgspec.json.encode({"messages": [write_received(id_, received) for id_, received in messages]})
