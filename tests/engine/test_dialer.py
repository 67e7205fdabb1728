"""Who is called, when, and how many at once: over a real store, with a trunk that does what the test says."""

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace

from omnibound.domain.agent_line import Doing
from omnibound.domain.bulk import Stop, Target
from omnibound.domain.call import Call
from omnibound.domain.campaign import Campaign, Kind, PriorityOrder, State, bulk_of
from omnibound.domain.changes import Changes
from omnibound.domain.flow import HOUR, MINUTE, SECOND, Flow, Step
from omnibound.domain.member import UNRANKED, Mode, Progress, Result, Stand, Traits
from omnibound.domain.message import Content
from omnibound.domain.outbound import AGENT_WAIT, STANDARD
from omnibound.domain.pacing import Bound
from omnibound.domain.status import Reason, Status
from omnibound.engine import book
from omnibound.store.opened import OpenedStore
from tests.engine.conftest import ACCOUNT, START, ScriptedChannel
from tests.engine.hall import DIALER, QUEUE, Hall, name, numbers
from tests.engine.hall import hall as hall
from tests.engine.hall import trunk as trunk
from tests.store.conftest import again as again
from tests.store.conftest import engine as engine
from tests.store.conftest import postgres_database as postgres_database
from tests.store.conftest import postgres_server as postgres_server
from tests.store.conftest import store as store
from tests.store.conftest import url as url

pytestmark = pytest.mark.anyio


# --- how many ---------------------------------------------------------------------------------------------------------


async def test_as_many_as_the_campaign_has_lines(hall: Hall, trunk: ScriptedChannel) -> None:
    campaign = await hall.campaign(lines=3)
    ids = await hall.enrol(campaign, numbers(8))
    await hall.dial()
    first = [*await hall.sent(trunk, 3)]
    assert ([a.delivery for a in first], await hall.dial(), len(trunk.sent)) == (ids[:3], False, 3)
    assert hall.dialer.bound(ACCOUNT, "c") is Bound.LINES
    await hall.ring(trunk, *first)
    await hall.dial()
    assert len(trunk.sent) == 3
    await hall.over(trunk, first[0], Reason.ANSWERED)
    await hall.over(trunk, first[1], Reason.BUSY)
    await hall.dial()
    assert [a.delivery for a in await hall.sent(trunk, 5)] == ids[:5]
    assert await hall.stands(ids[:4]) == [
        ("HANDLED", "WAITING", 1), ("NOT_HANDLED", "WAITING", 1), ("NOT_HANDLED", "CALLING", 0),
        ("NOT_HANDLED", "WAITING", 0),
    ]  # fmt: skip


async def test_looks_are_measured(hall: Hall) -> None:
    took: list[float] = []
    hall.dialer.on_look = took.append
    assert await hall.dialer._look() is False
    assert [seconds > 0 for seconds in took] == [True]


async def test_a_dialer_has_its_lines_over_all_campaigns(hall: Hall, trunk: ScriptedChannel) -> None:
    await hall.store.parts.put(ACCOUNT, "dialer", replace(DIALER, lines=5))
    a, b = await hall.campaign("a", lines=4), await hall.campaign("b", lines=4)
    await hall.enrol(a, numbers(9))
    await hall.enrol(b, numbers(9, 48_700_000_000))
    await hall.dial()
    await hall.dial()
    of = [attempt.message.campaign for attempt in await hall.sent(trunk, 5)]
    assert (sorted(of), hall.dialer.bound(ACCOUNT, "b")) == (["a"] * 4 + ["b"], Bound.DIALER)
    await hall.change("a", state=State.PAUSED)
    await hall.ring(trunk, *trunk.sent)
    await hall.over(trunk, trunk.sent[0], Reason.ANSWERED)
    await hall.dial()
    # What rings of the paused one still counts.
    assert [attempt.message.campaign for attempt in await hall.sent(trunk, 6)][5:] == ["b"]


