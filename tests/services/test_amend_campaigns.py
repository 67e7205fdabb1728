"""Campaigns that were made: changed, and who waits follows; cancelled and started; forgotten; why people wait."""

from typing import Any

import pytest
from msgspec.structs import replace

from omnibound.domain.bulk import PARKED, Stop, Target
from omnibound.domain.calendar import Calendar, Hours
from omnibound.domain.campaign import Campaign, Speech, State, Wish, bulk_of
from omnibound.domain.campaign_flow import flow_of
from omnibound.domain.changes import Changes
from omnibound.domain.errors import Busy, Forbidden, Invalid, NotFound
from omnibound.domain.facts import Failure
from omnibound.domain.flow import HOUR, SECOND, Flow
from omnibound.domain.live import Stage
from omnibound.domain.status import Reason
from omnibound.ports.campaigns import Suppression
from omnibound.services.amend_campaigns import AmendCampaigns
from omnibound.services.engine import Engine
from omnibound.services.explain_waiting import ExplainWaiting
from omnibound.services.look_at_members import LookAtMembers, Probe
from tests.services.conftest import START, House
from tests.services.test_campaigns import ANNA, OFFICE, Desk, at, due
from tests.store import nouns

pytestmark = pytest.mark.anyio


class Office(Desk):
    """A desk where what was made is changed, too."""

    def __init__(self, house: House, account: Any) -> None:
        super().__init__(house, account)
        self.revised: list[tuple[int, str, Flow]] = []
        self.up = True
        engine = Engine(revise=lambda *told: self.revised.append(told))
        self.amend = AmendCampaigns(house.store, self.campaigns, engine, house.clock)
        self.explain = ExplainWaiting(
            house.store, LookAtMembers(house.store, self.campaigns, Probe(lambda _trunk: self.up), house.clock)
        )


@pytest.fixture
async def desk(house: House) -> Office:
    return Office(house, await house.account())


async def test_what_is_said_right_after_all_were_cancelled_holds_beside_it(desk: Office) -> None:
    await desk.made()
    await desk.asked(ANNA)
    target = Target(desk.account.id, bulk_of("c"))
    await desk.requests.cancel_open(desk.account, "c")
    cancelled = desk.stops[-1]
    up_to = cancelled.up_to
    assert cancelled == Stop(target=target, cancelled=True, paused=True, up_to=up_to, at=START)
    await desk.campaigns.say(desk.account, "c", Wish.START)
    assert desk.stops[-1] == replace(cancelled, paused=False)
    await desk.campaigns.say(desk.account, "c", Wish.PAUSE)
    assert desk.stops[-1] == replace(cancelled, paused=True)
    await desk.requests.cancel_open(desk.account, "c")
    assert (desk.stops[-1].up_to > up_to, desk.stops[-1].paused) == (True, True)
    await desk.house.store.bulks.put(replace(desk.stops[-1], open=False))
    await desk.campaigns.say(desk.account, "c", Wish.START)
    assert desk.stops[-1] == Stop(target=target, at=START)


async def test_who_waits_follows_the_campaign_as_it_is_now(desk: Office) -> None:
    desk.house.clock.now = at("2026-11-20T17:30")
    await desk.made(calendar=OFFICE, not_before=at("2026-11-21T10:00"))
    await desk.campaigns.say(desk.account, "c", Wish.START)
    phones = ("48123123123", "48124", "48125", "48126")
    told = await desk.asked(*(replace(ANNA, phone=phone) for phone in phones))
    later = await desk.asked(replace(ANNA, not_before=at("2026-11-22T20:00")))
    ids = [each.member.id for each in (*told, *later)]
    store = desk.house.store
    busy = nouns.result(ids[1], at("2026-11-20T17:00"), reason=Reason.BUSY, tries=1)
    lives = {each.member.id: each.live for each in told if each.live}
    parked, sent = lives[ids[3]], lives[ids[2]]
    moved = [
        (replace(parked, due_at=parked.due_at + PARKED, version=parked.version + 1), 0, parked.version),
        (replace(sent, stage=Stage.SENT, version=sent.version + 1), 0, sent.version),
    ]
    await store.record(Changes(results=[busy], moved=moved))
    hours = Calendar(hours=(Hours(begin=8 * 60, end=22 * 60),))

    def changed(campaign: Campaign) -> Campaign:
        return replace(campaign, calendar=hours, not_before=0, pauses={Reason.BUSY: HOUR}, attempts=7, trunk="t")

    after = await desk.amend.change(desk.account, "c", changed, due=True)
    assert await desk.campaigns.one(desk.account, "c") == after
    assert (after.attempts, after.state, after.changed_at) == (7, State.STARTED, desk.house.clock.now)
    assert desk.revised == [(desk.account.id, "c", flow_of(after))]
    found = [await store.deliveries.live(id_) for id_ in ids]
    assert [live and live.due_at for live in found] == [
        at("2026-11-20T17:30"), at("2026-11-20T18:00"), sent.due_at, at("2026-11-20T17:30") + PARKED,
        at("2026-11-22T20:00"),
    ]  # fmt: skip
    first, before = found[0], lives[ids[0]]
    assert first
    assert first.step_until - first.due_at == before.step_until - before.due_at
    message = await store.deliveries.message(first.message)
    assert message
    assert message.flow == flow_of(after)


