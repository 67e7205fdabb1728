"""Customers: one after the other, all or none, made ids, races; deleted in the middle of a call; what campaigns are."""

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace

from omnibound.domain.account import Account
from omnibound.domain.action import Speech
from omnibound.domain.bulk import Stop, Target
from omnibound.domain.calendar import NEVER, Calendar, Hours
from omnibound.domain.campaign import Campaign, State, Wish
from omnibound.domain.campaign_flow import flow_of, lane_of
from omnibound.domain.campaign_status import CampaignStatus, DialerStatus
from omnibound.domain.changes import Changes
from omnibound.domain.errors import Forbidden, Invalid, NotFound
from omnibound.domain.lifecycle import move
from omnibound.domain.live import Live, Said, Word
from omnibound.domain.member import UNRANKED, Doing, Member, Progress, Stand, Traits
from omnibound.domain.message import Addresses, other_address
from omnibound.domain.outbound import QUEUE_DIALER, Condition
from omnibound.domain.status import Reason
from omnibound.domain.telling import tell_member
from omnibound.ports import Taken
from omnibound.ports.members import Search
from omnibound.services.engine import Engine
from omnibound.services.keep_campaigns import Campaigns
from omnibound.services.keep_customers import NOT_UNIQUE, Customers, Verdict
from omnibound.services.view_campaigns import View, ViewCampaigns
from tests.services.conftest import START, House

pytestmark = pytest.mark.anyio

NOBODY = {Progress.NOT_HANDLED: 0, Progress.HANDLED: 0, Progress.MAX_CALLS: 0, Progress.FILTERED: 0}


def somebody(phone: str = "0215428754", external: str = "", **other: Any) -> Member:
    values = {"traits": Traits(priority=UNRANKED), **other}
    return Member(id=0, account=0, campaign="", phone=phone, external=external, **values)


class Desk:
    """Customers over a real store; what is to be held back is noted, and kept."""

    def __init__(self, house: House, account: Account) -> None:
        self.house = house
        self.account = account
        self.stops: list[Stop] = []
        self.released: list[int] = []
        self.campaigns = Campaigns(house.store, self.put, self.release, {}, {}, house.mint, house.clock)
        engine = Engine(house.admitted.append, on_born=lambda *born: house.born.append(born), release=self.freed)
        self.customers = Customers(house.store, self.campaigns, house.mint, house.clock, engine, self.put)
        self.stopping = False
        self.views = ViewCampaigns(house.store, self.campaigns, house.clock, lambda: self.stopping)

    def freed(self, number: int) -> None:
        self.released.append(number)

    async def put(self, stop: Stop) -> bool:
        self.stops.append(stop)
        return await self.house.store.bulks.put(stop)

    async def release(self, target: Target, reason: Reason) -> int:
        return 0

    async def made(self, **members: Any) -> Campaign:
        given = {
            "id": "c",
            "account": 0,
            "name": "C",
            "dialer": QUEUE_DIALER.id,
            "speech": Speech(text="hi"),
            **members,
        }
        return await self.campaigns.add(self.account, Campaign(**given))

    async def add(self, *members: Member, whole: bool = False) -> list[Verdict]:
        return await self.customers.add_many(self.account, "c", members, whole)

    async def all(self) -> list[Member]:
        return await self.customers.search(Search(account=self.account.id, campaign="c"))

    async def view(self) -> View:
        return await self.views.one(self.account, await self.campaigns.one(self.account, "c"))

    async def hear(self, id_: int, said: Said, reason: Reason) -> Live | None:
        """What the engine writes down when something is said of a delivery."""
        live = await self.house.store.deliveries.live(id_)
        assert live is not None
        campaign = await self.campaigns.one(self.account, "c")
        word = Word(said, live.attempt, self.house.clock(), reason)
        after, _, outcomes = move(live, flow_of(campaign), word, word.at)
        changes = Changes(outcomes=list(outcomes))
        if after is not None:
            changes.moved.append((after, 0, live.version))
        else:
            changes.ended.append((id_, live.version))
        tell_member(changes, live, after, word, outcomes)
        await self.house.store.record(changes)
        return after


