"""Callees joined to agents and to numbers by a desk; the test plays the far ends: real sockets, real sound."""

import asyncio
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from omnibound.domain.action import Deed
from omnibound.domain.agent_line import Doing
from omnibound.domain.errors import Busy
from omnibound.voice.media import engine
from omnibound.voice.process import desk as desk_module
from omnibound.voice.process import lines
from omnibound.voice.process.joins import Unattended
from omnibound.voice.signalling import agent as agent_module
from omnibound.wire.telephone import Answered, Choice, Ended, Joined, ToNumber, ToQueue
from tests.voice.media.telephone import Telephone, likeness, voice
from tests.voice.process.joining import FAREWELL, WAITING, Stage, staged
from tests.voice.signalling.far_end import SDP

pytestmark = pytest.mark.anyio

SOON_US = 200_000
SHORTLY = ToQueue(queue="sales", wait_ms=300)


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody answers our last BYE, lines are called again at once, and what the test computes is no lag."""
    monkeypatch.setattr(engine, "MOST_LAG_S", 60.0)
    monkeypatch.setattr(agent_module, "FAREWELL_S", 0.05)
    monkeypatch.setattr(lines, "AGAIN_S", (0.05, 0.05))


async def hears(phone: Telephone, seconds: float, seed: int, at_least: float = 0.9) -> None:
    """Wait until it has heard this voice."""
    said = voice(seconds, seed)
    # Silence is like nothing; and it is not compared at every packet, for that takes longer than a packet lasts.
    with np.errstate(invalid="ignore", divide="ignore"):
        await phone.until(lambda: len(phone.packets) % 5 == 0 and likeness(phone.sound(), said) > at_least)


async def joined(stage: Stage, call: str = "7-1") -> Joined:
    await stage.happens(lambda: stage.of(Joined, call))
    (told,) = stage.of(Joined, call)
    return told


async def hear_each_other(stage: Stage) -> None:
    callee, agent = stage.callee, stage.agent
    said, answered = voice(0.4, 3), voice(0.4, 4)
    await asyncio.gather(callee.sound.talk(callee.hears_from, said), agent.sound.talk(agent.hears_from, answered))
    await hears(agent.sound, 0.4, 3)
    await hears(callee.sound, 0.4, 4)


async def test_callee_gets_a_free_agent_at_once(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.signed_on()
        stage.dial()
        await stage.callee.takes()
        told = await joined(stage)
        (answered,) = stage.of(Answered)
        assert (told.agent, told.joined_to, told.at - answered.at < SOON_US) == ("ann", "", True)
        await hear_each_other(stage)
        # What is for those who wait was never heard.
        assert likeness(stage.callee.sound.sound(), voice(0.2, WAITING)) < 0.5
        stage.callee.hangs_up()
        ended = await stage.end()
        assert (ended.why, ended.who, ended.agent, ended.unserved) == ("hung_up", "callee", "ann", False)
        assert told.at - 1_000 <= ended.joined_at <= told.at
        await stage.does("ann", Doing.WRAPPING)
        assert stage.doings() == [Doing.DIALLING, Doing.WRAPPING, Doing.FREE, Doing.TALKING, Doing.WRAPPING]
        assert [line.call for line in stage.lines()] == ["", "", "", "7-1", ""]


async def test_line_serves_one_callee_after_another(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.signed_on()
        for call in ("7-1", "8-1"):
            stage.dial(call=call)
            await stage.callee.takes()
            await joined(stage, call)
            await hear_each_other(stage)
            stage.callee.hangs_up()
            await stage.callee.far.hear_answer()
            await stage.does("ann", Doing.WRAPPING)
            stage.ready()
        await stage.agent.far.nothing()


async def test_who_waits_gets_the_next_who_is_ready(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.signed_on()
        stage.ready(ready=False)
        stage.dial(ToQueue(queue="sales", wait_ms=20_000))
        await stage.callee.takes()
        await hears(stage.callee.sound, 0.3, WAITING)
        assert stage.of(Joined) == []
        stage.ready()
        await joined(stage)
        await hear_each_other(stage)


async def test_agent_hangs_up(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.signed_on()
        stage.dial()
        await stage.callee.takes()
        await joined(stage)
        stage.agent.hangs_up()
        await stage.callee.is_hung_up()
        ended = await stage.end()
        assert (ended.who, ended.agent, ended.unserved, ended.joined_at > 0) == ("us", "ann", False, True)
        # The line is called again; whoever was talking is not ready then.
        await stage.agent.far.hear_answer()
        await stage.agent.takes()
        await stage.does("ann", Doing.WRAPPING)


async def test_agents_telephone_dies(tmp_path: Path) -> None:
    async with staged(tmp_path, silence_s=1) as stage:
        await stage.signed_on()
        stage.dial()
        await stage.callee.takes()
        await joined(stage)
        talks = asyncio.create_task(stage.callee.sound.talk(stage.callee.hears_from, voice(3)))
        await stage.agent.is_hung_up()
        await hears(stage.callee.sound, 0.5, FAREWELL)
        await stage.callee.is_hung_up()
        ended = await stage.end()
        assert (ended.agent, ended.unserved, ended.joined_at > 0) == ("ann", True, True)
        await talks


async def test_nobody_takes_them_in_time(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.signed_on()
        stage.ready(ready=False)
        stage.dial(SHORTLY)
        await stage.callee.takes()
        await hears(stage.callee.sound, 0.2, FAREWELL, 0.8)
        # Too late: they are told that nobody is there.
        stage.ready()
        await stage.callee.is_hung_up()
        ended = await stage.end()
        assert (ended.who, ended.said, ended.unserved, ended.agent, ended.joined_at) == ("us", True, True, "", 0)
        assert 300 + 500 <= ended.talked_ms < 300 + 500 + 1_500
        assert likeness(stage.callee.sound.sound(), voice(0.5, FAREWELL)) > 0.95
        assert (stage.of(Joined), stage.doings()[-1]) == ([], Doing.FREE)


async def test_who_hangs_up_in_the_farewell_was_not_served(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.signed_on()
        stage.ready(ready=False)
        stage.dial(SHORTLY)
        await stage.callee.takes()
        await hears(stage.callee.sound, 0.2, FAREWELL, 0.8)
        stage.callee.hangs_up()
        ended = await stage.end()
        assert (ended.who, ended.unserved, ended.joined_at) == ("callee", True, 0)


async def test_without_a_farewell_it_is_hung_up(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.signed_on()
        stage.ready(ready=False)
        stage.dial(SHORTLY, farewell="", clip="")
        await stage.callee.takes()
        await stage.callee.is_hung_up()
        ended = await stage.end()
        assert (ended.unserved, ended.said, ended.talked_ms < 1_500) == (True, False, True)


async def test_keys_of_the_farewell(tmp_path: Path) -> None:
    never = Choice(on="9", do=Deed.OPT_OUT)
    async with staged(tmp_path) as stage:
        await stage.signed_on()
        stage.ready(ready=False)
        stage.dial(SHORTLY, choices=(never,))
        await stage.callee.takes()
        stage.callee.sound.press(stage.callee.hears_from, "9")
        await hears(stage.callee.sound, 0.2, FAREWELL, 0.8)
        # While they waited it meant nothing.
        assert stage.of(Ended) == []
        stage.callee.sound.press(stage.callee.hears_from, "9")
        await stage.callee.is_hung_up()
        ended = await stage.end()
        assert (ended.digits, ended.opted_out, ended.unserved) == ("99", True, True)


@pytest.mark.parametrize("who", ["callee", "us"])
async def test_end_while_they_wait(tmp_path: Path, who: str) -> None:
    async with staged(tmp_path) as stage:
        await stage.signed_on()
        stage.ready(ready=False)
        stage.dial()
        await stage.callee.takes()
        await stage.happens(lambda: stage.of(Answered))
        if who == "us":
            stage.desk.hang_up("7-1")
            await stage.callee.is_hung_up()
        else:
            stage.callee.hangs_up()
        ended = await stage.end()
        assert (ended.who, ended.unserved, ended.joined_at) == (who, who == "us", 0)
        # Nobody waits any more.
        stage.ready()
        assert (await stage.does("ann", Doing.FREE)).call == ""


async def test_two_answers_for_one_agent(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.signed_on()
        invites = []
        for call in ("7-1", "8-1"):
            stage.dial(SHORTLY, call=call, farewell="")
            invites.append(await stage.callee.rings())
        for invite in invites:
            stage.callee.far.answer(invite, 200, body=SDP)
        await stage.end("8-1")
        assert (len(stage.of(Joined, "7-1")), stage.of(Joined, "8-1"), stage.of(Ended, "7-1")) == (1, [], [])
        assert stage.of(Ended, "8-1")[0].unserved


async def test_agent_who_is_kept_for_a_call(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.signed_on()
        stage.dial(ToQueue(queue="sales", agent="ann"))
        assert (await stage.does("ann", Doing.HELD)).call == "7-1"
        with pytest.raises(Unattended, match="nobody is there"):
            stage.dial(ToQueue(queue="sales", agent="ann"), call="8-1")
        await stage.callee.rings()
        stage.ready(ready=False)
        await stage.callee.answers()
        assert (await joined(stage)).agent == "ann"
        stage.callee.hangs_up()
        await stage.end()
        stage.ready()
        # A call that nobody takes lets them go.
        stage.dial(ToQueue(queue="sales", agent="ann"), call="9-1")
        await stage.callee.far.hear_answer()
        stage.callee.far.answer(await stage.callee.rings(), 486)
        await stage.end("9-1")
        await stage.does("ann", Doing.FREE)


async def test_nobody_is_called_for_a_queue_without_anybody(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        stage.sign_on()
        await stage.agent.rings()
        with pytest.raises(Unattended, match="nobody is there for queue sales"):
            stage.dial()
        await stage.callee.far.nothing()
        assert stage.desk.calls == 0


# -- lines ---------------------------------------------------------------------------------------------------------


async def test_line_that_falls_is_called_again_and_then_given_up(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.signed_on()
        stage.agent.hangs_up()
        await stage.agent.far.hear_answer()
        await stage.agent.rings()
        stage.agent.far.answer(stage.agent.invite, 486)
        await stage.agent.far.hear("ACK")
        stage.agent.far.answer(await stage.agent.rings(), 480)
        line = await stage.does("ann", Doing.OFF)
        assert line.why == "refused 480 Temporarily Unavailable"
        await stage.agent.far.hear("ACK")
        await stage.agent.far.nothing()
        assert stage.desk.joins.lines == []
        with pytest.raises(Busy):
            stage.dial()
        # Signed on anew, it is called anew, and nobody is ready.
        stage.sign_on()
        await stage.agent.takes()
        await stage.does("ann", Doing.WRAPPING)


async def test_signing_on_twice_changes_nothing(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.signed_on()
        stage.sign_on()
        await stage.agent.far.nothing()
        assert stage.doings()[-1] is Doing.FREE


async def test_sign_off_waits_for_the_call(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.signed_on()
        stage.dial()
        await stage.callee.takes()
        await joined(stage)
        stage.desk.joins.sign_off("ann")
        await hear_each_other(stage)
        stage.callee.hangs_up()
        await stage.agent.is_hung_up()
        await stage.does("ann", Doing.OFF)
        assert (stage.desk.joins.lines, (await stage.end()).unserved) == ([], False)


async def test_who_signs_on_again_during_the_call_stays(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.signed_on()
        stage.dial()
        await stage.callee.takes()
        await joined(stage)
        stage.desk.joins.sign_off("ann")
        stage.sign_on()
        stage.callee.hangs_up()
        await stage.does("ann", Doing.WRAPPING)
        await stage.agent.far.nothing()


@pytest.mark.parametrize("talks", [False, True], ids=["idle", "talking"])
async def test_another_telephone(tmp_path: Path, talks: bool) -> None:
    async with staged(tmp_path) as stage:
        await stage.signed_on()
        if talks:
            stage.dial()
            await stage.callee.takes()
            await joined(stage)
        stage.sign_on(address="202")
        if talks:
            await hear_each_other(stage)
            stage.callee.hangs_up()
        await stage.agent.is_hung_up()
        assert "202" in (await stage.agent.takes()).uri
        await stage.does("ann", Doing.WRAPPING if talks else Doing.FREE)


async def test_address_goes_by_its_trunk(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        stage.sign_on(address="sip:ann@pbx.example:5070")
        assert (await stage.agent.rings()).uri == "sip:ann@pbx.example:5070"


@pytest.mark.parametrize(
    "address", ["sip:881600100200@pbx.example", "sip:ann@pbx.example;user=phone", "sip:pbx.example", "sip:a b@c", "x"]
)
async def test_address_that_may_not_be_called(tmp_path: Path, address: str) -> None:
    async with staged(tmp_path) as stage:
        stage.sign_on(address=address)
        line = await stage.does("ann", Doing.OFF)
        assert (bool(line.why), stage.desk.joins.lines) == (True, [])
        await stage.agent.far.nothing()


async def test_trunk_without_room_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "BUSY_S", 0.1)
    async with staged(tmp_path) as stage:
        stage.desk._agent.trunk("a").in_use = 10  # pyright: ignore[reportPrivateUsage]
        stage.sign_on()
        assert "no room" in (await stage.does("ann", Doing.DIALLING)).why
        stage.desk._agent.trunk("a").in_use = 0  # pyright: ignore[reportPrivateUsage]
        await stage.agent.takes()
        await stage.does("ann", Doing.WRAPPING)


async def test_end_of_the_process_calls_nobody_again(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.signed_on()
        stage.dial()
        await stage.callee.takes()
        await joined(stage)
        await asyncio.gather(stage.desk.stop(), stage.agent.is_hung_up(), stage.callee.is_hung_up())
        assert (await stage.end()).why == "stopped"
        assert stage.agent.far.heard.empty()


# -- numbers -------------------------------------------------------------------------------------------------------

IVR = ToNumber(number="48225550000", trunk="n", wait_ms=2_000)


async def test_number_is_called_at_the_answer(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        stage.dial(IVR, caller_id="48221111111")
        await stage.callee.rings()
        await stage.number.far.nothing()
        await stage.callee.answers()
        invite = await stage.number.rings()
        assert (invite.recipient.uri.user, invite.sender.uri.user) == ("48225550000", "48221111111")
        await stage.number.answers()
        told = await joined(stage)
        assert (told.agent, told.joined_to) == ("", "48225550000")
        stage.agent = stage.number
        await hear_each_other(stage)
        stage.callee.sound.press(stage.callee.hears_from, "4")
        await stage.number.sound.until(lambda: any(each.payload_type == 101 for each in stage.number.sound.packets))
        stage.number.hangs_up()
        await stage.callee.is_hung_up()
        ended = await stage.end()
        assert (ended.who, ended.unserved, ended.agent, ended.joined_at > 0) == ("us", False, "", True)
        assert ended.digits == "4"
        titles = [rung.title.split()[0] for rung in stage.desk.ladder("7-1") if rung.out]
        assert titles.count("INVITE") == 2


async def test_callee_hangs_up_and_so_do_we_on_the_number(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        stage.dial(IVR)
        await stage.callee.takes()
        await stage.number.takes()
        await joined(stage)
        stage.callee.hangs_up()
        await stage.number.is_hung_up()
        assert (await stage.end()).who == "callee"


@pytest.mark.parametrize("status", [486, 603, 503])
async def test_number_that_does_not_take_them(tmp_path: Path, status: int) -> None:
    async with staged(tmp_path) as stage:
        stage.dial(IVR)
        await stage.callee.takes()
        stage.number.far.answer(await stage.number.rings(), status)
        await stage.callee.is_hung_up()
        ended = await stage.end()
        assert (ended.unserved, ended.said, ended.joined_at) == (True, True, 0)


@pytest.mark.parametrize("number", ["881600100200", "no number"])
async def test_number_that_may_not_be_called(tmp_path: Path, number: str) -> None:
    async with staged(tmp_path) as stage:
        stage.dial(replace(IVR, number=number), farewell="")
        await stage.callee.takes()
        await stage.callee.is_hung_up()
        assert (await stage.end()).unserved
        await stage.number.far.nothing()


async def test_number_that_answers_too_late(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        stage.dial(replace(IVR, wait_ms=300))
        await stage.callee.takes()
        stage.number.far.answer(await stage.number.rings(), 180)
        stage.number.far.answer(await stage.number.far.hear("CANCEL"), 200)
        # It crosses our CANCEL: nobody is joined any more, and it is let go.
        await stage.number.answers()
        await stage.number.is_hung_up()
        await stage.callee.is_hung_up()
        assert ((await stage.end()).unserved, stage.of(Joined)) == (True, [])


async def test_callee_is_gone_before_the_number_answers(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        stage.dial(IVR)
        await stage.callee.takes()
        stage.number.far.answer(await stage.number.rings(), 180)
        stage.callee.hangs_up()
        await stage.end()
        stage.number.far.answer(await stage.number.far.hear("CANCEL"), 200)


# -- ringing -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answered", [False, True], ids=["let ring", "answered meanwhile"])
async def test_who_rings_is_not_hung_up_on_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answered: bool
) -> None:
    monkeypatch.setattr(desk_module.signalling, "MIN_RING_S", 0.5)
    async with staged(tmp_path) as stage:
        await stage.signed_on()
        stage.dial()
        stage.callee.far.answer(await stage.callee.rings(), 180)
        await stage.callee.far.nothing()
        stage.desk.hang_up("7-1")
        await stage.callee.far.nothing()
        if answered:
            await stage.callee.answers()
            await joined(stage)
            await asyncio.sleep(0.6)
            await stage.callee.far.nothing()
        else:
            began = asyncio.get_running_loop().time()
            await stage.callee.far.hear("CANCEL")
            assert asyncio.get_running_loop().time() - began > 0.3
