"""People of a campaign from a table: some hundred at a time, so that others have their turn; who is wrong is told.

While some are committed the next ones are read and checked; never more than those, so no commit waits behind two.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import Final, NamedTuple

from msgspec import Struct

from omnibound.domain.account import Account
from omnibound.domain.campaign import Campaign
from omnibound.domain.errors import Invalid, NotFound, Refused
from omnibound.domain.member import MOST_NUMBERS, SEPARATOR, Member, Mode, Traits
from omnibound.domain.member_checks import check_member
from omnibound.ports import Store
from omnibound.services.keep_campaigns import Campaigns
from omnibound.services.keep_customers import NOT_UNIQUE, Customers
from omnibound.wire.dates import read_date
from omnibound.wire.tables import NoTable, Record, Table

AT_ONCE: Final = 500
MOST_WRONG: Final = 100_000
"""A table with more wrong rows is another table."""

_EXTERNAL, _PHONE, _DATE, _DELETE = "externalid", "phone", "date", "delete"
_PRIORITY, _ZONE, _AGENT, _MODE, _PREVIEW = "priority", "timezone", "agentid", "dialingmode", "previewtime"
_PHONES: Final = tuple(f"{_PHONE}{place}" for place in range(1, MOST_NUMBERS + 1))
_SAME: Final[Mapping[str, str]] = {_PHONE: _PHONES[0], "agent": _AGENT, "mode": _MODE, "notbefore": _DATE}
KNOWN: Final = frozenset((_EXTERNAL, *_PHONES, _DATE, _DELETE, _PRIORITY, _ZONE, _AGENT, _MODE, _PREVIEW))
"""Columns that are no attributes, in small letters without spaces, dashes and underscores."""

LEFT_OUT: Final = "-"
_DELETED: Final = "d"


class Rejected(NamedTuple):
    """A row that was not taken: the line on which it begins, the client's id if it has one, and why."""

    line: int
    external: str
    field: str
    text: str


class Imported(Struct, kw_only=True):
    """How far an import is. `rows` are those that were looked at."""

    rows: int = 0
    added: int = 0
    deleted: int = 0
    rejected: list[Rejected] = []
    """In the order of the lines once it is over."""
    over: bool = False


class _Row(NamedTuple):
    line: int
    member: Member
    delete: bool


class ImportMembers:
    """Imports tables. One at a time in a campaign; `running` has how far each one is."""

    def __init__(self, store: Store, campaigns: Campaigns, customers: Customers) -> None:
        self._store = store
        self._campaigns = campaigns
        self._customers = customers
        self._running: dict[tuple[int, str], Imported] = {}

    async def progress(self, account: Account, id_: str) -> Imported:
        """Of the import that runs in a campaign. Raises NotFound."""
        await self._campaigns.one(account, id_)
        if (account.id, id_) not in self._running:
            raise NotFound("no import runs in the campaign", "campaign")
        return self._running[account.id, id_]

    async def run(
        self, account: Account, id_: str, table: AsyncIterator[bytes], names: Mapping[str, str], dry: bool
    ) -> Imported:
        """Read a table to its end. `names`: what a column of the head is instead; `dry`: look only, change nothing.

        Raises NotFound, Forbidden when the campaign is finished, Backlogged, and Invalid for what is no table; what was
        read before stays.
        """
        campaign = await self._campaigns.one(account, id_)
        if (account.id, id_) in self._running:
            raise Invalid("another import runs in the campaign", "campaign")
        told = self._running[account.id, id_] = Imported(rejected=[])
        run = _Run(self._store, self._customers, account, campaign, told, dry)
        try:
            await run.read(table, names)
        except NoTable as error:
            raise Invalid(f"{error}; {_so_far(told, dry)}", "table") from error
        finally:
            del self._running[account.id, id_]
        told.rejected.sort()
        told.over = True
        return told


