"""What crosses, comes twice, comes late, or never comes: each call ends once, and no line stays taken."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from omnibound.voice.signalling import Answered, End, Ended, Ringing
from omnibound.wire import sip
from tests.voice.signalling.far_end import MEDIA, SDP, Talk, talking

pytestmark = pytest.mark.anyio


@pytest.fixture
async def talk() -> AsyncIterator[Talk]:
    async with talking() as found:
        yield found


async def until_free(talk: Talk) -> None:
    async with asyncio.timeout(5):
        await talk.agent.idle()
    assert talk.in_use == 0


def hung_up(**changes: object) -> Ended:
    return Ended(**{"why": End.HUNG_UP, "who": "us", "answered": True, **changes})  # pyright: ignore[reportArgumentType]


# -- before the answer -------------------------------------------------------------------------------------------


async def test_cancel_waits_for_the_first_answer(talk: Talk) -> None:
    talk.dial()
    invite = await talk.far.hear("INVITE")
    assert talk.agent.hang_up("c1")
    await talk.far.nothing()
    talk.far.answer(invite, 100)
    cancel = await talk.far.hear("CANCEL")
    assert (cancel.via.branch, cancel.uri, cancel.cseq) == (invite.via.branch, invite.uri, (1, "CANCEL"))
    talk.far.answer(cancel, 200)
    talk.far.answer(invite, 487)
    assert (await talk.far.hear("ACK")).via.branch == invite.via.branch
    assert await talk.event() == Ended(why=End.CANCELLED, who="us", sip=487, text="Request Terminated")
    await until_free(talk)


async def test_answer_crosses_cancel(talk: Talk) -> None:
    talk.dial()
    invite = await talk.far.hear("INVITE")
    talk.far.answer(invite, 180)
    assert await talk.event() == Ringing(sip=180)
    talk.agent.hang_up("c1")
    talk.far.answer(invite, 200, body=SDP)
    talk.far.answer(await talk.far.hear("CANCEL"), 200)
    await talk.far.hear("ACK")
    bye = await talk.far.hear("BYE")
    assert await talk.event() == Ended(why=End.CROSSED, who="us", rang=True, answered=True)
    assert talk.in_use == 1
    talk.far.answer(bye, 200)
    await until_free(talk)


async def test_final_answer_crosses_cancel_and_says_why(talk: Talk) -> None:
    talk.dial()
    invite = await talk.far.hear("INVITE")
    talk.far.answer(invite, 180)
    await talk.event()
    talk.agent.hang_up("c1")
    talk.far.answer(invite, 486)
    await talk.far.hear("CANCEL")
    await talk.far.hear("ACK")
    assert await talk.event() == Ended(why=End.CANCELLED, who="us", sip=486, text="Busy Here", rang=True)
    await until_free(talk)


async def test_cancelled_and_never_heard_of_again(talk: Talk) -> None:
    talk.dial()
    invite = await talk.far.hear("INVITE")
    talk.far.answer(invite, 180)
    await talk.event()
    talk.agent.hang_up("c1")
    talk.far.answer(await talk.far.hear("CANCEL"), 200)
    await talk.far.nothing()
    talk.clock.move(32)
    assert await talk.event() == Ended(why=End.CANCELLED, who="us", rang=True)
    await until_free(talk)


async def test_nothing_comes_back(talk: Talk) -> None:
    talk.dial()
    first = await talk.far.hear("INVITE")
    for pause in (0.5, 1, 2, 4, 8, 16):
        talk.clock.move(pause)
        assert await talk.far.hear("INVITE") == first
    talk.clock.move(0.5)
    assert await talk.event() == Ended(why=End.NO_REPLY, who="trunk")
    await until_free(talk)


async def test_answer_after_we_gave_up_is_hung_up_once(talk: Talk) -> None:
    talk.dial()
    invite = await talk.far.hear("INVITE")
    talk.clock.move(32)
    assert (await talk.event()) == Ended(why=End.NO_REPLY, who="trunk")
    for _ in range(6):
        await talk.far.hear("INVITE")
    late = talk.far.answer(invite, 200, body=SDP)
    ack, bye = await talk.far.hear("ACK"), await talk.far.hear("BYE")
    assert (ack.cseq, bye.cseq, bye.recipient.tag) == ((1, "ACK"), (2, "BYE"), "far")
    talk.far.send(late)
    await talk.far.hear("ACK")
    talk.far.answer(bye, 200)
    await talk.far.nothing()


async def test_nothing_rings(talk: Talk) -> None:
    talk.dial()
    invite = await talk.far.hear("INVITE")
    talk.far.answer(invite, 100)
    await talk.far.nothing()
    talk.clock.move(60)
    cancel = await talk.far.hear("CANCEL")
    talk.far.answer(cancel, 200)
    talk.far.answer(invite, 487)
    await talk.far.hear("ACK")
    assert await talk.event() == Ended(why=End.SETUP_TIMEOUT, who="trunk", sip=487, text="Request Terminated")


async def test_ring_time_counts_from_the_ringing(talk: Talk) -> None:
    talk.dial(ring_s=15)
    invite = await talk.far.hear("INVITE")
    talk.far.answer(invite, 100)
    await talk.far.nothing()
    talk.clock.move(50)
    talk.far.answer(invite, 180)
    assert await talk.event() == Ringing(sip=180)
    talk.clock.move(14)
    # A second provisional neither rings again nor gives more time.
    talk.far.answer(invite, 183)
    await talk.far.nothing()
    talk.clock.move(1)
    await talk.far.hear("CANCEL")
    talk.far.answer(invite, 487)
    await talk.far.hear("ACK")
    ended = Ended(why=End.RING_TIMEOUT, who="us", sip=487, text="Request Terminated", rang=True)
    assert await talk.event() == ended


async def test_provisional_after_final_is_nothing(talk: Talk) -> None:
    invite = await talk.answered()
    talk.far.answer(invite, 180)
    talk.far.answer(invite, 183, tag="other", body=SDP)
    await talk.far.nothing()
    assert talk.events.empty()
    talk.agent.hang_up("c1")
    talk.far.answer(await talk.far.hear("BYE"), 200)
    assert await talk.event() == hung_up()


async def test_refusal_that_comes_again_is_acknowledged_again(talk: Talk) -> None:
    talk.dial()
    invite = await talk.far.hear("INVITE")
    refusal = talk.far.answer(invite, 486)
    first = await talk.far.hear("ACK")
    assert await talk.event() == Ended(why=End.REFUSED, who="callee", sip=486, text="Busy Here")
    talk.far.send(refusal)
    assert await talk.far.hear("ACK") == first
    assert talk.events.empty()


# -- two phones --------------------------------------------------------------------------------------------------


async def test_first_of_two_phones_wins_and_the_other_is_hung_up(talk: Talk) -> None:
    talk.dial()
    invite = await talk.far.hear("INVITE")
    talk.far.answer(invite, 180, tag="one")
    talk.far.answer(invite, 180, tag="two")
    talk.far.answer(invite, 200, tag="two", body=SDP)
    talk.far.answer(invite, 200, tag="one", body=SDP)
    assert [await talk.event(), await talk.event()] == [Ringing(sip=180), Answered(media=MEDIA)]
    heard = [await talk.far.hear(method) for method in ("ACK", "ACK", "BYE")]
    assert [one.recipient.tag for one in heard] == ["two", "one", "one"]
    talk.far.answer(heard[2], 200)
    await talk.far.nothing()
    assert (talk.in_use, talk.events.empty()) == (1, True)
    talk.agent.hang_up("c1")
    bye = await talk.far.hear("BYE")
    assert bye.recipient.tag == "two"
    talk.far.answer(bye, 200)
    assert await talk.event() == hung_up(rang=True)
    await until_free(talk)


async def test_second_phone_answers_after_the_end(talk: Talk) -> None:
    invite = await talk.answered()
    talk.agent.hang_up("c1")
    talk.far.answer(await talk.far.hear("BYE"), 200)
    await until_free(talk)
    talk.far.answer(invite, 200, tag="late", body=SDP)
    assert (await talk.far.hear("ACK")).recipient.tag == "late"
    assert (await talk.far.hear("BYE")).recipient.tag == "late"


# -- the end -----------------------------------------------------------------------------------------------------


async def test_bye_crosses_bye(talk: Talk) -> None:
    invite = await talk.answered()
    talk.agent.hang_up("c1")
    ours = await talk.far.hear("BYE")
    talk.far.request(invite, "BYE")
    assert (await talk.far.hear_answer()).status == 200
    talk.far.answer(ours, 481)
    assert await talk.event() == hung_up()
    await until_free(talk)
    assert talk.events.empty()


async def test_bye_before_ack_and_answer_comes_again(talk: Talk) -> None:
    talk.dial()
    invite = await talk.far.hear("INVITE")
    answer = talk.far.answer(invite, 200, body=SDP)
    talk.far.request(invite, "BYE", reason="Q.850;cause=16")
    ack = await talk.far.hear("ACK")
    assert (await talk.far.hear_answer()).status == 200
    assert [await talk.event(), await talk.event()] == [Answered(media=MEDIA), hung_up(who="callee", q850=16)]
    talk.far.send(answer)
    assert await talk.far.hear("ACK") == ack
    await talk.far.nothing()
    await until_free(talk)


async def test_bye_overtakes_the_answer(talk: Talk) -> None:
    talk.dial()
    invite = await talk.far.hear("INVITE")
    talk.far.answer(invite, 180)
    assert await talk.event() == Ringing(sip=180)
    talk.far.request(invite, "BYE")
    assert (await talk.far.hear_answer()).status == 200
    assert await talk.event() == hung_up(who="callee", rang=True)
    await talk.far.hear("CANCEL")
    talk.far.answer(invite, 200, body=SDP)
    await talk.far.hear("ACK")
    await talk.far.nothing()
    await until_free(talk)
    assert talk.events.empty()


async def test_bye_is_never_answered(talk: Talk) -> None:
    await talk.answered()
    talk.agent.hang_up("c1")
    assert await talk.event() == hung_up()
    first = await talk.far.hear("BYE")
    talk.clock.move(0.5)
    assert await talk.far.hear("BYE") == first
    assert (talk.in_use, talk.agent.room("t")) == (1, 9)
    talk.clock.move(32)
    await until_free(talk)
    assert talk.events.empty()


async def test_bye_that_comes_twice_is_answered_twice(talk: Talk) -> None:
    invite = await talk.answered()
    bye = talk.far.request(invite, "BYE")
    first = await talk.far.hear_answer()
    talk.far.send(bye)
    assert await talk.far.hear_answer() == first
    assert await talk.event() == hung_up(who="callee")
    assert talk.events.empty()


async def test_lost_ack_is_sent_again(talk: Talk) -> None:
    talk.dial()
    invite = await talk.far.hear("INVITE")
    answer = talk.far.answer(invite, 200, body=SDP)
    first = await talk.far.hear("ACK")
    talk.far.send(answer)
    assert await talk.far.hear("ACK") == first
    assert await talk.event() == Answered(media=MEDIA)
    assert talk.events.empty()


async def test_longest_call(talk: Talk) -> None:
    talk.dial(max_s=100)
    invite = await talk.far.hear("INVITE")
    talk.far.answer(invite, 200, body=SDP)
    await talk.far.hear("ACK")
    await talk.event()
    talk.clock.move(99)
    await talk.far.nothing()
    talk.clock.move(1)
    talk.far.answer(await talk.far.hear("BYE"), 200)
    assert await talk.event() == hung_up(why=End.LONGEST)


async def test_hang_up_twice_is_once(talk: Talk) -> None:
    await talk.answered()
    assert [talk.agent.hang_up("c1"), talk.agent.hang_up("c1"), talk.agent.hang_up("never")] == [True, False, False]


async def test_answer_without_sound_is_hung_up(talk: Talk) -> None:
    talk.dial()
    invite = await talk.far.hear("INVITE")
    video = b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 7000 RTP/AVP 18\r\n"
    talk.far.answer(invite, 200, body=video)
    await talk.far.hear("ACK")
    talk.far.answer(await talk.far.hear("BYE"), 200)
    assert await talk.event() == Ended(why=End.NO_MEDIA, who="trunk", answered=True)
    await until_free(talk)


async def test_answer_repeats_what_was_said_while_ringing(talk: Talk) -> None:
    talk.dial()
    invite = await talk.far.hear("INVITE")
    talk.far.answer(invite, 183, body=SDP)
    talk.far.answer(invite, 200)
    await talk.far.hear("ACK")
    events = [await talk.event() for _ in range(3)]
    assert [type(one).__name__ for one in events] == ["Ringing", "Early", "Answered"]
    assert events[2] == Answered(media=MEDIA)


async def test_nothing_is_left_behind(talk: Talk) -> None:
    invite = await talk.answered()
    talk.agent.hang_up("c1")
    talk.far.answer(await talk.far.hear("BYE"), 200)
    await until_free(talk)
    talk.far.send(sip.respond(invite, 200, "far"))
    await talk.far.hear("ACK")
    talk.clock.move(40)
    assert len(talk.agent._transactions) == 0  # pyright: ignore[reportPrivateUsage]


@pytest.mark.parametrize(
    "headers", [{"contact": "<sip:broken"}, {"record_route": "<broken"}, {"session_expires": "soon"}, {"to": "<broken"}]
)
async def test_answer_that_cannot_be_read_well_leaves_no_line_taken(talk: Talk, headers: dict[str, Any]) -> None:
    talk.dial()
    invite = await talk.far.hear("INVITE")
    talk.far.answer(invite, 200, body=SDP, **headers)
    await talk.far.hear("ACK")
    talk.agent.hang_up("c1")
    talk.far.answer(await talk.far.hear("BYE"), 200)
    await until_free(talk)
    kinds = [type(event) for _, event in (talk.events.get_nowait() for _ in range(talk.events.qsize()))]
    assert kinds.count(Ended) == 1
