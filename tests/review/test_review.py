"""Suspicions, each as a test that fails while it is true."""
import asyncio, importlib.util, sys
from pathlib import Path
import pytest
from omnibound.domain.flow import MINUTE, SECOND, Flow, Step
from omnibound.domain.facts import Link
from omnibound.domain.live import Stage, Said
from omnibound.domain.status import Reason, Status
from omnibound.store.opened import open_store

spec = importlib.util.spec_from_file_location("rigmod", Path(__file__).parents[1] / "engine" / "conftest.py")
rigmod = importlib.util.module_from_spec(spec); spec.loader.exec_module(rigmod)
Rig, ScriptedChannel, simple, START = rigmod.Rig, rigmod.ScriptedChannel, rigmod.simple, rigmod.START
pytestmark = pytest.mark.anyio

@pytest.fixture
def anyio_backend(): return "asyncio"

@pytest.fixture
async def store(tmp_path):
    s = open_store(tmp_path); yield s; await s.close()

async def nap(rig, n=30):
    for _ in range(n):
        await rig.quiet(); await asyncio.sleep(0.002)

async def test_1_what_waits_on_a_dead_connector_goes_to_a_fellow_that_comes_up(store):
    a, b = ScriptedChannel("a"), ScriptedChannel("b")
    a.is_up = b.is_up = False
    rig = await Rig(store, a, b).start()
    patch_worker(rig)
    try:
        for _ in range(6): await rig.send(1)
        await nap(rig)
        # a tells that it is down (refused), b comes up
        await rig.say(a, Link("a", False, "refused", START, 0))
        b.is_up = True
        await rig.say(b, Link("b", True, "bound", START, 0))
        b.wake(); await nap(rig)
        assert len(b.sent) == 6, (len(b.sent), [s.queue.size for s in rig.worker.routes.senders()])
    finally: await rig.close()

async def test_2_link_down_while_hand_over_commits(store):
    a, b = ScriptedChannel("a"), ScriptedChannel("b")
    b.is_up = False
    rig = await Rig(store, a, b).start()
    try:
        ids = await rig.send(5)
        real = store.record; gate = asyncio.Event()
        # the hand-over commits slowly, the link goes meanwhile
        def slow(changes):
            if changes.handovers:
                async def later():
                    await gate.wait(); return await real(changes)
                return asyncio.ensure_future(later())
            return real(changes)
        sender = [s for s in rig.worker.routes.senders() if s.channel is a][0]
        sender._record = slow
        a.window = 100
        for _ in range(5): await asyncio.sleep(0)
        assert sender._committing or sender.queue.size
        await asyncio.sleep(0.02)
        a.is_up = False; b.is_up = True
        await rig.say(b, Link("b", True, "bound", START, 0))
        await rig.say(a, Link("a", False, "lost", START, 0))
        gate.set(); await nap(rig)
        assert len(a.sent) + len(b.sent) == 5, (len(a.sent), len(b.sent), sender._staged_parts)
    finally: await rig.close()

async def test_3_a_down_channel_does_not_stop_another(store):
    sms, push = ScriptedChannel("sms", "SMS"), ScriptedChannel("push", "PUSH")
    sms.is_up = False
    rig = await Rig(store, sms, push, queue=10).start()
    try:
        await rig.send(10, owned=True)           # fills memory, SMS is down
        for n in range(5): await rig.send(1, simple("PUSH"), owned=False)   # born unowned, as owner_for says
        assert rig.worker.owner_for(7, 0, 1)[1] == 0
        for _ in range(5): await rig.tick(SECOND)
        await nap(rig)
        assert len(push.sent) == 5, len(push.sent)
    finally: await rig.close()

