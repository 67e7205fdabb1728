"""Pausing, resuming, cancelling and beginning later, with a clock and channels that the test moves."""

import asyncio

import pytest

from omnibound.domain.bulk import PARKED, Stop, Target
from omnibound.domain.flow import HOUR, MINUTE, SECOND
from omnibound.domain.live import Stage
from omnibound.domain.message import Attempt
from omnibound.domain.status import Reason, Status
from omnibound.engine.holds import GRACE
from omnibound.ports.store import Taken
from omnibound.store.errors import StoreError
from omnibound.store.opened import OpenedStore
from omnibound.store.queries import plain
from tests.engine.conftest import ACCOUNT, DELIVERED, Rig, ScriptedChannel, simple

pytestmark = pytest.mark.anyio

ALL = Target(ACCOUNT, "b")
CANCELLED = Status.CANCELLED, Reason.CANCELLED, 0


async def work(rig: Rig) -> None:
    """Until there is nothing to do at once, and what had to be looked at again has been."""
    for _ in range(3):
        for _ in range(60):
            if not await rig.worker.holds.work():
                break
        else:
            raise AssertionError("the work does not end")
        rig.now += SECOND


async def put(rig: Rig, target: Target = ALL, **said: object) -> bool:
    stop = Stop(target=target, at=rig.now, **said)  # type: ignore[arg-type]
    kept = await rig.worker.holds.put(stop)
    await rig.quiet()
    return kept


async def flow_off(rig: Rig, channel: ScriptedChannel, count: int) -> list[int]:
    """So many go, are accepted and arrive, and nobody after them; who they are."""
    went: list[int] = []

    async def come(fresh: list[Attempt]) -> None:
        channel.sent = [each for each in channel.sent if each not in fresh]
        went.extend(each.delivery for each in fresh)
        await rig.say(channel, *[channel.accepted(each) for each in fresh])
        await rig.say(channel, *[channel.receipt(f"{channel.name}-{a.delivery}-{a.number}") for a in fresh])

    channel.sent = []
    while len(went) < count:
        await work(rig)
        await rig.tick(SECOND)
        await rig.wait_for(lambda: bool(channel.sent))
        await come(list(channel.sent))
    await rig.tick(SECOND)
    assert channel.sent == []
    return sorted(went)


async def due_ats(rig: Rig) -> set[int]:
    return {due for (due,) in await rig.store.db.rows(plain("SELECT due_at FROM live"))}


async def stops(rig: Rig) -> int:
    return (await rig.store.db.rows(plain("SELECT count(*) FROM stops")))[0][0]


# -- Pausing -------------------------------------------------------------------------------------------------------


async def test_nothing_of_a_paused_bulk_goes_and_nothing_is_lost(rig: Rig, sms: ScriptedChannel) -> None:
    sms.window = 5
    ids = await rig.send(3_000, cls=2, bulk="b")
    began = list(await rig.sent(sms, 4))
    await put(rig, paused=True)
    before = len(sms.sent)
    await rig.say(sms, *[sms.accepted(each) for each in began])
    await work(rig)
    await rig.tick(MINUTE)
    assert len(sms.sent) == before
    assert rig.worker.load()["waiting"] == 0
    assert len(rig.book.entries) == before
    sms.window = 5_000
    await put(rig)
    sms.sent.clear()
    went = await flow_off(rig, sms, len(ids) - len(began))
    assert sorted([*(each.delivery for each in began), *went]) == ids
    assert (await stops(rig), bool(rig.worker.holds._stops)) == (0, False)


async def test_what_others_send_goes_on(rig: Rig, sms: ScriptedChannel) -> None:
    await put(rig, paused=True)
    await rig.send(3, bulk="b")
    others = [*await rig.send(2, bulk="c"), *await rig.send(1), *await rig.send(1, bulk="b", account=8)]
    assert sorted(each.delivery for each in await rig.sent(sms, 4)) == others


