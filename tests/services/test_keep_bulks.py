"""How far what was sent is, and what its sender may say of it. Nobody hands over here: the store alone changes."""

import pytest
from msgspec.structs import replace

from omnibound.domain.account import Account
from omnibound.domain.bulk import PARKED, Bulk, State, Stop, Target, real_due, wanted
from omnibound.domain.changes import Changes
from omnibound.domain.errors import Invalid, NotFound
from omnibound.domain.flow import DAY, HOUR, SECOND
from omnibound.domain.live import Event, Note, Outcome, Said
from omnibound.domain.status import Reason, Status
from omnibound.services.keep_bulks import MAX_AHEAD, OVER, Bulks
from omnibound.store.queries import plain
from tests.services.conftest import House, people, person

pytestmark = pytest.mark.anyio

LATER = HOUR


@pytest.fixture
async def account(house: House) -> Account:
    return await house.account("anna", "SMS")


@pytest.fixture
def bulks(house: House) -> Bulks:
    return Bulks(house.store, house.reports, house.store.bulks.put, house.mint, house.clock)


async def placed(house: House, account: Account, count: int = 3, wait: int = LATER, bulk: str = "b") -> list[str]:
    answer = await house.place(account, people(count), bulk=bulk, send_at=house.clock() + wait if wait else 0)
    return [row.message_id for row in answer.rows]


async def lives(house: House) -> list[int]:
    return [id_ for (id_,) in await house.store.db.rows(plain("SELECT id FROM live ORDER BY id"))]


async def end(house: House, sent_at: int, reason: Reason = Reason.DELIVERED, only: int | None = None) -> None:
    """All that is unfinished, or one of it, has ended."""
    for id_ in await lives(house) if only is None else [only]:
        live = await house.store.deliveries.live(id_)
        assert live is not None
        status = {Reason.DELIVERED: Status.DELIVERED, Reason.CANCELLED: Status.CANCELLED}.get(reason, Status.FAILED)
        outcome = Outcome(id_, live.account, 1, status, reason, "", 0, 0, "c", 1, sent_at, 9)
        await house.store.record(Changes(ended=[(id_, live.version)], outcomes=[outcome]))


async def say(house: House, delivery: int, said: Said) -> None:
    event = Event(delivery, 1, 0, 1, said, Status.SENT, Reason.ACCEPTED, "", "c", 0, Note.NONE)
    await house.store.record(Changes(events=[event]))


# -- What it is told -----------------------------------------------------------------------------------------------


async def test_how_far_it_is(house: House, account: Account, bulks: Bulks) -> None:
    begins = house.clock() + LATER
    await placed(house, account)
    target = await bulks.bulk(account, "b")
    assert target == Target(account.id, "b")
    assert await bulks.read(target) == Bulk(target=target, send_at=begins, state=State.PENDING)
    house.clock.now = begins
    assert await bulks.read(target) == Bulk(target=target, send_at=begins, state=State.PROCESSING)
    await end(house, sent_at=5)
    assert await bulks.read(target) == Bulk(target=target, send_at=begins, state=State.FINISHED)


async def test_what_begins_at_once(house: House, account: Account, bulks: Bulks) -> None:
    now = house.clock()
    await placed(house, account, wait=0)
    target = await bulks.bulk(account, "b")
    house.clock.now += SECOND
    assert await bulks.read(target) == Bulk(target=target, send_at=now, state=State.PROCESSING)


async def test_what_was_never_handed_over_has_failed(house: House, account: Account, bulks: Bulks) -> None:
    await placed(house, account)
    await end(house, sent_at=0, reason=Reason.NO_ROUTE)
    assert (await bulks.read(await bulks.bulk(account, "b"))).state is State.FAILED
    await house.place(account, [person(fault=Reason.INVALID_ADDRESS)], bulk="refused")
    assert (await bulks.read(await bulks.bulk(account, "refused"))).state is State.FAILED


async def test_a_bulk_of_several_requests_begins_with_the_first_of_them(
    house: House, account: Account, bulks: Bulks
) -> None:
    now = house.clock()
    for wait in (2 * HOUR, HOUR, 3 * HOUR):
        await placed(house, account, wait=wait)
    target = await bulks.bulk(account, "b")
    assert await bulks.read(target) == Bulk(target=target, send_at=now + HOUR, state=State.PENDING)
    await placed(house, account, wait=0)
    assert (await bulks.read(target)).state is State.PROCESSING