async def test_no_more_than_the_trunk_takes(hall: Hall, trunk: ScriptedChannel) -> None:
    campaign = await hall.campaign()
    await hall.enrol(campaign, numbers(8))
    trunk.window = 2
    await hall.dial()
    assert (len(trunk.sent), hall.book.entries.keys(), hall.dialer.bound(ACCOUNT, "c")) == (
        1, {trunk.sent[0].delivery}, Bound.TRUNK,
    )  # fmt: skip
    trunk.is_up = False
    await hall.dial()
    assert len(hall.book.entries) == 1


async def test_one_trunk_is_enough_where_it_is_named(hall: Hall, store: OpenedStore) -> None:
    other = ScriptedChannel("other", "VOICE")
    both = Hall(store, ScriptedChannel("trunk", "VOICE"), other)
    await both.start()
    campaign = await both.campaign("t", trunk="other", lines=5)
    other.window = 0
    await both.enrol(campaign, numbers(3))
    await both.dial()
    assert (both.book.entries, both.dialer.bound(ACCOUNT, "t")) == ({}, Bound.TRUNK)
    other.window = 100
    await both.dial()
    assert len(await both.sent(other, 3)) == 3
    await both.close()


async def test_a_call_is_counted_however_much_else_is_held_in_memory(
    hall: Hall, trunk: ScriptedChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(book, "ENTRIES_AT_MOST", 0)
    await hall.enrol(await hall.campaign(lines=1), numbers(2))
    await hall.dial()
    await hall.ring(trunk, trunk.sent[0])
    assert hall.book.evict() == 0
    await hall.dial()
    assert len(trunk.sent) == 1


# --- in which order ---------------------------------------------------------------------------------------------------


async def test_by_priority_then_date_then_as_they_came(hall: Hall, trunk: ScriptedChannel) -> None:
    campaign = await hall.campaign(lines=2)
    low = await hall.enrol(campaign, numbers(2), traits=Traits(priority=7))
    late = await hall.enrol(campaign, numbers(1), traits=Traits(priority=1), not_before=START + 5 * SECOND)
    early = await hall.enrol(campaign, numbers(2), traits=Traits(priority=1))
    await hall.dial(6 * SECOND)
    for place in range(5):
        await hall.ring(trunk, trunk.sent[place])
        await hall.over(trunk, trunk.sent[place], Reason.ANSWERED)
        await hall.dial()
    assert [attempt.delivery for attempt in trunk.sent] == [*early, *late, *low]


async def test_the_highest_priority_goes_first_where_that_is_wished_even_while_it_runs(
    hall: Hall, trunk: ScriptedChannel
) -> None:
    campaign = await hall.campaign(lines=1)
    unranked = await hall.enrol(campaign, numbers(1), traits=Traits(priority=UNRANKED))
    by_priority = [(await hall.enrol(campaign, numbers(1), traits=Traits(priority=each)))[0] for each in (9, 1, 50, 3)]
    await hall.dial()
    for place in range(4):
        await hall.ring(trunk, trunk.sent[place])
        await hall.over(trunk, trunk.sent[place], Reason.ANSWERED)
        if not place:
            await hall.change("c", priority_order=PriorityOrder.DESCENDING)
        await hall.dial()
    nine, one, fifty, three = by_priority
    assert [attempt.delivery for attempt in trunk.sent] == [one, fifty, nine, three, *unranked]


async def test_the_next_number_is_called_at_once_and_the_next_round_later(hall: Hall, trunk: ScriptedChannel) -> None:
    campaign = await hall.campaign(lines=1)
    (id_, other) = await hall.enrol(campaign, ["48600000001;48600000002", "48600000003"])
    await hall.dial()
    await hall.ring(trunk, trunk.sent[0])
    await hall.over(trunk, trunk.sent[0], Reason.INVALID_NUMBER)
    await hall.dial()
    assert [a.address for a in await hall.sent(trunk, 2)] == ["48600000001", "48600000002"]
    await hall.ring(trunk, trunk.sent[1])
    await hall.over(trunk, trunk.sent[1], Reason.NO_ANSWER)
    await hall.dial()
    assert [a.delivery for a in await hall.sent(trunk, 3)] == [id_, id_, other]
    await hall.ring(trunk, trunk.sent[2])
    await hall.over(trunk, trunk.sent[2], Reason.ANSWERED)
    await hall.dial(10 * MINUTE)
    assert [(a.delivery, a.address) for a in await hall.sent(trunk, 4)][3:] == [(id_, "48600000002")]


async def test_campaigns_take_turns(hall: Hall, trunk: ScriptedChannel) -> None:
    await hall.store.parts.put(ACCOUNT, "dialer", replace(DIALER, lines=1))
    for each in "abc":
        await hall.enrol(await hall.campaign(each), numbers(5))
    for place in range(6):
        await hall.dial()
        await hall.ring(trunk, (await hall.sent(trunk, place + 1))[place])
        await hall.over(trunk, trunk.sent[place], Reason.ANSWERED)
    assert [attempt.message.campaign for attempt in trunk.sent] == [*"abcabc"]


# --- when -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "other",
    [
        {"state": State.NEW}, {"state": State.PAUSED}, {"state": State.FINISHED}, {"end_at": START - 1},
        {"not_before": START + MINUTE}, {"dialer": "E" * 32},
    ],
)  # fmt: skip
async def test_nobody_is_called(hall: Hall, trunk: ScriptedChannel, other: dict[str, Any]) -> None:
    campaign = await hall.campaign()
    await hall.enrol(campaign, numbers(2))
    await hall.change("c", **other)
    assert (await hall.dial(), hall.book.entries, trunk.sent) == (False, {}, [])


