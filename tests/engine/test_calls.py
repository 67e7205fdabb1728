"""What is told of a call is committed with what its end means, once, and belongs to the account that asked."""

from typing import Any

import pytest
from msgspec.structs import replace

from omnibound.domain.call import Call
from omnibound.domain.changes import Changes
from omnibound.domain.flow import MINUTE
from omnibound.domain.status import Reason
from omnibound.store.opened import OpenedStore
from tests.engine.conftest import ACCOUNT, DELIVERED, START, Rig, ScriptedChannel, simple

pytestmark = pytest.mark.anyio


def call(delivery: int, attempt: int = 1, **other: Any) -> Call:
    values = {"connector": "c1", "reason": Reason.ANSWERED, "ended_at": START + 5, "number": "48600100200"}
    return Call(delivery=delivery, attempt=attempt, **{**values, **other})


class Commits:
    """What the store was given, commit by commit."""

    def __init__(self, store: OpenedStore, monkeypatch: pytest.MonkeyPatch) -> None:
        self.all: list[Changes] = []
        record = store.db.record

        def noted(changes: Changes) -> Any:
            self.all.append(changes)
            return record(changes)

        monkeypatch.setattr(store.db, "record", noted)

    @property
    def with_calls(self) -> list[tuple[int, int]]:
        """Of those that have any: how many calls, and how many outcomes beside them."""
        return [(len(each.calls), len(each.outcomes)) for each in self.all if each.calls]


async def accepted(rig: Rig, sms: ScriptedChannel) -> int:
    (id_,) = await rig.send()
    (attempt,) = await rig.sent(sms, 1)
    await rig.say(sms, sms.accepted(attempt, "p1"))
    return id_


async def test_a_call_is_committed_with_the_end_that_it_means(
    rig: Rig, sms: ScriptedChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    id_ = await accepted(rig, sms)
    commits = Commits(rig.store, monkeypatch)
    await sms.emit([call(id_), sms.receipt("p1")])
    assert await rig.store.calls.one(id_, 1) == replace(call(id_), account=ACCOUNT)
    assert (await rig.end(id_), commits.with_calls) == (DELIVERED, [(1, 1)])


async def test_who_opted_out_is_suppressed_in_the_same_commit(
    rig: Rig, sms: ScriptedChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    id_ = await accepted(rig, sms)
    commits = Commits(rig.store, monkeypatch)
    await sms.emit([call(id_, reason=Reason.OPTED_OUT), sms.receipt("p1", reason=Reason.OPTED_OUT)])
    assert [(len(each.suppressed), len(each.outcomes)) for each in commits.all if each.calls] == [(1, 1)]
    suppressed = await rig.store.campaigns.suppressed(ACCOUNT, "VOICE", ["48600100200"])
    assert suppressed == {"48600100200": Reason.OPTED_OUT}


async def test_who_opted_out_after_its_delivery_ended_is_suppressed_too(rig: Rig, sms: ScriptedChannel) -> None:
    id_ = await accepted(rig, sms)
    await sms.emit([sms.receipt("p1")])
    assert await rig.end(id_) == DELIVERED
    await sms.emit([call(id_, reason=Reason.OPTED_OUT)])
    assert await rig.store.campaigns.suppressed(ACCOUNT, "VOICE", ["48600100200"]) != {}


async def test_a_call_that_was_refused(rig: Rig, sms: ScriptedChannel, monkeypatch: pytest.MonkeyPatch) -> None:
    (id_,) = await rig.send(flow=simple("SMS", minutes=1))
    (attempt,) = await rig.sent(sms, 1)
    commits = Commits(rig.store, monkeypatch)
    busy = call(id_, reason=Reason.BUSY, sip=486)
    await sms.emit([busy, sms.failed(attempt, Reason.BUSY)])
    assert await rig.store.calls.of([id_]) == {id_: [replace(busy, account=ACCOUNT)]}
    assert commits.with_calls == [(1, 1)]


async def test_told_again_after_a_restart(rig: Rig, sms: ScriptedChannel) -> None:
    """Nobody acknowledged it: it comes once more, with the receipt, to whoever runs now."""
    id_ = await accepted(rig, sms)
    await rig.say(sms, call(id_), sms.receipt("p1"))
    again = await Rig(rig.store, sms, node=2).start()
    await again.say(sms, call(id_), sms.receipt("p1"))
    assert await rig.store.calls.of([id_]) == {id_: [replace(call(id_), account=ACCOUNT)]}
    assert (await again.end(id_), await again.reports()) == (DELIVERED, 1)
    await again.close()


async def test_a_call_that_is_only_in_the_store(rig: Rig, sms: ScriptedChannel) -> None:
    id_ = await accepted(rig, sms)
    again = await Rig(rig.store, sms, node=2).start()
    again.book.forget([id_])
    await again.say(sms, call(id_), sms.receipt("p1"))
    assert await rig.store.calls.of([id_]) == {id_: [replace(call(id_), account=ACCOUNT)]}
    assert await again.end(id_) == DELIVERED
    await again.close()


async def test_a_call_that_outlasts_its_delivery(rig: Rig, sms: ScriptedChannel) -> None:
    id_ = await accepted(rig, sms)
    await rig.tick(3 * 24 * 60 * MINUTE)
    assert await rig.live(id_) is None
    await rig.say(sms, call(id_))
    assert await rig.store.calls.of([id_]) == {id_: [replace(call(id_), account=ACCOUNT)]}


async def test_a_call_of_nobody_is_not_kept(rig: Rig, sms: ScriptedChannel) -> None:
    await rig.say(sms, call(99))
    assert await rig.store.calls.of([99]) == {}


async def test_whose_campaign_it_was(store: OpenedStore, sms: ScriptedChannel) -> None:
    rig = await Rig(store, sms).start()
    ids = [await rig.send(campaign="winter"), await rig.send(campaign="winter")]
    (first,), (second,) = ids
    await rig.sent(sms, 2)
    await rig.say(sms, *[sms.failed(attempt, Reason.REFUSED) for attempt in sms.sent if attempt.delivery == second])
    await rig.say(sms, call(first), call(second))
    found = await store.calls.of([first, second])
    assert {id_: [each.campaign for each in calls] for id_, calls in found.items()} == {
        first: ["winter"], second: ["winter"],
    }  # fmt: skip
    await rig.close()