def _so_far(told: Imported, dry: bool) -> str:
    taken = 0 if dry else told.added
    return f"of the lines before, {taken} people were added and {len(told.rejected)} rows rejected"


class _Run:
    """One import."""

    def __init__(
        self, store: Store, customers: Customers, account: Account, campaign: Campaign, told: Imported, dry: bool
    ) -> None:
        self._store = store
        self._customers = customers
        self._account = account
        self._campaign = campaign
        self._told = told
        self._dry = dry
        self._seen = set[int]()
        """Of a dry run: hashes of the external ids that were read."""
        self._columns: Columns | None = None
        self._before: asyncio.Task[None] | None = None
        """Those before are taken while the next ones are read."""

    async def read(self, table: AsyncIterator[bytes], names: Mapping[str, str]) -> None:
        reader = Table()
        try:
            async for octets in table:
                await self._records(reader.feed(octets), names)
            await self._records(reader.end(), names)
        finally:
            await self._taken()
        if self._columns is None:
            raise NoTable(1, "the table is empty")

    async def _records(self, records: list[Record], names: Mapping[str, str]) -> None:
        left = iter(records)
        if self._columns is None and (head := next(left, None)):
            if head.wrong:
                raise NoTable(head.line, head.wrong)
            self._columns = Columns(head.values, names, self._campaign.priority)
        while some := list(islice(left, AT_ONCE)):
            assert self._columns is not None  # noqa: S101 - the head was the first
            rows = list(self._rows(some, self._columns))
            await self._taken()
            self._before = asyncio.create_task(self._take(rows, len(some)))
            await asyncio.sleep(0)

    async def _taken(self) -> None:
        """Wait until those before are taken. Raises what went wrong with them."""
        before, self._before = self._before, None
        if before:
            await before

    def _rows(self, records: Sequence[Record], columns: "Columns") -> Iterator[_Row]:
        for record in records:
            if record.wrong:
                self._reject(record.line, "", "row", record.wrong)
                continue
            try:
                yield _Row(record.line, *columns.read(record.values))
            except Invalid as error:
                self._reject(record.line, columns.external(record.values), error.field, error.text)

    def _reject(self, line: int, external: str, field: str, text: str) -> None:
        self._told.rejected.append(Rejected(line, external, field, text))
        if len(self._told.rejected) >= MOST_WRONG:
            raise NoTable(line, f"more than {MOST_WRONG - 1} rows are wrong")

    # --- taking -------------------------------------------------------------------------------------------------------

    async def _take(self, rows: list[_Row], read: int) -> None:
        """In their order: a row may delete whom one before it has added. `read`: of how many they are left."""
        some: list[_Row] = []
        for row in rows:
            if not row.delete:
                some.append(row)
                continue
            await self._add(some)
            some = []
            await self._delete(row)
        await self._add(some)
        self._told.rows += read

    async def _add(self, rows: list[_Row]) -> None:
        if not rows:
            return
        members = [row.member for row in rows]
        run = self._customers.check if self._dry else self._customers.add_many
        verdicts = await run(self._account, self._campaign.id, members)
        for row, verdict in zip(rows, verdicts, strict=True):
            fault = verdict.fault or self._doubled(row.member.external)
            if fault:
                self._reject(row.line, row.member.external, fault.field, fault.text)
            else:
                self._told.added += 1

    def _doubled(self, external: str) -> Invalid | None:
        """Whether a dry run has read the id before: nobody was added by it, so nobody has it."""
        if not self._dry or not external:
            return None
        key = hash(external)
        if key in self._seen:
            return Invalid(NOT_UNIQUE, "external")
        self._seen.add(key)
        return None

    async def _delete(self, row: _Row) -> None:
        external = row.member.external
        campaign = self._campaign
        found = (await self._store.members.named(campaign.account, campaign.id, [external])).get(external)
        try:
            if found is None:
                raise NotFound("nobody has this id", "external")
            if not self._dry:
                await self._customers.delete(self._account, campaign, found)
            self._told.deleted += 1
        except Refused as error:
            self._reject(row.line, external, "external", error.text)