@pytest.fixture
async def desk(house: House) -> Desk:
    return Desk(house, await house.account())


# --- adding -----------------------------------------------------------------------------------------------------------


async def test_who_is_added_waits_in_the_lane_of_its_priority(desk: Desk) -> None:
    campaign = await desk.made()
    id_ = await desk.customers.add(desk.account, "c", somebody("111;222", "x", traits=Traits(priority=7)))
    member = await desk.customers.one(campaign, id_)
    assert (member.phone, member.external, member.stand, member.due_at) == ("111;222", "x", Stand(), START)
    assert (member.created_at, member.changed_at) == (START, START)
    (loaded,) = await desk.house.store.deliveries.load([id_])
    assert (loaded.live.channel, loaded.live.due_at) == (lane_of(campaign, 7), START)
    assert loaded.delivery.to == Addresses(phone="111", more={other_address("VOICE", 1): "222"})
    assert (desk.house.admitted, desk.released, desk.house.born[0][3]) == ([1], [1], 1)


async def test_of_two_with_one_id_the_first_is_taken(desk: Desk) -> None:
    await desk.made()
    verdicts = await desk.add(somebody(external="a"), somebody(external="a"), somebody(external="A"))
    assert [bool(each.id) for each in verdicts] == [True, False, True]
    fault = verdicts[1].fault
    assert fault is not None
    assert (fault.text, fault.field) == (NOT_UNIQUE, "external")
    assert [each.external for each in await desk.all()] == ["a", "A"]


async def test_all_or_none(desk: Desk) -> None:
    await desk.made()
    verdicts = await desk.add(somebody(external="a"), somebody(external="a"), whole=True)
    assert ([each.id for each in verdicts], await desk.all()) == ([0, 0], [])
    assert [each.fault is None for each in verdicts] == [True, False]
    assert all(each.id for each in await desk.add(somebody(external="a"), somebody(), whole=True))


async def test_what_adding_would_say(desk: Desk) -> None:
    await desk.made()
    await desk.add(somebody(external="a"))
    verdicts = await desk.customers.check(desk.account, "c", [somebody(external="a"), somebody()])
    assert [(each.id, each.fault is None) for each in verdicts] == [(0, False), (0, True)]
    assert len(await desk.all()) == 1


MADE: list[tuple[list[str], list[str]]] = [
    (["", "", ""], ["1", "2", "3"]),
    (["7", "10", ""], ["7", "10", "11"]),
    (["", "8", ""], ["9", "8", "10"]),
    (["x9", "", "1e9"], ["x9", "1", "1e9"]),
    (["007", ""], ["007", "8"]),
    (["9" * 30, ""], ["9" * 30, "1"]),
]


@pytest.mark.parametrize(("given", "taken"), MADE)
async def test_made_ids_are_above_all_that_are_whole_numbers(desk: Desk, given: list[str], taken: list[str]) -> None:
    await desk.made()
    await desk.add(*[somebody(external=each) for each in given])
    assert [each.external for each in await desk.all()] == taken
    await desk.add(somebody(), somebody())
    whole = [int(each) for each in taken if each.isdecimal() and len(each) < 19]
    assert [each.external for each in await desk.all()][-2:] == [str(max(whole) + 1), str(max(whole) + 2)]


async def test_who_comes_at_once_gets_an_id_of_its_own(desk: Desk) -> None:
    await desk.made()
    await asyncio.gather(*[desk.add(somebody(), somebody()) for _ in range(10)])
    assert sorted(int(each.external) for each in await desk.all()) == list(range(1, 21))


