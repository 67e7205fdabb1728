"""Numbers and ids of people are changed: who is found, called and excluded by them follows; what was, stays."""

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from omnibound.domain import law
from omnibound.domain.action import Speech
from omnibound.domain.campaign import Kind, Wish
from omnibound.domain.changes import Changes
from omnibound.domain.errors import Calling, Forbidden, Invalid
from omnibound.domain.live import Stage
from omnibound.domain.member import Member, Progress, Stand
from omnibound.domain.message import Content, address_for
from omnibound.domain.outbound import Condition
from omnibound.domain.status import Reason
from omnibound.ports.members import Search
from omnibound.services.change_customers import ChangeCustomers
from omnibound.services.check_dials import Dial
from omnibound.services.keep_customers import NOT_UNIQUE
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


class Desk(Floor):
    async def revise(self, id_: int, campaign: str = "c", **said: Any) -> Member:
        change = ChangeCustomers(self.house.store, self.campaigns, self.clock)
        return await change(self.account, campaign, id_, _said(said))

    async def found(self, **wanted: Any) -> list[int]:
        search = Search(account=self.account.id, campaign="c", **wanted)
        return [each.id for each in await self.house.store.members.search(search)]

    async def next_call(self, id_: int) -> str:
        """The number that is called next."""
        (each,) = await self.house.store.deliveries.load([id_])
        return address_for("VOICE", each.delivery.to, each.live.step)

    async def move(self, id_: int, **other: Any) -> None:
        (each,) = await self.house.store.deliveries.load([id_])
        live = replace(each.live, version=each.live.version + 1, **other)
        await self.house.store.record(Changes(moved=[(live, 0, each.live.version)]))


def _said(said: dict[str, Any]) -> Callable[[Member], Member]:
    return lambda member: replace(member, **said)


@pytest.fixture
async def desk(house: House) -> Desk:
    return Desk(house, await house.account(), law.NONE)


async def test_numbers_and_id_are_changed(desk: Desk) -> None:
    await desk.made()
    ids = await desk.joined()
    await desk.house.store.record(Changes(calls=[nouns.call(ids[1], account=desk.account.id, number="48101")]))
    before = (await desk.house.store.campaigns.members_of(ids))[ids[1]]
    desk.clock.now += 5
    told = await desk.revise(ids[1], phone="+48 901;48902;48903", external="New")
    assert told == replace(before, phone="+48 901;48902;48903", external="New", changed_at=START + 5)
    assert [await desk.found(numbers=text) for text in ("*48101*", "+48 901*", "*48903")] == [[], [ids[1]], [ids[1]]]
    assert [await desk.found(external=text) for text in ("1", "new", "n?w")] == [[], [ids[1]], [ids[1]]]
    assert [await desk.found(attribute="Phone2", value=text) for text in ("48201", "48902")] == [[], [ids[1]]]
    assert await desk.house.store.members.taken(desk.account.id, "c", ["1", "New"]) == {"New"}
    assert await desk.next_call(ids[1]) == "48901"
    (dial,) = (await desk.check([await desk.attempt(ids[1])])).values()
    assert isinstance(dial, Dial)
    assert dial.member == told
    (call,) = (await desk.house.store.calls.of([ids[1]]))[ids[1]]
    assert call.number == "48101"
    assert (await desk.joined(people=[("48101", "Rome")], first=1))[0] > ids[-1]


@pytest.mark.parametrize("external", ["2", "4"], ids=["somebody's", "a deleted one's"])
async def test_an_id_is_unique(desk: Desk, external: str, monkeypatch: pytest.MonkeyPatch) -> None:
    await desk.made()
    ids = await desk.joined()
    await desk.house.store.record(Changes(results=[nouns.result(ids[4], START, progress=Progress.GONE)]))
    before = await desk.house.store.campaigns.members_of(ids)

    async def none_known(*_: Any) -> set[str]:
        """What another node adds just now."""
        return set()

    for _ in range(2):
        with pytest.raises(Invalid) as refused:
            await desk.revise(ids[0], external=external, phone="48999")
        assert (refused.value.field, refused.value.text) == ("external", NOT_UNIQUE)
        monkeypatch.setattr(desk.house.store.members, "taken", none_known)
    assert await desk.house.store.campaigns.members_of(ids) == before
    assert await desk.next_call(ids[0]) == "48100"
    assert (await desk.revise(ids[0], external="0")).external == "0"