async def test_what_is_named_without_a_time_moves_nobody(desk: Office) -> None:
    await desk.made()
    (anna,) = await desk.asked(replace(ANNA, not_before=START + HOUR))
    hours = Calendar(hours=(Hours(begin=0, end=24 * 60, since="2500-01-01"),))
    await desk.amend.change(desk.account, "c", lambda campaign: replace(campaign, calendar=hours), due=False)
    assert await due(desk, anna) == START + HOUR + PARKED


async def test_a_change_that_brings_no_hours_leaves_who_waits(desk: Office) -> None:
    await desk.made()
    (anna,) = await desk.asked(ANNA)
    past = Calendar(hours=(Hours(begin=0, end=60, until="2001-01-01"),))
    await desk.amend.change(desk.account, "c", lambda campaign: replace(campaign, calendar=past), due=True)
    assert await due(desk, anna) == START + PARKED
    assert await desk.check(await desk.attempts(anna)) == {anna.member.id: Failure(Reason.CLOSED, "", retry=False)}


async def test_nobody_is_called_before_a_later_begin(desk: Office) -> None:
    await desk.made()
    (anna,) = await desk.asked(ANNA)
    attempts = await desk.attempts(anna)
    later = START + HOUR
    await desk.amend.change(desk.account, "c", lambda campaign: replace(campaign, not_before=later), due=True)
    assert await desk.check(attempts) == {anna.member.id: Failure(Reason.CLOSED, "", retry=True, after=HOUR)}


async def test_what_cannot_be_changed(desk: Office) -> None:
    made = await desk.made()
    for wrong in ({"attempts": 0}, {"trunk": "none"}, {"speech": Speech(announcement="none")}, {"name": " "}):
        with pytest.raises((Invalid, NotFound)):
            await desk.amend.change(desk.account, "c", lambda c, w=wrong: replace(c, **w), due=True)  # type: ignore[misc]
    with pytest.raises(NotFound):
        await desk.amend.change(desk.account, "d", lambda campaign: campaign, due=False)
    assert (await desk.campaigns.one(desk.account, "c"), desk.revised) == (made, [])
    await desk.campaigns.say(desk.account, "c", Wish.FINISH)
    with pytest.raises(Forbidden):
        await desk.amend.change(desk.account, "c", lambda campaign: replace(campaign, name="n"), due=False)


async def test_a_finished_campaign_is_forgotten_once_nobody_is_open(desk: Office) -> None:
    await desk.made()
    (anna,) = await desk.asked(ANNA)
    with pytest.raises(Forbidden):
        await desk.amend.forget(desk.account, "c")
    await desk.campaigns.say(desk.account, "c", Wish.FINISH)
    with pytest.raises(Busy):
        await desk.amend.forget(desk.account, "c")
    over = nouns.result(anna.member.id, START, closed=True, reason=Reason.CANCELLED)
    await desk.house.store.record(Changes(results=[over]))
    with pytest.raises(NotFound):
        await desk.amend.forget(await desk.house.account("other"), "c")
    await desk.amend.forget(desk.account, "c")
    for asked in (desk.campaigns.one(desk.account, "c"), desk.amend.forget(desk.account, "c")):
        with pytest.raises(NotFound):
            await asked
    assert await desk.house.store.deliveries.one(desk.account.id, anna.member.id) is None


