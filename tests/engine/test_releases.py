"""Held deliveries of a bulk are let go by one word: all of them, none twice, and nobody else."""

import pytest
from msgspec.structs import replace

from omnibound.domain.bulk import Target
from omnibound.domain.flow import MINUTE, Effect, Flow, Move
from omnibound.domain.live import Stage
from omnibound.domain.status import Reason, Status
from omnibound.engine import releases
from tests.engine.conftest import ACCOUNT, Rig, ScriptedChannel, simple

pytestmark = pytest.mark.anyio

HELD = replace(
    simple("SMS"), rounds=2, pause=MINUTE,
    effects={
        Reason.REFUSED: Effect(move=Move.HOLD), Reason.REDIAL: Effect(move=Move.LATER),
        Reason.AGAIN: Effect(move=Move.AGAIN),
    },
)  # fmt: skip


async def held(rig: Rig, sms: ScriptedChannel, count: int, bulk: str = "b", flow: Flow = HELD) -> list[int]:
    ids = await rig.send(count, flow, bulk=bulk)
    await fail(rig, sms, count)
    return ids


async def fail(rig: Rig, sms: ScriptedChannel, count: int) -> None:
    attempts = list(await rig.sent(sms, count))
    sms.sent.clear()
    await rig.say(sms, *[sms.failed(each, Reason.REFUSED) for each in attempts])


async def stages(rig: Rig, ids: list[int]) -> list[Stage | None]:
    lives = [await rig.live(id_) for id_ in ids]
    return [live.stage if live else None for live in lives]


@pytest.mark.parametrize("chunk", [2, 1_000])
async def test_all_that_are_held(rig: Rig, sms: ScriptedChannel, chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(releases, "CHUNK", chunk)
    ids = [*await held(rig, sms, 5), *await held(rig, sms, 3), *await held(rig, sms, 1)]
    others = await held(rig, sms, 2, bulk="other")
    waiting = await rig.send(3, HELD, bulk="b")
    assert await stages(rig, [*ids, *others]) == [Stage.HELD] * 11
    # Some were let go from memory meanwhile.
    rig.book.forget(ids[:4])
    assert await rig.worker.releases.release(Target(ACCOUNT, "b"), Reason.REDIAL) == 9
    await rig.quiet()
    lives = [await rig.live(id_) for id_ in ids]
    assert {(live.stage, live.round, live.due_at - rig.now) for live in lives if live} == {(Stage.WAITING, 1, MINUTE)}
    assert await stages(rig, others) == [Stage.HELD] * 2
    assert await rig.worker.releases.release(Target(ACCOUNT, "b"), Reason.REDIAL) == 0
    assert len(await rig.sent(sms, 3)) == 3
    assert {each.delivery for each in sms.sent} == set(waiting)


async def test_at_once(rig: Rig, sms: ScriptedChannel) -> None:
    ids = await held(rig, sms, 2)
    assert await rig.worker.releases.release(Target(ACCOUNT, "b"), Reason.AGAIN) == 2
    assert {each.delivery for each in await rig.sent(sms, 2)} == set(ids)
    assert {(each.number, live.round) for each in sms.sent if (live := await rig.live(each.delivery))} == {(2, 0)}


async def test_with_no_round_left_it_is_the_end(rig: Rig, sms: ScriptedChannel) -> None:
    ids = await held(rig, sms, 1, flow=replace(HELD, rounds=1))
    assert await rig.worker.releases.release(Target(ACCOUNT, "b"), Reason.REDIAL) == 1
    assert await rig.end(ids[0]) == (Status.FAILED, Reason.REDIAL, 0)


async def test_of_nothing(rig: Rig) -> None:
    assert await rig.worker.releases.release(Target(ACCOUNT, "none"), Reason.REDIAL) == 0
