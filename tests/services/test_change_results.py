"""A result that is named anew: what followed from the first is taken back, whether its person waits or is done."""

from collections.abc import AsyncIterator
from typing import Any, NamedTuple

import pytest
from msgspec.structs import replace

from omnibound.domain.campaign import State
from omnibound.domain.correction import LATEST
from omnibound.domain.errors import Forbidden, Invalid, TooLate
from omnibound.domain.flow import DAY, HOUR, MINUTE, SECOND
from omnibound.domain.live import Note, Said
from omnibound.domain.member import Member, Progress
from omnibound.domain.outbound import STANDARD
from omnibound.domain.status import Reason
from omnibound.services.fill_speech import public_id
from omnibound.services.set_results import ResultWish
from omnibound.store.opened import OpenedStore
from tests.engine.conftest import ACCOUNT, START
from tests.engine.hall import numbers
from tests.services.desk import Desk, a_desk
from tests.store.conftest import again as again
from tests.store.conftest import engine as engine
from tests.store.conftest import postgres_database as postgres_database
from tests.store.conftest import postgres_server as postgres_server
from tests.store.conftest import store as store
from tests.store.conftest import url as url
from tests.store.nouns import table

pytestmark = pytest.mark.anyio

R, P = Reason, Progress
THREE = [";".join(numbers(3))]
"""The numbers of one person."""


@pytest.fixture
async def desk(store: OpenedStore) -> AsyncIterator[Desk]:
    async with a_desk(store) as desk:
        yield desk


async def change(desk: Desk, member: int, result: str, **other: Any) -> Member:
    wish = ResultWish(result=result, **other)
    return await desk.results.change(desk.account, "q", public_id(member), wish)


class Stands(NamedTuple):
    progress: Progress
    closed: bool
    reason: Reason | None
    entry: str
    tries: int
    waits_s: int
    """Until the next call; -1: there is none."""
    step: int
    """Of the number that is called next."""


async def stands(desk: Desk, id_: int) -> Stands:
    member, live = await desk.hall.member(id_), await desk.store.deliveries.live(id_)
    stand = member.stand
    waits = -1 if live is None else (live.due_at - desk.hall.now) // SECOND
    if live is not None:
        assert member.due_at == live.due_at
    return Stands(
        stand.progress, stand.closed, stand.reason, STANDARD.text_of(stand.entry), stand.tries, waits,
        -1 if live is None else live.step,
    )  # fmt: skip


WAITS = Stands(P.NOT_HANDLED, False, R.REDIAL, "Redial", 1, 600, 1)
DONE = Stands(P.HANDLED, True, R.SUCCESS, "Successful", 1, -1, -1)
REFUSED = Stands(P.HANDLED, True, R.REFUSAL, "Refusal", 1, -1, -1)
BUSY = Stands(P.NOT_HANDLED, False, R.BUSY, "Busy", 1, 600, 1)
WRONG = Stands(P.NOT_HANDLED, False, R.WRONG_NUMBER, "Wrong Number", 1, 0, 1)
ENDS = {"Redial": WAITS, "Successful": DONE, "Refusal": REFUSED, "Busy": BUSY}


@pytest.mark.parametrize("first", ENDS)
@pytest.mark.parametrize("second", ENDS)
async def test_all_is_as_if_the_second_had_been_named_first(desk: Desk, first: str, second: str) -> None:
    id_, _ = await desk.wraps_with(THREE)
    await desk.say(id_, first)
    assert await stands(desk, id_) == ENDS[first]
    changed = await change(desk, id_, second)
    assert (await stands(desk, id_), changed) == (ENDS[second], await desk.hall.member(id_))
    ((progress, n),) = await counted(desk)
    assert (progress, n) == (ENDS[second].progress, 1)
    assert desk.hall.worker._backlog == (0 if ENDS[second].closed else 1)


async def counted(desk: Desk) -> list[tuple[Progress, int]]:
    found = await desk.store.members.counts(ACCOUNT, "q")
    return [(count.stand.progress, count.number) for count in found if count.number]


async def test_an_early_word_can_be_changed_while_they_still_talk(desk: Desk) -> None:
    id_, _ = await desk.talks()
    await desk.say(id_, "Redial")
    await change(desk, id_, "Refusal")
    assert (await stands(desk, id_)).reason is R.REFUSAL


