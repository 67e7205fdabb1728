"""Inside a call: hold, codecs, sessions that want a sign of life, reliable ringing, and passwords."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from omnibound.voice.signalling import Answered, Changed, Early, End, Ended, Ringing
from omnibound.wire import sip
from omnibound.wire.sip import digest
from tests.voice.signalling.far_end import MEDIA, SDP, Talk, talking

pytestmark = pytest.mark.anyio


@pytest.fixture
async def talk() -> AsyncIterator[Talk]:
    async with talking() as found:
        yield found


def described(**changes: object) -> bytes:
    """A description of the far end's."""
    usual = {"address": "127.0.0.1", "port": 7000, "formats": sip.offered(("PCMU",)), "id": 7, "version": 2}
    return sip.write_session(sip.Local(**{**usual, **changes}))  # pyright: ignore[reportArgumentType]


def media(**changes: object) -> sip.Media:
    return msgspec.structs.replace(MEDIA, **changes)


HELD = described(direction="sendonly")

# -- the far end changes the session -----------------------------------------------------------------------------

CHANGES = [
    pytest.param({"direction": "sendonly"}, {"direction": "recvonly"}, "recvonly", "0 101 13", id="hold"),
    pytest.param({"direction": "inactive"}, {"direction": "inactive"}, "inactive", "0 101 13", id="nothing at all"),
    pytest.param(
        {"address": "0.0.0.0"}, {"address": "0.0.0.0", "direction": "recvonly"}, "recvonly", "0 101 13", id="old hold"
    ),
    pytest.param({"port": 7002}, {"port": 7002}, "sendrecv", "0 101 13", id="another port"),
    pytest.param(
        {"formats": (sip.Format(8, "PCMA"),)},
        {"codec": "PCMA", "payload": 8, "dtmf": None, "noise": None},
        "sendrecv",
        "8",
        id="another codec",
    ),
    pytest.param(
        {"formats": (sip.Format(97, "PCMU"), sip.Format(98, "TELEPHONE-EVENT"))},
        {"payload": 97, "dtmf": 98, "noise": None},
        "sendrecv",
        "97 98",
        id="other numbers",
    ),
    pytest.param({"ptime": 30}, {"ptime": 30}, "sendrecv", "0 101 13", id="longer packets"),
]


@pytest.mark.parametrize("method", ["INVITE", "UPDATE"])
@pytest.mark.parametrize(("offer", "change", "direction", "numbers"), CHANGES)
async def test_change_is_answered(
    talk: Talk, method: str, offer: dict[str, object], change: dict[str, object], direction: str, numbers: str
) -> None:
    invite = await talk.answered()
    request = talk.far.request(invite, method, body=described(**offer))
    answer = await talk.far.hear_answer()
    lines = answer.body.decode().split("\r\n")
    assert (answer.status, answer.get("contact")) == (200, invite.get("contact"))
    assert lines[1] == "o=- 1 2 IN IP4 127.0.0.1"
    assert f"m=audio 4000 RTP/AVP {numbers}" in lines
    assert f"a={direction}" in lines
    assert await talk.event() == Changed(media=media(**change))
    if method == "INVITE":
        talk.far.request(invite, "ACK", number=request.cseq[0])
        await talk.far.nothing()


async def test_unhold_is_told(talk: Talk) -> None:
    invite = await talk.answered()
    for number, body in enumerate((HELD, described(version=3)), 1):
        talk.far.request(invite, "INVITE", number, body=body)
        await talk.far.hear_answer()
        talk.far.request(invite, "ACK", number)
    directions = [(await talk.event()).media.direction for _ in range(2)]  # pyright: ignore[reportAttributeAccessIssue]
    assert directions == ["recvonly", "sendrecv"]


async def test_offer_that_changes_nothing_is_answered_and_not_told(talk: Talk) -> None:
    invite = await talk.answered()
    talk.far.request(invite, "UPDATE", body=SDP)
    assert (await talk.far.hear_answer()).status == 200
    assert talk.events.empty()


