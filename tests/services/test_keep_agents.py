"""Agents: who may be made, what they do as their lines tell, when wrap-up ends, what they may say of a call."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from msgspec.structs import replace

from omnibound.domain import law
from omnibound.domain.account import Account
from omnibound.domain.agent import Agent, State, queue_name
from omnibound.domain.agent_line import Doing
from omnibound.domain.campaign import Kind
from omnibound.domain.errors import Forbidden, Invalid, NotFound, Refused
from omnibound.domain.flow import SECOND
from omnibound.domain.member import Progress, Traits
from omnibound.domain.status import Reason
from omnibound.services.check_dials import CheckDials, Dial
from omnibound.services.keep_agents import GRACE, Agents
from omnibound.store.opened import OpenedStore
from omnibound.wire.telephone import ToNumber, ToQueue
from tests.engine.conftest import ACCOUNT, START
from tests.engine.hall import LINE, QUEUE, furnish
from tests.services.conftest import store as store
from tests.services.desk import ANN, BOB, Desk, Switch, a_desk

pytestmark = pytest.mark.anyio


@pytest.fixture
async def desk(store: OpenedStore) -> AsyncIterator[Desk]:
    async with a_desk(store) as desk:
        yield desk


# --- who there is -----------------------------------------------------------------------------------------------------


async def test_agents_are_made_changed_and_taken_away(desk: Desk) -> None:
    assert await desk.ann("a" * 8 + "-" + "a" * 24) is State.OFF
    made = (
        await desk.agents.add(desk.account, replace(desk.agents.one(desk.account, ANN).agent, id="", name="Bob"))
    ).agent
    assert (len(made.id), made.account, made.queues) == (32, ACCOUNT, (QUEUE.id,))
    assert {each.agent.name for each in desk.agents.page(desk.account, "", 10)} == {"Ann", "Bob"}
    changed = await desk.agents.change(desk.account, ANN.lower(), lambda agent: replace(agent, name="Anna"))
    assert (changed.agent.name, desk.switch.take()) == ("Anna", [])
    again = Agents(desk.store, Switch(), lambda: START, desk.wake)
    await again.start()
    assert again.one(desk.account, ANN).agent == changed.agent
    await again.stop()
    await desk.agents.remove(desk.account, ANN)
    with pytest.raises(NotFound):
        desk.agents.one(desk.account, ANN)


@pytest.mark.parametrize(
    ("members", "field", "kind"),
    [
        ({"id_": "x"}, "id", Invalid),
        ({"name": " "}, "name", Invalid),
        ({"address": ""}, "address", Invalid),
        ({"queues": ()}, "queues", Invalid),
        ({"queues": (QUEUE.id, QUEUE.id.lower())}, "queues", Invalid),
        ({"queues": ("D" * 32,)}, "queue", NotFound),
    ],
)
async def test_who_cannot_be_an_agent(desk: Desk, members: dict[str, Any], field: str, kind: type[Refused]) -> None:
    with pytest.raises(kind) as refused:
        await desk.ann(**members)
    assert (refused.value.field, desk.agents.page(desk.account, "", 10)) == (field, [])


async def test_an_id_is_taken_once_and_accounts_do_not_see_each_other(desk: Desk) -> None:
    await desk.ann()
    other = Account(id=8, name="bert", username="bert")
    with pytest.raises(Invalid):
        await desk.ann()
    with pytest.raises(NotFound):
        desk.agents.one(other, ANN)
    with pytest.raises(NotFound):
        await desk.agents.sign_on(other, ANN, True)
    assert desk.agents.page(other, "", 10) == []


async def test_nobody_signs_on_where_nothing_calls(store: OpenedStore) -> None:
    account = await furnish(store)
    agents = Agents(store, None, lambda: START, lambda: None)
    await agents.start()
    await agents.add(account, Agent(id=ANN, account=0, name="Ann", address="201", trunk="t", queues=(QUEUE.id,)))
    with pytest.raises(Invalid):
        await agents.sign_on(account, ANN, True)
    assert agents.one(account, ANN).state is State.OFF
    await agents.stop()


# --- what they do -----------------------------------------------------------------------------------------------------


async def test_a_day_of_an_agent(desk: Desk) -> None:
    await desk.ann()
    with pytest.raises(Forbidden):
        await desk.agents.set_ready(desk.account, ANN, True)
    await desk.agents.sign_on(desk.account, ANN, False)
    assert desk.switch.take() == [("on", ANN, "t", "201"), ("ready", ANN, (LINE,), False)]
    states = []
    for doing in (Doing.DIALLING, Doing.WRAPPING, Doing.FREE, Doing.HELD):
        desk.switch.does(ANN, doing)
        states.append(desk.state)
    assert states == [State.DIALLING, State.AWAY, State.FREE, State.HELD]
    await desk.agents.set_ready(desk.account, ANN, True)
    desk.agents.hang_up(desk.account, ANN)
    await desk.agents.sign_off(desk.account, ANN)
    assert desk.switch.take() == [("ready", ANN, (LINE,), True), ("hang up", ANN), ("off", ANN)]
    with pytest.raises(Forbidden):
        await desk.agents.remove(desk.account, ANN)
    desk.switch.does(ANN, Doing.OFF)
    assert (desk.state, desk.woken) == (State.OFF, 5)
    await desk.agents.remove(desk.account, ANN)


async def test_a_line_that_is_given_up_says_why(desk: Desk) -> None:
    await desk.free()
    desk.switch.does(ANN, Doing.OFF, why="refused 486")
    standing = desk.agents.one(desk.account, ANN)
    assert (standing.state, standing.agent.signed_on, standing.agent.why) == (State.OFF, False, "refused 486")
    await desk.agents.sign_on(desk.account, ANN, True)
    assert desk.agents.one(desk.account, ANN).agent.why == ""


async def test_a_wrong_trunk_changes_nothing(desk: Desk) -> None:
    await desk.ann(trunk="x")
    with pytest.raises(NotFound):
        await desk.agents.sign_on(desk.account, ANN, True)
    assert not desk.agents.one(desk.account, ANN).agent.signed_on


async def test_a_line_that_nobody_knows_is_let_go(desk: Desk) -> None:
    desk.switch.does(BOB, Doing.FREE)
    assert desk.switch.take() == [("off", BOB)]


async def test_a_line_follows_a_change(desk: Desk) -> None:
    await desk.free()
    desk.switch.take()
    await desk.agents.change(desk.account, ANN, lambda agent: replace(agent, address="202"))
    assert desk.switch.take() == [("on", ANN, "t", "202"), ("ready", ANN, (LINE,), True)]


# --- wrap-up ----------------------------------------------------------------------------------------------------------


async def test_wrap_up_lasts_until_the_result(desk: Desk) -> None:
    id_, _ = await desk.wraps()
    await desk.agents.look()
    assert (desk.state, desk.agents.one(desk.account, ANN).agent.call, desk.switch.take()) == (State.WRAP_UP, id_, [])
    with pytest.raises(Forbidden):
        await desk.agents.set_ready(desk.account, ANN, True)
    member = await desk.say(id_, "refusal")
    assert (member.stand.progress, member.reason, member.stand.entry) == (Progress.HANDLED, Reason.REFUSAL, 2)
    await desk.agents.look()
    assert (desk.state, desk.switch.take()) == (State.AWAY, [("ready", ANN, (LINE,), True)])


async def test_who_wanted_no_more_calls_gets_none_after_wrap_up(desk: Desk) -> None:
    id_, _ = await desk.wraps()
    await desk.agents.set_ready(desk.account, ANN, False)
    # A look of the agents' own may come before ours.
    desk.switch.take()
    await desk.say(id_, 1)
    await desk.agents.look()
    assert desk.switch.take() == [("ready", ANN, (LINE,), False)]


async def test_wrap_up_ends_with_its_time(desk: Desk) -> None:
    id_, _ = await desk.wraps()
    desk.hall.lines = []
    await desk.hall.dial(QUEUE.wrap_up)
    await desk.agents.look()
    assert (desk.switch.take(), (await desk.hall.member(id_)).reason) == (
        [("ready", ANN, (LINE,), True)], Reason.SUCCESS,
    )  # fmt: skip


async def test_wrap_up_ends_even_where_nobody_may_say_a_result(desk: Desk) -> None:
    """The voice process died while they talked: the call is lost, and waits until it is released."""
    id_, attempt = await desk.talks()
    await desk.hall.over(desk.trunk, attempt, Reason.LOST)
    desk.switch.does(ANN, Doing.WRAPPING)
    desk.switch.take()
    await desk.agents.look()
    assert desk.state is State.WRAP_UP
    desk.hall.now += QUEUE.wrap_up + GRACE
    await desk.agents.look()
    assert (desk.switch.take(), await desk.hall.stands([id_])) == (
        [("ready", ANN, (LINE,), True)], [("NOT_HANDLED", "HELD", 1)],
    )  # fmt: skip


async def test_wrap_up_is_known_after_a_restart(desk: Desk) -> None:
    id_, _ = await desk.wraps()
    await desk.agents.stop()
    desk.agents = Agents(desk.store, desk.switch, lambda: desk.hall.now, desk.wake)
    await desk.agents.start()
    assert desk.switch.take() == [("on", ANN, "t", "201"), ("ready", ANN, (LINE,), False)]
    assert (desk.state, desk.agents.one(desk.account, ANN).agent.call) == (State.WRAP_UP, id_)


# --- results ----------------------------------------------------------------------------------------------------------


async def test_a_result_while_they_talk_needs_no_wrap_up(desk: Desk) -> None:
    id_, attempt = await desk.talks()
    member = await desk.say(id_, "Successful")
    assert (member.stand.progress, member.traits.agent) == (Progress.HANDLED, ANN)
    await desk.hall.over(desk.trunk, attempt, Reason.ANSWERED)
    desk.switch.does(ANN, Doing.WRAPPING)
    desk.switch.take()
    await desk.agents.look()
    assert desk.switch.take() == [("ready", ANN, (LINE,), True)]


async def test_a_callback_at_a_time_by_an_agent_with_what_was_answered(desk: Desk) -> None:
    id_, _ = await desk.wraps()
    at = desk.hall.now + 3_600 * SECOND
    member = await desk.say(id_, "REDIAL", at=at, agent=ANN.lower(), answers=(("Who?", "me"),))
    assert (member.stand.progress, member.due_at, member.traits.agent, member.answers, member.tries) == (
        Progress.NOT_HANDLED, at, ANN, (("Who?", "me"),), 1,
    )  # fmt: skip
    live = await desk.hall.live(id_)
    assert live
    assert (live.due_at, live.round, live.attempt) == (at, 1, 2)


async def test_nobody_is_asked_of_those_whom_nobody_talks_with(desk: Desk) -> None:
    await desk.free()
    id_, attempt = await desk.called()
    with pytest.raises(Forbidden):
        await desk.say(id_, 1, answers=(("Who?", "me"),))
    assert (await desk.hall.member(id_)).answers == ()
    desk.switch.does(ANN, Doing.TALKING, attempt)
    await desk.say(id_, 1)
    with pytest.raises(Forbidden):
        await desk.say(id_, 1)


async def test_answers_are_those_of_the_script(desk: Desk) -> None:
    id_, _ = await desk.wraps()
    member = await desk.hall.member(id_)
    await desk.store.campaigns.change(desk.account.id, member.campaign, lambda before: replace(before, script="s"))
    for wrong in (("Where?", "me"), ("Who?", "they")):
        with pytest.raises(Invalid):
            await desk.say(id_, 1, answers=(wrong,))
    assert await desk.hall.member(id_) == member
    assert (await desk.say(id_, 1, answers=(("Who?", "you"),))).answers == (("Who?", "you"),)


@pytest.mark.parametrize(
    ("result", "other", "field", "kind"),
    [
        ("nonsense", {}, "result", Invalid),
        (0, {}, "result", Invalid),
        (99, {}, "result", Invalid),
        (1, {"at": START + SECOND}, "at", Invalid),
        (1, {"agent": BOB}, "id", NotFound),
        (1, {"answers": (("q", "x" * 2_001),)}, "answers", Invalid),
    ],
)
async def test_what_cannot_be_said(
    desk: Desk, result: str | int, other: dict[str, Any], field: str, kind: type[Refused]
) -> None:
    id_, _ = await desk.wraps()
    before = await desk.hall.member(id_)
    with pytest.raises(kind) as refused:
        await desk.say(id_, result, **other)
    assert (refused.value.field, await desk.hall.member(id_)) == (field, before)


# --- whom they are joined to ------------------------------------------------------------------------------------------


async def test_whom_a_call_is_joined_to(desk: Desk) -> None:
    await desk.free()
    check = CheckDials(desk.store, lambda: desk.hall.now, {}, law.NONE, desk.switch.lines)
    id_, attempt = await desk.called(traits=Traits(agent=ANN.lower()))
    dial = (await check([attempt]))[id_]
    assert isinstance(dial, Dial)
    assert dial.join == ToQueue(queue=queue_name(ACCOUNT, QUEUE.id), wait_ms=2_000, agent=ANN)
    desk.switch.does(ANN, Doing.TALKING, attempt)
    dial = (await check([attempt]))[id_]
    assert isinstance(dial, Dial)
    assert dial.join == ToQueue(queue=queue_name(ACCOUNT, QUEUE.id), wait_ms=2_000)
    await desk.hall.change("q", kind=Kind.NUMBER, number="48221234567")
    dial = (await check([attempt]))[id_]
    assert isinstance(dial, Dial)
    assert dial.join == ToNumber(number="48221234567")