async def test_a_single_message(house: House, account: Account, bulks: Bulks) -> None:
    first, second, third = await placed(house, account)
    begins = house.clock() + LATER
    one = await bulks.message(account, second)
    assert await bulks.read(one) == Bulk(target=one, send_at=begins, state=State.PENDING)
    assert (await bulks.pause(one)).state is State.PAUSED
    states = [(await bulks.read(await bulks.message(account, id_))).state for id_ in (first, second, third)]
    assert states == [State.PENDING, State.PAUSED, State.PENDING]
    assert (await bulks.read(await bulks.bulk(account, "b"))).state is State.PENDING
    assert (await bulks.resume(one)).state is State.PENDING
    await end(house, sent_at=0, reason=Reason.CANCELLED, only=one.delivery)
    assert (await bulks.read(one)).state is State.CANCELLED


async def test_a_single_message_follows_its_bulk(house: House, account: Account, bulks: Bulks) -> None:
    id_, *_ = await placed(house, account)
    whole, one = await bulks.bulk(account, "b"), await bulks.message(account, id_)
    await bulks.pause(whole)
    assert (await bulks.read(one)).state is State.PAUSED
    assert (await bulks.resume(one)).state is State.PAUSED
    await bulks.cancel(whole)
    assert (await bulks.read(one)).state is State.CANCELLED


async def test_by_the_client_s_own_id(house: House, account: Account, bulks: Bulks) -> None:
    await house.place(account, [person(ref="own/1")], send_at=house.clock() + LATER)
    one = await bulks.message(account, "own/1")
    assert (await bulks.pause(one)).state is State.PAUSED


async def test_accounts_have_their_own(house: House, account: Account, bulks: Bulks) -> None:
    other = await house.account("other", "SMS")
    (id_,) = await placed(house, account, 1)
    for finding in (bulks.bulk(other, "b"), bulks.bulk(account, "c"), bulks.bulk(account, "")):
        with pytest.raises(NotFound):
            await finding
    for finding in (bulks.message(other, id_), bulks.message(account, "nobody"), bulks.message(account, "")):
        with pytest.raises(NotFound):
            await finding
    await placed(house, other, 1)
    await bulks.pause(await bulks.bulk(other, "b"))
    assert (await bulks.read(await bulks.bulk(account, "b"))).state is State.PENDING


# -- What it may say -----------------------------------------------------------------------------------------------


async def test_pausing_and_resuming_may_be_said_twice(house: House, account: Account, bulks: Bulks) -> None:
    await placed(house, account)
    target = await bulks.bulk(account, "b")
    said = [bulks.resume, bulks.pause, bulks.pause, bulks.resume, bulks.resume]
    states = [(await verb(target)).state for verb in said]
    assert states == [State.PENDING, State.PAUSED, State.PAUSED, State.PENDING, State.PENDING]


async def test_cancelling_is_final(house: House, account: Account, bulks: Bulks) -> None:
    await placed(house, account)
    target = await bulks.bulk(account, "b")
    await bulks.pause(target)
    assert (await bulks.cancel(target)).state is State.CANCELLED
    for verb in (bulks.cancel, bulks.pause, bulks.resume, lambda t: bulks.reschedule(t, house.clock() + 2 * HOUR)):
        with pytest.raises(Invalid, match="stays so"):
            await verb(target)
    stop = await house.store.bulks.stop(target)
    assert (stop and stop.cancelled, stop and stop.paused) == (True, False)


async def test_what_is_over_cannot_be_changed(house: House, account: Account, bulks: Bulks) -> None:
    await placed(house, account)
    await end(house, sent_at=5)
    target = await bulks.bulk(account, "b")
    for verb in (bulks.cancel, bulks.pause, bulks.resume):
        with pytest.raises(Invalid, match="nothing of it is left"):
            await verb(target)
    assert await house.store.bulks.stop(target) is None


