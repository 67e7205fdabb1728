"""Connectors that are added, take another's place, or go while the engine runs."""

import asyncio

import pytest

from omnibound.domain.facts import Link
from omnibound.domain.flow import Flow, Step
from omnibound.domain.live import Stage
from omnibound.domain.status import Reason, Status
from omnibound.engine.gone import WHY
from tests.engine.conftest import DELIVERED, START, Rig, ScriptedChannel

pytestmark = pytest.mark.anyio


def link(channel: ScriptedChannel, up: bool) -> Link:
    return Link(channel.name, up, "the test says so", START)


async def come(rig: Rig, channel: ScriptedChannel, up: bool = True) -> None:
    channel.is_up = up
    await channel.emit([link(channel, up)])
    await rig.quiet()


async def deliver(rig: Rig, channel: ScriptedChannel) -> None:
    """Accept and deliver all that was given to it."""
    for attempt in channel.sent:
        accepted = channel.accepted(attempt)
        await rig.say(channel, accepted, channel.receipt(accepted.provider_ids[0]))


def names(rig: Rig) -> list[str]:
    return [channel.name for channel in rig.worker.connectors]


async def test_one_that_is_added_shares_what_waits(rig: Rig, sms: ScriptedChannel) -> None:
    sms.window = 10
    sms.ahead_by = 0
    ids = await rig.send(1_000)
    await rig.sent(sms, 10)
    added = ScriptedChannel("c2")
    added.is_up = False
    await rig.worker.connectors.put(added)
    await come(rig, added)
    await rig.sent(added, 400)
    sms.window = 1_000
    sms.wake()
    await rig.wait_for(lambda: len(sms.sent) + len(added.sent) == 1_000)
    assert {attempt.delivery for attempt in (*sms.sent, *added.sent)} == set(ids)
    assert names(rig) == ["c1", "c2"]


async def test_the_old_one_goes_on_until_the_new_one_is_up(rig: Rig, sms: ScriptedChannel) -> None:
    new = ScriptedChannel()
    new.is_up = False
    await rig.worker.connectors.put(new)
    (first,) = await rig.send()
    await rig.sent(sms, 1)
    assert (list(rig.worker.connectors), rig.worker.connectors.coming("c1")) == ([sms], new)
    await come(rig, new)
    (second,) = await rig.send()
    await rig.sent(new, 1)
    assert (list(rig.worker.connectors), rig.worker.connectors.coming("c1")) == ([new], None)
    await rig.wait_for(lambda: sms.stopped)
    await deliver(rig, sms)
    await deliver(rig, new)
    assert [await rig.end(id_) for id_ in (first, second)] == [DELIVERED, DELIVERED]


async def test_one_that_only_pauses_goes_on_until_the_new_one_is_up(rig: Rig, sms: ScriptedChannel) -> None:
    await come(rig, sms)
    sms.is_up = False
    new = ScriptedChannel()
    new.is_up = False
    await rig.worker.connectors.put(new)
    assert (list(rig.worker.connectors), sms.stopped) == ([sms], False)
    sms.is_up = True
    await rig.send()
    await rig.sent(sms, 1)


async def test_a_new_link_rescues_what_waits_for_a_fellow_that_is_down(rig: Rig, sms: ScriptedChannel) -> None:
    fellow = ScriptedChannel("c2")
    await rig.worker.connectors.put(fellow)
    await come(rig, sms)
    await come(rig, fellow, up=False)
    await come(rig, sms, up=False)
    await rig.send(3)
    new = ScriptedChannel()
    new.is_up = False
    await rig.worker.connectors.put(new)
    await come(rig, new)
    await rig.sent(new, 3)


async def test_what_is_staged_for_the_old_one_goes_by_the_new_one(rig: Rig, sms: ScriptedChannel) -> None:
    sms.window, sms.ahead_by = 2, 5
    ids = await rig.send(20)
    await rig.sent(sms, 2)
    await rig.wait_for(lambda: rig.worker.routes.senders()[0]._staged_parts == 5)
    new = ScriptedChannel()
    new.is_up = False
    await rig.worker.connectors.put(new)
    await come(rig, new)
    await rig.sent(new, 18)
    assert sorted(attempt.delivery for attempt in (*sms.sent, *new.sent)) == ids


async def test_its_links_are_not_taken_for_those_of_the_new_one(rig: Rig, sms: ScriptedChannel) -> None:
    new = ScriptedChannel()
    new.is_up = False
    await rig.worker.connectors.put(new)
    await new.emit([link(new, up=False)])
    (before,) = await rig.send()
    await rig.sent(sms, 1)
    await come(rig, new)
    await rig.send()
    await rig.sent(new, 1)
    await sms.emit([link(sms, up=False)])
    await rig.quiet()
    assert [len(await rig.told(each.delivery)) for each in (*sms.sent, *new.sent)] == [0, 0]
    assert before == sms.sent[0].delivery


async def test_a_place_that_is_down_is_taken_at_once(rig: Rig, sms: ScriptedChannel) -> None:
    await come(rig, sms, up=False)
    await rig.send(3)
    new = ScriptedChannel()
    await rig.worker.connectors.put(new)
    await rig.sent(new, 3)
    assert list(rig.worker.connectors) == [new]


