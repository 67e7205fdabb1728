"""A campaign is changed: what is held in memory of it goes the new way, other people's goes on as it did."""

import pytest
from msgspec.structs import replace

from omnibound.domain.flow import Flow, Step
from omnibound.store.opened import OpenedStore
from tests.engine.conftest import ACCOUNT, Rig, ScriptedChannel

pytestmark = pytest.mark.anyio


def by(connector: str) -> Flow:
    return Flow(steps=(Step(channel="VOICE", connector=connector),), rounds=2)


async def test_who_waits_for_a_trunk_leaves_it_and_calls_under_way_go_on(store: OpenedStore) -> None:
    first, second = ScriptedChannel("a", "VOICE"), ScriptedChannel("b", "VOICE")
    first.window = second.window = 1
    first.ahead_by = second.ahead_by = 0
    rig = await Rig(store, first, second).start()
    ids = await rig.send(3, flow=by("a"), campaign="c")
    others = await rig.send(2, flow=by("a"), campaign="d")
    (under_way,) = await rig.sent(first, 1)
    assert under_way.delivery == ids[0]
    rig.worker.revise(ACCOUNT, "c", replace(by("b"), rounds=5))
    await rig.wait_for(lambda: bool(second.sent))
    assert [each.delivery for each in second.sent] == ids[1:2]
    assert {rig.book.entries[id_].message.flow.rounds for id_ in ids} == {5}
    assert [rig.book.entries[id_].message.flow for id_ in others] == [by("a")] * 2
    assert len(first.sent) == 1
    await rig.say(first, first.accepted(under_way))
    await rig.say(first, first.receipt(f"a-{ids[0]}-1"))
    await rig.wait_for(lambda: len(first.sent) == 2)
    assert first.sent[1].delivery == others[0]
    rig.worker.revise(8, "d", by("b"))
    rig.worker.revise(ACCOUNT, "none", by("b"))
    assert [rig.book.entries[id_].message.flow for id_ in others] == [by("a")] * 2
    await rig.close()