async def test_why_people_wait_and_until_when(desk: Office) -> None:
    now = desk.house.clock.now = at("2026-11-20T12:00")
    await desk.made(calendar=OFFICE)
    poland, japan = replace(ANNA, phone="48123123123"), replace(ANNA, phone="81312345678")
    told = await desk.asked(poland, poland, poland, poland, japan, replace(poland, not_before=now + HOUR))

    async def why() -> list[tuple[str, int, int]]:
        found, number = await desk.explain(desk.account, "c")
        assert number == len(told)
        return [(each.cause.name, each.number, each.until) for each in found]

    assert await why() == [("NOT_STARTED", 6, 0)]
    await desk.campaigns.say(desk.account, "c", Wish.START)
    lives = [each.live for each in told if each.live]
    stands: list[dict[str, Any]] = [
        {"stage": Stage.SENT}, {"due_at": now + SECOND}, {"stage": Stage.HELD}, {"due_at": now}, {}, {},
    ]  # fmt: skip
    moved = [
        replace(live, **{"due_at": live.due_at - PARKED, **stand}, version=live.version + 1)
        for live, stand in zip(lives, stands, strict=True)
    ]
    busy = nouns.result(lives[1].id, now, reason=Reason.BUSY, tries=1)
    await desk.house.store.record(Changes(moved=[(live, 0, live.version - 1) for live in moved], results=[busy]))
    rest = [("CLOSED", 1, at("2026-11-21T00:00")), ("RETRY", 1, now + SECOND), ("LATER", 1, now + HOUR), ("HELD", 1, 0)]
    assert await why() == [("CALLING", 1, 0), ("LINES", 1, 0), *rest]
    desk.up = False
    assert await why() == [("CALLING", 1, 0), ("TRUNK_DOWN", 1, 0), *rest]
    await desk.campaigns.say(desk.account, "c", Wish.PAUSE)
    assert await why() == [("CALLING", 1, 0), ("HELD", 1, 0), ("PAUSED", 4, 0)]


async def test_suppressions_are_listed_and_what_is_no_number_is_refused(desk: Office) -> None:
    for wrong in (["48123", "12"], ["abc"], ["0123456"]):
        with pytest.raises(Invalid, match="must be an international number"):
            await desk.campaigns.suppress(desk.account, wrong)
    assert await desk.campaigns.suppressions(desk.account, "", 9) == []
    await desk.campaigns.suppress(desk.account, ["+48 123", "0048124"])
    listed = [Suppression(key, Reason.BLOCKED, START) for key in ("48123", "48124")]
    assert await desk.campaigns.suppressions(desk.account, "", 9) == listed
    assert await desk.campaigns.suppressions(desk.account, "+48123", 9) == listed[1:]


async def test_all_that_is_wrong_with_a_list_is_told_and_nobody_is_added(desk: Office) -> None:
    await desk.made(calendar=Calendar(hours=(Hours(begin=0, end=24 * 60, until="2030-01-01"),)))
    await desk.campaigns.suppress(desk.account, ["48125"])
    before = await desk.house.counts()
    wrong = [
        ANNA, replace(ANNA, phone="1"), replace(ANNA, phone="48125"), replace(ANNA, not_before=at("2031-01-01T00:00")),
        replace(ANNA, phone="2", speech=Speech(text="{{")),
    ]  # fmt: skip
    checked = await desk.requests.check(desk.account, "c", wrong)
    told = [(fault.place, fault.field) for fault in checked.faults]
    assert (told, checked.suppressed) == ([(1, "phone"), (3, "calendar"), (4, "phone"), (4, "text")], 1)
    assert (await desk.requests.check(desk.account, "c", [ANNA])).faults == []
    assert await desk.house.counts() == before
    for refused in ([], [ANNA] * 10_001, [replace(ANNA, speech=Speech(announcement="none"))]):
        with pytest.raises((Invalid, NotFound)):
            await desk.requests.check(desk.account, "c", refused)
    await desk.campaigns.say(desk.account, "c", Wish.FINISH)
    with pytest.raises(Forbidden):
        await desk.requests.check(desk.account, "c", [ANNA])
