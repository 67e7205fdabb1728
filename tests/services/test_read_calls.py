"""Reading calls: whose they are, cursors that lead on, and the messages of a call by its name to the telephone."""

from typing import Any

import pytest

from omnibound.domain.account import Account
from omnibound.domain.call import Call
from omnibound.domain.changes import Changes
from omnibound.domain.errors import Invalid, NotFound, Unavailable
from omnibound.domain.message import Content
from omnibound.domain.status import Reason
from omnibound.ports import CallWish
from omnibound.services.fill_speech import public_id
from omnibound.services.message_ids import MAX_ATTEMPT
from omnibound.services.read_calls import Calls, Shown, no_telephone
from omnibound.wire.telephone import Rung
from tests.services.conftest import START, House, people

pytestmark = pytest.mark.anyio

ALL = CallWish()
RUNG = Rung(at=1.5, out=True, peer="h:5060", text="BYE sip:a SIP/2.0\r\n")


async def show(name: str) -> tuple[Rung, ...]:
    return (RUNG,) if name == "ff-3" else ()


@pytest.fixture
def calls(house: House) -> Calls:
    return Calls(house.store, house.ids, show)


def call(account: Account, delivery: int, **other: Any) -> Call:
    values = {"attempt": 1, "connector": "t", "reason": Reason.BUSY, "ended_at": START, "account": account.id}
    return Call(delivery=delivery, **{**values, **other})


async def test_an_account_sees_its_own_and_operators_all(house: House, calls: Calls) -> None:
    anna, bert = await house.account("anna"), await house.account("bert")
    await house.store.record(Changes(calls=[call(anna, 1), call(bert, 2)]))
    seen = {
        name: [(kept.call.delivery, kept.account) for kept in (await calls.page(who, ALL, "", 9)).calls]
        for name, who in {"anna": anna, "bert": bert, "all": None}.items()
    }
    assert seen == {"anna": [(1, "anna")], "bert": [(2, "bert")], "all": [(1, "anna"), (2, "bert")]}
    theirs = house.ids.attempt_text(2, 1)
    assert (await calls.one(bert, theirs)).call.delivery == (await calls.one(None, theirs)).call.delivery == 2
    with pytest.raises(NotFound):
        await calls.one(anna, theirs)


async def test_cursors_lead_on(house: House, calls: Calls) -> None:
    anna = await house.account("anna")
    some = [call(anna, n, attempt=m) for n in (1, 2) for m in (1, MAX_ATTEMPT)]
    await house.store.record(Changes(calls=some))
    found: list[Call] = []
    page = await calls.page(anna, ALL, "", 1)
    while page.calls:
        found += [kept.call for kept in page.calls]
        page = await calls.page(anna, ALL, page.next, 1)
    assert found == some
    # What comes later is behind the last cursor.
    await house.store.record(Changes(calls=[call(anna, 1, attempt=2, ended_at=START + 1)]))
    assert [kept.call.attempt for kept in (await calls.page(anna, ALL, page.next, 9)).calls] == [2]


@pytest.mark.parametrize("cursor", ["5", "x.{id}", "-1.{id}", f"{1 << 63}.{{id}}", "5.nonsense", ".{id}", "５.{id}"])
async def test_what_is_no_cursor(house: House, calls: Calls, cursor: str) -> None:
    anna = await house.account("anna")
    with pytest.raises(Invalid) as refused:
        await calls.page(anna, ALL, cursor.format(id=house.ids.attempt_text(1, 1)), 9)
    assert refused.value.field == "after"


async def test_the_last_calls_of_deliveries(house: House, calls: Calls) -> None:
    anna = await house.account("anna")
    await house.store.record(Changes(calls=[call(anna, 1), call(anna, 1, attempt=2), call(anna, 3)]))
    assert {id_: each.attempt for id_, each in (await calls.last_of([1, 2, 3])).items()} == {1: 2, 3: 1}


async def test_the_ladder_of_the_call_under_way_or_else_of_the_last(house: House) -> None:
    anna = await house.account("anna", "VOICE")
    placed = await house.place(anna, people(2), content={"VOICE": Content(text="a")})
    first, second = [house.ids.id(row.message_id) for row in placed.rows]
    assert first
    assert second
    await house.store.record(Changes(calls=[call(anna, first, attempt=2), call(anna, first, attempt=3)]))
    shown = {f"{first:x}-3": (RUNG,), f"{second:x}-1": (RUNG, RUNG)}

    async def look(name: str) -> tuple[Rung, ...]:
        return shown.get(name, ())

    calls = Calls(house.store, house.ids, look)
    for delivery, attempt, rungs in ((first, 3, 1), (second, 1, 2)):
        wanted = Shown(house.ids.attempt_text(delivery, attempt), (RUNG,) * rungs)
        assert await calls.ladder(house.ids.text(delivery)) == wanted
        assert await calls.ladder(public_id(delivery)) == wanted
    shown[f"{first:x}-1"] = (RUNG,) * 3
    assert (await calls.ladder(house.ids.text(first))).id == house.ids.attempt_text(first, 1)


async def test_ladders(house: House, calls: Calls) -> None:
    id_ = house.ids.attempt_text(0xFF, 3)
    assert await calls.ladder(id_) == Shown(id_, (RUNG,))
    for id_ in (house.ids.attempt_text(0xFF, 2), house.ids.text(0xFF), "nonsense"):
        with pytest.raises(NotFound):
            await calls.ladder(id_)
    with pytest.raises(Unavailable):
        await no_telephone("ff-3")