async def test_blocks_and_filters_see_the_new_numbers(desk: Desk) -> None:
    await desk.made(excluded=(Condition(attribute="Phone2", operator="LIKE", values=("49%",)),))
    ids = await desk.joined()
    await desk.campaigns.suppress(desk.account, ["48999", "48102"])
    assert await desk.filtered(ids) == [2]
    await desk.revise(ids[0], phone="48100;+48 999")
    await desk.revise(ids[2], phone="48777")
    await desk.revise(ids[3], phone="48103;49103")
    assert await desk.filtered(ids) == [0, 3]
    await desk.campaigns.unsuppress(desk.account, "48999")
    await desk.revise(ids[3], phone="48103;48103")
    assert await desk.filtered(ids) == []


@pytest.mark.parametrize(
    ("phone", "step", "struck", "then"),
    [
        ("48101;48201", 1, 0b110, (1, 0b110)),
        ("+48101;0048201", 1, 0b110, (1, 0b110)),
        ("48101;48301", 1, 0b110, (1, 0b100)),
        ("48301", 1, 0b100, (0, 0b110)),
        ("48101;48201;48301", 0, 0b110, (0, 0)),
    ],
    ids=["as they were", "written otherwise", "another in its place", "fewer", "more"],
)
async def test_who_waits_is_called_by_their_new_numbers(
    desk: Desk, phone: str, step: int, struck: int, then: tuple[int, int]
) -> None:
    """What was struck were other numbers; the place of the next call stays where there is a number."""
    await desk.made()
    id_ = (await desk.joined())[1]
    await desk.move(id_, step=step, struck=struck, tries=1, attempt=4, round=1)
    await desk.revise(id_, phone=phone)
    live = await desk.live(id_)
    assert (live.step, live.struck, live.attempt, live.round) == (*then, 4, 1)


async def test_messages_go_to_the_new_number_and_address(desk: Desk) -> None:
    scenario = await desk.house.store.scenarios.default(desk.account.id)
    assert scenario
    await desk.made(
        kind=Kind.MESSAGES, scenario=scenario.key, speech=Speech(), message={"SMS": Content(text="a")}, start=False
    )
    id_ = (await desk.joined())[0]
    before = await desk.live(id_)
    await desk.revise(id_, phone="48 999", custom={"E-Mail": "x", "EMAIL": "a@example.org"})
    (each,) = await desk.house.store.deliveries.load([id_])
    assert (each.delivery.to.phone, each.delivery.to.email) == ("48999", "a@example.org")
    assert (each.live.step, each.live.struck) == (before.step, before.struck)


async def test_not_while_a_call_is_under_way(desk: Desk) -> None:
    await desk.made()
    ids = await desk.joined()
    await desk.move(ids[0], stage=Stage.SENT)
    await desk.move(ids[1], stage=Stage.HELD)
    (each,) = await desk.house.store.deliveries.load([ids[2]])
    taken = (replace(each.live, version=each.live.version + 1), 99, each.live.version)
    await desk.house.store.record(Changes(moved=[taken]))
    for id_ in ids[:3]:
        with pytest.raises(Calling):
            await desk.revise(id_, phone="48999", external="x")
    assert await desk.found(numbers="48999") == []


async def test_who_is_done_may_be_changed_and_stays_done(desk: Desk) -> None:
    await desk.made()
    id_ = (await desk.joined())[0]
    (each,) = await desk.house.store.deliveries.load([id_])
    stand = Stand(progress=Progress.HANDLED, closed=True, reason=Reason.SUCCESS, tries=1, last_number=1)
    done = nouns.result(
        id_, START, progress=Progress.HANDLED, closed=True, reason=Reason.SUCCESS, tries=1, last_number=1
    )
    await desk.house.store.record(Changes(results=[done], ended=[(id_, each.live.version)]))
    told = await desk.revise(id_, phone="48999", external="x")
    assert (told.phone, told.external, told.stand) == ("48999", "x", stand)


async def test_where_nothing_changes_any_more(desk: Desk) -> None:
    await desk.made()
    await desk.made("plain", dialer="")
    id_, plain = (await desk.joined())[0], (await desk.joined("plain"))[0]
    with pytest.raises(Invalid) as refused:
        await desk.revise(plain, "plain", phone="48999")
    assert refused.value.field == "phones"
    assert (await desk.revise(plain, "plain", external="x")).external == "x"
    await desk.campaigns.say(desk.account, "c", Wish.FINISH)
    with pytest.raises(Forbidden):
        await desk.revise(id_, phone="48999")
