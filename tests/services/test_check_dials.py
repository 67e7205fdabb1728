"""Who may be called just now, of those who found nobody there when they answered: only with an agent who is kept."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from omnibound.domain.account import Account
from omnibound.domain.agent import queue_name
from omnibound.domain.agent_line import AgentLine, Doing
from omnibound.domain.call import Call
from omnibound.domain.campaign import Campaign, Kind
from omnibound.domain.changes import Changes
from omnibound.domain.facts import Failure
from omnibound.domain.flow import HOUR, SECOND, Flow, Step
from omnibound.domain.law import Law
from omnibound.domain.member import Member, Traits
from omnibound.domain.message import Attempt, Content, Message
from omnibound.domain.number import number_key
from omnibound.domain.outbound import AGENT_WAIT
from omnibound.domain.status import Reason
from omnibound.services.check_dials import CheckDials, Dial
from omnibound.store.opened import OpenedStore, open_store
from omnibound.wire.telephone import Join, ToQueue

pytestmark = pytest.mark.anyio

NOW = 1_800_000_000 * SECOND
LAW = Law(abandoned=72 * HOUR)
STEP = Step(channel="VOICE")
QUEUE = queue_name(1, "Q")
NO_AGENT = Failure(Reason.CLOSED, "agent", retry=True, after=AGENT_WAIT)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[OpenedStore]:
    opened = open_store(tmp_path)
    await opened.accounts.add(Account(id=1, name="anna", username="anna"), "", "hash", "hint", NOW)
    yield opened
    await opened.close()


def line(agent: str, doing: Doing = Doing.FREE, since: int = 0, queue: str = QUEUE) -> AgentLine:
    return AgentLine(agent=agent, doing=doing, queues=(queue,), since=since)


def attempt(id_: int, phone: str) -> Attempt:
    message = Message(id=9, account=1, flow=Flow(steps=(STEP,)), content={}, created_at=0, campaign="c")
    return Attempt(id_, 2, STEP, phone, Content(), message, 1)


async def asked(
    store: OpenedStore, *lines: AgentLine, law: Law = LAW, ended_at: int = NOW - HOUR, agent: str = "", **other: Any
) -> list[Join | Failure | None]:
    """What two people are told; the number of each was abandoned in another campaign."""
    campaign = {"kind": Kind.QUEUE, "queue": "Q", "dialer": "d", **other}
    await store.campaigns.add(Campaign(id="c", account=1, name="C", **campaign))
    people = [
        Member(id=id_, account=1, campaign="c", phone=f"48;4860000000{id_}", traits=Traits(agent=agent))
        for id_ in (1, 2)
    ]  # fmt: skip
    calls = [
        Call(
            delivery=90 + member.id, attempt=1, connector="t", reason=Reason.ABANDONED, ended_at=ended_at, account=1,
            number=number_key(member.numbers[1]), campaign="other",
        )
        for member in people
    ]  # fmt: skip
    await store.record(Changes(members=people, calls=calls))
    check = CheckDials(store, lambda: NOW, {}, law, lambda: lines)
    told = await check([attempt(member.id, "48") for member in people])
    return [each.join if isinstance(each, Dial) else each for each in (told[1], told[2])]


def to(agent: str) -> ToQueue:
    return ToQueue(queue=QUEUE, wait_ms=2_000, agent=agent)


async def test_an_agent_each_who_was_free_for_longest_first(store: OpenedStore) -> None:
    lines = line("B", since=5), line("A", since=3), line("X", Doing.TALKING), line("Y", queue="other")
    assert await asked(store, *lines) == [to("A"), to("B")]


async def test_nobody_is_promised_to_two(store: OpenedStore) -> None:
    assert await asked(store, line("A"), line("B", Doing.HELD)) == [to("A"), NO_AGENT]


async def test_ones_own_agent_goes_before_others(store: OpenedStore) -> None:
    assert await asked(store, line("A", since=1), line("B", since=2), agent="b") == [to("B"), to("A")]


async def test_when_the_time_is_over_anybody_may_take_them(store: OpenedStore) -> None:
    assert await asked(store, line("A"), ended_at=NOW - 72 * HOUR) == [to(""), to("")]


@pytest.mark.parametrize(
    ("other", "law"),
    [
        ({"reserve": False}, LAW),
        ({}, Law(abandoned=72 * HOUR, reserved=False)),
        ({"kind": Kind.ANNOUNCEMENT, "queue": ""}, LAW),
    ],
)
async def test_where_no_agent_may_be_kept_they_are_left_alone(
    store: OpenedStore, other: dict[str, Any], law: Law
) -> None:
    alone = Failure(Reason.CLOSED, "", retry=True, after=71 * HOUR)
    assert await asked(store, line("A"), law=law, **other) == [alone, alone]


async def test_without_such_a_law_nobody_is_left_alone(store: OpenedStore) -> None:
    assert await asked(store, law=Law(), reserve=False) == [to(""), to("")]