async def test_4_receipt_racing_a_claim_is_not_lost(store):
    sms = ScriptedChannel()
    rig = await Rig(store, sms).start()
    try:
        flow = Flow(steps=(Step(channel="SMS", validity=MINUTE),), receipt_wait=0, rounds=2, pause=MINUTE)
        (id_,) = await rig.send(1, flow)
        (first,) = await rig.sent(sms, 1)
        await rig.say(sms, sms.accepted(first, "X1"))
        await rig.tick(2 * MINUTE)            # no receipt: next round, in a minute; nobody holds it
        assert id_ not in rig.book.entries
        rig.now += MINUTE + SECOND
        real = store.deliveries.load
        async def load(ids):
            found = await real(ids)
            store.deliveries.load = real
            await store.deliveries.claim(rig.node, rig.now, 10, 0)  # the timers' claim, meanwhile
            return found
        store.deliveries.load = load
        done = sms.emit([sms.receipt("X1")])
        await done; acked = True
        await nap(rig)
        live = await rig.live(id_)
        print("TOLD", await rig.told(id_), live)
        assert (await rig.end(id_) or (0,))[0] is Status.DELIVERED, f"acknowledged, and lost: {live} {await rig.told(id_)}"
    finally: await rig.close()

@pytest.mark.parametrize("kind", ["accepted", "unknown"])
async def test_5_failed_commit_does_not_send_twice_unmarked(store, kind):
    sms = ScriptedChannel()
    rig = await Rig(store, sms).start()
    try:
        (id_,) = await rig.send(1)
        (first,) = await rig.sent(sms, 1)
        real = store.record; failed = []
        def record(changes):
            if changes.moved and not failed:
                failed.append(1)
                f = asyncio.get_running_loop().create_future(); f.set_exception(OSError("disk full")); return f
            return real(changes)
        store.record = record
        fact = sms.accepted(first, "X1")
        with pytest.raises(OSError): await sms.emit([fact])
        await nap(rig)
        await rig.say(sms, fact)       # both channels tell it again after 0.5 s
        await nap(rig)
        sent = [(a.delivery == id_, a.number) for a in sms.sent]
        for extra in sms.sent[1:]:
            await rig.say(sms, sms.accepted(extra, "X2"))
        await rig.say(sms, sms.receipt("X1"))
        outs = await store.deliveries.outcomes(id_)
        assert len(sent) == 1 or outs[0].ambiguous, (sent, outs)
    finally: await rig.close()

async def test_6_receipt_when_entry_is_let_go_between(store):
    sms = ScriptedChannel()
    rig = await Rig(store, sms).start()
    try:
        (id_,) = await rig.send(1)
        (first,) = await rig.sent(sms, 1)
        await rig.say(sms, sms.accepted(first, "X1"))
        rig.book.forget([id_])     # evicted
        real = store.receipts.final_outcomes
        async def final(ids):
            found = await real(ids); rig.book.forget([id_]); return found   # evict() once more, meanwhile
        store.receipts.final_outcomes = final
        await sms.emit([sms.receipt("X1")])
        store.receipts.final_outcomes = real
        await nap(rig)
        await rig.worker._housekeeping.sweep(); await nap(rig)
        assert await rig.end(id_) is not None, "acknowledged, and lost"
    finally: await rig.close()

async def test_9_failed_hand_over_does_not_wake_the_dead(store):
    from omnibound.domain.live import Word
    sms = ScriptedChannel()
    rig = await Rig(store, sms).start()
    try:
        sender = rig.worker.routes.senders()[0]
        real = sender._record; gate = asyncio.Event()
        def rec(changes):
            async def later():
                await gate.wait()
                sender._record = real
                raise OSError("disk full")
            return asyncio.ensure_future(later())
        sender._record = rec
        (id_,) = await rig.send(1)
        await asyncio.sleep(0.02)
        entry = rig.book.entries[id_]
        # a late receipt of an earlier step, or a cancellation, ends it while the hand-over is committed
        await rig.receiver.say([(entry, Word(Said.RESULT, 1, rig.now, Reason.CANCELLED))])
        assert await rig.end(id_)
        gate.set(); await nap(rig)
        assert not sms.sent, (await rig.end(id_), "reported, and sent after that")
    finally: await rig.close()

