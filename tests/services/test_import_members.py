"""People from tables: what columns mean, what is rejected and why, dry runs, deletions, how far an import is."""

import asyncio
from collections.abc import AsyncIterator
from itertools import count
from typing import Any

import pytest

from omnibound.domain.account import Account
from omnibound.domain.campaign import State, Wish
from omnibound.domain.errors import Backlogged, Forbidden, Invalid, NotFound
from omnibound.domain.member import Member, Mode, Progress, Traits
from omnibound.ports.members import Search
from omnibound.services import import_members
from omnibound.services.import_members import Imported, ImportMembers, Rejected
from omnibound.services.keep_customers import Verdict
from tests.services.conftest import House
from tests.services.test_keep_customers import Desk

pytestmark = pytest.mark.anyio

HEAD = "External ID,Phone1"


class Office(Desk):
    """A desk where tables are imported."""

    def __init__(self, house: House, account: Account) -> None:
        super().__init__(house, account)
        self.imports = ImportMembers(house.store, self.campaigns, self.customers)

    async def run(
        self, text: str | bytes, dry: bool = False, size: int = 50, names: dict[str, str] | None = None
    ) -> Imported:
        octets = text if isinstance(text, bytes) else text.encode()

        async def table() -> AsyncIterator[bytes]:
            for start in range(0, len(octets), size):
                yield octets[start : start + size]

        return await self.imports.run(self.account, "c", table(), names or {}, dry)

    async def people(self) -> list[Member]:
        return await self.house.store.members.search(Search(account=self.account.id, campaign="c", limit=10_000))


@pytest.fixture
async def office(house: House) -> Office:
    made = Office(house, await house.account())
    await made.made()
    return made


def said(member: Member) -> dict[str, Any]:
    return {"external": member.external, "phone": member.phone, "custom": member.custom, "traits": member.traits}


async def test_columns_mean_what_their_names_say(office: Office) -> None:
    told = await office.run(
        "external-id;Phone 1;phone2;PHONE_3;Priority;Time Zone;agentId;Dialing Mode;Preview Time;Date;City;e mail\n"
        "7;+48 111;;48333;5;Europe/Warsaw;anna;preview;30;2030-01-02T03:04:05Z;Łódź;a@b.c\n"
        '"8";48222;48223;48224;;;;;;;"a ""b"";\nc";\n'
    )
    assert told == Imported(rows=2, added=2, over=True)
    first, second = await office.people()
    assert said(first) == {
        "external": "7", "phone": "+48 111;48333", "custom": {"City": "Łódź", "e mail": "a@b.c"},
        "traits": Traits(priority=5, mode=Mode.PREVIEW, preview_s=30, agent="anna", zone="Europe/Warsaw"),
    }  # fmt: skip
    assert first.not_before == 1_893_553_445_000_000
    campaign = await office.campaigns.one(office.account, "c")
    assert said(second) == {
        "external": "8", "phone": "48222;48223;48224", "custom": {"City": 'a "b";\nc'},
        "traits": Traits(priority=campaign.priority),
    }  # fmt: skip


async def test_columns_may_be_named_otherwise(office: Office) -> None:
    names = {"Kunde": "External ID", "Telefon": "Phone1", "Alt": "-", "Ort": "City"}
    await office.run("Kunde\tTelefon\tAlt\tOrt\n1\t48111\tx\tRom\n", names=names)
    (member,) = await office.people()
    assert said(member) == {
        "external": "1", "phone": "48111", "custom": {"City": "Rom"}, "traits": member.traits,
    }  # fmt: skip


async def test_without_ids_they_are_made(office: Office) -> None:
    await office.run("Phone1\n48111\n48222\n")
    assert [member.external for member in await office.people()] == ["1", "2"]


