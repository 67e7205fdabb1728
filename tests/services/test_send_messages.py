"""An order becomes deliveries, committed before it is answered; what cannot go is said row by row."""

import asyncio

import pytest

from omnibound.domain.account import Account
from omnibound.domain.errors import Backlogged, Invalid, NotFound
from omnibound.domain.flow import DAY, HOUR, MINUTE
from omnibound.domain.live import Said, Stage
from omnibound.domain.message import Class, Content
from omnibound.domain.order import Order, Placed
from omnibound.domain.status import Reason, Status
from omnibound.services.send_messages import SLICE
from omnibound.store.opened import OpenedStore
from tests.services.conftest import NODE, House, people, person

pytestmark = pytest.mark.anyio
SMS_ONLY = {"SMS": Content(text="x")}


def refused(placed: Placed) -> list[Reason | None]:
    return [row.refused for row in placed.rows]


async def test_rows_come_in_the_order_of_the_people(house: House) -> None:
    anna = await house.account()
    asked = [*people(3), person("41790000009", ref="mine")]
    placed = await house.place(anna, asked)
    assert [row.to for row in placed.rows] == [each.to for each in asked]
    ids = [house.ids.id(row.message_id) for row in placed.rows]
    assert ids[:3] == sorted(filter(None, ids))
    assert (placed.rows[3].message_id, refused(placed)) == ("mine", [None] * 4)
    assert await house.counts() == {"messages": 1, "deliveries": 4, "live": 4, "outcomes": 0, "reports": 0, "refs": 1}


async def test_the_message_holds_the_frozen_flow(house: House) -> None:
    anna = await house.account()
    extras = {"notify": ["x"]}
    wishes = {"validity": {"PUSH": MINUTE, "SMS": 9 * DAY}, "callback_data": "cb", "extras": extras}
    placed = await house.place(anna, people(1), **wishes)
    story = await house.deliveries.story(anna, placed.rows[0].message_id)
    steps = [(step.channel, step.sender, step.validity) for step in story.message.flow.steps]
    assert steps == [("PUSH", "from-PUSH", MINUTE), ("SMS", "from-SMS", 2 * DAY)]
    assert (story.message.callback_data, story.message.extras, story.message.account) == ("cb", extras, anna.id)
    assert story.message.created_at == house.clock.now
    live = story.live
    assert live is not None
    assert (live.stage, live.step, live.due_at, live.step_until) == (
        Stage.WAITING, 0, house.clock.now, house.clock.now + MINUTE,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "options", "field"),
    [
        ("a", {"voice": "w"}, "voice.voice"),
        ("", {"ssml": '<voice name="w">a</voice>'}, "voice.ssml"),
        ("", {"ssml": "<p>"}, "voice.ssml"),
        ("a" * 20_001, {}, "voice.text"),
        ("", {"announcement": "bell"}, "voice.announcement"),
    ],
)
async def test_what_no_call_could_say_is_refused(house: House, text: str, options: dict[str, str], field: str) -> None:
    anna = await house.account("anna", "SMS", "VOICE")
    before = await house.counts()
    content = {"SMS": Content(text="s"), "VOICE": Content(text=text, options=options)}
    with pytest.raises(Invalid) as refused:
        await house.place(anna, people(1), content=content)
    assert (refused.value.field, await house.counts()) == (field, before)
    said = Content(text="a", options={"voice": "v", "ssml": '<voice name="v">a</voice>', "badge": 1})
    await house.place(anna, people(1), content={"SMS": Content(text="s"), "VOICE": said})
    bert = await house.account("bert", "SMS")
    await house.place(bert, people(1), content=content)


async def test_viber_may_be_tried_for_two_weeks(house: House) -> None:
    anna = await house.account("anna", "VIBER", "SMS")
    validity = {"VIBER": 15 * DAY, "SMS": 15 * DAY}
    content = {"VIBER": Content(text="v"), "SMS": Content(text="s")}
    placed = await house.place(anna, people(1), validity=validity, content=content)
    story = await house.deliveries.story(anna, placed.rows[0].message_id)
    assert [step.validity for step in story.message.flow.steps] == [14 * DAY, 2 * DAY]


async def test_the_engine_is_told_of_what_it_owns_after_the_commit(house: House) -> None:
    anna = await house.account()
    house.room = 2
    await house.place(anna, people(5))
    ((message, deliveries, lives, number),) = house.born
    assert ([each.id for each in deliveries], number) == ([each.id for each in lives], 5)
    loaded = await house.store.deliveries.load([message.id + 256 * n for n in range(1, 6)])
    assert [(each.owner, each.live.id in {live.id for live in lives}) for each in loaded] == [
        (NODE, True), (NODE, True), (0, False), (0, False), (0, False),
    ]  # fmt: skip
    assert [each.live for each in loaded[:2]] == list(lives)
    assert house.admitted == [5]


