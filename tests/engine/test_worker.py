"""Starting, recovering after a crash, draining, and refusing what is too much."""

import pytest

from omnibound.domain.errors import Backlogged, Stopping
from omnibound.domain.flow import MINUTE
from omnibound.domain.live import Stage
from omnibound.domain.message import Class
from omnibound.domain.status import Reason, Status
from omnibound.store.opened import OpenedStore
from tests.engine.conftest import DELIVERED, Rig, ScriptedChannel

pytestmark = pytest.mark.anyio


async def crashed(store: OpenedStore, sms: ScriptedChannel, count: int = 3) -> list[int]:
    """What a node leaves that dies with `count` attempts at a provider that has not answered."""
    rig = await Rig(store, sms).start()
    ids = await rig.send(count)
    await rig.sent(sms, count)
    await rig.close()
    return ids


async def test_open_hand_overs_become_ambiguous_and_are_sent_again(store: OpenedStore, sms: ScriptedChannel) -> None:
    ids = await crashed(store, sms)
    again = ScriptedChannel()
    rig = await Rig(store, again, node=2).start()
    assert await store.receipts.unsettled() == []
    await rig.tick(2 * MINUTE)
    attempts = await rig.sent(again, 3)
    assert sorted((each.delivery, each.number) for each in attempts) == [(id_, 2) for id_ in ids]
    await rig.say(again, *[again.accepted(each, f"p{each.delivery}") for each in attempts])
    await rig.say(again, *[again.receipt(f"p{id_}") for id_ in ids])
    for id_ in ids:
        (outcome,) = await store.deliveries.outcomes(id_)
        assert (outcome.status, outcome.ambiguous) == (Status.DELIVERED, True)
    assert rig.worker.load()["unfinished"] == 0
    await rig.close()


async def test_open_hand_overs_are_held_where_that_is_wished(store: OpenedStore, sms: ScriptedChannel) -> None:
    (id_,) = await crashed(store, sms, 1)
    again = ScriptedChannel(resend=False)
    rig = await Rig(store, again, node=2).start()
    await rig.tick(2 * MINUTE)
    live = await rig.live(id_)
    assert live is not None
    assert (live.stage, live.ambiguous, again.sent) == (Stage.SENT, True, [])
    await rig.tick(11 * MINUTE)
    assert await rig.end(id_) == (Status.EXPIRED, Reason.NO_RECEIPT, 0)
    await rig.close()


async def test_what_was_answered_before_the_crash_is_left_alone(store: OpenedStore, sms: ScriptedChannel) -> None:
    rig = await Rig(store, sms).start()
    ids = await rig.send(3)
    attempts = await rig.sent(sms, 3)
    await rig.say(sms, sms.accepted(attempts[0], "p0"), sms.accepted(attempts[1], "p1"))
    await rig.close()
    again = ScriptedChannel()
    later = await Rig(store, again, node=2).start()
    await later.tick(2 * MINUTE)
    assert [(each.delivery, each.number) for each in await later.sent(again, 1)] == [(ids[2], 2)]
    await later.say(again, again.receipt("p0"), again.receipt("p1"))
    assert [await later.end(id_) for id_ in ids[:2]] == [DELIVERED] * 2
    await later.close()


async def test_what_waited_in_memory_is_claimed_by_the_next_start(store: OpenedStore, sms: ScriptedChannel) -> None:
    sms.is_up = False
    rig = await Rig(store, sms).start()
    ids = await rig.send(7)
    await rig.close()
    again = ScriptedChannel()
    later = await Rig(store, again, node=2).start()
    assert later.worker.load()["unfinished"] == 7
    await later.tick()
    assert [(each.delivery, each.number) for each in await later.sent(again, 7)] == [(id_, 1) for id_ in ids]
    await later.close()


async def test_receipts_kept_before_the_crash_find_their_attempt_after_it(
    store: OpenedStore, sms: ScriptedChannel
) -> None:
    rig = await Rig(store, sms).start()
    await rig.say(sms, sms.receipt("p1"))
    await rig.close()
    again = ScriptedChannel()
    later = await Rig(store, again, node=2).start()
    assert later.worker.load()["unmatched"] == 1
    (id_,) = await later.send()
    (attempt,) = await later.sent(again, 1)
    await later.say(again, again.accepted(attempt, "p1"))
    assert (await later.end(id_), await store.receipts.unmatched(0, 9)) == (DELIVERED, [])
    await later.close()


