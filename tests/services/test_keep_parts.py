"""What campaigns share: made, changed with all campaigns that name it, and taken away when none does."""

import re
from typing import Any

import pytest
from msgspec.structs import replace

from omnibound.domain.action import Speech
from omnibound.domain.bulk import PARKED
from omnibound.domain.calendar import Calendar, Hours
from omnibound.domain.campaign import Campaign, Kind, Wish
from omnibound.domain.campaign_flow import flow_of
from omnibound.domain.errors import Forbidden, Invalid, NotFound
from omnibound.domain.flow import HOUR, Flow, Step
from omnibound.domain.message import Content
from omnibound.domain.outbound import QUEUE_DIALER, CallResult, Dialer, Queue, ResultSet, Schedule, Script
from omnibound.domain.parts import PARTS
from omnibound.domain.status import Reason
from omnibound.services.keep_parts import Parts
from tests.services.conftest import START, House
from tests.services.test_amend_campaigns import Office
from tests.services.test_campaigns import ANNA, due

pytestmark = pytest.mark.anyio

DIALER, QUEUE, RESULTS, SCHEDULE, SCRIPT = PARTS.values()
SAID = (CallResult(text="Yes", reason=Reason.SUCCESS), CallResult(text="No", reason=Reason.REFUSAL))
LATER = Calendar(hours=(Hours(begin=13 * 60, end=14 * 60),), zone="UTC")
"""An hour after `START`."""


class Shop(Office):
    """An office with parts."""

    def __init__(self, house: House, account: Any) -> None:
        super().__init__(house, account)
        self.parts = Parts(house.store, self.campaigns, self.amend)


@pytest.fixture
async def shop(house: House) -> Shop:
    return Shop(house, await house.account())


async def test_what_is_made_is_found(shop: Shop) -> None:
    made = await shop.parts.add(shop.account, DIALER, Dialer(id="", name="Evening", lines=3))
    assert made == Dialer(id=made.id, name="Evening", lines=3)
    assert re.fullmatch("[0-9A-F]{32}", made.id)
    own = await shop.parts.add(shop.account, DIALER, Dialer(id="ab" * 16, name="Own"))
    assert own.id == "AB" * 16
    assert await shop.parts.one(shop.account, DIALER, "Ab" * 16) == own
    assert (await shop.parts.add(shop.account, SCRIPT, Script(id="first", name="First"))).id == "first"
    for id_ in ("AB" * 16, QUEUE_DIALER.id):
        with pytest.raises(Invalid, match="already"):
            await shop.parts.add(shop.account, DIALER, Dialer(id=id_, name="Twice"))
    with pytest.raises(NotFound) as refused:
        await shop.parts.one(shop.account, QUEUE, own.id)
    assert refused.value.field == "queue"


async def test_every_account_has_a_dialer(shop: Shop) -> None:
    first = await shop.parts.add(shop.account, DIALER, Dialer(id="00" * 16, name="First"))
    last = await shop.parts.add(shop.account, DIALER, Dialer(id="FF" * 16, name="Last"))
    assert await shop.parts.page(shop.account, DIALER, "", 9) == [first, QUEUE_DIALER, last]
    assert await shop.parts.page(shop.account, DIALER, "", 2) == [first, QUEUE_DIALER]
    assert await shop.parts.page(shop.account, DIALER, QUEUE_DIALER.id, 9) == [last]
    with pytest.raises(Forbidden):
        await shop.parts.remove(shop.account, DIALER, "default")
    changed = await shop.parts.change(shop.account, DIALER, "default", lambda it: replace(it, lines=7))
    assert changed == replace(QUEUE_DIALER, lines=7)
    assert await shop.parts.page(shop.account, DIALER, "", 9) == [first, changed, last]
    assert await shop.parts.one(shop.account, DIALER, "default") == changed
    assert await shop.parts.page(await shop.house.account("bert"), DIALER, "", 9) == [QUEUE_DIALER]