async def test_the_end_passes_while_somebody_is_called(hall: Hall, trunk: ScriptedChannel) -> None:
    campaign = await hall.campaign(lines=1, end_at=START + MINUTE)
    ids = await hall.enrol(campaign, numbers(2))
    await hall.dial()
    await hall.ring(trunk, trunk.sent[0])
    await hall.dial(2 * MINUTE)
    await hall.over(trunk, trunk.sent[0], Reason.BUSY)
    await hall.dial(20 * MINUTE)
    assert (len(trunk.sent), await hall.stands(ids)) == (
        1, [("NOT_HANDLED", "WAITING", 1), ("NOT_HANDLED", "WAITING", 0)],
    )  # fmt: skip


async def test_a_pause_lets_ringing_calls_run_out_and_loses_no_redial(hall: Hall, trunk: ScriptedChannel) -> None:
    campaign = await hall.campaign(lines=3)
    ids = await hall.enrol(campaign, numbers(5))
    trunk.ahead_by = 0
    await hall.dialer.tick()
    # One of three finds no room any more, and waits here.
    trunk.window = 3
    rings = [*await hall.sent(trunk, 2)]
    trunk.window = 0
    await hall.ring(trunk, *rings)
    assert hall.worker.routes.waiting("VOICE") == 1
    stop = Stop(target=Target(ACCOUNT, bulk_of("c")), paused=True)
    await hall.change("c", state=State.PAUSED)
    await hall.worker.put(stop)
    await hall.work()
    await hall.over(trunk, rings[0], Reason.BUSY)
    await hall.over(trunk, rings[1], Reason.ANSWERED)
    await hall.dial(30 * MINUTE)
    assert len(trunk.sent) == 2
    trunk.window = 100
    await hall.change("c", state=State.STARTED)
    await hall.worker.put(replace(stop, paused=False))
    await hall.dial()
    assert len(trunk.sent) == 2, "not before all are due again"
    await hall.work()
    await hall.dial()
    assert [attempt.delivery for attempt in await hall.sent(trunk, 5)][2:] == ids[2:]
    await hall.ring(trunk, trunk.sent[2])
    await hall.over(trunk, trunk.sent[2], Reason.ANSWERED)
    await hall.dial()
    assert [attempt.delivery for attempt in await hall.sent(trunk, 6)][5:] == ids[:1]


async def test_nothing_is_asked_of_the_store_twice_while_nothing_is_due(hall: Hall, trunk: ScriptedChannel) -> None:
    campaign = await hall.campaign()
    await hall.enrol(campaign, numbers(2), not_before=START + MINUTE)
    assert (await hall.dial(), await hall.dial(MINUTE - 1), hall.book.entries) == (False, False, {})
    await hall.dial(1)
    assert len(await hall.sent(trunk, 2)) == 2