async def test_codec_that_we_lack_is_refused_and_the_call_goes_on(talk: Talk) -> None:
    invite = await talk.answered()
    talk.far.request(invite, "INVITE", body=described(formats=(sip.Format(18, "G729"),)))
    assert (await talk.far.hear_answer()).status == 488
    talk.far.request(invite, "ACK")
    talk.far.request(invite, "BYE", 2)
    assert (await talk.far.hear_answer()).status == 200
    assert await talk.event() == Ended(why=End.HUNG_UP, who="callee", answered=True)


async def test_offer_is_asked_of_us(talk: Talk) -> None:
    invite = await talk.answered()
    talk.far.request(invite, "INVITE")
    ours = sip.read_session((await talk.far.hear_answer()).body).streams[0]
    assert (ours.port, [one.name for one in ours.formats]) == (4000, ["PCMU", "PCMA", "TELEPHONE-EVENT", "CN"])
    talk.far.request(invite, "ACK", body=described(port=7010))
    assert await talk.event() == Changed(media=media(port=7010))


async def test_answer_to_change_comes_again_until_it_is_acknowledged(talk: Talk) -> None:
    invite = await talk.answered()
    talk.far.request(invite, "INVITE", body=HELD)
    first = await talk.far.hear_answer()
    talk.clock.move(0.5)
    assert await talk.far.hear_answer() == first
    talk.far.request(invite, "ACK")
    await talk.far.nothing()
    talk.clock.move(20)
    await talk.far.nothing()


async def test_change_never_acknowledged_ends_the_call(talk: Talk) -> None:
    invite = await talk.answered()
    talk.far.request(invite, "INVITE", body=HELD)
    await talk.far.hear_answer()
    assert isinstance(await talk.event(), Changed)
    talk.clock.move(32)
    assert await talk.event() == Ended(why=End.NOT_ACKNOWLEDGED, who="us", answered=True)


async def test_request_out_of_order_is_refused(talk: Talk) -> None:
    invite = await talk.answered()
    talk.far.request(invite, "UPDATE", 5)
    talk.far.request(invite, "UPDATE", 4)
    assert [(await talk.far.hear_answer()).status for _ in range(2)] == [200, 500]


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("OPTIONS", {}, 200),
        ("INFO", {}, 405),
        ("REFER", {"refer_to": "<sip:48900@x>"}, 405),
        ("MESSAGE", {}, 405),
        ("UPDATE", {"require": "timer, siprec"}, 420),
    ],
)
async def test_other_requests(talk: Talk, method: str, headers: dict[str, Any], status: int) -> None:
    invite = await talk.answered()
    talk.far.request(invite, method, **headers)
    answer = await talk.far.hear_answer()
    assert answer.status == status
    assert answer.get("unsupported") == ("siprec" if status == 420 else "")


async def test_wrong_tag_is_no_call_of_ours(talk: Talk) -> None:
    invite = await talk.answered()
    forged = msgspec.structs.replace(invite, headers={**invite.headers, "from": ["<sip:x@y>;tag=guessed"]})
    talk.far.request(forged, "BYE")
    assert (await talk.far.hear_answer()).status == 481
    assert talk.in_use == 1


async def test_requests_go_along_the_route(talk: Talk) -> None:
    route = f"<sip:10.0.0.9;lr>, <sip:127.0.0.1:{talk.far.port};lr;x=2>"
    await talk.answered(record_route=route, contact="<sip:phone@10.9.9.9:5070>")
    talk.agent.hang_up("c1")
    bye = await talk.far.hear("BYE")
    assert bye.uri == "sip:phone@10.9.9.9:5070"
    assert bye.members("route") == [f"<sip:127.0.0.1:{talk.far.port};lr;x=2>", "<sip:10.0.0.9;lr>"]


# -- session timers ----------------------------------------------------------------------------------------------


async def test_invite_asks_for_a_session_timer(talk: Talk) -> None:
    talk.dial()
    invite = await talk.far.hear("INVITE")
    found = (invite.get("session-expires"), invite.get("min-se"), invite.tokens("supported"))
    assert found == ("1800", "90", {"timer", "100rel"})