async def test_who_does_not_carry_yet_is_forgotten(rig: Rig, sms: ScriptedChannel) -> None:
    first, second = ScriptedChannel(), ScriptedChannel()
    first.is_up = second.is_up = False
    await rig.worker.connectors.put(first)
    await rig.worker.connectors.put(second)
    assert (first.stopped, rig.worker.connectors.coming("c1")) == (True, second)
    await rig.worker.connectors.forget("c1")
    assert (second.stopped, sms.stopped, list(rig.worker.connectors)) == (True, False, [sms])


async def test_what_waits_for_a_removed_one_goes_to_its_fellow(rig: Rig, sms: ScriptedChannel) -> None:
    other = ScriptedChannel("c2")
    await rig.worker.connectors.put(other)
    await come(rig, other)
    sms.window = other.window = 0
    ids = await rig.send(600)
    await rig.wait_for(lambda: rig.worker.routes.waiting() == 600)
    await rig.worker.connectors.remove("c1", 0)
    other.window = 1_000
    other.wake()
    await rig.sent(other, 600)
    assert (sorted(attempt.delivery for attempt in other.sent), sms.sent) == (ids, [])


async def test_what_has_no_other_way_waits_until_one_is_added(rig: Rig, sms: ScriptedChannel) -> None:
    sms.window = 0
    (before,) = await rig.send()
    await rig.worker.connectors.remove("c1", 0)
    await rig.wait_for(lambda: sms.stopped)
    (after,) = await rig.send()
    (gone,) = rig.worker.connectors
    assert (gone.up(), gone.condition()) == (False, {"up": False, "why": WHY, "waiting": 2})
    assert [(await rig.live(id_)).stage for id_ in (before, after)] == [Stage.WAITING] * 2  # type: ignore[union-attr]
    new = ScriptedChannel("c9")
    await rig.worker.connectors.put(new)
    await come(rig, new)
    await rig.sent(new, 2)
    await rig.wait_for(lambda: names(rig) == ["c9"])
    await deliver(rig, new)
    assert [await rig.end(id_) for id_ in (before, after)] == [DELIVERED, DELIVERED]


async def test_where_nothing_waits_nothing_stays(rig: Rig, sms: ScriptedChannel) -> None:
    await rig.worker.connectors.remove("c1", 0)
    await rig.wait_for(lambda: not names(rig))
    (id_,) = await rig.send()
    await rig.quiet()
    assert await rig.end(id_) == (Status.FAILED, Reason.NO_ROUTE, 0)


async def test_a_step_that_names_the_removed_one_waits_for_it(rig: Rig, sms: ScriptedChannel) -> None:
    other = ScriptedChannel("c2")
    await rig.worker.connectors.put(other)
    await come(rig, other)
    sms.window = 0
    await rig.send(flow=Flow(steps=(Step(channel="SMS", connector="c1", validity=600_000_000),)))
    await rig.worker.connectors.remove("c1", 0)
    await rig.wait_for(lambda: sms.stopped)
    assert other.sent == []
    again = ScriptedChannel("c1")
    await rig.worker.connectors.put(again)
    await rig.sent(again, 1)


async def test_answers_and_receipts_of_a_removed_one_are_heard(rig: Rig, sms: ScriptedChannel) -> None:
    ids = await rig.send(2)
    await rig.sent(sms, 2)
    await rig.worker.connectors.remove("c1", 0)
    one, two = [sms.accepted(attempt) for attempt in sms.sent]
    await rig.say(sms, one, two, sms.receipt(one.provider_ids[0]))
    fellow = ScriptedChannel("c7")
    fellow.carrier = sms.carrier
    await rig.worker.connectors.put(fellow)
    await rig.say(fellow, fellow.receipt(two.provider_ids[0]))
    assert [await rig.end(id_) for id_ in ids] == [DELIVERED, DELIVERED]


async def test_the_order_is_that_of_the_configuration(rig: Rig) -> None:
    for name in ("c2", "c3"):
        await rig.worker.connectors.put(ScriptedChannel(name))
    rig.worker.connectors.arrange(["c3", "c1", "c2"])
    assert names(rig) == ["c3", "c1", "c2"]
    assert rig.worker.connectors[0].name == "c3"
    assert [channel.name for channel in rig.worker.connectors[1:]] == ["c1", "c2"]


async def test_a_drain_ends_who_comes_and_who_lingers(rig: Rig, sms: ScriptedChannel) -> None:
    coming = ScriptedChannel()
    coming.is_up = False
    lingers = asyncio.Event()
    told: list[float] = []

    async def stop(linger_s: float = 0) -> None:
        told.append(linger_s)
        if linger_s:
            await lingers.wait()
        lingers.set()

    other = ScriptedChannel("c2")
    other.stop = stop  # type: ignore[method-assign]
    await rig.worker.connectors.put(other)
    await come(rig, other)
    await rig.worker.connectors.remove("c2", 60)
    await rig.worker.connectors.put(coming)
    await rig.wait_for(lambda: told == [60])
    await rig.worker.drain()
    assert (told, coming.stopped, sms.stopped) == ([60, 0], True, True)