async def test_what_a_campaign_names_is_there_and_copied(shop: Shop) -> None:
    queue = await shop.parts.add(shop.account, QUEUE, Queue(id="", name="Q"))
    results = await shop.parts.add(shop.account, RESULTS, ResultSet(id="r", name="R", results=SAID))
    await shop.parts.add(shop.account, SCHEDULE, Schedule(id="s", name="S", calendar=LATER))
    wish = {"kind": Kind.QUEUE, "dialer": "default", "queue": queue.id.lower(), "schedule": "s"}
    made = await shop.made(results=ResultSet(id="r"), **wish)
    assert (made.dialer, made.queue, made.results, made.calendar) == (QUEUE_DIALER.id, queue.id, results, LATER)
    assert [each.number for each in results.results] == [1, 2]
    for name, value in (
        ("dialer", "d"),
        ("queue", "q"),
        ("results", ResultSet(id="x")),
        ("script", "t"),
        ("schedule", "t"),
    ):
        with pytest.raises(NotFound) as refused:
            await shop.made(**{**wish, "id": "other", name: value})
        assert refused.value.field == name
    assert await shop.campaigns.page(shop.account, "", 9) == [made]


@pytest.mark.parametrize("kind", [QUEUE, SCHEDULE], ids=["named", "copied"])
async def test_nothing_goes_while_a_campaign_uses_it(shop: Shop, kind: Any) -> None:
    part = Queue(id="", name="Q") if kind is QUEUE else Schedule(id="", name="S")
    made = await shop.parts.add(shop.account, kind, part)
    wish = {"kind": Kind.QUEUE, "dialer": "default", kind.word: made.id}
    for number in range(12):
        await shop.made(id=f"c{number:02}", **wish)
    with pytest.raises(Forbidden, match=r"^campaigns use it: c00, c01, .*, c09 and 2 more$"):
        await shop.parts.remove(shop.account, kind, made.id)
    for number in range(12):
        await shop.amend.change(
            shop.account, f"c{number:02}", lambda campaign: replace(campaign, **{kind.word: ""}), due=False
        )
    await shop.parts.remove(shop.account, kind, made.id)
    with pytest.raises(NotFound):
        await shop.parts.one(shop.account, kind, made.id)
    with pytest.raises(NotFound):
        await shop.parts.remove(shop.account, kind, made.id)


async def test_campaigns_follow_a_schedule_and_so_do_their_people(shop: Shop) -> None:
    await shop.parts.add(shop.account, SCHEDULE, Schedule(id="s", name="S", calendar=LATER))
    for id_ in ("c", "done"):
        await shop.made(id=id_, schedule="s")
    other = await shop.made(id="other")
    await shop.campaigns.say(shop.account, "c", Wish.START)
    await shop.campaigns.say(shop.account, "done", Wish.FINISH)
    (anna,) = await shop.asked(ANNA)
    assert await due(shop, anna) == START + HOUR
    wider = replace(LATER, hours=(Hours(begin=0, end=24 * 60),))
    await shop.parts.change(shop.account, SCHEDULE, "s", lambda it: replace(it, calendar=wider, name="Wider"))
    assert (await shop.campaigns.one(shop.account, "c")).calendar == wider
    assert (await shop.campaigns.one(shop.account, "done")).calendar == LATER
    assert await shop.campaigns.one(shop.account, "other") == other
    live = await shop.house.store.deliveries.live(anna.member.id)
    assert live
    assert live.due_at == START


async def test_campaigns_follow_a_result_set(shop: Shop) -> None:
    await shop.parts.add(shop.account, RESULTS, ResultSet(id="r", name="R", results=SAID))
    await shop.made(results=ResultSet(id="r"), kind=Kind.QUEUE, dialer="default")
    fewer = {"busy": 0, "not_reached": 0, "machine": 0, "redial": 0}
    after = await shop.parts.change(shop.account, RESULTS, "r", lambda it: replace(it, results=SAID[1:], limits=fewer))
    campaign = await shop.campaigns.one(shop.account, "c")
    assert (campaign.results, flow_of(campaign).rounds) == (after, 1)
    assert [(each.text, each.number) for each in (*after.results, *after.former)] == [("No", 2), ("Yes", 1)]
    assert shop.revised == [(shop.account.id, "c", flow_of(campaign))]


