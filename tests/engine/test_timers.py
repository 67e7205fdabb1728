"""What time brings, with a clock that the test moves."""

import asyncio

import pytest

from omnibound.domain.flow import HOUR, MINUTE, SECOND, Flow, Step
from omnibound.domain.live import Stage
from omnibound.domain.status import Reason, Status
from omnibound.store.opened import OpenedStore
from tests.engine.conftest import Rig, ScriptedChannel, simple

pytestmark = pytest.mark.anyio
NO_RECEIPT = Status.EXPIRED, Reason.NO_RECEIPT, 0


async def test_a_validity_that_ends_leads_to_the_next_step(store: OpenedStore, sms: ScriptedChannel) -> None:
    push = ScriptedChannel("fcm", "PUSH")
    rig = await Rig(store, push, sms).start()
    (id_,) = await rig.send(flow=simple("PUSH", "SMS"))
    (first,) = await rig.sent(push, 1)
    await rig.say(push, push.accepted(first, "p"))
    await rig.tick(10 * MINUTE - 1)
    assert sms.sent == []
    await rig.tick(1)
    (second,) = await rig.sent(sms, 1)
    assert (second.delivery, second.number, second.until) == (id_, 2, rig.now + 10 * MINUTE)
    await rig.close()


async def test_no_receipt_in_time(rig: Rig, sms: ScriptedChannel) -> None:
    (id_,) = await rig.send()
    (attempt,) = await rig.sent(sms, 1)
    await rig.say(sms, sms.accepted(attempt, "p"))
    await rig.tick(11 * MINUTE - 1)
    assert await rig.end(id_) is None
    await rig.tick(1)
    assert (await rig.end(id_), await rig.reports(), rig.worker.load()["unfinished"]) == (NO_RECEIPT, 1, 0)


async def test_no_receipt_for_one_that_memory_has_let_go(rig: Rig, sms: ScriptedChannel) -> None:
    (id_,) = await rig.send()
    (attempt,) = await rig.sent(sms, 1)
    await rig.say(sms, sms.accepted(attempt, "p"))
    rig.book.forget([id_])
    await rig.tick(11 * MINUTE)
    assert await rig.end(id_) == NO_RECEIPT


async def test_schedules_fall_due(rig: Rig, sms: ScriptedChannel) -> None:
    ids = await rig.send(3, owned=False, due_in=HOUR)
    await rig.tick(HOUR - 1)
    assert sms.sent == []
    await rig.tick(1)
    assert [each.delivery for each in await rig.sent(sms, 3)] == ids
    await rig.tick()
    assert len(sms.sent) == 3


async def test_retries_wait_and_then_go(rig: Rig, sms: ScriptedChannel) -> None:
    """Backing off: 1 s and up to half more, then twice that, and each retry is an attempt of its own."""
    (id_,) = await rig.send()
    waits = []
    for number in (1, 2, 3):
        await rig.sent(sms, number)
        await rig.say(sms, sms.failed(sms.sent[-1], Reason.PROVIDER_ERROR))
        live = await rig.live(id_)
        assert live is not None
        assert (live.attempt, live.tries, rig.worker.load()["in_memory"]) == (number + 1, number, 0)
        waits.append(live.due_at - rig.now)
        await rig.tick(waits[-1] - 1)
        assert len(sms.sent) == number
        await rig.tick(1)
    await rig.sent(sms, 4)
    for wait, base in zip(waits, (1, 2, 4), strict=True):
        assert base * SECOND <= wait <= 1.5 * base * SECOND
    assert [each.number for each in sms.sent] == [1, 2, 3, 4]


async def test_a_provider_that_names_a_wait_is_obeyed(rig: Rig, sms: ScriptedChannel) -> None:
    (id_,) = await rig.send()
    (attempt,) = await rig.sent(sms, 1)
    await rig.say(sms, sms.failed(attempt, Reason.THROTTLED, after=90 * SECOND))
    live = await rig.live(id_)
    assert live is not None
    assert live.due_at == rig.now + 90 * SECOND