async def test_we_refresh_by_update(talk: Talk) -> None:
    await talk.answered(session_expires="100;refresher=uac", allow="INVITE, UPDATE")
    for _ in range(2):
        talk.clock.move(50)
        update = await talk.far.hear("UPDATE")
        assert (update.get("session-expires"), update.body) == ("100;refresher=uac", b"")
        talk.far.answer(update, 200, session_expires="100;refresher=uac")
        await talk.far.nothing()
    assert talk.events.empty()


async def test_we_refresh_by_invite_where_there_is_no_update(talk: Talk) -> None:
    await talk.answered(session_expires="100;refresher=uac", allow="INVITE")
    talk.clock.move(50)
    again = await talk.far.hear("INVITE")
    assert sip.read_session(again.body).version == 1
    talk.far.answer(again, 200, body=SDP, session_expires="100;refresher=uac")
    assert (await talk.far.hear("ACK")).cseq == (again.cseq[0], "ACK")
    assert talk.events.empty()


@pytest.mark.parametrize("status", [408, 481])
async def test_refresh_that_finds_nobody_ends_the_call(talk: Talk, status: int) -> None:
    await talk.answered(session_expires="100;refresher=uac", allow="UPDATE")
    talk.clock.move(50)
    talk.far.answer(await talk.far.hear("UPDATE"), status)
    await talk.far.hear("BYE")
    assert await talk.event() == Ended(why=End.SESSION_EXPIRED, who="callee", answered=True)


async def test_refresh_that_crosses_theirs_is_tried_again(talk: Talk) -> None:
    invite = await talk.answered(session_expires="100;refresher=uac", allow="UPDATE")
    talk.clock.move(50)
    ours = await talk.far.hear("UPDATE")
    talk.far.request(invite, "UPDATE", body=HELD)
    assert (await talk.far.hear_answer()).status == 491
    talk.far.answer(ours, 491)
    await talk.far.nothing()
    talk.clock.move(3)
    await talk.far.hear("UPDATE")


async def test_far_end_does_not_refresh_in_time(talk: Talk) -> None:
    await talk.answered(session_expires="90;refresher=uas")
    talk.clock.move(59)
    await talk.far.nothing()
    talk.clock.move(1)
    await talk.far.hear("BYE")
    assert await talk.event() == Ended(why=End.SESSION_EXPIRED, who="us", answered=True)


async def test_far_end_refreshes(talk: Talk) -> None:
    invite = await talk.answered(session_expires="90;refresher=uas")
    for number in (1, 2, 3):
        talk.clock.move(50)
        talk.far.request(invite, "UPDATE", number, session_expires="90;refresher=uac", supported="timer")
        answer = await talk.far.hear_answer()
        assert (answer.status, answer.get("session-expires")) == (200, "90;refresher=uac")
    assert talk.events.empty()


async def test_far_end_lets_us_refresh_from_now_on(talk: Talk) -> None:
    invite = await talk.answered(allow="UPDATE")
    talk.far.request(invite, "INVITE", body=SDP, session_expires="200;refresher=uas")
    assert (await talk.far.hear_answer()).get("session-expires") == "200;refresher=uas"
    talk.far.request(invite, "ACK")
    await talk.far.nothing()
    talk.clock.move(100)
    await talk.far.hear("UPDATE")


async def test_interval_that_is_too_short_is_refused(talk: Talk) -> None:
    invite = await talk.answered()
    talk.far.request(invite, "UPDATE", session_expires="30")
    answer = await talk.far.hear_answer()
    assert (answer.status, answer.get("min-se")) == (422, "90")


async def test_our_interval_is_too_short_for_them(talk: Talk) -> None:
    talk.dial()
    first = await talk.far.hear("INVITE")
    talk.far.answer(first, 422, min_se="3600")
    await talk.far.hear("ACK")
    second = await talk.far.hear("INVITE")
    assert (second.cseq[0], second.get("session-expires"), second.get("min-se")) == (2, "3600", "3600")
    talk.far.answer(second, 422, min_se="7200")
    await talk.far.hear("ACK")
    assert await talk.event() == Ended(why=End.REFUSED, who="trunk", sip=422, text="Session Interval Too Small")


async def test_interval_that_cannot_be_read_is_none(talk: Talk) -> None:
    await talk.answered(session_expires="soon;refresher=uas")
    talk.clock.move(1800)
    await talk.far.nothing()
    assert talk.events.empty()


