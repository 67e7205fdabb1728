"""From the queue over the committed hand-over to the channel: never before the commit, never more than fits."""

import asyncio

import pytest

from omnibound.domain.flow import MINUTE
from omnibound.domain.live import Said, Word
from omnibound.domain.message import Attempt
from omnibound.domain.status import Reason, Status
from omnibound.store.opened import OpenedStore
from tests.engine.conftest import Rig, ScriptedChannel, simple

pytestmark = pytest.mark.anyio


def ids(attempts: list[Attempt]) -> list[int]:
    return [attempt.delivery for attempt in attempts]


async def test_the_hand_over_is_committed_before_it_is_sent(rig: Rig, sms: ScriptedChannel) -> None:
    committed: list[bool] = []

    async def look(attempts: list[Attempt]) -> None:
        there = {key for each in await rig.store.receipts.unsettled() for key in each.keys}
        committed.extend((each.delivery, each.number) in there for each in attempts)

    sms.before_send = look
    await rig.send(25)
    await rig.sent(sms, 25)
    assert committed == [True] * 25
    assert {(each.node, each.connector) for each in await rig.store.receipts.unsettled()} == {(1, "c1")}


async def test_an_attempt_has_all_that_a_channel_needs(rig: Rig, sms: ScriptedChannel) -> None:
    (id_,) = await rig.send()
    (attempt,) = await rig.sent(sms, 1)
    assert (attempt.delivery, attempt.number, attempt.step.channel, attempt.address, attempt.content.text) == (
        id_, 1, "SMS", "410000000", "x",
    )  # fmt: skip
    assert attempt.until == rig.now + 10 * MINUTE


async def test_room_is_respected(rig: Rig, sms: ScriptedChannel) -> None:
    sms.window = 8
    sent = await rig.send(30)
    await rig.sent(sms, 8)
    await rig.quiet()
    assert ids(sms.sent) == sent[:8]
    await rig.say(sms, *[sms.accepted(each) for each in sms.sent[:3]])
    sms.wake()
    await rig.sent(sms, 11)
    await rig.quiet()
    assert ids(sms.sent) == sent[:11]


async def test_little_is_handed_over_before_there_is_room(rig: Rig, sms: ScriptedChannel) -> None:
    sms.window, sms.ahead_by = 4, 6
    await rig.send(50)
    await rig.sent(sms, 4)
    await rig.quiet()
    assert len([key for each in await rig.store.receipts.unsettled() for key in each.keys]) <= 10


async def test_parts_use_up_room(rig: Rig, sms: ScriptedChannel) -> None:
    sms.window, sms.ahead_by = 6, 0
    await rig.send(9, parts=3)
    await rig.sent(sms, 2)
    await rig.quiet()
    assert len(sms.sent) == 2


async def test_the_urgent_overtake(rig: Rig, sms: ScriptedChannel) -> None:
    sms.window, sms.ahead_by = 10, 4
    bulk = await rig.send(200, cls=2)
    await rig.sent(sms, 8)
    urgent = await rig.send(2, cls=0)
    await rig.wait_for(lambda: set(urgent) <= set(ids(sms.sent)))
    assert ids(sms.sent)[:8] == bulk[:8]
    assert len(sms.sent) == 10


async def test_what_expired_on_its_way_does_not_go(rig: Rig, sms: ScriptedChannel) -> None:
    sms.window = 0
    (id_,) = await rig.send()
    await rig.wait_for(lambda: rig.worker.routes.senders()[0]._staged_parts == 1)
    rig.now += 10 * MINUTE
    sms.window = 10
    sms.wake()
    await rig.wait_for(lambda: id_ not in rig.book.entries)
    await rig.quiet()
    assert (sms.sent, await rig.end(id_)) == ([], (Status.EXPIRED, Reason.EXPIRED, 0))
    assert await rig.store.receipts.unsettled() == []


@pytest.mark.parametrize(("window", "ahead"), [(0, 0), (0, 10)])
async def test_what_is_cancelled_does_not_go(rig: Rig, sms: ScriptedChannel, window: int, ahead: int) -> None:
    """Neither out of the queue nor when its hand-over is committed already."""
    sms.window, sms.ahead_by = window, ahead
    gone, kept = await rig.send(2)
    await rig.quiet()
    entry = rig.book.entries[gone]
    await rig.receiver.say([(entry, Word(Said.RESULT, 1, rig.now, Reason.CANCELLED))])
    sms.window = 10
    sms.wake()
    await rig.sent(sms, 1)
    await rig.quiet()
    assert (ids(sms.sent), await rig.end(gone)) == ([kept], (Status.CANCELLED, Reason.CANCELLED, 0))


