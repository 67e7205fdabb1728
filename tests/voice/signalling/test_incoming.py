"""Calls that come in and are taken: from a far end message by message, and from SIPp."""

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest

from omnibound.voice.signalling import AgentSettings, Answered, End, Ended, Event, Order, UserAgent
from omnibound.wire import sip
from tests.peers import needed
from tests.voice.signalling.far_end import MEDIA, PATIENCE_S, SDP, Talk, talking, trunk_settings, until

pytestmark = pytest.mark.anyio


def _taken(_trunk: str, request: sip.Request) -> Order:
    return Order(call_id=f"in:{request.call_id}", number="", media_port=4000)


TAKEN: dict[str, Any] = {"on_invite": _taken}
OTHER_SDP = SDP.replace(b"RTP/AVP 0", b"RTP/AVP 97")


def invite(talk: Talk, body: bytes = SDP, call: str = "r1", **headers: str) -> sip.Request:
    """Somebody calls by way of the trunk."""
    found = {
        "via": f"SIP/2.0/UDP 127.0.0.1:{talk.far.port};branch=z9hG4bKin{call};rport",
        "from": "<sip:48900123456@trunk>;tag=far", "to": "<sip:48221234567@us>", "call-id": call, "cseq": "7 INVITE",
        "contact": f"<sip:far@127.0.0.1:{talk.far.port}>", "content-type": "application/sdp", **headers,
    }  # fmt: skip
    request = sip.Request(
        method="INVITE", uri="sip:48221234567@127.0.0.1", headers={name: [value] for name, value in found.items()},
        body=body,
    )  # fmt: skip
    talk.far.send(request)
    return request


def inside(talk: Talk, answer: sip.Response, method: str, number: int, body: bytes = b"") -> None:
    """A request of the caller in the dialog that our answer has made."""
    headers = {
        "via": [f"SIP/2.0/UDP 127.0.0.1:{talk.far.port};branch=z9hG4bKin{method}{number}"],
        "from": [answer.get("from")], "to": [answer.get("to")], "call-id": [answer.call_id],
        "cseq": [f"{number} {method}"],
    }  # fmt: skip
    talk.far.send(sip.Request(method=method, uri="sip:us@127.0.0.1", headers=headers, body=body))


async def taken(talk: Talk) -> sip.Response:
    """A call that is up."""
    invite(talk)
    answer = await talk.far.hear_answer()
    inside(talk, answer, "ACK", 7)
    assert await talk.event() == Answered(media=MEDIA)
    return answer


async def test_it_is_answered_and_hung_up_by_them() -> None:
    async with talking(more=TAKEN) as talk:
        answer = await taken(talk)
        said = sip.read_session(answer.body)
        assert (answer.status, bool(answer.recipient.tag), talk.in_use, bool(said)) == (200, True, 1, True)
        inside(talk, answer, "BYE", 8)
        assert (await talk.far.hear_answer()).status == 200
        assert await talk.event() == Ended(why=End.HUNG_UP, who="callee", answered=True)
        assert talk.in_use == 0


async def test_we_hang_up_where_they_called_from() -> None:
    async with talking(more=TAKEN) as talk:
        answer = await taken(talk)
        assert talk.agent.hang_up("in:r1")
        bye = await talk.far.hear("BYE")
        assert (bye.uri, bye.recipient.tag, bye.sender.tag, bye.call_id) == (
            f"sip:far@127.0.0.1:{talk.far.port}", "far", answer.recipient.tag, "r1",
        )  # fmt: skip
        talk.far.answer(bye, 200)
        assert await talk.event() == Ended(why=End.HUNG_UP, who="us", answered=True)
        await until(lambda: talk.in_use == 0)


async def test_an_answer_that_nobody_acknowledges_ends_the_call() -> None:
    async with talking(more=TAKEN) as talk:
        invite(talk)
        await talk.far.hear_answer()
        await talk.event()
        talk.clock.move(40)
        assert await talk.event() == Ended(why=End.NOT_ACKNOWLEDGED, who="us", answered=True)


async def test_it_lasts_as_long_as_a_call_may() -> None:
    async with talking(more=TAKEN, max_s=30) as talk:
        await taken(talk)
        talk.clock.move(31)
        assert await talk.event() == Ended(why=End.LONGEST, who="us", answered=True)


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (OTHER_SDP, {}, 488),
        (SDP, {"contact": "nobody"}, 400),
        (SDP, {"session-expires": "30"}, 422),
        (SDP, {"require": "siprec"}, 420),
    ],
)
async def test_what_cannot_be_taken_is_refused_and_keeps_no_line(
    body: bytes, headers: dict[str, Any], status: int
) -> None:
    async with talking(more=TAKEN) as talk:
        invite(talk, body, **headers)
        assert (await talk.far.hear_answer()).status == status
        ends = [] if status == 420 else [("in:r1", Ended(why=End.REFUSED, who="us", sip=status))]
        assert (talk.in_use, [talk.events.get_nowait() for _ in range(talk.events.qsize())]) == (0, ends)


async def test_without_a_free_line_it_is_busy() -> None:
    async with talking(more=TAKEN, lines=1) as talk:
        await taken(talk)
        invite(talk, call="r2")
        assert (await talk.far.hear_answer()).status == 486
        assert await talk.event() == Ended(why=End.REFUSED, who="us", sip=486)


@pytest.mark.slow
async def test_sipp_calls_and_hangs_up(tmp_path: Path) -> None:
    needed("sipp", "sip-tester")
    events: asyncio.Queue[Event] = asyncio.Queue()
    settings = AgentSettings(host="127.0.0.1", port=0)
    agent = UserAgent(settings, [trunk_settings(9)], lambda _call, event: events.put_nowait(event), **TAKEN)
    async with agent:
        words = ("-sn", "uac", "-d", "200", "-m", "5", "-i", "127.0.0.1", "-nostdin", f"127.0.0.1:{agent.port}")
        sipp = await asyncio.create_subprocess_exec("sipp", *words, cwd=tmp_path, stdout=-3, stderr=sys.stderr)
        async with asyncio.timeout(PATIENCE_S):
            assert await sipp.wait() == 0
    names = [type(events.get_nowait()).__name__ for _ in range(events.qsize())]
    assert sorted(names) == ["Answered"] * 5 + ["Ended"] * 5
