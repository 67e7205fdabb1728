"""Filters and block lists are changed: who waits in dialled campaigns is judged again, and the counters say so."""

from typing import Any

import pytest
from msgspec.structs import replace

from omnibound.domain import law
from omnibound.domain.account import Account
from omnibound.domain.action import Speech
from omnibound.domain.bulk import PARKED, Stop
from omnibound.domain.calendar import NEVER
from omnibound.domain.campaign import Campaign, Wish
from omnibound.domain.campaign_flow import FOREVER
from omnibound.domain.changes import Changes
from omnibound.domain.errors import NotFound
from omnibound.domain.facts import Failure
from omnibound.domain.flow import DAY, HOUR, SECOND
from omnibound.domain.law import Law
from omnibound.domain.live import Live, Stage
from omnibound.domain.member import Doing, Member, Progress, Traits
from omnibound.domain.message import Attempt
from omnibound.domain.number import number_key
from omnibound.domain.outbound import Condition
from omnibound.domain.status import Reason
from omnibound.ports.store import Stale
from omnibound.services import judge_members
from omnibound.services.amend_campaigns import AmendCampaigns
from omnibound.services.check_dials import CheckDials, Dial
from omnibound.services.engine import Engine
from omnibound.services.enrol_members import Enrolment, keys_of
from omnibound.services.explain_member import ExplainMember
from omnibound.services.explain_waiting import ExplainWaiting
from omnibound.services.keep_campaigns import Campaigns, Terms
from omnibound.services.look_at_members import LookAtMembers, Probe
from tests.services.conftest import START, House
from tests.store import nouns

pytestmark = pytest.mark.anyio

PEOPLE = (("48100", "Rome"), ("48101;48201", "Bonn"), ("+48 102", "Rome"), ("48103", "Paris"), ("48104", "Bonn"))


def excluding(city: str) -> tuple[Condition, ...]:
    return (Condition(attribute="City", operator="=", values=(city,)),)


class Floor:
    """Dialled campaigns with people over a real store."""

    def __init__(self, house: House, account: Account, rules: Law) -> None:
        self.house = house
        self.account = account
        self.clock = house.clock
        self.campaigns = Campaigns(
            house.store, self.put, self.release, {"t": True}, {}, house.mint, house.clock, Terms(law=rules)
        )
        self.amend = AmendCampaigns(house.store, self.campaigns, Engine(), house.clock)
        self.check = CheckDials(house.store, house.clock, {}, rules)
        self.up = True
        look = LookAtMembers(house.store, self.campaigns, Probe(lambda _trunk: self.up), house.clock)
        self.explain = ExplainMember(house.store, look)
        self.waiting = ExplainWaiting(house.store, look)

    async def put(self, stop: Stop) -> bool:
        return await self.house.store.bulks.put(stop)

    async def release(self, *_: Any) -> int:
        return 0

    async def made(self, id_: str = "c", start: bool = True, **other: Any) -> Campaign:
        plain = {"id": id_, "account": 0, "name": "C", "dialer": "default", "speech": Speech(text="a")}
        campaign = await self.campaigns.add(self.account, Campaign(**{**plain, **other}))
        return await self.campaigns.say(self.account, id_, Wish.START) if start else campaign

    async def joined(self, id_: str = "c", people: Any = PEOPLE, first: int = 0, **other: Any) -> list[int]:
        """As they join; their own ids are numbers from `first` on."""
        campaign = await self.campaigns.one(self.account, id_)
        message, *ids = self.house.mint.take(1 + len(people), self.clock.now)
        enrolment = Enrolment(campaign, message, self.clock.now)
        for place, (member, (phone, city)) in enumerate(zip(ids, people, strict=True), first):
            one = Member(
                id=member, account=self.account.id, campaign=id_, phone=phone, external=str(place),
                custom={"City": city}, created_at=self.clock.now, changed_at=self.clock.now, **other,
            )  # fmt: skip
            blocked = await self.house.store.campaigns.suppressed(self.account.id, "VOICE", keys_of(one))
            enrolment.add(one, keys_of(one), next(iter(blocked.values()), None))
        await self.house.store.record(enrolment.changes)
        return ids

    async def filtered(self, ids: list[int]) -> list[int]:
        """Places of those who are; all that says so has to agree."""
        members = await self.house.store.campaigns.members_of(ids)
        lives = [await self.live(id_) for id_ in ids]
        found = [place for place, id_ in enumerate(ids) if members[id_].stand.progress is Progress.FILTERED]
        assert [place for place, live in enumerate(lives) if live.due_at % PARKED == NEVER] == found
        assert [place for place, id_ in enumerate(ids) if members[id_].due_at == NEVER] == found
        counts = await self.house.store.members.counts(self.account.id, members[ids[0]].campaign)
        told = {stand.progress: n for stand, _, n in counts if n}
        rest = len(ids) - len(found)
        assert told == {k: n for k, n in ((Progress.FILTERED, len(found)), (Progress.NOT_HANDLED, rest)) if n}
        return found

    async def live(self, id_: int) -> Live:
        live = await self.house.store.deliveries.live(id_)
        assert live
        return live

    async def change(self, **other: Any) -> None:
        await self.amend.change(self.account, "c", lambda campaign: replace(campaign, **other), due=False)

    async def attempt(self, id_: int) -> Attempt:
        (each,) = await self.house.store.deliveries.load([id_])
        message = await self.house.store.deliveries.message(each.live.message)
        assert message
        step = message.flow.steps[each.live.step]
        return Attempt(id_, 1, step, each.delivery.to.phone, message.content["VOICE"], message, 0)

    async def why(self, who: str) -> tuple[str, int, int, str]:
        cause, until, since, detail = (await self.explain(self.account, "c", who)).why
        return cause.name, until, since, detail