# -- reliable ringing --------------------------------------------------------------------------------------------


async def test_reliable_ringing_is_acknowledged_once_and_in_order(talk: Talk) -> None:
    talk.dial()
    invite = await talk.far.hear("INVITE")
    talk.far.answer(invite, 183, body=SDP, require="100rel", rseq="700")
    first = await talk.far.hear("PRACK")
    assert (first.get("rack"), first.cseq, first.recipient.tag) == ("700 1 INVITE", (2, "PRACK"), "far")
    talk.far.answer(first, 200)
    talk.far.answer(invite, 183, body=SDP, require="100rel", rseq="700")
    talk.far.answer(invite, 180, require="100rel", rseq="702")
    await talk.far.nothing()
    talk.far.answer(invite, 180, require="100rel", rseq="701")
    talk.far.answer(await talk.far.hear("PRACK"), 200)
    assert [await talk.event(), await talk.event()] == [Ringing(sip=183), Early(media=MEDIA)]
    talk.far.answer(invite, 200)
    assert (await talk.far.hear("ACK")).cseq == (1, "ACK")
    assert await talk.event() == Answered(media=MEDIA)
    talk.agent.hang_up("c1")
    assert (await talk.far.hear("BYE")).cseq[0] > 3


# -- passwords ---------------------------------------------------------------------------------------------------

REALM = digest.Challenge(realm="carrier", nonce="n1", qop="auth")


def challenge(**changes: object) -> str:
    return digest.write_challenge(msgspec.structs.replace(REALM, **changes))


def is_right(request: sip.Request, asked: digest.Challenge = REALM, header: str = "proxy-authorization") -> bool:
    return digest.is_right(request.get(header), asked, request.method, "secret")


@pytest.fixture
async def signed() -> AsyncIterator[Talk]:
    async with talking(username="user", password="secret") as found:
        yield found


@pytest.mark.parametrize(
    ("status", "asked", "header"),
    [(401, "www_authenticate", "authorization"), (407, "proxy_authenticate", "proxy-authorization")],
)
@pytest.mark.parametrize("algorithm", digest.STRONGEST_FIRST)
async def test_challenged_invite_is_signed(signed: Talk, status: int, asked: str, header: str, algorithm: str) -> None:
    signed.dial()
    first = await signed.far.hear("INVITE")
    headers: dict[str, Any] = {asked: challenge(algorithm=algorithm)}
    signed.far.answer(first, status, **headers)
    await signed.far.hear("ACK")
    second = await signed.far.hear("INVITE")
    expected = msgspec.structs.replace(REALM, algorithm=algorithm)
    assert (second.cseq[0], second.call_id, second.sender) == (2, first.call_id, first.sender)
    assert second.via.branch != first.via.branch
    assert is_right(second, expected, header)


async def test_strongest_of_several_challenges_is_answered(signed: Talk) -> None:
    signed.dial()
    invite = await signed.far.hear("INVITE")
    response = sip.respond(invite, 407, "far")
    response.headers["proxy-authenticate"] = [challenge(), challenge(algorithm="SHA-256"), challenge(algorithm="X-9")]
    signed.far.send(response)
    await signed.far.hear("ACK")
    second = await signed.far.hear("INVITE")
    assert is_right(second, msgspec.structs.replace(REALM, algorithm="SHA-256"))


async def test_wrong_password_is_tried_once(signed: Talk) -> None:
    signed.dial()
    for nonce in ("n1", "n2"):
        signed.far.answer(await signed.far.hear("INVITE"), 407, proxy_authenticate=challenge(nonce=nonce))
        await signed.far.hear("ACK")
    ended = Ended(why=End.BAD_CREDENTIALS, who="trunk", sip=407, text="Proxy Authentication Required")
    assert await signed.event() == ended


async def test_no_password_ends_the_call(talk: Talk) -> None:
    talk.dial()
    talk.far.answer(await talk.far.hear("INVITE"), 401, www_authenticate=challenge())
    await talk.far.hear("ACK")
    assert await talk.event() == Ended(why=End.BAD_CREDENTIALS, who="trunk", sip=401, text="Unauthorized")