class Columns:
    """What the columns of a table are. Raises Invalid where nobody could be called by them."""

    def __init__(self, head: Sequence[str], names: Mapping[str, str], priority: int) -> None:
        given = [name.strip() for name in head]
        if unknown := [name for name in names if name not in given]:
            raise Invalid(f"the table has no column {unknown[0]}", "columns")
        self._places: dict[str, int] = {}
        self._attributes: list[tuple[int, str]] = []
        for place, name in enumerate(given):
            self._set(place, names.get(name, name))
        if _PHONES[0] not in self._places:
            raise Invalid("the table has no column Phone1", "columns")
        self._width = len(given)
        self._phones = [self._places[name] for name in _PHONES if name in self._places]
        # What has no column is read from behind the last one, where a row is empty.
        self._external, self._delete, self._date, *self._traits = (
            self._places.get(name, self._width)
            for name in (_EXTERNAL, _DELETE, _DATE, _PRIORITY, _MODE, _PREVIEW, _AGENT, _ZONE)
        )
        self._priority = priority

    def _set(self, place: int, name: str) -> None:
        if name == LEFT_OUT:
            return
        if not name:
            raise Invalid(f"column {place + 1} of the table has no name", "columns")
        key = name.casefold().translate(_BARE)
        known = _SAME.get(key, key)
        if known in self._places or any(name == other for _, other in self._attributes):
            raise Invalid(f"the table has two columns {name}", "columns")
        if known in KNOWN:
            self._places[known] = place
        else:
            self._attributes.append((place, name))

    def external(self, values: Sequence[str]) -> str:
        """The client's id in a row, wrong as the row may be."""
        return values[self._external].strip() if self._external < len(values) else ""

    def read(self, values: Sequence[str]) -> tuple[Member, bool]:
        """Whom a row means, and whether they are to be deleted. Raises Invalid."""
        if len(values) > self._width:
            raise Invalid(f"has {len(values)} columns, the head has {self._width}", "row")
        values = [*values, *[""] * (self._width + 1 - len(values))]
        external = values[self._external].strip()
        if values[self._delete].strip().casefold() == _DELETED:
            return Member(id=0, account=0, campaign="", phone="", external=external), True
        phones = [phone for place in self._phones if (phone := values[place].strip())]
        custom = {name: values[place] for place, name in self._attributes if values[place]}
        member = Member(
            id=0, account=0, campaign="", phone=SEPARATOR.join(phones), external=external, custom=custom or None,
            traits=_traits_of(self._priority, *[values[place] for place in self._traits]),
            not_before=_instant(values[self._date].strip()),
        )  # fmt: skip
        check_member(member)
        return member, False


_BARE: Final = str.maketrans("", "", " -_")


@lru_cache(maxsize=10_000)
def _traits_of(usual: int, priority: str, mode: str, preview: str, agent: str, zone: str) -> Traits:
    return Traits(
        priority=_whole(priority.strip(), _PRIORITY, usual), mode=_mode(mode.strip()),
        preview_s=_whole(preview.strip(), _PREVIEW, 0), agent=agent.strip(), zone=zone.strip(),
    )  # fmt: skip


def _whole(text: str, field: str, usual: int) -> int:
    if not text:
        return usual
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):
        raise Invalid(f"must be a whole number, not {text[:40]!r}", field)
    return int(text)


def _mode(text: str) -> Mode | None:
    if text and text.upper() not in Mode.__members__:
        raise Invalid(f"must be one of {', '.join(Mode.__members__)}", _MODE)
    return Mode[text.upper()] if text else None


def _instant(text: str) -> int:
    try:
        return max(0, read_date(text)) if text else 0
    except (ValueError, OverflowError) as error:
        raise Invalid(f"must be a date such as 2026-11-20T17:00:00Z, not {text[:40]!r}", _DATE) from error
