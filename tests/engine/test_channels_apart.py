"""A channel that is down or slow takes nothing from the others."""

import pytest

from omnibound.domain.flow import HOUR
from omnibound.domain.message import Class
from omnibound.domain.status import Reason, Status
from omnibound.store.opened import OpenedStore
from tests.engine.conftest import Rig, ScriptedChannel, simple

pytestmark = pytest.mark.anyio


async def stuck(store: OpenedStore, sms: ScriptedChannel, push: ScriptedChannel) -> Rig:
    """SMS is down and has its room filled, and more waits in the store."""
    sms.is_up = False
    rig = await Rig(store, sms, push, queue=10).start()
    await rig.send(10)
    await rig.send(5, owned=False)
    await rig.tick()
    assert rig.worker.load()["waiting"] == 10
    return rig


@pytest.fixture
def push() -> ScriptedChannel:
    return ScriptedChannel("fcm", "PUSH")


async def test_room_is_counted_by_channel(store: OpenedStore, sms: ScriptedChannel, push: ScriptedChannel) -> None:
    rig = await stuck(store, sms, push)
    owned = {channel: [rig.worker.owner_for(7, cls, 20, channel)[1] for cls in Class] for channel in ("SMS", "PUSH")}
    assert owned == {"SMS": [0, 0, 0], "PUSH": [10, 9, 8]}
    await rig.close()


@pytest.mark.parametrize("cls", [int(cls) for cls in Class])
async def test_others_go_at_once(store: OpenedStore, sms: ScriptedChannel, push: ScriptedChannel, cls: int) -> None:
    rig = await stuck(store, sms, push)
    scheduled = await rig.send(4, flow=simple("PUSH"), cls=cls, owned=False, due_in=HOUR // 10)
    waiting = await rig.send(3, flow=simple("PUSH"), cls=cls, owned=False)
    await rig.tick()
    assert [each.delivery for each in await rig.sent(push, 3)] == waiting
    await rig.tick(HOUR // 10)
    assert [each.delivery for each in (await rig.sent(push, 7))[3:]] == scheduled
    assert (sms.sent, rig.worker.load()["waiting"]) == ([], 10)
    await rig.close()


async def test_what_is_down_goes_on_where_it_stopped(
    store: OpenedStore, sms: ScriptedChannel, push: ScriptedChannel
) -> None:
    rig = await stuck(store, sms, push)
    sms.is_up = True
    sms.wake()
    await rig.sent(sms, 10)
    await rig.tick()
    assert len({each.delivery for each in await rig.sent(sms, 15)}) == 15
    await rig.close()


async def test_what_nobody_carries_fails_however_full_it_is(
    store: OpenedStore, sms: ScriptedChannel, push: ScriptedChannel
) -> None:
    rig = await stuck(store, sms, push)
    (id_,) = await rig.send(flow=simple("VIBER"), owned=False)
    await rig.tick()
    assert await rig.end(id_) == (Status.FAILED, Reason.NO_ROUTE, 0)
    await rig.close()


async def test_no_order_waits_for_a_channel_that_is_down(
    store: OpenedStore, sms: ScriptedChannel, push: ScriptedChannel
) -> None:
    """The pace of another channel promises it nothing: it would wait here for ever, as the clock stands still."""
    rig = await stuck(store, sms, push)
    await rig.send(8, flow=simple("PUSH"))
    await rig.sent(push, 8)
    rig.now += HOUR // 60
    for channel in ("SMS", "PUSH", "VIBER"):
        await rig.worker.wait_for_room(Class.NORMAL, 1, channel)
    await rig.close()