async def test_what_is_no_change_leaves_all_as_it_is(shop: Shop) -> None:
    made = await shop.parts.add(shop.account, SCHEDULE, Schedule(id="s", name="S", calendar=LATER))
    with pytest.raises(Invalid):
        await shop.parts.change(
            shop.account, SCHEDULE, "s", lambda it: replace(it, calendar=Calendar(zone="Mars/Base"))
        )
    with pytest.raises(NotFound):
        await shop.parts.change(shop.account, SCHEDULE, "t", lambda it: it)
    assert await shop.parts.page(shop.account, SCHEDULE, "", 9) == [made]


# --- campaigns --------------------------------------------------------------------------------------------------------


async def test_what_lacks_something_is_kept_and_not_started(shop: Shop) -> None:
    await shop.made(kind=Kind.QUEUE)
    with pytest.raises(Invalid, match="it lacks: dialer, queue") as refused:
        await shop.campaigns.say(shop.account, "c", Wish.START)
    assert refused.value.field == "dialer"
    await shop.made(id="late", dialer="default", speech=Speech(text="Hi"), end_at=START)
    with pytest.raises(Invalid) as refused:
        await shop.campaigns.say(shop.account, "late", Wish.START)
    assert (refused.value.field, shop.stops) == ("end_at", [])


async def test_a_copy_has_all_settings_and_no_people(shop: Shop) -> None:
    await shop.parts.add(shop.account, SCHEDULE, Schedule(id="s", name="S", calendar=LATER))
    made = await shop.made(schedule="s", attempts=7, remarks="first")
    await shop.asked(ANNA)
    await shop.campaigns.say(shop.account, "c", Wish.START)
    shop.house.clock.now += HOUR
    copy = await shop.campaigns.copy(shop.account, "c", "Again", "d")
    now = START + HOUR
    assert copy == replace(made, id="d", name="Again", guid=copy.guid, created_at=now, changed_at=now)
    assert copy.guid != made.guid
    assert await shop.requests.page(shop.account, "d", None, 0, 9) == []
    with pytest.raises(NotFound):
        await shop.campaigns.copy(shop.account, "none", "Again", "")


async def test_people_cannot_be_made_to_wait_elsewhere(shop: Shop) -> None:
    await shop.made(speech=Speech(text="Hi"))

    def dialled(campaign: Campaign) -> Campaign:
        return replace(campaign, dialer="default")

    def plain(campaign: Campaign) -> Campaign:
        return replace(campaign, dialer="")

    await shop.amend.change(shop.account, "c", dialled, due=False)
    await shop.amend.change(shop.account, "c", plain, due=False)
    (anna,) = await shop.asked(ANNA)
    with pytest.raises(Forbidden) as refused:
        await shop.amend.change(shop.account, "c", dialled, due=False)
    assert (refused.value.field, await due(shop, anna)) == ("dialer", START + PARKED)


async def test_a_scenario_is_copied(shop: Shop) -> None:
    scenario = await shop.house.store.scenarios.default(shop.account.id)
    assert scenario
    wish = {
        "kind": Kind.MESSAGES,
        "scenario": scenario.key,
        "message": {"SMS": Content(text="Hi {{ voice_sms.name }}")},
    }
    made = await shop.made(**wish)
    assert made.flow == Flow(
        steps=(Step(channel="PUSH", sender="from-PUSH"), Step(channel="SMS", sender="from-SMS")), report_steps=True
    )
    for members, field in (
        ({"message": {"EMAIL": Content(text="Hi")}}, "message.EMAIL"),
        ({"message": {"SMS": Content(text="{{")}}, "message.SMS.text"),
    ):
        with pytest.raises(Invalid) as refused:
            await shop.made(**{**wish, "id": "d", **members})
        assert refused.value.field == field
    with pytest.raises(NotFound) as missing:
        await shop.made(**{**wish, "id": "d", "scenario": "none"})
    assert missing.value.field == "scenario"