async def test_who_is_staged_comes_back(rig: Rig, sms: ScriptedChannel) -> None:
    """Handed over in the store, not given to the channel yet: they never left, and no hand-over stays open."""
    sms.window, sms.ahead_by = 1, 50
    ids = await rig.send(20, bulk="b")
    (first,) = await rig.sent(sms, 1)
    await rig.quiet()
    await put(rig, paused=True)
    await rig.say(sms, sms.accepted(first))
    await work(rig)
    sms.window = 100
    await rig.tick(SECOND)
    assert len(sms.sent) == 1
    assert await rig.store.receipts.unsettled() == []
    assert {(await rig.live(id_)).due_at >= PARKED for id_ in ids[1:]} == {True}  # type: ignore[union-attr]


async def test_a_receipt_counts_while_paused_and_the_next_step_waits(store: OpenedStore, sms: ScriptedChannel) -> None:
    push = ScriptedChannel("fcm", "PUSH")
    rig = await Rig(store, push, sms).start()
    one, other = await rig.send(2, flow=simple("PUSH", "SMS"), bulk="b")
    first, second = await rig.sent(push, 2)
    await rig.say(push, push.accepted(first), push.accepted(second))
    await put(rig, paused=True)
    await rig.say(
        push,
        push.receipt(f"fcm-{one}-1"),
        push.receipt(f"fcm-{other}-1", Status.FAILED, Reason.UNDELIVERED),
    )
    await work(rig)
    await rig.tick(SECOND)
    assert (await rig.end(one), await rig.end(other), sms.sent) == (DELIVERED, None, [])
    await put(rig)
    assert await flow_off(rig, sms, 1) == [other]
    await rig.close()


async def test_the_clock_of_a_step_runs_on(rig: Rig, sms: ScriptedChannel) -> None:
    await put(rig, paused=True)
    ids = await rig.send(3, bulk="b")
    await work(rig)
    await rig.tick(10 * MINUTE)
    assert [await rig.end(id_) for id_ in ids] == [(Status.EXPIRED, Reason.EXPIRED, 0)] * 3
    assert sms.sent == []


async def test_a_schedule_is_kept_through_a_pause(rig: Rig, sms: ScriptedChannel) -> None:
    await rig.send(5, owned=False, due_in=HOUR, bulk="b")
    due = await due_ats(rig)
    await put(rig, paused=True)
    await work(rig)
    assert await due_ats(rig) == {each + PARKED for each in due}
    await put(rig)
    await work(rig)
    assert await due_ats(rig) == due
    await rig.tick(MINUTE)
    assert sms.sent == []
    await rig.tick(HOUR)
    await rig.sent(sms, 5)


async def test_a_pause_survives_a_restart(rig: Rig, sms: ScriptedChannel, store: OpenedStore) -> None:
    ids = await rig.send(10, owned=False, bulk="b")
    await put(rig, paused=True)
    await rig.close()
    channel = ScriptedChannel("c2")
    again = await Rig(store, channel, node=2).start()
    await again.tick(SECOND)
    await work(again)
    assert channel.sent == []
    await put(again)
    assert await flow_off(again, channel, len(ids)) == ids
    await again.close()


async def test_a_pause_in_the_middle_of_being_ended_is_ended_after_a_restart(
    rig: Rig, sms: ScriptedChannel, store: OpenedStore
) -> None:
    ids = await rig.send(2_500, owned=False, bulk="b")
    await put(rig, paused=True)
    await work(rig)
    await put(rig)
    await rig.worker.holds.work()
    assert len(await due_ats(rig)) == 2
    await rig.close()
    channel = ScriptedChannel("c2")
    again = await Rig(store, channel, node=2).start()
    await work(again)
    assert await due_ats(again) == {min(await due_ats(again))}
    assert await flow_off(again, channel, len(ids)) == ids
    await again.close()