async def test_what_comes_after_a_cancellation_is_another_bulk(house: House, account: Account, bulks: Bulks) -> None:
    await placed(house, account)
    target = await bulks.bulk(account, "b")
    await bulks.cancel(target)
    old = await lives(house)
    await placed(house, account, wait=2 * HOUR)
    assert (await bulks.read(target)).state is State.PENDING
    with pytest.raises(Invalid, match="still being cancelled"):
        await bulks.pause(target)
    for id_ in old:
        await end(house, sent_at=0, reason=Reason.CANCELLED, only=id_)
    stop = await house.store.bulks.stop(target)
    assert stop is not None
    await house.store.bulks.put(replace(stop, open=False))
    assert (await bulks.pause(target)).state is State.PAUSED
    await end(house, sent_at=5)
    assert (await bulks.read(target)).state is State.FINISHED


async def test_it_begins_later(house: House, account: Account, bulks: Bulks) -> None:
    ids = await placed(house, account)
    target, later = await bulks.bulk(account, "b"), house.clock() + 5 * HOUR
    assert await bulks.reschedule(target, later) == Bulk(target=target, send_at=later, state=State.PENDING)
    message = await house.store.deliveries.message((await house.deliveries.story(account, ids[0])).message.id)
    assert message is not None
    assert message.send_at == later
    assert await bulks.reschedule(target, later - HOUR) == Bulk(
        target=target, send_at=later - HOUR, state=State.PENDING
    )


@pytest.mark.parametrize(
    ("ahead", "text"),
    [(0, "in the future"), (-SECOND, "in the future"), (MAX_AHEAD + 1, "180 days")],
)
async def test_an_instant_that_is_refused(house: House, account: Account, bulks: Bulks, ahead: int, text: str) -> None:
    await placed(house, account)
    target = await bulks.bulk(account, "b")
    with pytest.raises(Invalid, match=text) as refused:
        await bulks.reschedule(target, house.clock() + ahead)
    assert (refused.value.field, await house.store.bulks.stop(target)) == ("sendAt", None)
    assert (await bulks.reschedule(target, house.clock() + MAX_AHEAD)).send_at == house.clock() + 180 * DAY


@pytest.mark.parametrize(
    ("said", "begun"),
    [
        *((said, True) for said in (Said.ACCEPTED, Said.FAILED, Said.UNKNOWN, Said.DELIVERED, Said.DUE)),
        *((said, False) for said in (Said.SKIPPED, Said.RETURNED, Said.RESULT)),
    ],
)
async def test_what_has_begun_is_not_moved(
    house: House, account: Account, bulks: Bulks, said: Said, begun: bool
) -> None:
    await placed(house, account)
    _, second, _ = await lives(house)
    await say(house, second, said)
    whole, later = await bulks.bulk(account, "b"), house.clock() + 2 * HOUR
    if not begun:
        assert (await bulks.reschedule(whole, later)).send_at == later
        return
    for target in (whole, Target(account.id, delivery=second)):
        with pytest.raises(Invalid, match="has begun already") as refused:
            await bulks.reschedule(target, later)
        assert (refused.value.field, await house.store.bulks.stop(target)) == ("sendAt", None)


async def test_several_requests_are_not_moved(house: House, account: Account, bulks: Bulks) -> None:
    first, *_ = await placed(house, account)
    await placed(house, account)
    target, later = await bulks.bulk(account, "b"), house.clock() + 2 * HOUR
    with pytest.raises(Invalid, match="several requests"):
        await bulks.reschedule(target, later)
    one = await bulks.message(account, first)
    assert (await bulks.reschedule(one, later)).send_at == later


# -- Small rules ---------------------------------------------------------------------------------------------------


def test_every_end_has_a_text() -> None:
    assert set(OVER) == {State.CANCELLED, State.FINISHED, State.FAILED}


@pytest.mark.parametrize(
    ("stop", "due_at", "expected"),
    [
        ({"paused": True}, 100, (100 + PARKED, 160)),
        ({"paused": True}, 100 + PARKED, (100 + PARKED, 160)),
        ({}, 100 + PARKED, (100, 160)),
        ({}, 100, (100, 160)),
        ({"send_at": 500}, 100, (500, 560)),
        ({"send_at": 500}, 100 + PARKED, (500, 560)),
        ({"send_at": 50, "paused": True}, 100, (50 + PARKED, 110)),
    ],
)
def test_when_a_delivery_is_due(stop: dict[str, object], due_at: int, expected: tuple[int, int]) -> None:
    said = Stop(target=Target(1, "b"), **stop)  # type: ignore[arg-type]
    now = wanted(said, due_at, 160)
    assert now == expected
    assert wanted(said, *now) == expected
    assert real_due(now[0]) == expected[0] % PARKED