# --- agents -----------------------------------------------------------------------------------------------------------


async def test_one_call_for_each_free_agent_and_never_more(hall: Hall, trunk: ScriptedChannel) -> None:
    campaign = await hall.agents()
    ids = await hall.enrol(campaign, numbers(6))
    await hall.dial()
    assert (trunk.sent, hall.dialer.bound(ACCOUNT, "q")) == ([], Bound.AGENTS)
    hall.agent(Doing.FREE, Doing.FREE, Doing.WRAPPING, Doing.DIALLING)
    await hall.dial()
    await hall.dial()
    assert [a.delivery for a in await hall.sent(trunk, 2)] == ids[:2]
    await hall.ring(trunk, *trunk.sent)
    # One talks: nobody else is free than the one for whom the other call rings.
    hall.agent(Doing.TALKING, Doing.FREE, call=trunk.sent[0])
    await hall.dial()
    assert len(trunk.sent) == 2
    await hall.over(trunk, trunk.sent[1], Reason.NO_ANSWER)
    await hall.dial()
    assert [a.delivery for a in await hall.sent(trunk, 3)][2:] == ids[2:3]


async def test_an_answered_call_is_held_until_its_result_or_the_end_of_wrap_up(
    hall: Hall, trunk: ScriptedChannel
) -> None:
    campaign = await hall.agents()
    (id_, other) = await hall.enrol(campaign, numbers(2))
    hall.agent(Doing.FREE)
    await hall.dial()
    await hall.ring(trunk, trunk.sent[0])
    await hall.over(trunk, trunk.sent[0], Reason.ANSWERED)
    assert await hall.stands([id_]) == [("NOT_HANDLED", "HELD", 1)]
    hall.agent(Doing.WRAPPING)
    # The test's telephone speaks of START, and so the time for a result begins then.
    await hall.dial(QUEUE.wrap_up - SECOND)
    assert await hall.stands([id_]) == [("NOT_HANDLED", "HELD", 1)]
    await hall.dial(SECOND)
    member = await hall.member(id_)
    assert (member.stand.progress, member.reason, member.stand.entry, member.detail) == (
        Progress.HANDLED, Reason.SUCCESS, 0, "",
    )  # fmt: skip
    assert (len(trunk.sent), await hall.stands([other])) == (1, [("NOT_HANDLED", "WAITING", 0)])


async def test_wrap_up_ends_with_what_the_queue_says(hall: Hall, trunk: ScriptedChannel) -> None:
    await hall.store.parts.put(ACCOUNT, "queue", replace(QUEUE, wrap_up=5 * SECOND, no_result="redial"))
    (id_,) = await hall.enrol(await hall.agents(), numbers(1))
    hall.agent(Doing.FREE)
    await hall.dial()
    await hall.ring(trunk, trunk.sent[0])
    await hall.over(trunk, trunk.sent[0], Reason.ANSWERED)
    hall.agent(Doing.WRAPPING)
    await hall.dial(5 * SECOND)
    await hall.dial(5 * SECOND)
    member = await hall.member(id_)
    assert (member.stand.progress, member.reason, member.detail) == (Progress.NOT_HANDLED, Reason.REDIAL, "result:3")
    assert [r.number for r in STANDARD.results if r.reason is Reason.REDIAL] == [3]


async def test_a_lost_call_waits_until_it_is_released(hall: Hall, trunk: ScriptedChannel) -> None:
    (id_,) = await hall.enrol(await hall.agents(), numbers(1))
    hall.agent(Doing.FREE)
    await hall.dial()
    await hall.ring(trunk, trunk.sent[0])
    await hall.over(trunk, trunk.sent[0], Reason.LOST)
    await hall.dial(60 * MINUTE)
    assert await hall.stands([id_]) == [("NOT_HANDLED", "HELD", 1)]


