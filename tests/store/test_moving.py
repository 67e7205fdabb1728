"""`omnibound move`: every row is there afterwards, reads tell the same, and a move that fails leaves all as it was."""

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import apsw
import pytest
from msgspec.structs import replace

from omnibound.domain.campaign import Campaign
from omnibound.domain.changes import Changes, HandOverList, InFlight, Ref
from omnibound.domain.ids import Mint
from omnibound.domain.member import Member, Stand, Traits
from omnibound.domain.outbound import Queue
from omnibound.domain.push import Asked
from omnibound.domain.status import Reason
from omnibound.domain.webhook import MemberEvent, Webhook
from omnibound.ports.members import Search
from omnibound.store import moving
from omnibound.store.errors import StoreError
from omnibound.store.moving import MOVED, MOVING, move
from omnibound.store.opened import FILE, OpenedStore, open_postgres, open_store
from tests import postgres
from tests.store import nouns
from tests.store.move_child import POINTS

ROOT = Path(__file__).parents[2]
NOW = 1_760_000_000_000_000
CAMPAIGN = Campaign(id="c", account=nouns.ACCOUNT, name="C", guid="A" * 32)
MEMBER = Member(
    id=1, account=nouns.ACCOUNT, campaign="c", phone="48", custom={"a": "Ż"}, traits=Traits(priority=7),
    stand=Stand(reason=Reason.BUSY), answers=(("q", "a"),),
)  # fmt: skip
WEBHOOK = Webhook(
    account=nouns.ACCOUNT, application="a", url="u", format="f", settings={"url": "u"},
    requests={MemberEvent.CLOSED: Asked(headers={"a": "b"})},
)  # fmt: skip


def filled(folder: Path) -> list[int]:
    """A store in the folder with a row of nearly every kind; its deliveries of three days."""
    mint = Mint(3)
    ids = [mint.take(2, NOW + day * 86_400_000_000) for day in range(3)]

    async def fill() -> None:
        store = open_store(folder)
        for of, id_ in ids:
            born = nouns.born(nouns.live(id_, of=of))
            born.refs = [Ref(nouns.ACCOUNT, 1, id_, id_)]
            born.inflight = [InFlight("carrier", f"p-{id_}", id_, 1, 0, "c1", NOW)]
            born.handovers = [HandOverList(id_, 1, "c1", [(id_, 1)], NOW)]
            born.outcomes = [nouns.outcome(id_, attempt=2)]
            born.calls = [nouns.call(id_)]
            born.told = born.outcomes
            born.members = [replace(MEMBER, id=id_, external=str(id_))]
            await store.webhooks.put(WEBHOOK, 9)
            await store.record(born)
        await store.record(Changes(ended=[(ids[0][1], 0)]))
        await store.settings.once("message-id-key", b"\x00\xffkey")
        await store.campaigns.add(CAMPAIGN)
        await store.parts.add(nouns.ACCOUNT, "queue", Queue(id="q", name="Q"))
        await store.close()

    asyncio.run(fill())
    return [id_ for _, id_ in ids]


async def told(store: OpenedStore, ids: list[int]) -> list[Any]:
    """What the store says of them."""
    loaded = await store.deliveries.load(ids)
    return [
        loaded,
        await store.deliveries.messages([each.live.message for each in loaded]),
        [await store.deliveries.outcomes(id_) for id_ in ids],
        await store.receipts.find("carrier", [f"p-{id_}" for id_ in ids]),
        sorted(await store.receipts.unsettled(), key=lambda each: each.id),
        await store.calls.of(ids),
        [await store.deliveries.by_ref(nouns.ACCOUNT, id_, 0) for id_ in ids],
        await store.settings.once("message-id-key", b"another"),
        await store.webhooks.one(nouns.ACCOUNT, "a"),
        await store.pushes.page(nouns.ACCOUNT, None, (0, 0, 0, 0), 10),
        await store.campaigns.by_guid(nouns.ACCOUNT, CAMPAIGN.guid),
        await store.members.search(Search(account=nouns.ACCOUNT, campaign="c")),
        await store.members.search(Search(account=nouns.ACCOUNT, campaign="c", attribute="a", value="ż")),
        await store.members.counts(nouns.ACCOUNT, "c"),
        await store.members.next_external(nouns.ACCOUNT, "c"),
        await store.parts.one(nouns.ACCOUNT, "queue", "q"),
    ]


async def asked(store: OpenedStore, ids: list[int]) -> list[Any]:
    try:
        return await told(store, ids)
    finally:
        await store.close()


async def in_folder(folder: Path, ids: list[int]) -> list[Any]:
    return await asked(open_store(folder), ids)


