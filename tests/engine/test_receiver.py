"""Facts find their delivery, become words, and are committed before they are acknowledged."""

import asyncio

import pytest
from msgspec.structs import replace

from omnibound.domain.changes import Changes
from omnibound.domain.facts import Gone, Inbound, Link
from omnibound.domain.flow import MINUTE
from omnibound.domain.live import Stage
from omnibound.domain.push import Notify, Topic
from omnibound.domain.status import Reason, Status
from omnibound.store.opened import OpenedStore
from tests.engine.conftest import DELIVERED, Rig, ScriptedChannel, simple
from tests.store.test_accounts import device

pytestmark = pytest.mark.anyio


async def accepted(rig: Rig, sms: ScriptedChannel, *ids: str, parts: int = 1) -> int:
    (id_,) = await rig.send(parts=parts)
    before = len(sms.sent)
    await rig.sent(sms, before or 1)
    await rig.wait_for(lambda: any(each.delivery == id_ for each in sms.sent))
    attempt = next(each for each in sms.sent if each.delivery == id_)
    await rig.say(sms, sms.accepted(attempt, *ids))
    return id_


async def test_accepted_then_a_receipt_then_a_report(rig: Rig, sms: ScriptedChannel) -> None:
    id_ = await accepted(rig, sms, "p1")
    live = await rig.live(id_)
    assert live is not None
    assert (live.stage, live.connector, live.parts, live.version) == (Stage.SENT, "c1", 1, 1)
    assert await rig.store.receipts.unsettled() == []
    assert [each.delivery for each in await rig.store.receipts.find("carrier-c1", ["p1"])] == [id_]
    await rig.say(sms, sms.receipt("p1"))
    assert await rig.told(id_) == ["ACCEPTED SENT", "DELIVERED DELIVERED"]
    assert (await rig.live(id_), await rig.end(id_), await rig.reports()) == (None, DELIVERED, 1)
    assert await rig.store.receipts.find("carrier-c1", ["p1"]) == []
    assert rig.worker.load() == {"unfinished": 0, "in_memory": 0, "waiting": 0, "unmatched": 0, "ended": 1}


async def test_what_is_emitted_is_committed_when_it_is_acknowledged(rig: Rig, sms: ScriptedChannel) -> None:
    await accepted(rig, sms, "p1")
    await sms.emit([sms.receipt("p1")])
    assert await rig.reports() == 1


async def test_all_of_one_list_in_one_commit(rig: Rig, sms: ScriptedChannel) -> None:
    """Acceptance and receipt in one list leave no row in flight."""
    ids = await rig.send(20)
    attempts = await rig.sent(sms, 20)
    facts = [sms.accepted(each, f"p{n}") for n, each in enumerate(attempts)]
    await rig.say(sms, *facts, *[sms.receipt(f"p{n}") for n in range(20)])
    assert [await rig.end(id_) for id_ in ids] == [DELIVERED] * 20
    assert await rig.store.receipts.find("carrier-c1", [f"p{n}" for n in range(20)]) == []


async def test_a_final_acceptance_is_a_delivery(rig: Rig, sms: ScriptedChannel) -> None:
    (id_,) = await rig.send()
    (attempt,) = await rig.sent(sms, 1)
    await rig.say(sms, sms.accepted(attempt, "p", final=True))
    assert await rig.end(id_) == DELIVERED
    (outcome,) = await rig.store.deliveries.outcomes(id_)
    assert outcome.detail == "operator"


async def test_a_receipt_before_its_acceptance_waits_for_it(rig: Rig, sms: ScriptedChannel) -> None:
    (id_,) = await rig.send()
    (attempt,) = await rig.sent(sms, 1)
    await rig.say(sms, sms.receipt("p1"))
    assert [receipt.provider_id for _, receipt in await rig.store.receipts.unmatched(0, 9)] == ["p1"]
    assert rig.worker.load()["unmatched"] == 1
    await rig.say(sms, sms.accepted(attempt, "p1"))
    assert (await rig.end(id_), await rig.store.receipts.unmatched(0, 9)) == (DELIVERED, [])
    assert rig.worker.load()["unmatched"] == 0


