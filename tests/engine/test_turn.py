"""What one node does for all: whose turn it is, and that nobody is in the middle of it when it goes on."""

import asyncio

import pytest

from omnibound.engine.looking import Looking
from omnibound.engine.sharing import Chores
from omnibound.engine.turn import Turn

pytestmark = pytest.mark.anyio


async def test_a_server_that_is_alone_has_every_turn() -> None:
    turn = Turn()
    async with turn.within() as ours:
        assert (ours, bool(turn), turn.began) == (True, True, 1)


async def test_a_turn_comes_and_goes() -> None:
    turn = Turn(held=False)
    assert (bool(turn), turn.began) == (False, 0)
    turn.come()
    assert (bool(turn), turn.began) == (True, 1)
    await turn.go()
    turn.come()
    assert (bool(turn), turn.began) == (True, 2)


async def test_a_turn_counts_only_while_the_lease_does() -> None:
    valid = True
    turn = Turn(valid=lambda: valid)
    assert turn
    valid = False
    assert not turn
    async with turn.within() as ours:
        assert not ours


async def test_it_goes_when_nothing_of_it_is_under_way_any_more() -> None:
    turn, order = Turn(), list[str]()
    inside, leave = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        async with turn.within():
            inside.set()
            await leave.wait()
            order.append("worked")

    async def quiet() -> None:
        order.append("quiet")

    turn.quiet = quiet
    working = asyncio.create_task(work())
    await inside.wait()
    going = asyncio.create_task(turn.go())
    await asyncio.sleep(0)
    assert (bool(turn), going.done(), order) == (False, False, [])
    leave.set()
    await asyncio.gather(working, going)
    assert order == ["worked", "quiet"]


async def test_a_loop_looks_only_in_its_turn() -> None:
    looks, turn = 0, Turn(held=False)
    looked = asyncio.Event()

    async def look() -> bool:
        nonlocal looks
        looks += 1
        looked.set()
        return False

    loop = Looking("test", look, lambda error: pytest.fail(str(error)), turn)
    assert await loop._once() is False
    assert looks == 0
    turn.come()
    loop.start()
    await looked.wait()
    await loop.stop()
    assert looks == 1


async def test_chores_are_given_and_taken_one_by_one() -> None:
    chores = Chores(held=False)
    group = chores.group()
    assert group.slots[:2] == ("chore:expiry", "chore:stops")
    await group.apply(frozenset({"chore:stops", "chore:pushes"}))
    assert [name for name in ("expiry", "stops", "pushes", "telephone") if chores[name]] == ["stops", "pushes"]
    await group.apply(frozenset({"chore:expiry", "chore:pushes"}))
    assert [name for name in ("expiry", "stops", "pushes") if chores[name]] == ["expiry", "pushes"]
    assert chores["pushes"].began == 1, "what stays is not begun anew"