async def test_a_bulk_and_one_of_it_are_paused_apart(rig: Rig, sms: ScriptedChannel) -> None:
    one = Target(ACCOUNT, delivery=(ids := await rig.send(3, owned=False, bulk="b"))[1])
    await put(rig, one, paused=True)
    await put(rig, paused=True)
    await work(rig)
    await put(rig)
    assert await flow_off(rig, sms, 2) == [ids[0], ids[2]]
    await put(rig, one)
    assert await flow_off(rig, sms, 1) == [ids[1]]


async def test_the_last_look_is_just_before_it_goes(rig: Rig, sms: ScriptedChannel) -> None:
    """However it came to be staged: a list whose commit has failed, for one, is queued again without being asked."""
    sms.window = 0
    await rig.send(5, bulk="b")
    await rig.quiet()
    rig.worker.holds._stops.put(Stop(target=ALL, paused=True))
    sms.window = 100
    sms.wake()
    await rig.quiet()
    assert (sms.sent, await rig.store.receipts.unsettled()) == ([], [])
    assert len(rig.worker.holds._stops.withheld) == 5


# -- Cancelling ----------------------------------------------------------------------------------------------------


async def test_what_was_not_handed_over_ends_as_cancelled(rig: Rig, sms: ScriptedChannel) -> None:
    sms.window = 5
    ids = await rig.send(2_500, cls=0, bulk="b")
    waiting = await rig.send(2_500, owned=False, due_in=HOUR, bulk="b")
    went = {each.delivery: each for each in await rig.sent(sms, 5)}
    await put(rig, cancelled=True)
    sms.window = 10_000
    await work(rig)
    assert len(sms.sent) == len(went)
    left = [id_ for id_ in [*ids, *waiting] if id_ not in went]
    assert {await rig.end(id_) for id_ in left} == {CANCELLED}
    assert await rig.reports() == len(left)
    for attempt in went.values():
        await rig.say(sms, sms.accepted(attempt), sms.receipt(f"c1-{attempt.delivery}-1"))
    assert {await rig.end(id_) for id_ in went} == {DELIVERED}
    assert rig.worker.load()["unfinished"] == 0


async def test_what_was_handed_over_runs_out_and_nothing_follows(store: OpenedStore, sms: ScriptedChannel) -> None:
    push = ScriptedChannel("fcm", "PUSH")
    rig = await Rig(store, push, sms).start()
    ids = await rig.send(4, flow=simple("PUSH", "SMS"), bulk="b")
    accepted, refused, returned, unknown = await rig.sent(push, 4)
    await rig.say(push, push.accepted(accepted))
    await put(rig, cancelled=True)
    await work(rig)
    await rig.say(push, push.failed(refused, Reason.PROVIDER_ERROR), push.returned(returned), push.unknown(unknown))
    await rig.say(push, push.receipt(f"fcm-{ids[0]}-1", Status.FAILED, Reason.UNDELIVERED))
    await work(rig)
    await rig.tick(11 * MINUTE)
    assert [await rig.end(id_) for id_ in ids] == [
        (Status.FAILED, Reason.UNDELIVERED, 0),
        (Status.FAILED, Reason.PROVIDER_ERROR, 0),
        CANCELLED,
        (Status.EXPIRED, Reason.NO_RECEIPT, 0),
    ]
    assert (len(push.sent), sms.sent) == (4, [])
    assert await rig.told(ids[0]) == ["ACCEPTED SENT", "LAST SENT", "UNDELIVERED FAILED"]
    await rig.close()


async def test_a_cancellation_is_done_with_when_nothing_waits(rig: Rig, sms: ScriptedChannel) -> None:
    await rig.send(1, bulk="b")
    (attempt,) = await rig.sent(sms, 1)
    await put(rig, cancelled=True)
    await work(rig)
    rig.now += GRACE
    await work(rig)
    assert rig.worker.holds._stops.all() != []
    await rig.say(sms, sms.accepted(attempt))
    await work(rig)
    stop = await rig.store.bulks.stop(ALL)
    assert (rig.worker.holds._stops.all(), stop and stop.open) == ([], False)