async def test_an_acceptance_that_comes_while_its_receipt_is_looked_up(rig: Rig, sms: ScriptedChannel) -> None:
    (id_,) = await rig.send()
    (attempt,) = await rig.sent(sms, 1)
    first = sms.emit([sms.receipt("p1")])
    await asyncio.sleep(0)
    await asyncio.gather(first, sms.emit([sms.accepted(attempt, "p1")]))
    await rig.quiet()
    assert (await rig.end(id_), await rig.store.receipts.unmatched(0, 9)) == (DELIVERED, [])


NOTIFY = Notify(url="http://shop.example/", format="f")


async def told_apart(rig: Rig, id_: int) -> list[Topic]:
    """What is to be pushed of a delivery."""
    return [push.topic for push in await rig.store.pushes.page(7, None, (id_, 0, 0, 0), 9) if push.delivery == id_]


@pytest.mark.parametrize("again", [False, True], ids=["in memory", "after a restart"])
async def test_what_was_seen_is_told_once(rig: Rig, sms: ScriptedChannel, store: OpenedStore, again: bool) -> None:
    """Delivered, and seen later: the provider that says so keeps the id known."""
    (id_,) = await rig.send(notify=NOTIFY)
    (attempt,) = await rig.sent(sms, 1)
    delivered = replace(sms.receipt("p1"), more=True)
    await rig.say(sms, sms.accepted(attempt, "p1"), delivered)
    assert await told_apart(rig, id_) == [Topic.REPORT]
    if again:
        await rig.close()
        rig = await Rig(store, sms, node=2).start()
    seen = sms.receipt("p1", Status.SEEN, Reason.SEEN)
    await rig.say(sms, seen)
    await rig.say(sms, seen, seen)
    assert await told_apart(rig, id_) == [Topic.REPORT, Topic.SEEN]
    (outcome,) = await rig.store.deliveries.outcomes(id_)
    assert (outcome.status, outcome.seen_at) == (Status.DELIVERED, seen.at)
    assert await rig.store.receipts.unmatched(0, 9) == []
    if again:
        await rig.close()


async def test_seen_without_delivered_is_both(rig: Rig, sms: ScriptedChannel) -> None:
    (id_,) = await rig.send(notify=NOTIFY)
    (attempt,) = await rig.sent(sms, 1)
    await rig.say(sms, sms.accepted(attempt, "p1"), sms.receipt("p1", Status.SEEN, Reason.SEEN))
    assert await told_apart(rig, id_) == [Topic.REPORT, Topic.SEEN]


async def test_who_wants_no_pushes_is_not_told_that_it_was_seen(rig: Rig, sms: ScriptedChannel) -> None:
    (id_,) = await rig.send()
    (attempt,) = await rig.sent(sms, 1)
    seen = sms.receipt("p1", Status.SEEN, Reason.SEEN)
    await rig.say(sms, sms.accepted(attempt, "p1"), replace(sms.receipt("p1"), more=True))
    await rig.say(sms, seen)
    assert await told_apart(rig, id_) == []


# (id in the acceptance, id in the receipt)
SPELLINGS = [("1a2b3c", "1715004"), ("1A2B3C", "1a2b3c"), ("1715004", "1A2B3C"), ("001A2B3C", "1715004")]


@pytest.mark.parametrize(("given", "said"), SPELLINGS)
async def test_ids_in_other_spellings(rig: Rig, sms: ScriptedChannel, given: str, said: str) -> None:
    id_ = await accepted(rig, sms, given)
    await rig.say(sms, sms.receipt(said))
    assert await rig.end(id_) == DELIVERED