async def test_stale_nonce_is_signed_anew(signed: Talk) -> None:
    signed.dial()
    signed.far.answer(await signed.far.hear("INVITE"), 407, proxy_authenticate=challenge())
    await signed.far.hear("ACK")
    signed.far.answer(await signed.far.hear("INVITE"), 407, proxy_authenticate=challenge(nonce="n2", stale=True))
    await signed.far.hear("ACK")
    third = await signed.far.hear("INVITE")
    assert is_right(third, msgspec.structs.replace(REALM, nonce="n2"))


async def test_next_call_is_signed_at_once_and_counts_the_nonce(signed: Talk) -> None:
    signed.dial()
    signed.far.answer(await signed.far.hear("INVITE"), 407, proxy_authenticate=challenge())
    await signed.far.hear("ACK")
    await signed.far.hear("INVITE")
    signed.dial("c2")
    invite = await signed.far.hear("INVITE")
    assert is_right(invite)
    assert digest.read_fields(invite.get("proxy-authorization"))["nc"] == "00000002"


async def test_challenged_bye_is_signed(signed: Talk) -> None:
    await signed.answered()
    signed.agent.hang_up("c1")
    first = await signed.far.hear("BYE")
    signed.far.answer(first, 407, proxy_authenticate=challenge())
    second = await signed.far.hear("BYE")
    assert (second.cseq[0], second.get("reason")) == (first.cseq[0] + 1, first.get("reason"))
    assert is_right(second)
    assert signed.in_use == 1
    signed.far.answer(second, 200)
    async with asyncio.timeout(5):
        await signed.agent.idle()


async def test_bye_with_an_old_nonce_is_signed_again(signed: Talk) -> None:
    signed.dial()
    signed.far.answer(await signed.far.hear("INVITE"), 407, proxy_authenticate=challenge())
    await signed.far.hear("ACK")
    signed.far.answer(await signed.far.hear("INVITE"), 200, body=SDP)
    await signed.far.hear("ACK")
    signed.agent.hang_up("c1")
    # It says nothing of `stale`, as some do not.
    signed.far.answer(await signed.far.hear("BYE"), 407, proxy_authenticate=challenge(nonce="n2"))
    assert is_right(await signed.far.hear("BYE"), msgspec.structs.replace(REALM, nonce="n2"))


async def test_bye_that_is_never_let_in_frees_the_line(signed: Talk) -> None:
    await signed.answered()
    signed.agent.hang_up("c1")
    for nonce in ("n1", "n2"):
        signed.far.answer(await signed.far.hear("BYE"), 407, proxy_authenticate=challenge(nonce=nonce))
    async with asyncio.timeout(5):
        await signed.agent.idle()
    assert signed.in_use == 0


# -- who refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "headers", "expected"),
    [
        (486, {"reason": "Q.850;cause=34"}, {"who": "callee", "q850": 34, "text": "Busy Here"}),
        (480, {"reason": 'Q.850;cause=34;text="No circuit"'}, {"who": "trunk", "q850": 34, "text": "No circuit"}),
        (503, {"retry_after": "120"}, {"who": "trunk", "text": "Service Unavailable", "retry_after": 120}),
        (503, {"reason": "Q.850;cause=17"}, {"who": "callee", "q850": 17, "text": "Service Unavailable"}),
        (408, {}, {"who": "trunk", "text": "Request Timeout"}),
        (603, {"reason": 'SIP;cause=603;text="Not today"'}, {"who": "callee", "text": "Not today"}),
        (302, {"contact": "<sip:48900@elsewhere>"}, {"who": "trunk", "text": "Moved Temporarily"}),
        (607, {}, {"who": "callee", "text": "Unwanted"}),
        (488, {}, {"who": "trunk", "text": "Not Acceptable Here"}),
    ],
)
async def test_refusals_say_who(talk: Talk, status: int, headers: dict[str, Any], expected: dict[str, object]) -> None:
    talk.dial()
    talk.far.answer(await talk.far.hear("INVITE"), status, **headers)
    await talk.far.hear("ACK")
    assert await talk.event() == Ended(why=End.REFUSED, sip=status, **expected)  # pyright: ignore[reportArgumentType]
    assert talk.in_use == 0