@pytest.fixture
async def floor(house: House) -> Floor:
    return Floor(house, await house.account(), law.NONE)


async def test_a_filter_is_changed_both_ways(floor: Floor) -> None:
    await floor.made()
    ids = await floor.joined()
    assert await floor.filtered(ids) == []
    await floor.change(excluded=excluding("Rome"))
    assert await floor.filtered(ids) == [0, 2]
    await floor.change(excluded=excluding("Bonn"))
    assert await floor.filtered(ids) == [1, 4]
    assert [(await floor.live(id_)).step_until - FOREVER for id_ in ids] == [START, NEVER, START, START, NEVER]
    await floor.change(excluded=())
    assert await floor.filtered(ids) == []
    assert {(await floor.live(id_)).due_at for id_ in ids} == {START}


async def test_numbers_are_blocked_and_let_go_in_all_campaigns_that_dial(floor: Floor) -> None:
    await floor.made()
    await floor.made("paused", start=False)
    await floor.made("plain", dialer="")
    first, second, plain = [await floor.joined(id_) for id_ in ("c", "paused", "plain")]
    await floor.campaigns.suppress(floor.account, ["0048 201", "48104", "48999"])
    for ids in (first, second):
        assert await floor.filtered(ids) == [1, 4]
    assert await floor.filtered(plain) == []
    more = await floor.joined(first=5)
    assert [(await floor.house.store.campaigns.members_of(more))[id_].detail for id_ in more] == [
        "", "blocked", "", "", "blocked",
    ]  # fmt: skip
    await floor.campaigns.unsuppress(floor.account, "48201")
    assert await floor.filtered([*first, *more]) == [4, 9]
    assert (await floor.live(second[1])).due_at == START
    with pytest.raises(NotFound):
        await floor.campaigns.unsuppress(floor.account, "48201")


async def test_who_is_called_or_held_in_memory_is_left(floor: Floor) -> None:
    await floor.made()
    ids = await floor.joined()
    lives = [await floor.live(id_) for id_ in ids]
    moved = [
        (replace(lives[0], stage=Stage.SENT, version=1), 0, 0), (replace(lives[2], version=1), 99, 0),
        (replace(lives[1], stage=Stage.HELD, version=1), 0, 0),
    ]  # fmt: skip
    calling = nouns.result(ids[0], START, doing=Doing.CALLING)
    await floor.house.store.record(Changes(moved=moved, results=[calling]))
    await floor.change(excluded=(*excluding("Rome"), *excluding("Bonn")))
    members = await floor.house.store.campaigns.members_of(ids)
    assert [members[id_].stand.progress is Progress.FILTERED for id_ in ids] == [False, False, False, False, True]
    told = await floor.check([await floor.attempt(ids[2])])
    assert told == {ids[2]: Failure(Reason.FILTERED, "City = Rome", retry=True, after=NEVER - START)}