async def abandoned(hall: Hall, trunk: ScriptedChannel, **other: Any) -> int:
    """Somebody who found nobody there when they answered, in a campaign that dials beyond the free agents."""
    await hall.store.parts.put(ACCOUNT, "dialer", replace(DIALER, overdial=100))
    campaign = await hall.agents(mode=Mode.PREDICTIVE, pause=MINUTE, **other)
    (id_,) = await hall.enrol(campaign, numbers(1))
    hall.agent(Doing.FREE)
    await hall.dial()
    (attempt,) = await hall.sent(trunk, 1)
    await hall.ring(trunk, attempt)
    await hall.over(trunk, attempt, Reason.ABANDONED)
    call = Call(
        delivery=id_, attempt=attempt.number, connector="trunk", reason=Reason.ABANDONED, ended_at=hall.now,
        account=ACCOUNT, campaign="q",
    )  # fmt: skip
    await hall.store.record(Changes(calls=[call]))
    return id_


async def test_who_was_abandoned_is_called_again_once_an_agent_can_be_kept(hall: Hall, trunk: ScriptedChannel) -> None:
    id_ = await abandoned(hall, trunk)
    hall.agent(Doing.TALKING)
    await hall.dial(MINUTE)
    await hall.dial(AGENT_WAIT - SECOND)
    assert (len(trunk.sent), await hall.stands([id_])) == (1, [("NOT_HANDLED", "WAITING", 1)])
    await hall.dial(2 * SECOND)
    assert len(trunk.sent) == 1
    hall.agent(Doing.TALKING, Doing.FREE)
    await look_until_sent(hall, trunk, 2)
    assert [attempt.delivery for attempt in trunk.sent] == [id_, id_]


async def look_until_sent(hall: Hall, trunk: ScriptedChannel, count: int) -> None:
    """Who was put off comes back when that is committed."""
    for _ in range(20):
        if len(trunk.sent) >= count:
            return
        await asyncio.sleep(0.01)
        await hall.dial(AGENT_WAIT)


async def test_no_more_who_were_abandoned_than_agents_are_free(hall: Hall, trunk: ScriptedChannel) -> None:
    id_ = await abandoned(hall, trunk)
    (other,) = await hall.enrol(replace(await hall.agents("r", reserve=False), id="q"), numbers(1))
    call = (await hall.store.calls.of([id_]))[id_][0]
    await hall.store.record(Changes(calls=[replace(call, delivery=other)], results=[_a_try(other)]))
    hall.agent(Doing.TALKING, Doing.FREE)
    await hall.dial(MINUTE)
    # Two may start, for one agent talks: but only one could be kept for one of them.
    assert [attempt.delivery for attempt in await hall.sent(trunk, 2)][1:] == [other]
    hall.agent(Doing.TALKING, Doing.FREE, Doing.FREE)
    await look_until_sent(hall, trunk, 3)
    assert [attempt.delivery for attempt in trunk.sent][2:] == [id_]


def _a_try(id_: int) -> Result:
    return Result(id_, Stand(reason=Reason.ABANDONED, tries=1).pack(), 0, "", 0, START)


async def test_without_agents_who_are_kept_the_abandoned_wait_for_three_days(
    hall: Hall, trunk: ScriptedChannel
) -> None:
    id_ = await abandoned(hall, trunk, reserve=False)
    hall.agent(Doing.FREE)
    await hall.dial(72 * HOUR - SECOND)
    assert len(trunk.sent) == 1
    await hall.dial(2 * SECOND)
    assert [attempt.delivery for attempt in await hall.sent(trunk, 2)] == [id_, id_]


async def test_who_is_kept_for_an_agent_waits_for_that_one(hall: Hall, trunk: ScriptedChannel) -> None:
    campaign = await hall.agents()
    await hall.enrol(campaign, numbers(1), traits=Traits(priority=1, agent="a1"))
    gone = await hall.enrol(campaign, numbers(1), traits=Traits(priority=2, agent="nobody"))
    hall.agent(Doing.FREE, Doing.TALKING)
    await hall.dial()
    assert trunk.sent == []
    await hall.dial()
    assert [a.delivery for a in await hall.sent(trunk, 1)] == gone
    hall.agent(Doing.FREE, Doing.FREE)
    await hall.dial(10 * SECOND)
    assert len(await hall.sent(trunk, 2)) == 2