async def test_a_crash_in_the_middle_of_a_cancellation(rig: Rig, sms: ScriptedChannel, store: OpenedStore) -> None:
    ids = await rig.send(2_500, owned=False, due_in=HOUR, bulk="b")
    await put(rig, cancelled=True)
    await rig.worker.holds.work()
    assert 0 < rig.worker.ended < 2_500
    await rig.close()
    again = await Rig(store, ScriptedChannel("c2"), node=2).start()
    await work(again)
    assert {await again.end(id_) for id_ in ids} == {CANCELLED}
    assert await again.reports() == 2_500
    await again.close()


async def test_a_request_that_comes_after_a_cancellation_is_another_bulk(rig: Rig, sms: ScriptedChannel) -> None:
    old = await rig.send(2, owned=False, bulk="b")
    (up_to,) = rig.mint.take(1, rig.now)
    await put(rig, cancelled=True, up_to=up_to)
    new = await rig.send(2, bulk="b")
    await work(rig)
    assert [each.delivery for each in await rig.sent(sms, 2)] == new
    assert {await rig.end(id_) for id_ in old} == {CANCELLED}


async def test_one_of_many_is_cancelled(rig: Rig, sms: ScriptedChannel) -> None:
    ids = await rig.send(3, owned=False, bulk="b")
    await put(rig, paused=True)
    await work(rig)
    await put(rig, Target(ACCOUNT, delivery=ids[0]), cancelled=True)
    await work(rig)
    assert await rig.end(ids[0]) == CANCELLED
    await put(rig)
    assert await flow_off(rig, sms, 2) == ids[1:]


async def test_a_cancellation_while_a_hand_over_is_committed(rig: Rig, sms: ScriptedChannel) -> None:
    """The list is on its way into the store: nobody of it has gone, so nobody goes."""
    ids = await rig.send(5, bulk="b")
    for _ in range(100):
        if rig.worker.routes.senders()[0]._committing:
            break
        await asyncio.sleep(0)
    await put(rig, cancelled=True)
    await work(rig)
    assert sms.sent == []
    assert {await rig.end(id_) for id_ in ids} == {CANCELLED}
    assert await rig.store.receipts.unsettled() == []


async def test_what_was_being_committed_is_cancelled_as_well(rig: Rig, sms: ScriptedChannel) -> None:
    await put(rig, cancelled=True)
    await work(rig)
    ids = [*await rig.send(2, bulk="b"), *await rig.send(2, owned=False, bulk="b")]
    await rig.tick(SECOND)
    await work(rig)
    assert ({await rig.end(id_) for id_ in ids}, sms.sent) == ({CANCELLED}, [])


# -- Beginning later -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("owned", [False, True])
async def test_it_begins_when_it_is_told_to(rig: Rig, sms: ScriptedChannel, owned: bool) -> None:
    """Owned: due already, and in memory, but nothing of it has gone."""
    sms.is_up = False
    ids = await rig.send(2_500, owned=owned, due_in=0 if owned else HOUR, bulk="b")
    later = rig.now + 3 * HOUR
    assert await put(rig, send_at=later)
    sms.is_up, sms.window, sms.ahead_by = True, 10_000, 1_000
    await work(rig)
    assert (await due_ats(rig), sms.sent, await stops(rig)) == ({later}, [], 0)
    live = await rig.live(ids[0])
    assert live is not None
    assert (live.stage, live.step_until) == (Stage.WAITING, later + 10 * MINUTE)
    rig.now = later
    assert await flow_off(rig, sms, len(ids)) == ids


async def test_it_begins_at_once(rig: Rig, sms: ScriptedChannel) -> None:
    ids = await rig.send(2_500, owned=False, due_in=HOUR, bulk="b")
    assert await put(rig, send_at=rig.now + SECOND)
    sms.window, sms.ahead_by = 10_000, 1_000
    assert await flow_off(rig, sms, len(ids)) == ids