async def test_who_comes_back_is_called_again_with_the_next_number_and_counts_go_on(desk: Desk) -> None:
    id_, attempt = await desk.wraps_with(THREE)
    await desk.say(id_, "Successful")
    await change(desk, id_, "Redial", at=desk.hall.now + HOUR)
    desk.agents_are_free()
    await desk.hall.dial(HOUR - SECOND)
    assert len(desk.trunk.sent) == 1
    await desk.hall.dial(2 * SECOND)
    first, second = await desk.hall.sent(desk.trunk, 2)
    assert (second.number, second.address) == (attempt.number + 1, THREE[0].split(";")[1])
    await desk.hall.ring(desk.trunk, second)
    await desk.hall.over(desk.trunk, second, R.ANSWERED)
    await desk.say(id_, "Redial")
    live = await desk.store.deliveries.live(id_)
    assert live
    assert (live.charges, live.round) == ({"redial": 2}, 2)
    # Only the last one can be changed: what the round before has used up stays used up.
    await change(desk, id_, "Busy")
    live = await desk.store.deliveries.live(id_)
    assert live
    assert (live.charges, live.round, live.step) == ({"redial": 1, "busy": 1}, 2, 2)
    assert len([o for o in await desk.store.deliveries.outcomes(id_) if o.final]) == 0
    assert first.delivery == id_


async def test_a_dead_number_is_alive_again(desk: Desk) -> None:
    id_, _ = await desk.wraps_with(THREE)
    desk.hall.agent()
    await desk.say(id_, "Redial")
    await change(desk, id_, "Wrong Number", at=0)
    live = await desk.store.deliveries.live(id_)
    assert live
    assert (live.struck, live.step, live.round) == (1, 1, 0)
    await change(desk, id_, "Redial")
    live = await desk.store.deliveries.live(id_)
    assert live
    assert (live.struck, live.step, live.round) == (0, 1, 1)


async def test_history_tells_both(desk: Desk) -> None:
    id_, attempt = await desk.wraps_with(THREE)
    await desk.say(id_, "Successful")
    desk.hall.now += MINUTE
    await change(desk, id_, "Refusal", by="Zoë")
    await change(desk, id_, "Redial")
    told = [each for each in await desk.store.deliveries.timeline(id_) if each.said is Said.RESULT]
    assert [(e.attempt, e.at, e.reason, e.detail, e.note) for e in told] == [
        (attempt.number, START, R.SUCCESS, "result:1", Note.NONE),
        (attempt.number, START + MINUTE, R.REFUSAL, "result:2 was success result:1 by Zoë", Note.CHANGED),
        (attempt.number, START + MINUTE, R.REDIAL, "result:3 was refusal result:2 by anna", Note.CHANGED),
    ]
    (outcome,) = await desk.store.deliveries.outcomes(id_)
    assert (outcome.reason, outcome.detail, outcome.final) == (R.REDIAL, "result:3", False)


async def test_what_the_end_of_wrap_up_has_named_can_be_changed(desk: Desk) -> None:
    id_, _ = await desk.wraps()
    await desk.hall.dial(HOUR)
    assert (await desk.hall.member(id_)).reason is R.SUCCESS
    await change(desk, id_, "Refusal", answers=(("Who?", "me"),))
    member = await desk.hall.member(id_)
    assert (member.reason, member.answers) == (R.REFUSAL, (("Who?", "me"),))


async def test_who_is_tried_in_vain_since_keeps_the_numbers_of_attempts(desk: Desk) -> None:
    """Nothing rang: the hours were over."""
    id_, _ = await desk.wraps_with(THREE)
    await desk.say(id_, "Redial")
    live = await desk.store.deliveries.live(id_)
    assert live
    await desk.move(replace(live, attempt=7, version=live.version + 1), live.version)
    await change(desk, id_, "Busy")
    live = await desk.store.deliveries.live(id_)
    assert live
    assert (live.attempt, live.charges) == (7, {"busy": 1})


# --- too late ---------------------------------------------------------------------------------------------------------