async def test_preview_is_not_dialled(hall: Hall, trunk: ScriptedChannel) -> None:
    await hall.enrol(await hall.agents(mode=Mode.PREVIEW), numbers(1))
    hall.agent(Doing.FREE)
    await hall.dial()
    assert (trunk.sent, hall.dialer.bound(ACCOUNT, "q")) == ([], Bound.PREVIEW)


# --- starts -----------------------------------------------------------------------------------------------------------


async def test_after_a_crash_what_rings_still_counts_and_nobody_is_called_twice(
    hall: Hall, store: OpenedStore, trunk: ScriptedChannel
) -> None:
    campaign = await hall.agents()
    ids = await hall.enrol(campaign, numbers(5))
    hall.agent(Doing.FREE, Doing.FREE, Doing.FREE)
    await hall.dial()
    held, rings, asked = [*await hall.sent(trunk, 3)]
    await hall.ring(trunk, held, rings)
    await hall.over(trunk, held, Reason.ANSWERED)
    await hall.close()
    later = ScriptedChannel("trunk", "VOICE", resend=False)
    again = Hall(store, later, node=2)
    await again.start()
    again.now = hall.now
    # Two of three agents are waited for: one by the call that rings, one by the call that may have been made.
    again.agent(Doing.FREE, Doing.FREE, Doing.FREE)
    await again.dial()
    assert [a.delivery for a in await again.sent(later, 1)] == ids[3:4]
    await again.ring(later, later.sent[0])
    await again.say(later, later.receipt(name(rings), Status.FAILED, Reason.BUSY))
    await again.say(later, later.accepted(asked, name(asked)), later.receipt(name(asked), Status.FAILED, Reason.BUSY))
    await again.dial(QUEUE.wrap_up)
    assert await again.stands(ids) == [
        ("HANDLED", "WAITING", 1), ("NOT_HANDLED", "WAITING", 1), ("NOT_HANDLED", "WAITING", 1),
        ("NOT_HANDLED", "CALLING", 0), ("NOT_HANDLED", "WAITING", 0),
    ]  # fmt: skip
    await again.close()


async def test_a_call_of_which_nobody_tells_keeps_no_line_for_ever(
    hall: Hall, store: OpenedStore, trunk: ScriptedChannel
) -> None:
    """The server was killed between the commit of the hand-over and the call."""
    ids = await hall.enrol(await hall.campaign(lines=1), numbers(2))
    await hall.dial()
    await hall.sent(trunk, 1)
    await hall.close()
    later = ScriptedChannel("trunk", "VOICE", resend=False)
    again = Hall(store, later, node=2)
    await again.start()
    again.now = hall.now
    await again.dial()
    later.is_up = False
    await again.dial(2 * MINUTE)
    assert (later.sent, await again.stands(ids[:1])) == ([], [("NOT_HANDLED", "CALLING", 0)])
    later.is_up = True
    await again.dial(SECOND)
    await again.dial()
    assert [a.delivery for a in await again.sent(later, 1)] == ids[1:]
    member = await again.member(ids[0])
    assert (member.reason, member.tries, member.due_at) == (Reason.LOST_RINGING, 1, again.now + 10 * MINUTE)
    await again.close()


async def test_two_nodes_never_claim_one_person_twice(hall: Hall, store: OpenedStore, trunk: ScriptedChannel) -> None:
    other = ScriptedChannel("trunk", "VOICE", resend=False)
    second = Hall(store, other, node=2)
    await second.start()
    campaign = await hall.campaign(lines=40)
    ids = await hall.enrol(campaign, numbers(60))
    await asyncio.gather(hall.dialer.tick(), second.dialer.tick())
    await hall.wait_for(lambda: len(trunk.sent) + len(other.sent) == 60)
    assert sorted(a.delivery for a in [*trunk.sent, *other.sent]) == sorted(ids)
    await second.close()


