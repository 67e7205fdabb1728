"""People of campaigns in files: imported from tables, exported as CSV or as JSON lines."""

from collections.abc import AsyncIterator
from typing import Annotated

import msgspec
from msgspec import Meta, Struct
from starlette.responses import Response, StreamingResponse

from omnibound.api.base import ACCOUNT, Ask, Line
from omnibound.api.members import write_member
from omnibound.api.tables import CSV, write_csv, write_date
from omnibound.api.uploads import Upload
from omnibound.domain.campaign import Campaign
from omnibound.domain.errors import Invalid
from omnibound.domain.member import Member, Progress
from omnibound.services.import_members import Imported
from omnibound.wire.openapi import Operation

TABLES = ("text/csv", "text/tab-separated-values", "text/plain")
LINES_OF_JSON = "application/x-ndjson"
MOST_OCTETS = 2_000_000_000
_FORMS = ("multipart/form-data", "application/json")
"""What clients send that mean to upload a file and do not know how."""


class ImportWish(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the table means. `dry_run`: look only, change nothing."""

    columns: Annotated[
        str,
        Meta(
            max_length=10_000,
            description="`COLUMN=WHAT`, between commas: what a column is, whose name does not say it; `-`: left out.",
        ),
    ] = ""
    dry_run: bool = False


class RejectedOut(Struct, frozen=True, kw_only=True):
    """A row that was not taken: the line on which it begins, your own id of the person, and why."""

    line: int
    external: str
    field: str
    fault: str


class ProgressOut(Struct, frozen=True, kw_only=True):
    """How far an import is. Each row that was looked at is `added`, `deleted` or `rejected`."""

    rows: int
    added: int
    deleted: int
    rejected: int


class ImportOut(Struct, frozen=True, kw_only=True):
    """What became of a table; with `dry_run` what would have."""

    rows: int
    added: int
    deleted: int
    rejected: list[RejectedOut]


async def import_table(ask: Ask[ImportWish, Upload]) -> ImportOut:
    """POST /api/v1/campaigns/{campaign}/import?columns=&dry_run=."""
    if ask.body.kind in _FORMS:
        raise Invalid("send the table itself as the body, as `curl --data-binary @FILE` does")
    names = _names(ask.query.columns)
    table = ask.body.parts(MOST_OCTETS)
    told = await ask.services.imports.run(ask.account, ask.place["campaign"], table, names, ask.query.dry_run)
    rejected = [
        RejectedOut(line=each.line, external=each.external, field=each.field, fault=each.text)
        for each in told.rejected
    ]  # fmt: skip
    return ImportOut(rows=told.rows, added=told.added, deleted=told.deleted, rejected=rejected)


async def progress(ask: Ask[None, None]) -> ProgressOut:
    """GET /api/v1/campaigns/{campaign}/import."""
    told: Imported = await ask.services.imports.progress(ask.account, ask.place["campaign"])
    return ProgressOut(rows=told.rows, added=told.added, deleted=told.deleted, rejected=len(told.rejected))


def _names(columns: str) -> dict[str, str]:
    names: dict[str, str] = {}
    for each in filter(None, (part.strip() for part in columns.split(","))):
        name, is_, what = each.partition("=")
        if not (is_ and name.strip() and what.strip()):
            raise Invalid("must be COLUMN=WHAT, between commas", "columns")
        names[name.strip()] = what.strip()
    return names


# --- export -----------------------------------------------------------------------------------------------------------

_COLUMNS = (
    "id", "external", "phones", "priority", "zone", "agent", "mode", "preview_s", "not_before", "progress", "doing",
    "reason", "result", "detail", "calls", "last_phone", "due_at", "created_at", "changed_at", "attributes",
)  # fmt: skip


async def export_csv(ask: Ask[None, None]) -> Response:
    """GET /api/v1/campaigns/{campaign}/members.csv."""
    campaign = await ask.services.campaigns.one(ask.account, ask.place["campaign"])
    return StreamingResponse(_csv(campaign, _pages(ask, campaign)), media_type=CSV)


async def export_lines(ask: Ask[None, None]) -> Response:
    """GET /api/v1/campaigns/{campaign}/members.jsonl."""
    campaign = await ask.services.campaigns.one(ask.account, ask.place["campaign"])
    return StreamingResponse(_json(campaign, _pages(ask, campaign)), media_type=LINES_OF_JSON)


async def _pages(ask: Ask[None, None], campaign: Campaign) -> AsyncIterator[list[Member]]:
    """All but those who are deleted."""
    async for members in ask.services.campaigns.members(ask.account, campaign.id):
        yield [member for member in members if member.stand.progress is not Progress.GONE]


async def _csv(campaign: Campaign, pages: AsyncIterator[list[Member]]) -> AsyncIterator[str]:
    yield write_csv([_COLUMNS])
    async for members in pages:
        yield write_csv([_line(campaign, member) for member in members])


def _line(campaign: Campaign, member: Member) -> tuple[object, ...]:
    told = write_member(campaign, member)
    return (
        told.id, told.external, member.phone, "" if told.priority is None else told.priority, told.zone, told.agent,
        told.mode or "", told.preview_s or "", write_date(member.not_before), told.progress, told.doing,
        told.reason or "", told.result, told.detail, told.calls, told.last_phone or "",
        "" if member.closed else write_date(member.due_at), write_date(member.created_at),
        write_date(member.changed_at), msgspec.json.encode(told.attributes).decode() if told.attributes else "",
    )  # fmt: skip


async def _json(campaign: Campaign, pages: AsyncIterator[list[Member]]) -> AsyncIterator[bytes]:
    async for members in pages:
        yield msgspec.json.Encoder().encode_lines([write_member(campaign, member) for member in members])


_PATH = "/api/v1/campaigns/{campaign}"
LINES: tuple[Line, ...] = (
    Line(
        Operation(
            "POST", f"{_PATH}/import", "importMembers", "campaigns",
            "Add people from a CSV table, and delete some; rows that cannot be taken are told", ACCOUNT,
            query=ImportWish, answer=ImportOut, upload=TABLES, refusals=(429, 503),
        ),
        import_table,
    ),
    Line(
        Operation(
            "GET", f"{_PATH}/import", "readImport", "campaigns", "How far the import is that runs", ACCOUNT,
            answer=ProgressOut,
        ),
        progress,
    ),
    Line(
        Operation(
            "GET", f"{_PATH}/members.csv", "exportMembers", "campaigns", "All people and how they stand: CSV", ACCOUNT,
            download=CSV,
        ),
        export_csv,
    ),
    Line(
        Operation(
            "GET", f"{_PATH}/members.jsonl", "exportMemberLines", "campaigns", "The same as lines of JSON", ACCOUNT,
            download=LINES_OF_JSON,
        ),
        export_lines,
    ),
)  # fmt: skip