async def test_who_is_slower_than_another_node_is_told_of_its_ids(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the look and the commit somebody else takes the ids: they are looked for once more."""
    await desk.made()
    record, raced = desk.house.store.record, []

    async def late(changes: Changes) -> None:
        if changes.members and not raced:
            raced.append(True)
            others = [replace(each, id=each.id + (1 << 20)) for each in changes.members]
            await record(Changes(members=others))
            raise Taken("they are there")
        await record(changes)

    monkeypatch.setattr(desk.house.store, "record", late)
    verdicts = await desk.add(somebody(external="a"), somebody())
    assert [each.fault is None for each in verdicts] == [False, True]
    assert sorted(each.external for each in await desk.all()) == ["1", "2", "a"]


async def test_who_is_blocked_or_filtered_stays_and_is_counted_so(desk: Desk) -> None:
    city = Condition(attribute="City", operator="=", values=("Oulu",))
    await desk.made(excluded=(city,))
    await desk.campaigns.suppress(desk.account, ["48222"])
    await desk.add(somebody("111;48222"), somebody("333", custom={"City": "Oulu"}), somebody("444"))
    assert [each.stand.progress for each in await desk.all()] == [
        Progress.FILTERED,
        Progress.FILTERED,
        Progress.NOT_HANDLED,
    ]
    assert [each.due_at == NEVER for each in await desk.all()] == [True, True, False]
    assert (await desk.view()).people == {**NOBODY, Progress.FILTERED: 2, Progress.NOT_HANDLED: 1}


async def test_hours_that_do_not_come_any_more_are_told_of_each(desk: Desk) -> None:
    hours = Hours(begin=0, end=60, until="2024-01-01")
    await desk.made(calendar=Calendar(hours=(hours,), zone="UTC"))
    (verdict,) = await desk.add(somebody())
    assert verdict.fault is not None
    assert verdict.fault.field == "calendar"
    with pytest.raises(Invalid):
        await desk.customers.add(desk.account, "c", somebody())
    assert desk.released == desk.house.admitted == [1, 1]


async def test_a_finished_campaign_takes_nobody(desk: Desk) -> None:
    await desk.made()
    await desk.campaigns.say(desk.account, "c", Wish.FINISH)
    for asked in (desk.customers.add_many, desk.customers.check):
        with pytest.raises(Forbidden):
            await asked(desk.account, "c", [somebody()])
    with pytest.raises(NotFound):
        await desk.customers.add(desk.account, "other", somebody())


# --- deleting ---------------------------------------------------------------------------------------------------------


async def test_who_is_deleted_is_gone_at_once(desk: Desk) -> None:
    campaign = await desk.made()
    id_ = await desk.customers.add(desk.account, "c", somebody(external="a"))
    await desk.customers.delete(desk.account, campaign, id_)
    (stop,) = desk.stops
    assert (stop.target, stop.cancelled) == (Target(desk.account.id, delivery=id_), True)
    assert (await desk.all(), (await desk.view()).people) == ([], NOBODY)
    for asked in (desk.customers.one(campaign, id_), desk.customers.delete(desk.account, campaign, id_)):
        with pytest.raises(NotFound):
            await asked
    (verdict,) = await desk.add(somebody(external="a"))
    assert verdict.fault is not None


WORDS = [
    (Said.ACCEPTED, Reason.ACCEPTED, Doing.CALLING),
    (Said.UNDELIVERED, Reason.BUSY, Doing.WAITING),
    (Said.ACCEPTED, Reason.ACCEPTED, Doing.CALLING),
    (Said.DELIVERED, Reason.ANSWERED, Doing.WAITING),
]


@pytest.mark.parametrize("place", range(len(WORDS)))
async def test_deleted_in_the_middle_of_a_call_it_stays_gone_whatever_is_said_of_it(desk: Desk, place: int) -> None:
    """The walk that cancels it comes later: words that overtake it must not bring the person back."""
    campaign = await desk.made()
    await desk.campaigns.say(desk.account, "c", Wish.START)
    id_ = await desk.customers.add(desk.account, "c", somebody("111;222"))
    for said, reason, _ in WORDS[:place]:
        await desk.hear(id_, said, reason)
    await desk.customers.delete(desk.account, campaign, id_)
    for said, reason, doing in WORDS[place:]:
        await desk.hear(id_, said, reason)
        assert (await desk.all(), (await desk.view()).people) == ([], NOBODY)
        member = (await desk.house.store.campaigns.members_of([id_]))[id_]
        assert (member.stand.progress, member.stand.doing) == (Progress.GONE, doing)
    member = (await desk.house.store.campaigns.members_of([id_]))[id_]
    assert member.stand.reason is Reason.ANSWERED
    assert await desk.house.store.deliveries.outcomes(id_)


async def test_a_call_of_who_is_gone_keeps_its_dialer_closing(desk: Desk) -> None:
    campaign = await desk.made()
    await desk.campaigns.say(desk.account, "c", Wish.START)
    id_ = await desk.customers.add(desk.account, "c", somebody())
    await desk.hear(id_, Said.ACCEPTED, Reason.ACCEPTED)
    await desk.customers.delete(desk.account, campaign, id_)
    await desk.campaigns.say(desk.account, "c", Wish.PAUSE)
    assert (await desk.view()).dialer_status is DialerStatus.CLOSING


async def test_who_is_handled_is_deleted_without_a_stop(desk: Desk) -> None:
    campaign = await desk.made()
    await desk.campaigns.say(desk.account, "c", Wish.START)
    id_ = await desk.customers.add(desk.account, "c", somebody())
    for said, reason in ((Said.ACCEPTED, Reason.ACCEPTED), (Said.DELIVERED, Reason.ANSWERED)):
        await desk.hear(id_, said, reason)
    assert (await desk.view()).status is CampaignStatus.HANDLED
    assert [(each.stand.progress, each.due_at) for each in await desk.all()] == [(Progress.HANDLED, NEVER)]
    stops = len(desk.stops)
    await desk.customers.delete(desk.account, campaign, id_)
    assert (len(desk.stops), (await desk.view()).people) == (stops, NOBODY)


# --- how campaigns stand ----------------------------------------------------------------------------------------------


async def test_a_campaign_that_was_handled_is_active_again_with_a_new_customer(desk: Desk) -> None:
    await desk.made()
    await desk.campaigns.say(desk.account, "c", Wish.START)
    id_ = await desk.customers.add(desk.account, "c", somebody())
    await desk.hear(id_, Said.ACCEPTED, Reason.ACCEPTED)
    await desk.hear(id_, Said.DELIVERED, Reason.ANSWERED)
    assert ((await desk.view()).status, (await desk.view()).dialer_status) == (
        CampaignStatus.HANDLED,
        DialerStatus.COMPLETED,
    )
    await desk.add(somebody())
    view = await desk.view()
    assert (view.status, view.dialer_status) == (CampaignStatus.ACTIVE, DialerStatus.OPEN)
    assert view.people == {**NOBODY, Progress.HANDLED: 1, Progress.NOT_HANDLED: 1}


async def test_only_campaigns_with_a_dialer_are_seen(desk: Desk) -> None:
    campaign = await desk.made()
    plain = await desk.campaigns.add(desk.account, Campaign(id="p", account=0, name="P"))
    assert await desk.views.campaign(desk.account, campaign.guid) == campaign
    for guid in (plain.guid, "0" * 32):
        with pytest.raises(NotFound):
            await desk.views.campaign(desk.account, guid)
    other = await desk.house.accounts.add("other")
    with pytest.raises(NotFound):
        await desk.views.campaign(await desk.house.sign_in.key(other.api_key), campaign.guid)
    assert [view.campaign.id for view in await desk.views.all(desk.account, lambda _: True)] == ["c"]


async def test_a_campaign_without_its_queue_is_invalid(desk: Desk) -> None:
    campaign = await desk.made()
    gone = replace(campaign, dialer="F" * 32, state=State.STARTED)
    assert (await desk.views.one(desk.account, gone)).status is CampaignStatus.INVALID
    desk.stopping = True
    assert (await desk.view()).dialer_status is DialerStatus.SHUTDOWN