async def in_postgres(url: str, ids: list[int]) -> list[Any]:
    return await asked(await open_postgres(url), ids)


@pytest.fixture
def url(postgres_server: str) -> str:
    return postgres.make(postgres_server, "omnibound_move")


def test_everything_is_there_afterwards(tmp_path: Path, url: str) -> None:
    ids = filled(tmp_path)
    before = asyncio.run(in_folder(tmp_path, ids))
    counts: dict[str, int] = {}
    total = move(tmp_path / FILE, url, counts.__setitem__)
    assert asyncio.run(in_postgres(url, ids)) == before
    assert {name: n for name, n in asyncio.run(postgres.counts(url)).items() if n} == {
        n: c for n, c in counts.items() if c
    }
    assert total == sum(counts.values()) > 15
    assert [path.name for path in tmp_path.iterdir() if not path.name.endswith(("-wal", "-shm"))] == [FILE + MOVED]


def test_it_goes_on_after_the_move(tmp_path: Path, url: str) -> None:
    """What the database numbers is numbered on, and rows that were moved can be changed."""
    ids = filled(tmp_path)
    move(tmp_path / FILE, url, lambda _name, _count: None)

    async def go_on() -> list[Any]:
        store = await open_postgres(url)
        await store.record(Changes(ended=[(ids[1], 0)]))
        left = await store.deliveries.load(ids)
        await store.close()
        return [each.live.id for each in left]

    assert asyncio.run(go_on()) == [ids[2]]


def test_a_database_that_is_not_empty_is_left_alone(tmp_path: Path, url: str) -> None:
    ids = filled(tmp_path)
    move(tmp_path / FILE, url, lambda _name, _count: None)
    (tmp_path / (FILE + MOVED)).rename(tmp_path / FILE)
    before = asyncio.run(postgres.counts(url))
    with pytest.raises(StoreError, match="not empty"):
        move(tmp_path / FILE, url, lambda _name, _count: None)
    assert (asyncio.run(postgres.counts(url)), (tmp_path / FILE).exists(), len(ids)) == (before, True, 3)


def test_a_move_that_fails_leaves_all_as_it_was(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(tmp_path)
    real = moving._table

    async def fail_late(source: Any, target: Any, name: str) -> int:
        if name == "refs":
            raise StoreError("the disk is full")
        return await real(source, target, name)

    monkeypatch.setattr(moving, "_table", fail_late)
    with pytest.raises(StoreError, match="disk is full"):
        move(tmp_path / FILE, url, lambda _name, _count: None)
    assert not any(asyncio.run(postgres.counts(url)).values())
    connection = apsw.Connection(str(tmp_path / FILE))
    assert next(iter(connection.execute("SELECT count(*) FROM live"))) == (2,)


def test_there_must_be_something_to_move(tmp_path: Path, url: str) -> None:
    with pytest.raises(StoreError, match="there is no database"):
        move(tmp_path / FILE, url, lambda _name, _count: None)
    assert list(tmp_path.iterdir()) == []


def killed(folder: Path, url: str, point: str) -> int:
    command = [sys.executable, "-m", "tests.store.move_child", str(folder), url, point]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


@pytest.mark.parametrize("point", list(POINTS))
def test_a_move_that_is_killed_is_finished_or_done_again(tmp_path: Path, url: str, point: str) -> None:
    """Meanwhile nobody serves from the file if the rows may be in both places."""
    ids = filled(tmp_path)
    before = asyncio.run(in_folder(tmp_path, ids))
    assert killed(tmp_path, url, point) == -9
    assert [(tmp_path / (FILE + end)).exists() for end in ("", MOVING, MOVED)] == [
        point == "before the file is put aside", point != "before the file is put aside", False,
    ]  # fmt: skip
    if point != "before the file is put aside":
        with pytest.raises(StoreError, match="was cut off: run `omnibound move` again"):
            asyncio.run(in_folder(tmp_path, ids))
    rows = move(tmp_path / FILE, url, lambda _name, _count: None)
    assert (rows == 0) == (point == "after the commit")
    assert asyncio.run(in_postgres(url, ids)) == before
    assert [(tmp_path / (FILE + end)).exists() for end in ("", MOVING, MOVED)] == [False, False, True]


def test_a_move_that_was_cut_off_goes_on_to_the_same_place(tmp_path: Path, url: str, postgres_server: str) -> None:
    filled(tmp_path)
    killed(tmp_path, url, "after the commit")
    other = postgres.make(postgres_server, "omnibound_move_elsewhere")
    with pytest.raises(StoreError, match=r"went to .*/omnibound_move\b.*: name the same with --to"):
        move(tmp_path / FILE, other, lambda _name, _count: None)
    assert (tmp_path / (FILE + MOVING)).exists()