@pytest.mark.parametrize("chunk", [1, 2, 1_000])
async def test_somebody_else_moves_meanwhile(floor: Floor, monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    monkeypatch.setattr(judge_members, "CHUNK", chunk)
    await floor.made()
    ids = await floor.joined()
    store, record, taken = floor.house.store, floor.house.store.record, [2, 3]

    async def raced(changes: Changes) -> None:
        """A dialer takes one of them just before each of the first commits."""
        if taken:
            live = await floor.live(ids[taken.pop()])
            await record(Changes(moved=[(replace(live, version=live.version + 1), 99, live.version)]))
        await record(changes)

    monkeypatch.setattr(store, "record", raced)
    await floor.change(excluded=tuple(each for city in ("Rome", "Bonn", "Paris") for each in excluding(city)))
    members = await store.campaigns.members_of(ids)
    assert [members[id_].stand.progress is Progress.FILTERED for id_ in ids] == [True, True, False, False, True]
    assert not taken


async def test_what_never_settles_is_given_up(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    campaign = await floor.made()
    ids = await floor.joined()

    async def stale(_: Changes) -> None:
        raise Stale("live")

    monkeypatch.setattr(floor.house.store, "record", stale)
    changed = replace(campaign, excluded=excluding("Rome"))
    assert await floor.campaigns.judge.of_campaign(changed) == 0
    assert await floor.filtered(ids) == []


# -- At the dial ---------------------------------------------------------------------------------------------------


async def test_the_law_is_asked_before_each_dial(house: House) -> None:
    rules = replace(law.USUAL, per_day=2)
    floor = Floor(house, await house.account(), rules)
    await floor.made(ring=20 * SECOND)
    (id_,) = await floor.joined(people=[("48 100", "Rome")])
    floor.clock.now = noon = START  # 14:00 in Warsaw
    told = (await floor.check([await floor.attempt(id_)]))[id_]
    assert isinstance(told, Dial)
    assert told.ring == 20 * SECOND
    calls = [
        nouns.call(900, account=floor.account.id, number="+48100", ended_at=noon - HOUR, reason=Reason.BUSY),
        nouns.call(901, account=floor.account.id, number="48100", ended_at=noon - HOUR, reason=Reason.TRUNK_FAILED),
        nouns.call(902, account=floor.account.id, number="48100", ended_at=noon - DAY, reason=Reason.BUSY),
        nouns.call(903, account=floor.account.id, number="48101", ended_at=noon - HOUR, reason=Reason.BUSY),
        nouns.call(904, account=floor.account.id + 1, number="48100", ended_at=noon - HOUR, reason=Reason.BUSY),
    ]
    await house.store.record(Changes(calls=calls))
    assert isinstance((await floor.check([await floor.attempt(id_)]))[id_], Dial)
    more = nouns.call(905, account=floor.account.id, number="48100", ended_at=noon, reason=Reason.NO_ANSWER)
    await house.store.record(Changes(calls=[more]))
    morning = START + 18 * HOUR
    closed = Failure(Reason.CLOSED, "", retry=True, after=morning - noon)
    assert (await floor.check([await floor.attempt(id_)]))[id_] == closed
    assert await floor.why("0") == ("CALLS_TODAY", morning, 0, "")
    floor.clock.now = evening = START + 7 * HOUR  # 21:00 in Warsaw
    closed = Failure(Reason.CLOSED, "", retry=True, after=morning - evening)
    assert (await floor.check([await floor.attempt(id_)]))[id_] == closed


async def test_a_campaign_without_a_caller_is_not_started(house: House) -> None:
    floor = Floor(house, await house.account(), law.USUAL)
    await floor.made(start=False, trunk="t")
    await floor.campaigns.say(floor.account, "c", Wish.START)
    floor.campaigns = Campaigns(
        house.store,
        floor.put,
        floor.release,
        {"t": True, "u": False},
        {},
        house.mint,
        house.clock,
        Terms(law=law.USUAL),
    )
    await floor.made("d", start=False)
    with pytest.raises(Exception, match="the law wants that a number is shown"):
        await floor.campaigns.say(floor.account, "d", Wish.START)
    await floor.made("e", caller="4822")


async def test_a_blocked_number_is_no_end_where_it_may_be_let_go(floor: Floor) -> None:
    await floor.made()
    (id_,) = await floor.joined(people=[("48100;48200", "Rome")])
    await floor.house.store.campaigns.suppress(floor.account.id, "VOICE", ["48200"], Reason.OPTED_OUT, START - 7)
    told = await floor.check([await floor.attempt(id_)])
    assert told == {id_: Failure(Reason.BLOCKED, "opted_out", retry=True, after=NEVER - START)}
    assert await floor.why("0") == ("BLOCKED", 0, START - 7, "opted_out")


# -- Why -----------------------------------------------------------------------------------------------------------


async def test_one_answer_for_each(floor: Floor) -> None:
    await floor.made(start=False, excluded=excluding("Paris"))
    ids = await floor.joined()
    assert await floor.why("0") == ("NOT_STARTED", 0, 0, "")
    await floor.campaigns.say(floor.account, "c", Wish.START)
    assert await floor.why("0") == ("DUE", 0, 0, "")
    assert await floor.why(f"{ids[0]:024x}") == await floor.why(f"{ids[0]:032X}") == ("DUE", 0, 0, "")
    assert await floor.why("3") == ("FILTERED", 0, 0, "City = 'Paris'")
    floor.up = False
    assert await floor.why("0") == ("TRUNK_DOWN", 0, 0, "")
    await floor.amend.change(floor.account, "c", lambda c: replace(c, not_before=START + HOUR), due=True)
    assert await floor.why("0") == ("LATER", START + HOUR, 0, "")
    found, number = await floor.waiting(floor.account, "c")
    assert ([(each.cause.name, each.number, each.until) for each in found], number) == (
        [("LATER", 4, START + HOUR), ("FILTERED", 1, 0)], 5,
    )  # fmt: skip
    for who in ("5", "nobody", "f" * 24, f"{ids[0] + 1:024x}", ""):
        with pytest.raises(NotFound):
            await floor.why(who)
    other = await floor.house.account("other")
    with pytest.raises(NotFound):
        await floor.explain(other, "c", f"{ids[0]:024x}")


async def test_a_zone_of_their_own_counts(house: House) -> None:
    floor = Floor(house, await house.account(), law.USUAL)
    await floor.made(caller="4822")
    ids = await floor.joined(people=[("48100", "Rome")], traits=Traits(zone="Asia/Tokyo"))
    assert number_key("48100") == (await floor.attempt(ids[0])).address
    assert await floor.why("0") == ("LAW", START + 11 * HOUR, 0, "")


async def test_who_was_called_waits_for_the_next_round(floor: Floor) -> None:
    await floor.made()
    ids = await floor.joined()
    live = await floor.live(ids[0])
    due = START + 600 * SECOND
    busy = nouns.result(ids[0], START, reason=Reason.BUSY, tries=1, last_number=1)
    await floor.house.store.record(Changes(moved=[(replace(live, due_at=due, version=1), 0, 0)], results=[busy]))
    assert await floor.why("0") == ("RETRY", due, 0, "")
    over = nouns.result(ids[1], START + 1, reason=Reason.SUCCESS, closed=True, progress=Progress.HANDLED)
    gone = nouns.result(ids[2], START + 2, closed=True, progress=Progress.GONE)
    most = nouns.result(ids[4], START + 3, reason=Reason.BUSY, closed=True, progress=Progress.MAX_CALLS)
    await floor.house.store.record(Changes(results=[over, gone, most]))
    assert await floor.why("1") == ("HANDLED", 0, START + 1, "success")
    assert await floor.why(f"{ids[2]:024x}") == ("DELETED", 0, START + 2, "")
    assert await floor.why("4") == ("MAX_CALLS", 0, START + 3, "busy")
