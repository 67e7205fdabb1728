"""A server among its nodes, over a real store: leases, shares, heirs."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from omnibound.domain.bulk import Stop, Target
from omnibound.domain.node import Node, Setting, bind_slots
from omnibound.engine.holdings import Group
from omnibound.engine.membership import Membership
from omnibound.ports.store import TakenOver
from omnibound.store.opened import OpenedStore, open_store

pytestmark = pytest.mark.anyio
LEASE = 60_000_000
BINDS = bind_slots("a", 4)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[OpenedStore]:
    opened = open_store(tmp_path)
    yield opened
    await opened.close()


class Server:
    """A node without an engine: what it uses, what it inherits, and what it reads anew are kept."""

    def __init__(self, store: OpenedStore, me: Node, lease: int) -> None:
        self.membership = Membership(store.nodes, me, asyncio.sleep, lease)
        self.used: list[frozenset[str]] = []
        self.inherited: list[int] = []
        self.heeded = 0
        self.away = False
        self.may_inherit = asyncio.Event()
        self.may_inherit.set()
        group = Group("binds", BINDS, self._use)
        self.membership.connect(lambda: [group], self._inherit, {Setting.STOPS: self._heed})

    async def _use(self, held: frozenset[str]) -> None:
        self.used.append(held)

    async def _inherit(self, dead: int) -> int:
        await self.may_inherit.wait()
        self.inherited.append(dead)
        return 1

    async def _heed(self) -> None:
        if self.away:
            raise ConnectionError
        self.heeded += 1

    async def beat(self) -> None:
        await self.membership._beat()
        assert self.membership._holdings is not None
        await self.membership._holdings.settled()

    @property
    def binds(self) -> set[str]:
        return set(self.used[-1]) if self.used else set()


Join = Callable[..., Awaitable[Server]]


@pytest.fixture
def join(store: OpenedStore) -> Join:
    async def make(key: str, lease: int = LEASE) -> Server:
        server = Server(store, await store.nodes.join(key, f"host:{key}", "1", lease), lease)
        await server.membership.begin()
        return server

    return make


async def test_who_is_alone_has_all_at_once(join: Join) -> None:
    one = await join("a")
    assert (one.binds, one.membership.alone, one.membership.valid()) == (set(BINDS), True, True)


async def test_who_comes_later_gets_its_share_when_the_others_have_let_go(join: Join) -> None:
    one, two = await join("a"), await join("b")
    assert (one.binds, two.binds) == (set(BINDS), set())
    await one.beat()
    await two.beat()
    assert (one.binds, two.binds) == ({BINDS[0], BINDS[1]}, {BINDS[2], BINDS[3]})
    await one.membership.stop()
    await two.beat()
    assert two.binds == set(BINDS)


async def test_what_is_given_is_out_of_use_before_it_is_given(join: Join, store: OpenedStore) -> None:
    one, two = await join("a"), await join("b")
    slow = asyncio.Event()

    async def drain(held: frozenset[str]) -> None:
        await slow.wait()
        one.used.append(held)

    one.membership.connect(lambda: [Group("binds", BINDS, drain)], one._inherit, {})
    await one.membership._beat()
    await two.beat()
    assert two.binds == set()
    slow.set()
    await one.beat()
    await two.beat()
    assert (one.binds, two.binds) == ({BINDS[0], BINDS[1]}, {BINDS[2], BINDS[3]})
    slots = (await store.nodes.sight()).slots
    assert dict(slots) == {
        **dict.fromkeys(BINDS[:2], one.membership.me.incarnation),
        **dict.fromkeys(BINDS[2:], two.membership.me.incarnation),
    }


async def test_an_earlier_start_of_the_same_folder_is_taken_over_at_once(join: Join, store: OpenedStore) -> None:
    before = (await join("a")).membership.me.incarnation
    await store.settings.once("x", b"")
    again = await join("a")
    assert again.binds == set(BINDS)
    assert [node.incarnation for node in (await store.nodes.sight()).nodes] == [again.membership.me.incarnation]
    slots = (await store.nodes.sight()).slots
    assert (before in slots.values(), [name for name in slots if name.startswith("heir:")]) == (False, [])
    assert again.inherited == [before]


async def test_a_changed_setting_is_read_anew_once(join: Join, store: OpenedStore) -> None:
    one = await join("a")
    await one.beat()
    assert one.heeded == 1, "it may have changed while this one began"
    await store.bulks.put(Stop(target=Target(1, "b", 0), paused=True, at=1))
    await one.beat()
    await one.beat()
    assert one.heeded == 2


async def test_what_could_not_be_read_anew_is_read_with_the_next_beat(join: Join) -> None:
    one = await join("a")
    one.away = True
    with pytest.raises(ConnectionError):
        await one.beat()
    assert one.heeded == 0
    one.away = False
    await one.beat()
    assert one.heeded == 1


@asynccontextmanager
async def impatient(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """No lease lasts: whoever is looked at is not heard of any more."""
    monkeypatch.setattr("omnibound.domain.node.GRACE", -(1 << 61))
    monkeypatch.setattr("omnibound.engine.membership.GRACE", -(1 << 61))
    yield


async def test_who_is_not_heard_of_is_taken_over_and_must_begin_anew(
    join: Join, store: OpenedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = await join("a"), await join("b")
    two.membership._steady_since -= 1_000
    async with impatient(monkeypatch):
        await two.beat()
    await asyncio.gather(*two.membership._heirs.values())
    assert two.inherited == [one.membership.me.incarnation]
    await two.beat()
    assert two.binds == set(BINDS)
    assert [name for name in (await store.nodes.sight()).slots if name.startswith("heir:")] == []


async def test_nobody_is_taken_over_by_who_was_not_well_itself(join: Join, monkeypatch: pytest.MonkeyPatch) -> None:
    await join("a")
    two = await join("b")
    async with impatient(monkeypatch):
        await two.beat()
    await asyncio.gather(*two.membership._heirs.values())
    assert two.inherited == []


async def test_an_heir_that_dies_has_an_heir(join: Join, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two, three = await join("a"), await join("b"), await join("c")
    first = one.membership.me.incarnation
    two.may_inherit.clear()
    two.membership._steady_since -= 1_000
    three.membership._steady_since -= 1_000
    async with impatient(monkeypatch):
        # Takes over both, and does not come to the end of it.
        await two.beat()
        monkeypatch.setattr(three.membership, "_beat", _never)
    assert set(two.membership._heirs) == {first, three.membership.me.incarnation}
    for task in two.membership._heirs.values():
        task.cancel()
    await asyncio.gather(*two.membership._heirs.values(), return_exceptions=True)
    four = await join("b")
    assert four.inherited == [two.membership.me.incarnation], "the earlier start of its own folder, at once"
    four.membership._steady_since -= 1_000
    await four.beat()
    await asyncio.gather(*four.membership._heirs.values())
    assert sorted(four.inherited[1:]) == sorted([first, three.membership.me.incarnation])
    assert [name for name in (await four.membership._nodes.sight()).slots if name.startswith("heir:")] == []


async def _never() -> None:
    raise TakenOver


async def test_a_lease_that_is_over_lets_go_of_everything_and_comes_back(join: Join) -> None:
    one, two = await join("a"), await join("b")
    await one.beat()
    await two.beat()
    one.membership._sight = two.membership.sight
    one.membership._valid_until = 0
    one.membership._look_at_lapse()
    assert one.membership._holdings is not None
    await one.membership._holdings.settled()
    assert (one.membership.valid(), one.binds) == (False, set())
    await one.beat()
    assert (one.membership.valid(), one.binds) == (True, {BINDS[0], BINDS[1]})


async def test_who_is_alone_keeps_its_binds_while_the_database_is_away(join: Join) -> None:
    one = await join("a")
    one.membership._valid_until = 0
    one.membership._look_at_lapse()
    assert one.membership._holdings is not None
    await one.membership._holdings.settled()
    assert (one.membership.valid(), one.binds) == (False, set(BINDS))