async def test_returned_ones_wait_again_and_use_up_nothing(rig: Rig, sms: ScriptedChannel) -> None:
    (id_,) = await rig.send()
    (first,) = await rig.sent(sms, 1)
    await rig.say(sms, sms.returned(first))
    await rig.sent(sms, 2)
    assert [(each.delivery, each.number) for each in sms.sent] == [(id_, 1)] * 2
    assert len(await rig.store.receipts.unsettled()) == 1


async def test_a_link_that_is_down_is_given_nothing(rig: Rig, sms: ScriptedChannel) -> None:
    sms.is_up = False
    await rig.send(3)
    await rig.quiet()
    assert (sms.sent, await rig.store.receipts.unsettled()) == ([], [])
    sms.is_up = True
    sms.wake()
    await rig.sent(sms, 3)


async def test_a_hand_over_that_is_not_committed_does_not_go(
    rig: Rig, sms: ScriptedChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender = rig.worker.routes.senders()[0]
    real, tries = sender._record, 0

    async def failing(changes: object) -> None:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise OSError("disk full")
        await real(changes)  # type: ignore[arg-type]

    monkeypatch.setattr(sender, "_record", failing)
    sent = await rig.send(5)
    await rig.sent(sms, 5)
    assert (sorted(ids(sms.sent)), tries) == (sent, 3)


async def test_connectors_of_a_channel_share_and_take_over(store: OpenedStore) -> None:
    one, two = ScriptedChannel("one"), ScriptedChannel("two")
    rig = await Rig(store, one, two).start()
    one.is_up = False
    sent = await rig.send(5)
    await rig.sent(two, 5)
    assert (one.sent, ids(two.sent)) == ([], sent)
    await rig.say(two, two.failed(two.sent[0], Reason.PROVIDER_ERROR))
    one.is_up = True
    await rig.send(400)
    await rig.wait_for(lambda: len(one.sent) + len(two.sent) >= 405)
    assert min(len(one.sent), len(two.sent)) >= 100
    await rig.close()


async def test_without_a_connector_it_fails_at_once(rig: Rig) -> None:
    (id_,) = await rig.send(flow=simple("VIBER"))
    await rig.quiet()
    assert await rig.end(id_) == (Status.FAILED, Reason.NO_ROUTE, 0)


async def test_without_a_connector_the_next_step_is_taken(rig: Rig, sms: ScriptedChannel) -> None:
    (id_,) = await rig.send(flow=simple("VIBER", "SMS"))
    (attempt,) = await rig.sent(sms, 1)
    assert (attempt.delivery, attempt.number) == (id_, 2)


# -- Bugs that are known -------------------------------------------------------------------------------------------


async def test_without_a_connector_of_two_steps_the_third_is_taken(rig: Rig, sms: ScriptedChannel) -> None:
    (id_,) = await rig.send(flow=simple("VIBER", "PUSH", "SMS"))
    await rig.quiet()
    (attempt,) = sms.sent
    assert (attempt.delivery, attempt.number) == (id_, 3)


async def test_what_is_staged_on_a_dead_link_goes_on_when_its_validity_ends(store: OpenedStore) -> None:
    push, sms = ScriptedChannel("push", "PUSH"), ScriptedChannel()
    rig = await Rig(store, push, sms).start()
    push.window = 0
    await rig.send(flow=simple("PUSH", "SMS"))
    await rig.wait_for(lambda: rig.worker.routes.senders()[0]._staged_parts == 1)
    push.is_up = False
    await rig.tick(10 * MINUTE)
    await rig.quiet()
    went = len(sms.sent)
    await rig.close()
    assert went == 1


async def test_a_flow_of_two_steps_on_one_channel_sends_each_attempt_once(rig: Rig, sms: ScriptedChannel) -> None:
    sms.is_up = False
    await rig.send(flow=simple("SMS", "SMS"))
    await rig.tick(10 * MINUTE)
    sms.is_up = True
    sms.wake()
    await rig.sent(sms, 1)
    await rig.quiet()
    assert [each.number for each in sms.sent] == [2]


async def test_stopping_gives_back_everything_that_is_staged(rig: Rig, sms: ScriptedChannel) -> None:
    sms.window = 0
    sent = await rig.send(5)
    sender = rig.worker.routes.senders()[0]
    await rig.wait_for(lambda: sender._staged_parts == 5)
    sms.window = 100
    left = await sender.stop()
    assert sorted([entry.live.id for entry in left] + ids(sms.sent)) == sent


async def test_stopping_waits_for_the_hand_overs_under_way(rig: Rig, sms: ScriptedChannel) -> None:
    sms.window = 0
    await rig.send(5)
    sender = rig.worker.routes.senders()[0]
    await asyncio.sleep(0)
    await sender.stop()
    assert not sender._committing