async def refused(desk: Desk, id_: int, result: str = "Refusal", **other: Any) -> str:
    """Why; and nothing has changed."""
    tables = ("live", "outcomes", "events", "members", "tallies")
    before = [await table(desk.store, f"SELECT count(*) FROM {name}") for name in tables]
    member = await desk.hall.member(id_)
    with pytest.raises(TooLate) as error:
        await change(desk, id_, result, **other)
    assert await desk.hall.member(id_) == member
    assert [await table(desk.store, f"SELECT count(*) FROM {name}") for name in tables] == before
    assert error.value.field == "result"
    return error.value.text


async def test_nobody_whose_result_was_never_named(desk: Desk) -> None:
    id_, attempt = await desk.talks()
    assert "being called" in await refused(desk, id_)
    await desk.hall.over(desk.trunk, attempt, R.ANSWERED)
    assert "no result" in await refused(desk, id_)


async def test_nobody_whom_the_network_has_answered_for(desk: Desk) -> None:
    await desk.free()
    id_, attempt = await desk.called()
    await desk.hall.over(desk.trunk, attempt, R.BUSY)
    assert "no result" in await refused(desk, id_)


async def test_nobody_who_is_called_again(desk: Desk) -> None:
    id_, _ = await desk.wraps_with(THREE)
    await desk.say(id_, "Redial")
    desk.agents_are_free()
    desk.trunk.window = 0
    await desk.hall.dial(11 * MINUTE)
    desk.trunk.window = 10
    await desk.hall.dial(11 * MINUTE)
    second = (await desk.hall.sent(desk.trunk, 2))[1]
    assert "being called" in await refused(desk, id_)
    await desk.hall.ring(desk.trunk, second)
    assert "being called" in await refused(desk, id_)
    await desk.hall.over(desk.trunk, second, R.BUSY)
    assert "no result" in await refused(desk, id_)


async def test_whoever_is_claimed_meanwhile_stays_claimed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    id_, _ = await desk.wraps_with(THREE)
    await desk.say(id_, "Redial")
    live = await desk.store.deliveries.live(id_)
    assert live
    record = desk.store.record

    async def claimed(changes: Any) -> None:
        monkeypatch.setattr(desk.hall.worker.results._store, "record", record)
        await desk.store.deliveries.claim_lane(live.channel, 1, live.due_at, 1)
        await record(changes)

    monkeypatch.setattr(desk.hall.worker.results._store, "record", claimed)
    with pytest.raises(TooLate, match="being called"):
        await desk.hall.worker.results.change(
            await desk.campaigns.one(desk.account, "q"), await desk.hall.member(id_), R.BUSY, "", 0, "x"
        )
    assert (await desk.hall.member(id_)).reason is R.REDIAL


async def test_a_week_after_the_end(desk: Desk) -> None:
    id_, _ = await desk.wraps()
    await desk.say(id_, "Successful")
    desk.hall.now += LATEST + 1
    assert "week" in await refused(desk, id_)
    desk.hall.now -= 1
    await change(desk, id_, "Redial")
    # Who waits may be changed however long they wait.
    desk.hall.now += 60 * DAY
    await change(desk, id_, "Busy")


async def test_nobody_of_a_finished_campaign(desk: Desk) -> None:
    id_, _ = await desk.wraps()
    await desk.say(id_, "Successful")
    await desk.hall.change("q", state=State.FINISHED)
    assert "finished" in await refused(desk, id_)


async def test_nobody_of_whom_nothing_is_kept(desk: Desk) -> None:
    id_, _ = await desk.wraps()
    await desk.say(id_, "Successful")
    while (await desk.store.retention.deliveries(START + DAY, ())).more:
        pass
    assert await desk.store.deliveries.known(id_) is None
    assert "not kept" in await refused(desk, id_)


async def test_a_wish_that_is_wrong_is_told_first(desk: Desk) -> None:
    id_, _ = await desk.wraps()
    with pytest.raises(Invalid):
        await change(desk, id_, "Nonsense")
    with pytest.raises(Invalid):
        await change(desk, id_, "Refusal", at=START + DAY)
    await desk.say(id_, "Successful")
    with pytest.raises(Forbidden):
        await desk.say(id_, "Refusal")