async def test_doubled_receipts(rig: Rig, sms: ScriptedChannel) -> None:
    id_ = await accepted(rig, sms, "p1")
    await rig.say(sms, sms.receipt("p1"), sms.receipt("p1"))
    await rig.say(sms, sms.receipt("p1"))
    assert await rig.told(id_) == ["ACCEPTED SENT", *["DELIVERED DELIVERED"] * 3]
    assert (await rig.reports(), await rig.store.receipts.unmatched(0, 9)) == (1, [])


async def test_all_parts_must_arrive(rig: Rig, sms: ScriptedChannel) -> None:
    id_ = await accepted(rig, sms, "a", "b", "c", parts=3)
    await rig.say(sms, sms.receipt("c"), sms.receipt("a"))
    assert await rig.end(id_) is None
    await rig.say(sms, sms.receipt("b"))
    assert await rig.end(id_) == DELIVERED


async def test_a_note_on_the_way_ends_nothing(rig: Rig, sms: ScriptedChannel) -> None:
    id_ = await accepted(rig, sms, "p1")
    await rig.say(sms, sms.receipt("p1", Status.SENT, Reason.UNKNOWN))
    assert await rig.end(id_) is None
    await rig.say(sms, sms.receipt("p1"))
    assert await rig.end(id_) == DELIVERED


async def test_a_failed_receipt_leads_to_the_next_step(store: OpenedStore, sms: ScriptedChannel) -> None:
    push = ScriptedChannel("fcm", "PUSH")
    rig = await Rig(store, push, sms).start()
    (id_,) = await rig.send(flow=simple("PUSH", "SMS"))
    (first,) = await rig.sent(push, 1)
    await rig.say(push, push.accepted(first, "p"))
    await rig.say(push, push.receipt("p", Status.FAILED, Reason.UNREGISTERED))
    (second,) = await rig.sent(sms, 1)
    assert (second.number, second.step.channel) == (2, "SMS")
    await rig.say(sms, sms.accepted(second, "s"), sms.receipt("s"))
    assert await rig.end(id_) == (Status.DELIVERED, Reason.DELIVERED, 1)
    await rig.close()


async def test_a_late_receipt_of_an_earlier_step_stops_the_flow(store: OpenedStore, sms: ScriptedChannel) -> None:
    push = ScriptedChannel("fcm", "PUSH")
    rig = await Rig(store, push, sms).start()
    sms.is_up = False
    (id_,) = await rig.send(flow=simple("PUSH", "SMS"))
    (first,) = await rig.sent(push, 1)
    await rig.say(push, push.accepted(first, "p"))
    await rig.tick(10 * MINUTE)
    live = await rig.live(id_)
    assert live is not None
    assert live.step == 1
    await rig.say(push, push.receipt("p"))
    assert await rig.end(id_) == DELIVERED
    sms.is_up = True
    sms.wake()
    await rig.quiet()
    assert sms.sent == []
    await rig.close()


async def test_receipts_find_what_is_not_in_memory(rig: Rig, sms: ScriptedChannel) -> None:
    id_ = await accepted(rig, sms, "p1")
    rig.book.forget([id_])
    await rig.say(sms, sms.receipt("p1"))
    assert await rig.end(id_) == DELIVERED