async def test_10_stale_retry_queued_twice(store):
    a, b = ScriptedChannel("a"), ScriptedChannel("b")
    b.is_up = False
    rig = await Rig(store, a, b).start()
    try:
        (id_,) = await rig.send(1)
        (first,) = await rig.sent(a, 1)
        real = store.record; failed = []
        def record(changes):
            if changes.moved and not failed:
                failed.append(1)
                async def no():
                    await asyncio.sleep(0.02); raise OSError("disk full")
                return asyncio.ensure_future(no())
            return real(changes)
        store.record = record
        b.is_up = True
        fact = a.unknown(first)
        with pytest.raises(OSError): await a.emit([fact])
        await nap(rig)
        sent = [(c.name, x.number) for c in (a, b) for x in c.sent]
        assert len(sent) <= 2, sent
    finally: await rig.close()

async def test_7_evict_is_short():
    import time
    from omnibound.engine.book import Book, Entry
    from omnibound.domain.live import Live
    book = Book(); live = Live(1,1,1,0,Stage.SENT,0,0,1,0,0,0)
    from msgspec.structs import replace
    book.add([Entry(replace(live, id=n), None, None) for n in range(304_000)])
    began = time.perf_counter(); n = book.evict(); took = time.perf_counter() - began
    assert took < 0.010, f"{n} let go in {took*1000:.0f} ms in the loop"

async def test_11_a_stale_round_does_not_send_its_accepted_ones_again(store):
    sms = ScriptedChannel()
    rig = await Rig(store, sms).start()
    try:
        ids = await rig.send(2)
        one, two = await rig.sent(sms, 2)
        await store._db.transact(lambda c: list(c.execute("UPDATE live SET version = version + 1 WHERE id = ?", (two.delivery,))))
        real = store.receipts.final_outcomes
        async def slow(ids_):
            await asyncio.sleep(0.05); return await real(ids_)
        store.receipts.final_outcomes = slow
        await sms.emit([sms.accepted(one, "X1"), sms.accepted(two, "X2")])
        await nap(rig)
        sent = [(a.delivery, a.number) for a in sms.sent]
        assert len(sent) == 2, sent
    finally: await rig.close()

import os
def patch_worker(rig):
    """The patch that is proposed for worker._linked and routes."""
    if not os.environ.get("PATCH"): return
    w, seen = rig.worker, set()
    real = w.receiver._hearing._on_link
    def linked(link):
        came = link.up and link.connector not in seen
        (seen.add if link.up else seen.discard)(link.connector)
        real(link)
        if came:
            for senders in w.routes._senders.values():
                if any(s.channel.name == link.connector for s in senders):
                    for s in senders:
                        if not s.channel.up(): w.routes._empty(s)
    w.receiver._hearing._on_link = linked

async def test_12_lines_do_not_grow_while_links_come_and_go(store):
    a, b = ScriptedChannel("a"), ScriptedChannel("b")
    a.window = b.window = 0; a.ahead_by = b.ahead_by = 0
    b.is_up = False
    rig = await Rig(store, a, b).start()
    try:
        await rig.send(50)
        for n in range(20):
            a.is_up, b.is_up = bool(n % 2), not n % 2
            rig.worker.routes.reroute("b" if n % 2 else "a")
        places = sum(len(line) for s in rig.worker.routes.senders() for t in s.queue._classes.values() for line in t.lines.values())
        assert places == 50, places
    finally: await rig.close()

async def test_13_what_came_back_before_a_crash_is_not_held(store):
    a = ScriptedChannel("a", resend=False)
    rig = await Rig(store, a).start()
    ids = await rig.send(2)
    one, two = await rig.sent(a, 2)
    a.is_up = False
    await rig.say(a, a.returned(one))       # surely never left; the other is still unanswered
    await rig.close()                        # kill -9
    b = ScriptedChannel("a", resend=False)
    again = await Rig(store, b, node=2).start()
    try:
        await again.tick(SECOND); await nap(again)
        assert [x.delivery for x in b.sent] == [one.delivery], (len(b.sent), await again.told(one.delivery))
    finally: await again.close()