async def test_retries_end_with_retry_for(rig: Rig, sms: ScriptedChannel) -> None:
    flow = Flow(steps=(Step(channel="SMS", validity=HOUR),), retry_for=5 * SECOND)
    (id_,) = await rig.send(flow=flow)
    for number in range(1, 9):
        await rig.sent(sms, number)
        await rig.say(sms, sms.failed(sms.sent[-1], Reason.PROVIDER_ERROR))
        if await rig.end(id_):
            break
        await rig.tick(6 * SECOND)
    assert await rig.end(id_) == (Status.FAILED, Reason.PROVIDER_ERROR, 0)
    assert 2 <= len(sms.sent) <= 4


async def test_what_waits_in_memory_too_long_is_swept(rig: Rig, sms: ScriptedChannel) -> None:
    sms.is_up = False
    ids = await rig.send(5)
    assert rig.worker.load()["waiting"] == 5
    await rig.tick(10 * MINUTE)
    assert [await rig.end(id_) for id_ in ids] == [(Status.EXPIRED, Reason.EXPIRED, 0)] * 5
    assert rig.worker.load() == {"unfinished": 0, "in_memory": 0, "waiting": 0, "unmatched": 0, "ended": 5}


async def test_unowned_ones_expire_where_nobody_has_room(store: OpenedStore, sms: ScriptedChannel) -> None:
    rig = await Rig(store, sms, queue=0).start()
    ids = await rig.send(5, owned=False)
    await rig.tick()
    assert sms.sent == []
    await rig.tick(10 * MINUTE)
    assert [await rig.end(id_) for id_ in ids] == [(Status.EXPIRED, Reason.EXPIRED, 0)] * 5
    await rig.close()


async def test_claims_stop_where_memory_is_full(store: OpenedStore, sms: ScriptedChannel) -> None:
    sms.is_up = False
    rig = await Rig(store, sms, queue=100).start()
    await rig.send(200, owned=False, cls=2)
    await rig.tick()
    assert rig.worker.load()["waiting"] == 80
    await rig.send(200, owned=False, cls=1)
    await rig.tick()
    assert rig.worker.load()["waiting"] == 95
    await rig.close()


async def test_a_lot_falls_due_at_once(rig: Rig, sms: ScriptedChannel) -> None:
    ids = await rig.send(4_500, owned=False, due_in=MINUTE, cls=2)
    sms.window = 10_000
    sms.ahead_by = 1_000
    rig.now += MINUTE
    while await rig.worker._timers.tick():
        await rig.quiet()
    attempts = await rig.sent(sms, 4_500)
    assert sorted(each.delivery for each in attempts) == ids


async def test_the_loop_survives_a_failure(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = 0
    seen = asyncio.Event()

    async def failing() -> bool:
        nonlocal looks
        looks += 1
        if looks == 2:
            seen.set()
        raise OSError("no")

    monkeypatch.setattr("omnibound.engine.looking.TICK_S", 0)
    monkeypatch.setattr(rig.worker._timers._looking, "_look", failing)
    task = asyncio.create_task(rig.worker._timers._looking.run())
    await asyncio.wait_for(seen.wait(), 5)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_claimed_one_that_something_else_loads_meanwhile_is_queued(
    rig: Rig, sms: ScriptedChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A late receipt reads a delivery from the store just when it is claimed."""
    (id_,) = await rig.send(owned=False)
    real = rig.store.deliveries.claim

    async def claim(owner: int, now: int, limit: int, cls: int, channel: str) -> list[int]:
        claimed = await real(owner, now, limit, cls, channel)
        if claimed:
            load = rig.receiver.load
            monkeypatch.setattr(rig.receiver, "load", _after(load, claimed))
        return claimed

    def _after(load, ids):  # noqa: ANN001, ANN202
        async def both(wanted):  # noqa: ANN001, ANN202
            monkeypatch.setattr(rig.receiver, "load", load)
            await load(ids)
            return await load(wanted)

        return both

    monkeypatch.setattr(rig.store.deliveries, "claim", claim)
    await rig.tick()
    live = await rig.live(id_)
    assert live is not None
    assert live.stage is Stage.WAITING
    assert [each.delivery for each in sms.sent] == [id_]