async def test_owned_ones_are_told_when_others_ended_at_once(house: House) -> None:
    anna = await house.account("anna", "SMS")
    house.room = 2
    asked = [person("", email="a@x.example"), person("411"), person("412", fault=Reason.INVALID_ADDRESS), person("413")]
    await house.place(anna, asked)
    ((_, deliveries, lives, number),) = house.born
    assert [each.to.phone for each in deliveries] == ["411", "413"]
    assert [each.id for each in lives] == [each.id for each in deliveries]
    assert number == 2


async def test_scheduled_ones_are_owned_by_nobody(house: House) -> None:
    anna = await house.account()
    at = house.clock.now + HOUR
    placed = await house.place(anna, people(2), send_at=at)
    assert placed.scheduled
    assert [len(lives) for _, _, lives, _ in house.born] == [0]
    story = await house.deliveries.story(anna, placed.rows[0].message_id)
    assert story.live is not None
    assert (story.live.due_at, story.live.step_until) == (at, at + 2 * DAY)
    assert await house.store.deliveries.claim(1, at - 1, 9, 0, "PUSH") == []
    assert len(await house.store.deliveries.claim(1, at, 9, 0, "PUSH")) == 2


async def test_a_time_that_has_passed_is_at_once(house: House) -> None:
    anna = await house.account()
    placed = await house.place(anna, people(1), send_at=house.clock.now)
    assert (placed.scheduled, len(house.born[0][2])) == (False, 1)


# (people, class wished, class it gets)
SIZES = [
    (1, None, Class.URGENT), (10, None, Class.URGENT), (11, None, Class.NORMAL), (1_000, None, Class.NORMAL),
    (1_001, None, Class.BULK), (1, Class.BULK, Class.BULK), (11, Class.URGENT, Class.URGENT),
]  # fmt: skip


@pytest.mark.parametrize(("count", "wish", "cls"), SIZES)
async def test_the_class_goes_by_size_unless_it_is_said(
    house: House, count: int, wish: Class | None, cls: Class
) -> None:
    anna = await house.account()
    await house.place(anna, people(count), cls=wish)
    assert {live.cls for live in house.born[0][2]} == {cls}


async def test_big_orders_are_cut_into_slices(house: House) -> None:
    anna = await house.account()
    beats = 0

    async def beat() -> None:
        nonlocal beats
        while True:
            beats += 1
            await asyncio.sleep(0)

    heart = asyncio.create_task(beat())
    placed = await house.place(anna, people(3 * SLICE + 1))
    heart.cancel()
    assert beats >= 4
    assert len({row.message_id for row in placed.rows}) == 3 * SLICE + 1
    assert await house.store.deliveries.backlog() == 3 * SLICE + 1
    assert len(house.born[0][2]) == 3 * SLICE + 1


# (people, bulk asked for, whether there is a bulk, whether it is the client's)
BULKS = [(1, "", False, False), (2, "", True, False), (1, "B", True, True), (3, "B", True, True)]


@pytest.mark.parametrize(("count", "asked", "some", "own"), BULKS)
async def test_bulk_ids(house: House, count: int, asked: str, some: bool, own: bool) -> None:
    anna = await house.account()
    placed = await house.place(anna, people(count), bulk=asked)
    assert (bool(placed.bulk), placed.own_bulk) == (some, own)
    assert not asked or placed.bulk == asked


# -- What cannot be tried ------------------------------------------------------------------------------------------


async def test_a_refused_person_is_told_and_reported_but_never_sent(house: House) -> None:
    anna = await house.account()
    placed = await house.place(anna, [person(), person("x", ref="bad", fault=Reason.INVALID_ADDRESS)])
    assert refused(placed) == [None, Reason.INVALID_ADDRESS]
    (report,) = await house.reports.take(anna)
    assert (report.message_id, report.outcome.status, report.outcome.reason) == (
        "bad", Status.FAILED, Reason.INVALID_ADDRESS,
    )  # fmt: skip
    assert await house.store.deliveries.backlog() == 1


async def test_steps_without_content_or_address_are_skipped(house: House) -> None:
    anna = await house.account("anna", "EMAIL", "PUSH", "SMS")
    content = {"EMAIL": Content(text="e"), "SMS": Content(text="s")}
    placed = await house.place(anna, [person(), person("", email="a@x.example")], content=content)
    assert refused(placed) == [None, None]
    both, mail_only = [await house.deliveries.story(anna, row.message_id) for row in placed.rows]
    assert [(e.said, e.step, e.reason) for e in both.events] == [
        (Said.SKIPPED, 0, Reason.NO_ADDRESS), (Said.SKIPPED, 1, Reason.NO_CONTENT),
    ]  # fmt: skip
    assert both.live is not None
    assert (both.live.step, both.live.attempt, both.live.struck) == (2, 3, 0b011)
    assert mail_only.live is not None
    assert (mail_only.live.step, mail_only.live.struck) == (0, 0b110)