async def test_nothing_goes_at_the_old_time_once_it_was_said(rig: Rig, sms: ScriptedChannel) -> None:
    """The rows say the old instant still: the stop alone holds them back."""
    await rig.send(10, owned=False, due_in=MINUTE, bulk="b")
    assert await put(rig, send_at=rig.now + HOUR)
    await rig.tick(2 * MINUTE)
    assert sms.sent == []
    await work(rig)
    assert len(await due_ats(rig)) == 1
    await rig.tick(MINUTE)
    assert sms.sent == []


async def test_it_is_not_done_before_everybody_says_the_new_instant(rig: Rig, sms: ScriptedChannel) -> None:
    """One of them is just being claimed, so that its row cannot be moved yet."""
    ids = await rig.send(3, owned=False, due_in=MINUTE, bulk="b")
    later = rig.now + HOUR
    await rig.store.db.write((plain(f"UPDATE live SET owner = 99 WHERE id = {ids[1]}"), {}))
    assert await put(rig, send_at=later)
    await work(rig)
    assert (len(await due_ats(rig)), await stops(rig)) == (2, 1)
    await rig.store.db.write((plain("UPDATE live SET owner = 0"), {}))
    await work(rig)
    assert (await due_ats(rig), await stops(rig)) == ({later}, 0)


async def test_what_falls_due_while_the_last_walk_ends_is_not_left_behind(rig: Rig, sms: ScriptedChannel) -> None:
    ids = await rig.send(3, owned=False, due_in=MINUTE, bulk="b")
    assert await put(rig, send_at=rig.now + SECOND)
    await rig.worker.holds.work()
    await rig.worker.holds.work()
    rig.now += SECOND
    await rig.worker.holds.work()
    await rig.tick()
    assert len(rig.worker.holds._stops.withheld) == 3
    assert await flow_off(rig, sms, 3) == ids


@pytest.mark.parametrize("paused", [False, True])
async def test_what_has_begun_stays_as_it_is(rig: Rig, sms: ScriptedChannel, paused: bool) -> None:
    sms.window = 1
    ids = await rig.send(5, bulk="b")
    (first,) = await rig.sent(sms, 1)
    if paused:
        await put(rig, paused=True)
    assert not await put(rig, send_at=rig.now + HOUR, paused=paused)
    assert await stops(rig) == paused
    await put(rig)
    sms.window = 100
    sms.sent.clear()
    await rig.say(sms, sms.accepted(first))
    assert await flow_off(rig, sms, len(ids) - 1) == ids[1:]


async def test_what_is_over_in_part_has_begun(rig: Rig, sms: ScriptedChannel) -> None:
    ids = await rig.send(2, bulk="b")
    for attempt in list(await rig.sent(sms, 2)):
        await rig.say(sms, sms.failed(attempt, Reason.PROVIDER_ERROR))
    assert rig.book.entries == {}
    assert not await put(rig, send_at=rig.now + HOUR)
    assert not await put(rig, Target(ACCOUNT, delivery=ids[0]), send_at=rig.now + HOUR)


async def test_one_of_many_begins_later(rig: Rig, sms: ScriptedChannel) -> None:
    ids = await rig.send(3, owned=False, due_in=MINUTE, bulk="b")
    assert await put(rig, Target(ACCOUNT, delivery=ids[1]), send_at=rig.now + HOUR)
    await work(rig)
    await rig.tick(MINUTE)
    assert sorted(each.delivery for each in await rig.sent(sms, 2)) == [ids[0], ids[2]]


async def test_begin_later_while_paused(rig: Rig, sms: ScriptedChannel) -> None:
    await rig.send(5, owned=False, due_in=MINUTE, bulk="b")
    later = rig.now + HOUR
    await put(rig, paused=True)
    await work(rig)
    assert await put(rig, paused=True, send_at=later)
    await work(rig)
    assert await due_ats(rig) == {later + PARKED}
    await rig.tick(2 * HOUR - HOUR)
    assert sms.sent == []
    await put(rig)
    assert len(await flow_off(rig, sms, 5)) == 5


