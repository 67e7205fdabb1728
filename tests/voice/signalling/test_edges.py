"""What few far ends do, and what a hostile one would try: the call goes on, and nothing is left behind."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvloop

from omnibound.voice.signalling import AgentSettings, Answered, Asked, Early, End, Ended, Order, Ringing, UserAgent
from omnibound.voice.signalling.call import MOST_LEGS
from omnibound.voice.signalling.transactions import Peer
from omnibound.voice.signalling.transports import Transports
from omnibound.wire import sip
from omnibound.wire.sip import digest
from tests.voice.signalling.far_end import (
    MEDIA,
    SDP,
    FarEnd,
    Talk,
    talking,
    trunk_settings,
    until,
)

pytestmark = pytest.mark.anyio


@pytest.fixture
async def talk() -> AsyncIterator[Talk]:
    async with talking() as found:
        yield found


def left(talk: Talk) -> int:
    return len(talk.agent._transactions)  # pyright: ignore[reportPrivateUsage]


# -- while it rings ----------------------------------------------------------------------------------------------


async def test_change_of_a_session_that_is_not_answered_yet_crosses_our_offer(talk: Talk) -> None:
    talk.dial()
    invite = await talk.far.hear("INVITE")
    talk.far.answer(invite, 180)
    assert await talk.event() == Ringing(sip=180)
    statuses = []
    for number, (method, body) in enumerate([("INVITE", SDP), ("UPDATE", SDP), ("UPDATE", b"")], 1):
        talk.far.request(invite, method, number, body=body)
        statuses.append((await talk.far.hear_answer()).status)
        if method == "INVITE":
            talk.far.request(invite, "ACK", number)
    assert statuses == [491, 491, 200]
    talk.far.answer(invite, 183, body=SDP)
    assert await talk.event() == Early(media=MEDIA)
    # Our offer is answered now, but our INVITE is not.
    for number, method in ((4, "UPDATE"), (5, "INVITE")):
        talk.far.request(invite, method, number, body=SDP)
        statuses.append((await talk.far.hear_answer()).status)
    assert statuses[3:] == [200, 491]


async def test_so_many_phones_ring_that_not_all_are_remembered(talk: Talk) -> None:
    talk.dial()
    invite = await talk.far.hear("INVITE")
    for number in range(3 * MOST_LEGS):
        talk.far.answer(invite, 180, tag=f"t{number}")
    await talk.far.nothing()
    call = talk.agent._calls._by_id["c1"].call  # pyright: ignore[reportPrivateUsage]
    assert len(call._legs) == MOST_LEGS  # pyright: ignore[reportPrivateUsage]
    talk.far.answer(invite, 200, tag="t59", body=SDP)
    assert (await talk.far.hear("ACK")).recipient.tag == "t59"
    assert [await talk.event(), await talk.event()] == [Ringing(sip=180), Answered(media=MEDIA)]


async def test_bye_that_overtakes_everything_ends_the_invite_too(talk: Talk) -> None:
    talk.dial()
    invite = await talk.far.hear("INVITE")
    talk.far.request(invite, "BYE")
    assert (await talk.far.hear_answer()).status == 200
    assert await talk.event() == Ended(why=End.HUNG_UP, who="callee", answered=True)
    talk.far.answer(invite, 180)
    talk.far.answer(await talk.far.hear("CANCEL"), 200)
    talk.clock.move(70)
    async with asyncio.timeout(5):
        await talk.agent.idle()
    talk.clock.move(40)
    assert left(talk) == 0


async def test_sound_that_began_before_the_answer_goes_on(talk: Talk) -> None:
    talk.dial()
    invite = await talk.far.hear("INVITE")
    talk.far.answer(invite, 183, body=SDP)
    talk.far.answer(invite, 200, body=SDP)
    await talk.far.hear("ACK")
    assert [await talk.event() for _ in range(3)] == [Ringing(sip=183), Early(media=MEDIA), Answered(media=MEDIA)]


# -- inside a call -----------------------------------------------------------------------------------------------


async def test_strict_router_gets_the_uri(talk: Talk) -> None:
    port = talk.far.port
    await talk.answered(record_route=f"<sip:10.0.0.9;lr>, <sip:127.0.0.1:{port}>", contact="<sip:phone@10.9.9.9:5070>")
    talk.agent.hang_up("c1")
    bye = await talk.far.hear("BYE")
    assert bye.uri == f"sip:127.0.0.1:{port}"
    assert bye.members("route") == ["<sip:10.0.0.9;lr>", "<sip:phone@10.9.9.9:5070>"]


async def test_we_ring_nobody_reliably(talk: Talk) -> None:
    invite = await talk.answered()
    talk.far.request(invite, "PRACK", rack="1 1 INVITE")
    assert (await talk.far.hear_answer()).status == 481


async def test_refresh_that_is_too_short_for_them_is_lengthened_once(talk: Talk) -> None:
    await talk.answered(session_expires="100;refresher=uac", allow="UPDATE")
    talk.clock.move(50)
    talk.far.answer(await talk.far.hear("UPDATE"), 422, min_se="300")
    again = await talk.far.hear("UPDATE")
    assert (again.get("session-expires"), again.get("min-se")) == ("300;refresher=uac", "300")
    talk.far.answer(again, 422, min_se="300")
    await talk.far.nothing()
    # They know no better: the call stays until the interval that holds is over.
    assert talk.events.empty()
    talk.clock.move(50)
    assert await talk.event() == Ended(why=End.SESSION_EXPIRED, who="us", answered=True)


async def test_answer_that_comes_again_while_we_leave_is_acknowledged_and_no_more(talk: Talk) -> None:
    talk.dial()
    invite = await talk.far.hear("INVITE")
    answer = talk.far.answer(invite, 200, body=SDP)
    ack = await talk.far.hear("ACK")
    talk.agent.hang_up("c1")
    bye = await talk.far.hear("BYE")
    for _ in range(3):
        talk.far.send(answer)
        assert await talk.far.hear("ACK") == ack
    talk.far.answer(bye, 200)
    await talk.agent.idle()
    talk.far.send(answer)
    assert await talk.far.hear("ACK") == ack
    await talk.far.nothing()
    assert [type(await talk.event()) for _ in range(2)] == [Answered, Ended]
    talk.clock.move(40)
    assert left(talk) == 0


CONTACTS = [
    "<sip:far@[::1]>",
    "<sip:far@[fe80::1]:5060>",
    "<sip:far@999.9.9.9>",
    "<sip:far@nowhere.invalid>",
    "<tel:+48221234567>",
    "*",
    "<sip:far@127.0.0.1:99999>",
]


@pytest.mark.parametrize("contact", CONTACTS)
async def test_contact_that_cannot_be_reached_is_reached_by_the_trunk(talk: Talk, contact: str) -> None:
    await talk.answered(contact=contact)
    talk.agent.hang_up("c1")
    talk.far.answer(await talk.far.hear("BYE"), 200)
    assert await talk.event() == Ended(why=End.HUNG_UP, who="us", answered=True)
    async with asyncio.timeout(5):
        await talk.agent.idle()


async def test_call_whose_contact_takes_nothing_ends_all_the_same(talk: Talk) -> None:
    talk.dial()
    # A broadcast: the kernel refuses it, as it does what goes nowhere.
    talk.far.answer(await talk.far.hear("INVITE"), 200, body=SDP, contact="<sip:far@255.255.255.255>")
    assert await talk.event() == Answered(media=MEDIA)
    talk.agent.hang_up("c1")
    assert await talk.event() == Ended(why=End.HUNG_UP, who="us", answered=True)
    talk.clock.move(32)
    async with asyncio.timeout(5):
        await talk.agent.idle()


def test_what_cannot_be_sent_to_is_told_as_broken() -> None:
    async def send() -> list[Peer]:
        broken: list[Peer] = []
        transports = Transports(lambda _data, _peer: None, broken.append)
        await transports.start("127.0.0.1", 0)
        transports.send(b"x", Peer("udp", "::1", 5060))
        # Whoever sends is not called back from within.
        assert broken == []
        await until(lambda: broken)
        await transports.stop()
        return broken

    # The server's loop: it raises where asyncio's own says nothing.
    assert uvloop.run(send()) == [Peer("udp", "::1", 5060)]


@pytest.mark.parametrize(("why", "who"), [(End.RTP_TIMEOUT, "callee"), (End.NO_MEDIA, "trunk"), (End.STOPPED, "us")])
async def test_who_hung_up_when_we_had_to(talk: Talk, why: End, who: Any) -> None:
    await talk.answered()
    talk.agent.hang_up("c1", why)
    assert (await talk.far.hear("BYE")).get("reason") == 'Q.850;cause=16;text="Normal call clearing"'
    assert await talk.event() == Ended(why=why, who=who, answered=True)


# -- passwords ---------------------------------------------------------------------------------------------------

REGISTRAR = digest.Challenge(realm="r", nonce="n1", qop="auth")
ASKED = {401: ("www_authenticate", "authorization"), 407: ("proxy_authenticate", "proxy-authorization")}


@pytest.mark.parametrize("status", ASKED)
@pytest.mark.parametrize("algorithm", digest.STRONGEST_FIRST)
@pytest.mark.parametrize("method", ["REGISTER", "BYE"])
async def test_who_is_asked_for_a_password_signs(status: int, algorithm: str, method: str) -> None:
    asked, answered = ASKED[status]
    async with talking(username="user", password="secret", register=method == "REGISTER") as talk:
        if method == "BYE":
            await talk.answered()
            talk.agent.hang_up("c1")
        for nonce, stale in (("n1", False), ("n2", True)):
            challenge = digest.Challenge(realm="r", nonce=nonce, qop="auth", algorithm=algorithm, stale=stale)
            header: dict[str, Any] = {asked: digest.write_challenge(challenge)}
            talk.far.answer(await talk.far.hear(method), status, **header)
        last = await talk.far.hear(method)
        assert digest.is_right(last.get(answered), challenge, method, "secret")
        talk.far.answer(last, 200)
        await talk.far.nothing()
        assert (talk.agent.room("t"), talk.in_use) == (10, 0)


async def test_registrar_that_refuses_the_password_is_not_asked_again_at_once() -> None:
    async with talking(username="user", password="wrong", register=True) as talk:
        for _ in range(2):
            refusal = digest.write_challenge(REGISTRAR)
            talk.far.answer(await talk.far.hear("REGISTER"), 401, www_authenticate=refusal)
        await talk.far.nothing()
        assert (talk.agent.room("t"), talk.agent.trunk("t").why) == (0, "REGISTER is answered 401 Unauthorized")


# -- one question to a trunk -------------------------------------------------------------------------------------


async def test_questions_and_what_is_answered() -> None:
    async with talking(username="user", password="secret") as talk:
        asking = asyncio.ensure_future(talk.agent.ask("t", "bindings"))
        first = await talk.far.hear("REGISTER")
        # Without a Contact nothing is changed (RFC 3261, 10.2.3).
        assert ("contact" in first.headers, "expires" in first.headers) == (False, False)
        talk.far.answer(first, 401, www_authenticate=digest.write_challenge(REGISTRAR))
        talk.clock.move(0.25)
        again = await talk.far.hear("REGISTER")
        talk.far.answer(again, 200, contact="<sip:a@b>;expires=60, <sip:c@d>;expires=30")
        bindings = ("<sip:a@b>;expires=60", "<sip:c@d>;expires=30")
        assert await asking == Asked(status=200, phrase="OK", seconds=0.25, bindings=bindings)


async def test_registration_is_asked_for_as_long_as_they_want(talk: Talk) -> None:
    asking = asyncio.ensure_future(talk.agent.ask("t", "register"))
    talk.far.answer(await talk.far.hear("REGISTER"), 423, min_expires="7200")
    longer = await talk.far.hear("REGISTER")
    talk.far.answer(longer, 200, contact=f"{longer.get('contact').partition(';')[0]};expires=7000")
    asked = await asking
    assert (longer.get("expires"), asked.status, asked.granted) == ("7200", 200, 7000)


async def test_question_that_nobody_answers(talk: Talk) -> None:
    asking = asyncio.ensure_future(talk.agent.ask("t", "options"))
    await talk.far.hear("OPTIONS")
    talk.clock.move(32)
    assert await asking == Asked(status=0, phrase="it does not answer", seconds=32)


# -- several trunks ----------------------------------------------------------------------------------------------


async def test_each_trunk_has_lines_and_peers_of_its_own() -> None:
    loop = asyncio.get_running_loop()
    ends = [await loop.create_datagram_endpoint(FarEnd, ("127.0.0.1", 0)) for _ in range(2)]
    ended: list[tuple[str, Any]] = []
    trunks = [trunk_settings(far.port, name=f"t{number}", lines=1 + number) for number, (_, far) in enumerate(ends)]
    own = AgentSettings(host="127.0.0.1", port=0)
    async with UserAgent(own, trunks, lambda call, event: ended.append((call, event))) as agent:
        for trunk, call in (("t0", "a"), ("t1", "b"), ("t1", "c")):
            assert agent.dial(trunk, Order(call_id=call, number="48221234567", media_port=4000))
        assert [agent.room(name) for name in ("t0", "t1")] == [0, 0]
        for far, calls in ((ends[0][1], 1), (ends[1][1], 2)):
            for invite in [await far.hear("INVITE") for _ in range(calls)]:
                far.answer(invite, 486)
                await far.hear("ACK")
        await until(lambda: len(ended) == 3)
        assert {call: event.why for call, event in ended} == dict.fromkeys("abc", End.REFUSED)
        assert [agent.room(name) for name in ("t0", "t1")] == [1, 2]
    for transport, _ in ends:
        transport.close()


# -- strangers ---------------------------------------------------------------------------------------------------


async def test_refusal_of_a_stranger_is_sent_once_and_forgotten() -> None:
    async with talking(host="127.0.0.9") as talk:
        headers = {
            "via": [f"SIP/2.0/UDP 127.0.0.1:{talk.far.port};branch=z9hG4bKx;rport"], "from": ["<sip:a@b>;tag=a"],
            "to": ["<sip:900@us>"], "call-id": ["x"], "cseq": ["1 INVITE"],
        }  # fmt: skip
        talk.far.send(sip.Request(method="INVITE", uri="sip:900@127.0.0.1", headers=headers))
        assert (await talk.far.hear_answer()).status == 403
        assert left(talk) == 0
        for _ in range(10):
            talk.clock.move(4)
        await talk.far.nothing()