async def test_rows_that_are_wrong_are_told_and_the_others_taken(office: Office) -> None:
    await office.run(f"{HEAD}\nold,48100\n")
    told = await office.run(
        f"{HEAD},Priority,Time Zone,Dialing Mode,Date,Preview Time\n"
        "a,48111\n"
        "b,12\n"
        'c,"+48\n111;;;"\n'
        "old,48111\n"
        "a,48112\n"
        "d,\n"
        "e,48111,x\n"
        "f,48111,,Mars/Base\n"
        "g,48111,,,sometimes\n"
        "h,48111,,,,tomorrow\n"
        "i,48111,,,,,-1\n"
        'j,"48"111,\n'
        "k,48111,,,,,,,\n"
        f"{'l' * 201},48111\n"
        "m,48111\n"
    )
    assert (told.rows, told.added) == (15, 2)
    assert [(each.line, each.external, each.field) for each in told.rejected] == [
        (3, "b", "phones[0]"), (4, "c", "phones"), (6, "old", "external"), (7, "a", "external"),
        (8, "d", "phones[0]"), (9, "e", "priority"), (10, "f", "zone"), (11, "g", "dialingmode"), (12, "h", "date"),
        (13, "i", "previewtime"), (14, "", "row"), (15, "k", "row"), (16, "l" * 201, "external"),
    ]  # fmt: skip
    assert told.rejected[3] == Rejected(7, "a", "external", "there is somebody with this id already")
    assert [member.external for member in await office.people()] == ["old", "a", "m"]


async def test_a_hundred_columns(office: Office) -> None:
    names = [f"Attribute {n}" for n in range(98)]
    values = [f"value {n}" for n in range(98)]
    told = await office.run(f"{HEAD},{','.join(names)}\n1,48111,{','.join(values)}\n")
    (member,) = await office.people()
    assert (told.added, member.custom) == (1, dict(zip(names, values, strict=True)))


async def test_a_dry_run_says_the_same_and_changes_nothing(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_members, "AT_ONCE", 2)
    await office.run(f"{HEAD}\nold,48100\n")
    before = await office.people()
    table = f"{HEAD},Delete\na,48111,\nb,12,\nc,48112,\na,48113,\nold,48100,\nold,,D\nnew,,d\n"
    dry = await office.run(table, dry=True)
    assert await office.people() == before
    assert (await office.run(table)) == dry
    assert (dry.rows, dry.added, dry.deleted) == (7, 2, 1)
    assert [each.line for each in dry.rejected] == [3, 5, 6, 8]