async def test_nothing_to_try_is_refused_at_once(house: House) -> None:
    anna = await house.account("anna", "PUSH", "EMAIL")
    placed = await house.place(anna, [person("411")], content=SMS_ONLY)
    assert refused(placed) == [Reason.NO_CONTENT]
    assert (await house.counts())["live"] == 0
    assert house.born[0][3] == 0
    assert [each.outcome.final for each in await house.reports.take(anna)] == [True]


async def test_with_a_report_a_step_a_skipped_step_refuses_nobody(store: OpenedStore) -> None:
    house = House(store, report_steps=True)
    anna = await house.account("anna", "EMAIL", "SMS")
    placed = await house.place(anna, [person("411")], content={"EMAIL": Content(text="e"), **SMS_ONLY})
    assert refused(placed) == [None]
    assert [(each.channel, each.outcome.final) for each in await house.reports.take(anna)] == [("EMAIL", False)]


# -- Client-made ids -----------------------------------------------------------------------------------------------


async def test_an_id_twice_in_an_order(house: House) -> None:
    anna = await house.account()
    placed = await house.place(anna, [person("1", ref="a"), person("2", ref="b"), person("3", ref="a"), person("4")])
    assert refused(placed) == [None, None, Reason.DUPLICATE_ID, None]
    assert placed.rows[2].message_id == "a"
    assert await house.counts() == {"messages": 1, "deliveries": 3, "live": 3, "outcomes": 0, "reports": 0, "refs": 2}


# (how many days later, refused)
LATER = [(0, Reason.DUPLICATE_ID), (1, Reason.DUPLICATE_ID), (2, None)]


@pytest.mark.parametrize(("days", "why"), LATER)
async def test_an_id_of_an_earlier_order(house: House, days: int, why: Reason | None) -> None:
    anna = await house.account()
    await house.place(anna, [person(ref="a")])
    house.clock.now += days * DAY
    assert refused(await house.place(anna, [person(ref="a"), person(ref="b")])) == [why, None]


async def test_ids_are_an_accounts_own(house: House) -> None:
    anna, bert = await house.account(), await house.account("bert")
    for account in (anna, bert):
        assert refused(await house.place(account, [person(ref="a")])) == [None]


async def test_orders_that_race_for_an_id_share_it_out(house: House) -> None:
    """All find it free; the one whose commit comes first has it, the others are told."""
    anna = await house.account()
    orders = [[person(ref="same"), person(ref=f"own-{n}")] for n in range(6)]
    placed = await asyncio.gather(*[house.place(anna, order) for order in orders])
    assert sorted(str(refused(each)[0]) for each in placed) == sorted(["None", *[str(Reason.DUPLICATE_ID)] * 5])
    assert [refused(each)[1] for each in placed] == [None] * 6
    assert (await house.counts())["deliveries"] == 7


@pytest.mark.time_limit(5)
async def test_an_id_twice_where_one_is_refused_anyhow(house: House) -> None:
    anna = await house.account()
    asked = [person(ref="a"), person("x", ref="a", fault=Reason.INVALID_ADDRESS)]
    assert refused(await house.place(anna, asked)) == [None, Reason.DUPLICATE_ID]
    first_is_bad = [person("x", ref="b", fault=Reason.INVALID_ADDRESS), person(ref="b")]
    assert refused(await house.place(anna, first_is_bad)) == [Reason.INVALID_ADDRESS, Reason.DUPLICATE_ID]


@pytest.mark.time_limit(5)
async def test_a_clash_that_no_id_explains_is_not_tried_for_ever(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from omnibound.ports import Taken

    anna = await house.account()
    await house.place(anna, people(1))
    monkeypatch.setattr(house.mint, "take", lambda count, _now: [house.born[0][0].id + n for n in range(count)])
    with pytest.raises(Taken):
        await house.place(anna, people(1))


# -- What is refused as a whole ------------------------------------------------------------------------------------


async def test_orders_that_are_refused_leave_nothing(house: House) -> None:
    anna = await house.account()
    nobody = Account(id=77, name="new", username="new")
    for account, order, error in (
        (anna, Order(people=[], content=SMS_ONLY), Invalid),
        (anna, Order(people=people(1), content=SMS_ONLY, scenario="NONE"), NotFound),
        (nobody, Order(people=people(1), content=SMS_ONLY), NotFound),
    ):
        with pytest.raises(error):
            await house.send(account, order)
    empty = await house.scenarios.create(anna, "empty", (), False)
    with pytest.raises(Invalid):
        await house.place(anna, people(1), scenario=empty.key)
    assert set((await house.counts()).values()) == {0}


async def test_a_full_backlog_is_said(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    anna = await house.account()

    def full(_count: int) -> None:
        raise Backlogged("full", 5)

    monkeypatch.setattr(house.send._engine, "admit", full)
    with pytest.raises(Backlogged):
        await house.place(anna, people(1))
    assert (await house.counts())["messages"] == 0
