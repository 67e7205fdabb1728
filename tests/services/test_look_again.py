"""A block is set or lifted while somebody is judged, dialled or added: whoever comes last, all stand as it is then."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from omnibound.domain import law
from omnibound.domain.action import Action, Deed
from omnibound.domain.calendar import NEVER
from omnibound.domain.call import call_id
from omnibound.domain.changes import Changes
from omnibound.domain.facts import Failure
from omnibound.domain.member import Member, Progress
from omnibound.domain.status import Reason
from omnibound.ports import Stale
from omnibound.services import look_again
from omnibound.services.check_dials import Dial
from omnibound.services.engine import Engine
from omnibound.services.heed_choices import HeedChoices
from omnibound.services.keep_customers import Customers
from omnibound.services.look_again import BEFORE, LookAgain
from omnibound.wire.telephone import Chosen
from tests.services.conftest import START, House
from tests.services.test_judge_members import Floor
from tests.store import nouns
from tests.store.conftest import again as again
from tests.store.conftest import engine as engine
from tests.store.conftest import postgres_database as postgres_database
from tests.store.conftest import postgres_server as postgres_server
from tests.store.conftest import store as store
from tests.store.conftest import url as url

pytestmark = pytest.mark.anyio

NODE = 99


class Line(Floor):
    """With a dialer of which nothing is here but what it does to the store."""

    def looking(self) -> LookAgain:
        return LookAgain(self.check, self.house.store, self.campaigns.judge, self.clock)

    async def claim(self, id_: int) -> None:
        live = await self.live(id_)
        await self.house.store.record(Changes(moved=[(_next(live), NODE, live.version)]))

    async def park(self, id_: int) -> None:
        """As the engine does with whom the check has refused."""
        live = await self.live(id_)
        parked = (_next(live, due_at=NEVER), 0, live.version)
        result = nouns.result(id_, self.clock.now, progress=Progress.FILTERED)
        await self.house.store.record(Changes(moved=[parked], results=[replace(result, due_at=NEVER)]))


def _next(live: Any, **other: Any) -> Any:
    return replace(live, version=live.version + 1, **other)


@pytest.fixture
async def line(house: House) -> Line:
    return Line(house, await house.account(), law.NONE)


async def test_who_opts_out_is_out_of_all_campaigns_at_once(line: Line) -> None:
    """By the number of the call; counters say so when the choice is acknowledged. Lifted, all are back."""
    await line.made(actions=(Action(on="9", do=Deed.OPT_OUT),))
    await line.made("other", start=False)
    first, second = await line.joined(), await line.joined("other", people=[("48300", "Rome"), ("0048-201", "Bonn")])
    over = nouns.call(first[1], account=line.account.id, number="0048 201")
    await line.house.store.record(Changes(calls=[over]))
    heed = HeedChoices(line.house.store, line.campaigns.judge, line.clock)
    chosen = Chosen(
        number=1, call=call_id(first[1], 1), trunk="t", at=START, on="9", do=Deed.OPT_OUT, turn=1, digits="9"
    )  # fmt: skip
    for _ in range(2):
        await heed(chosen)
        assert (await line.filtered(first), await line.filtered(second)) == ([1], [1])
        assert (await line.house.store.campaigns.members_of(second))[second[1]].detail == "opted_out"
    await line.campaigns.unsuppress(line.account, "48201")
    assert (await line.filtered(first), await line.filtered(second)) == ([], [])


async def test_a_block_is_lifted_while_somebody_is_refused_at_the_dial(line: Line) -> None:
    await line.made()
    ids = await line.joined()
    look = line.looking()
    await look.beat()
    await line.claim(ids[0])
    await line.house.store.campaigns.suppress(line.account.id, "VOICE", ["48100"], Reason.BLOCKED, START)
    told = await look([await line.attempt(id_) for id_ in ids[:2]])
    assert (told[ids[0]], type(told[ids[1]])) == (
        Failure(Reason.BLOCKED, "blocked", retry=True, after=NEVER - START),
        Dial,
    )
    await line.campaigns.unsuppress(line.account, "48100")
    await look.beat()
    await line.park(ids[0])
    assert await line.filtered(ids) == [0]
    await look.beat()
    assert await line.filtered(ids) == []
    await line.park(ids[0])
    await look.beat()
    assert await line.filtered(ids) == [0], "nobody was refused any more"


async def test_who_was_let_go_and_refused_once_more_is_looked_at_once_more(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    await line.made()
    (id_, *_) = await line.joined()
    look, judge = line.looking(), line.campaigns.judge
    await line.house.store.campaigns.suppress(line.account.id, "VOICE", ["48100"], Reason.BLOCKED, START)
    await look([await line.attempt(id_)])
    of_members, times = judge.of_members, 0

    async def slow(campaign: Any, ids: Sequence[int]) -> int:
        nonlocal times
        times += 1
        if times == 1:
            await look([await line.attempt(id_)])
        if times == 2:
            raise Stale("the database is away")
        return await of_members(campaign, ids)

    monkeypatch.setattr(judge, "of_members", slow)
    await look.beat()
    with pytest.raises(Stale):
        await look.beat()
    await look.beat()
    await look.beat()
    assert times == 3


async def test_what_an_earlier_start_has_left_is_looked_at_once(line: Line) -> None:
    await line.made()
    await line.made("plain", dialer="")
    ids = await line.joined()
    await line.house.store.campaigns.suppress(line.account.id, "VOICE", ["48102"], Reason.BLOCKED, START)
    for place in (0, 2):
        await line.park(ids[place])
    line.clock.now += BEFORE - 1
    look = line.looking()
    await look.beat()
    assert await line.filtered(ids) == [2]
    await line.park(ids[1])
    line.clock.now += BEFORE + 2
    await line.looking().beat()
    assert await line.filtered(ids) == [1, 2], "too long ago to be a race"


async def test_a_campaign_that_is_gone_is_forgotten(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    await line.made()
    ids = await line.joined()
    await line.house.store.campaigns.suppress(line.account.id, "VOICE", ["48100"], Reason.BLOCKED, START)
    look = line.looking()
    await look.beat()
    await look([await line.attempt(ids[0])])

    async def none(*_: Any) -> None:
        return None

    monkeypatch.setattr(line.house.store.campaigns, "one", none)
    await look.beat()
    monkeypatch.undo()
    await look.beat()
    assert await line.filtered(ids) == []


@pytest.mark.parametrize("blocked", [True, False], ids=["blocked", "let go"])
async def test_a_number_changes_while_its_person_is_judged(
    line: Line, monkeypatch: pytest.MonkeyPatch, blocked: bool
) -> None:
    """The other way round just before the commit: whoever did that has judged before, and found nothing to change."""
    await line.made()
    ids = await line.joined()
    judge, store = line.campaigns.judge, line.house.store
    if blocked:
        await line.campaigns.suppress(line.account, ["48100"])
    switch = _switch(line, to=blocked)
    await switch(not blocked)
    record = store.record

    async def late(changes: Changes) -> None:
        if changes.moved:
            monkeypatch.setattr(store, "record", record)
            await switch(blocked)
        await record(changes)

    monkeypatch.setattr(store, "record", late)
    await judge.of_members(await line.campaigns.one(line.account, "c"), ids)
    assert await line.filtered(ids) == ([0] if blocked else [])


@pytest.mark.parametrize("blocked", [True, False], ids=["blocked", "let go"])
async def test_a_number_changes_while_its_person_is_added(
    line: Line, monkeypatch: pytest.MonkeyPatch, blocked: bool
) -> None:
    await line.made()
    store = line.house.store
    customers = Customers(store, line.campaigns, line.house.mint, line.clock, Engine(), line.put)
    switch = _switch(line, to=blocked)
    await switch(not blocked)
    record = store.record

    async def late(changes: Changes) -> None:
        monkeypatch.setattr(store, "record", record)
        await switch(blocked)
        await record(changes)

    monkeypatch.setattr(store, "record", late)
    people = [Member(id=0, account=0, campaign="", phone=phone) for phone, _ in (("+48100", ""), ("48101", ""))]
    verdicts = await customers.add_many(line.account, "c", people)
    assert await line.filtered([each.id for each in verdicts]) == ([0] if blocked else [])


def _switch(line: Line, to: bool) -> Callable[[bool], Awaitable[Any]]:
    campaigns, account = line.house.store.campaigns, line.account.id

    async def switch(blocked: bool) -> Any:
        if blocked:
            return await campaigns.suppress(account, "VOICE", ["48100"], Reason.BLOCKED, START)
        return await campaigns.unsuppress(account, "VOICE", "48100")

    return switch


async def test_it_goes_on_by_itself_and_through_a_failure(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(look_again, "BEAT_S", 0.001)
    await line.made()
    ids = await line.joined()
    await line.park(ids[0])
    judged, of_members, failures = asyncio.Event(), line.campaigns.judge.of_members, [Stale("live")]

    async def told(campaign: Any, some: Sequence[int]) -> int:
        if failures:
            raise failures.pop()
        number = await of_members(campaign, some)
        judged.set()
        return number

    monkeypatch.setattr(line.campaigns.judge, "of_members", told)
    look = line.looking()
    look.start()
    await judged.wait()
    await look.stop()
    assert await line.filtered(ids) == []