async def test_draining_loses_nothing(store: OpenedStore, sms: ScriptedChannel) -> None:
    sms.window, sms.ahead_by = 5, 10
    rig = await Rig(store, sms).start()
    ids = await rig.send(40)
    await rig.sent(sms, 5)
    sms.window = 0
    await rig.say(sms, *[sms.accepted(each, f"p{each.delivery}") for each in sms.sent])
    await rig.worker.drain()
    assert sms.stopped
    gone = {each.delivery for each in sms.sent}
    loaded = await store.deliveries.load(ids)
    assert {each.owner for each in loaded} == {0}
    assert {each.live.id for each in loaded if each.live.stage is Stage.SENT} == gone
    assert await store.receipts.unsettled() == []
    again = ScriptedChannel()
    later = await Rig(store, again, node=2).start()
    await later.tick()
    rest = await later.sent(again, len(ids) - len(gone))
    assert sorted((each.delivery, each.number) for each in rest) == [(id_, 1) for id_ in ids if id_ not in gone]
    await later.say(again, *[again.receipt(f"p{id_}") for id_ in gone])
    assert [await later.end(id_) for id_ in sorted(gone)] == [DELIVERED] * len(gone)
    await later.close()


async def test_what_the_channel_gives_back_when_it_stops_is_committed(store: OpenedStore, sms: ScriptedChannel) -> None:
    rig = await Rig(store, sms).start()
    (id_,) = await rig.send()
    await rig.sent(sms, 1)

    async def stop() -> None:
        await sms.emit([sms.unknown(sms.sent[0])])

    sms.stop = stop  # type: ignore[method-assign]
    await rig.worker.drain()
    live = await rig.live(id_)
    assert live is not None
    assert (live.attempt, live.ambiguous, await store.receipts.unsettled()) == (2, True, [])


async def test_a_stopping_node_refuses(rig: Rig) -> None:
    rig.worker.admit(1)
    await rig.worker.drain()
    with pytest.raises(Stopping) as refused:
        rig.worker.admit(1)
    assert refused.value.retry_after > 0
    assert rig.worker.owner_for(7, Class.URGENT, 5, "SMS") == (0, 0)


async def test_a_full_backlog_refuses(store: OpenedStore, sms: ScriptedChannel) -> None:
    rig = await Rig(store, sms, backlog=10).start()
    await rig.send(8)
    rig.worker.admit(2)
    rig.worker.release(2)
    with pytest.raises(Backlogged) as refused:
        rig.worker.admit(3)
    assert refused.value.retry_after > 0
    for each in await rig.sent(sms, 8):
        await rig.say(sms, sms.failed(each))
    rig.worker.admit(10)
    await rig.close()


async def test_what_is_unfinished_is_counted_anew_until_it_is_what_is_remembered(
    store: OpenedStore, sms: ScriptedChannel
) -> None:
    rig = await Rig(store, sms).start()
    await rig.send(3)
    rig.worker._backlog += 4
    assert [(await rig.worker._count_anew(), rig.worker.load()["unfinished"]) for _ in range(2)] == [
        (True, 3),
        (False, 3),
    ]
    await rig.close()


# (what waits, class, wished, owned) with room for 100
ROOMS = [
    (0, Class.URGENT, 200, 100), (0, Class.NORMAL, 200, 95), (0, Class.BULK, 200, 80), (90, Class.BULK, 9, 0),
    (90, Class.URGENT, 9, 9),
]  # fmt: skip


@pytest.mark.parametrize(("waits", "cls", "wished", "owned"), ROOMS)
async def test_room_in_memory_goes_by_class(
    store: OpenedStore, sms: ScriptedChannel, waits: int, cls: Class, wished: int, owned: int
) -> None:
    sms.is_up = False
    rig = await Rig(store, sms, queue=100).start()
    if waits:
        await rig.send(waits)
    assert rig.worker.owner_for(7, cls, wished, "SMS") == (1, owned)
    await rig.close()