# -- What goes wrong -----------------------------------------------------------------------------------------------


async def test_what_cannot_be_committed_holds_nothing_back(
    rig: Rig, sms: ScriptedChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_stop: Stop) -> bool:
        raise StoreError("no room on the disk")

    sms.is_up = False
    ids = await rig.send(5, bulk="b")
    monkeypatch.setattr(rig.store.bulks, "put", broken)
    with pytest.raises(StoreError):
        await put(rig, paused=True)
    sms.is_up = True
    assert await flow_off(rig, sms, len(ids)) == ids


async def test_what_cannot_be_put_away_is_put_away_later(
    rig: Rig, sms: ScriptedChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_ids: list[int], _owner: int) -> None:
        raise Taken("not now")

    sms.is_up = False
    ids = await rig.send(5, bulk="b")
    await put(rig, paused=True)
    with monkeypatch.context() as patch:
        patch.setattr(rig.store.bulks, "put_away", broken)
        with pytest.raises(Taken):
            await rig.worker.holds.work()
    await work(rig)
    assert (rig.book.entries, min(await due_ats(rig)) >= PARKED) == ({}, True)
    await put(rig)
    sms.is_up = True
    assert await flow_off(rig, sms, len(ids)) == ids


async def test_the_loop_survives_a_failure_and_is_woken(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    holds = rig.worker.holds
    looks = 0
    seen = asyncio.Event()

    async def failing() -> bool:
        nonlocal looks
        looks += 1
        holds._stops.woken.set()
        if looks == 3:
            seen.set()
        raise OSError("no")

    monkeypatch.setattr("omnibound.engine.holds.BEAT_S", 0)
    monkeypatch.setattr(holds, "work", failing)
    task = asyncio.create_task(holds._run())
    await asyncio.wait_for(seen.wait(), 5)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_what_is_over_is_forgotten(rig: Rig, sms: ScriptedChannel) -> None:
    await rig.send(1, bulk="b")
    (attempt,) = await rig.sent(sms, 1)
    await put(rig, paused=True)
    await work(rig)
    await rig.say(sms, sms.accepted(attempt), sms.receipt(f"c1-{attempt.delivery}-1"))
    rig.now += 2 * HOUR
    await work(rig)
    assert (rig.worker.holds._stops.all(), await stops(rig)) == ([], 0)


# -- Cancelled and paused --------------------------------------------------------------------------------------------


async def test_what_was_there_is_cancelled_and_what_comes_is_held_until_it_is_let_go(
    rig: Rig, sms: ScriptedChannel
) -> None:
    old = await rig.send(3, bulk="b")
    up_to = max(old) + 1
    await put(rig, cancelled=True, paused=True, up_to=up_to)
    new = await rig.send(2, bulk="b")
    assert min(new) > up_to
    await work(rig)
    assert [await rig.end(id_) for id_ in (*old, *new)] == [CANCELLED] * 3 + [None] * 2
    await put(rig, cancelled=True, up_to=up_to)
    assert await flow_off(rig, sms, 2) == new
    rig.now += GRACE
    await work(rig)
    assert rig.worker.holds._stops.get(ALL) is None


async def test_a_pause_is_left_when_all_that_was_cancelled_is_over(rig: Rig, sms: ScriptedChannel) -> None:
    old = await rig.send(3, bulk="b")
    await put(rig, cancelled=True, paused=True, up_to=max(old) + 1)
    rig.now += GRACE
    await work(rig)
    new = await rig.send(2, bulk="b")
    await work(rig)
    held = rig.worker.holds._stops.get(ALL)
    assert held == Stop(target=ALL, paused=True, open=False, at=held.at if held else 0)
    assert await rig.store.bulks.stop(ALL) == held
    assert {(await rig.live(id_)).due_at >= PARKED for id_ in new} == {True}  # type: ignore[union-attr]
    await put(rig)
    assert await flow_off(rig, sms, 2) == new