# --- messages ---------------------------------------------------------------------------------------------------------


async def texts(store: OpenedStore, *channels: ScriptedChannel, **other: Any) -> tuple[Hall, Campaign]:
    hall = Hall(store, *channels)
    await hall.start()
    steps = tuple(Step(channel=channel.channel, validity=10 * MINUTE) for channel in channels)
    said = {channel.channel: Content(text="Hello {{ voice_sms.Name }}") for channel in channels}
    flow = Flow(steps=steps, dialled=True, report_steps=True)
    values = {"kind": Kind.MESSAGES, "flow": flow, "message": said, **other}
    return hall, await hall.campaign("m", **values)


async def test_messages_are_paced_filled_and_fall_over(hall: Hall, store: OpenedStore) -> None:
    push, sms = ScriptedChannel("push", "PUSH"), ScriptedChannel("sms", "SMS")
    node, campaign = await texts(store, push, sms, pace=36_000)
    ids = await node.enrol(campaign, numbers(30), custom={"Name": "Anna"})
    await node.dial()
    assert len(await node.sent(push, 10)) == 10
    await node.dial(SECOND // 5)
    assert len(await node.sent(push, 12)) == 12
    assert {a.content.text for a in push.sent} == {"Hello Anna"}
    # Even where it has to be read from the store anew.
    node.book.forget(ids[:1])
    await node.say(push, *[push.failed(attempt, Reason.UNREGISTERED, retry=False) for attempt in push.sent[:2]])
    assert sorted((a.delivery, a.content.text) for a in await node.sent(sms, 2)) == [
        (id_, "Hello Anna") for id_ in ids[:2]
    ]
    await node.ring(sms, *sms.sent)
    await node.say(sms, *[sms.receipt(name(attempt)) for attempt in sms.sent])
    assert await node.stands(ids[:3]) == [
        ("HANDLED", "WAITING", 1), ("HANDLED", "WAITING", 1), ("NOT_HANDLED", "WAITING", 0),
    ]  # fmt: skip
    await node.close()


async def test_what_cannot_be_filled_is_not_sent(hall: Hall, store: OpenedStore) -> None:
    sms = ScriptedChannel("sms", "SMS")
    node, campaign = await texts(store, sms)
    await node.change("m", message={"SMS": Content(text="{{ 1 > voice_sms.Name }}")})
    (id_,) = await node.enrol(campaign, numbers(1))
    await node.dial()
    await node.wait_for(lambda: node.worker.ended == 1)
    assert (sms.sent, (await node.member(id_)).reason) == ([], Reason.INVALID_CONTENT)
    await node.close()


async def test_a_campaign_that_changes_keeps_what_each_person_is_told(hall: Hall, store: OpenedStore) -> None:
    sms = ScriptedChannel("sms", "SMS")
    sms.window = sms.ahead_by = 0
    node, campaign = await texts(store, sms)
    await node.enrol(campaign, numbers(2), [{"Name": "Anna"}, {"Name": "Bert"}])
    await node.dial()
    await node.wait_for(lambda: node.worker.routes.waiting("SMS") == 2)
    assert campaign.flow
    node.worker.revise(ACCOUNT, "m", replace(campaign.flow, pause=MINUTE))
    sms.window = 100
    sms.wake()
    assert sorted(a.content.text for a in await node.sent(sms, 2)) == ["Hello Anna", "Hello Bert"]
    await node.close()


async def test_a_message_has_its_time_from_when_it_has_its_turn(hall: Hall, store: OpenedStore) -> None:
    sms = ScriptedChannel("sms", "SMS")
    node, campaign = await texts(store, sms, pace=1)
    first, second = await node.enrol(campaign, numbers(2))
    await node.dial()
    assert [a.delivery for a in await node.sent(sms, 1)] == [first]
    await node.tick(59 * MINUTE)
    assert len(sms.sent) == 1
    await node.dial(MINUTE)
    assert [a.delivery for a in await node.sent(sms, 2)] == [first, second]
    assert sms.sent[1].until == node.now + 10 * MINUTE
    await node.close()