async def test_who_is_deleted_is_gone(office: Office) -> None:
    await office.run(f"{HEAD}\na,48111\nb,48112\n")
    told = await office.run(f"{HEAD},Delete\na,,D\nc,48113,\nc,,D\na,,D\n")
    assert (told.added, told.deleted, [each.line for each in told.rejected]) == (1, 2, [5])
    assert [member.external for member in await office.people()] == ["b"]
    counts = await office.house.store.members.counts(office.account.id, "c")
    assert sum(count.number for count in counts if count.stand.progress is Progress.GONE) == 2


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("", "line 1: the table is empty"),
        ("External ID,City\n", "the table has no column Phone1"),
        ("Phone1,Phone 1\n", "two columns Phone 1"),
        ("Phone1,A,A\n", "two columns A"),
        ("Phone1,\n", "column 2 of the table has no name"),
        ("Phone1\n48111\n\0", "line 3: has a NUL character"),
        (b"Phone1\n48111\n\xff", "line 3: octet 13 of the table"),
        ('Phone1\n48111\n"481', "line 3: begins a quote that is not closed"),
        ('"Phone1"x\n', "line 1: ',' expected"),
    ],
)
async def test_what_is_no_table(office: Office, table: str | bytes, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        await office.run(table)
    with pytest.raises(NotFound):
        await office.imports.progress(office.account, "c")


async def test_what_was_read_before_stays_and_is_told(office: Office) -> None:
    with pytest.raises(Invalid, match="1 people were added and 1 rows rejected"):
        await office.run(b"Phone1\n48111\n1\n\xff", size=15)
    assert [member.phone for member in await office.people()] == ["48111"]


async def test_a_table_with_too_many_wrong_rows_ends(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_members, "MOST_WRONG", 3)
    with pytest.raises(Invalid, match="line 4: more than 2 rows are wrong"):
        await office.run("Phone1\n1\n2\n3\n4\n")


async def test_a_column_that_is_not_there_cannot_be_renamed(office: Office) -> None:
    with pytest.raises(Invalid, match="no column Ort"):
        await office.run("Phone1\n48111\n", names={"Ort": "City"})


async def test_how_far_it_is_and_no_other_beside_it(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_members, "AT_ONCE", 1)
    going, seen = asyncio.Event(), asyncio.Event()

    async def table() -> AsyncIterator[bytes]:
        yield b"Phone1\n48111\n1\n"
        going.set()
        await seen.wait()
        yield b"48112\n"

    running = asyncio.create_task(office.imports.run(office.account, "c", table(), {}, False))
    await going.wait()
    far = await office.imports.progress(office.account, "c")
    assert (far.rows, far.added, len(far.rejected), far.over) == (2, 1, 1, False)
    with pytest.raises(Invalid, match="another import"):
        await office.run("Phone1\n48111\n")
    seen.set()
    told = await running
    assert (told.rows, told.added, told.over) == (3, 2, True)


async def test_where_nobody_may_join(office: Office) -> None:
    with pytest.raises(NotFound):
        await office.imports.run(await office.house.account("other"), "c", None, {}, False)  # type: ignore[arg-type]
    await office.campaigns.say(office.account, "c", Wish.FINISH)
    assert (await office.campaigns.one(office.account, "c")).state is State.FINISHED
    with pytest.raises(Forbidden):
        await office.run("Phone1\n48111\n")


async def test_others_have_their_turn_meanwhile(office: Office) -> None:
    """Between every few hundred rows."""
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    task = asyncio.create_task(others())
    await office.run("Phone1\n" + "".join(f"48{n:06}\n" for n in range(3_000)), size=1 << 16)
    task.cancel()
    assert turns > 3_000 // import_members.AT_ONCE
    assert len(await office.people()) == 3_000


async def test_the_next_rows_are_read_while_those_before_are_committed(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those and no more: never does one import have two commits under way."""
    monkeypatch.setattr(import_members, "AT_ONCE", 2)
    add_many, begun, gate = office.customers.add_many, asyncio.Event(), asyncio.Event()

    async def slow(*words: Any) -> list[Verdict]:
        begun.set()
        await gate.wait()
        return await add_many(*words)

    monkeypatch.setattr(office.customers, "add_many", slow)
    running = asyncio.create_task(office.run("Phone1\n48111\n48112\n1\n48113\n2\n48114\n"))
    await begun.wait()
    for _ in range(50):
        await asyncio.sleep(0)
    far = await office.imports.progress(office.account, "c")
    assert (far.rows, far.added, [each.line for each in far.rejected]) == (0, 0, [4])
    gate.set()
    told = await running
    assert (told.rows, told.added, [each.line for each in told.rejected]) == (6, 4, [4, 6])


async def test_what_fails_ends_it_and_nothing_behind_it_is_taken(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_members, "AT_ONCE", 1)
    add_many = office.customers.add_many
    asked = count()

    async def full_at_last(*words: Any) -> list[Verdict]:
        if next(asked):
            raise Backlogged("full", 1)
        return await add_many(*words)

    monkeypatch.setattr(office.customers, "add_many", full_at_last)
    with pytest.raises(Backlogged):
        await office.run("Phone1\n48111\n48112\n48113\n")
    assert [member.phone for member in await office.people()] == ["48111"]
    with pytest.raises(NotFound):
        await office.imports.progress(office.account, "c")
    assert next(asked) == 2