async def test_the_oldest_are_let_go_beyond_the_bound(
    rig: Rig, sms: ScriptedChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("omnibound.engine.book.ENTRIES_AT_MOST", 3)
    ids = await rig.send(10)
    attempts = await rig.sent(sms, 10)
    await rig.say(sms, *[sms.accepted(each, f"p{n}") for n, each in enumerate(attempts)])
    await rig.tick()
    assert rig.worker.load()["in_memory"] <= 3
    await rig.say(sms, *[sms.receipt(f"p{n}") for n in range(10)])
    assert [await rig.end(id_) for id_ in ids] == [DELIVERED] * 10


async def test_after_the_end_both_are_kept_and_there_is_one_report(rig: Rig, sms: ScriptedChannel) -> None:
    id_ = await accepted(rig, sms, "p1")
    await rig.tick(11 * MINUTE)
    assert await rig.end(id_) == (Status.EXPIRED, Reason.NO_RECEIPT, 0)
    await rig.say(sms, sms.receipt("p1"))
    (outcome,) = await rig.store.deliveries.outcomes(id_)
    assert (outcome.status, outcome.late) == (Status.EXPIRED, Status.DELIVERED)
    assert await rig.reports() == 1


async def test_arrived_twice(store: OpenedStore, sms: ScriptedChannel) -> None:
    push = ScriptedChannel("fcm", "PUSH")
    rig = await Rig(store, push, sms).start()
    (id_,) = await rig.send(flow=simple("PUSH", "SMS"))
    (first,) = await rig.sent(push, 1)
    await rig.say(push, push.accepted(first, "p"))
    await rig.tick(10 * MINUTE)
    (second,) = await rig.sent(sms, 1)
    await rig.say(sms, sms.accepted(second, "s"))
    await rig.say(push, push.receipt("p"))
    await rig.say(sms, sms.receipt("s"))
    (outcome,) = await rig.store.deliveries.outcomes(id_)
    assert (outcome.step, outcome.twice, await rig.reports()) == (0, True, 1)
    await rig.close()


async def test_unknown_receipts_are_kept_before_they_are_acknowledged(rig: Rig, sms: ScriptedChannel) -> None:
    await sms.emit([sms.receipt("nobody's")])
    assert len(await rig.store.receipts.unmatched(0, 9)) == 1


async def test_a_commit_that_fails_is_not_acknowledged(
    rig: Rig, sms: ScriptedChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    await accepted(rig, sms, "p1")
    with monkeypatch.context() as broken:

        async def full(_changes: Changes) -> None:
            raise OSError("disk full")

        broken.setattr(rig.store, "record", lambda changes: asyncio.ensure_future(full(changes)))
        for id_ in ("p1", "stranger"):
            with pytest.raises(OSError, match="disk full"):
                await sms.emit([sms.receipt(id_)])
    await rig.say(sms, sms.receipt("p1"))
    assert await rig.reports() == 1


async def test_a_row_that_another_has_changed_is_read_again(rig: Rig, sms: ScriptedChannel) -> None:
    id_ = await accepted(rig, sms, "p1")
    live = await rig.live(id_)
    assert live is not None
    await rig.store.record(Changes(moved=[(replace(live, version=5, tries=3), 0, live.version)]))
    await sms.emit([sms.receipt("p1")])
    assert (await rig.end(id_), await rig.reports()) == (DELIVERED, 1)


async def test_inbound_links_and_gone_devices(rig: Rig, sms: ScriptedChannel) -> None:
    said = Inbound("c1", "SMS", "4179", "100", "stop", 5, b"\x00", (1, 2, 1))
    await rig.store.devices.add(device("r1"))
    await rig.say(sms, said, Gone("c1", "PUSH", "t-r1", 5), Link("c1", False, "bye", 5), Link("c1", True, "hi", 6))
    assert [each for _, each in await rig.store.inbound.page(0, 9)] == [said]
    await rig.wait_for(lambda: not rig.receiver._tasks)
    assert await rig.store.devices.of(1, "app", "411") == []


# -- Bugs that are known -------------------------------------------------------------------------------------------


async def test_an_early_receipt_is_heard_in_the_commit_that_drops_its_row(
    rig: Rig, sms: ScriptedChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    await rig.send()
    (attempt,) = await rig.sent(sms, 1)
    await rig.say(sms, sms.receipt("p1"))
    works: list[Changes] = []
    real = rig.store.record

    def note(changes: Changes) -> object:
        works.append(changes)
        return real(changes)

    monkeypatch.setattr(rig.store, "record", note)
    await rig.say(sms, sms.accepted(attempt, "p1"))
    (dropping,) = [each for each in works if each.matched]
    assert [each.status for each in dropping.outcomes] == [Status.DELIVERED]
