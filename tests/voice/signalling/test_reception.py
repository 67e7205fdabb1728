"""What nobody has asked for: inbound calls, strangers, and what is no SIP."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from omnibound.wire import sip
from tests.voice.signalling.far_end import Talk, talking, until

pytestmark = pytest.mark.anyio


@pytest.fixture
async def talk() -> AsyncIterator[Talk]:
    async with talking() as found:
        yield found


def inbound(talk: Talk, method: str = "INVITE", number: int = 1, **headers: str) -> sip.Request:
    """A request outside of any call, from the trunk."""
    found = {
        "via": f"SIP/2.0/UDP 127.0.0.1:{talk.far.port};branch=z9hG4bKin{method}{number};rport",
        "from": "<sip:900@trunk>;tag=in",
        "to": "<sip:48900123456@us>",
        "call-id": f"in{number}",
        "cseq": f"{number} {method}",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    request = sip.Request(
        method=method, uri="sip:48900123456@127.0.0.1", headers={name: [value] for name, value in found.items()}
    )
    talk.far.send(request)
    return request


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("INVITE", {}, 403),
        ("INVITE", {"require": "siprec"}, 420),
        ("INVITE", {"to": "<sip:us@x>;tag=none"}, 481),
        ("OPTIONS", {}, 200),
        ("OPTIONS", {"require": "siprec, timer"}, 420),
        ("BYE", {"to": "<sip:us@x>;tag=none"}, 481),
        ("UPDATE", {}, 481),
        ("CANCEL", {}, 481),
        ("REGISTER", {}, 405),
        ("SUBSCRIBE", {}, 405),
        ("MESSAGE", {}, 405),
    ],
)
async def test_trunks_requests_outside_of_calls(talk: Talk, method: str, headers: dict[str, Any], status: int) -> None:
    request = inbound(talk, method, **headers)
    answer = await talk.far.hear_answer()
    assert (answer.status, answer.cseq, answer.via.branch) == (status, (1, method), request.via.branch)
    assert answer.via.params["rport"] == str(talk.far.port)
    assert bool(answer.get("allow")) == (status in (405,) or (method, status) == ("OPTIONS", 200))


async def test_inbound_call_is_never_sent_on(talk: Talk) -> None:
    invite = inbound(talk)
    refusal = await talk.far.hear_answer()
    talk.far.send(invite)
    assert await talk.far.hear_answer() == refusal
    ack = sip.Request(
        method="ACK", uri=invite.uri, headers={**invite.headers, "to": [refusal.get("to")], "cseq": ["1 ACK"]}
    )
    talk.far.send(ack)
    await talk.far.nothing()
    talk.clock.move(64)
    await talk.far.nothing()
    assert talk.events.empty()


async def test_refusal_comes_again_until_it_is_acknowledged(talk: Talk) -> None:
    inbound(talk)
    first = await talk.far.hear_answer()
    talk.clock.move(0.5)
    assert await talk.far.hear_answer() == first


async def test_cancelled_inbound_call(talk: Talk) -> None:
    invite = inbound(talk)
    await talk.far.hear_answer()
    cancel = sip.Request(method="CANCEL", uri=invite.uri, headers={**invite.headers, "cseq": ["1 CANCEL"]})
    talk.far.send(cancel)
    assert (await talk.far.hear_answer()).status == 200


async def test_policy_says_how_inbound_calls_are_refused() -> None:
    asked: list[tuple[str, str]] = []

    def on_invite(trunk: str, request: sip.Request) -> int:
        asked.append((trunk, request.uri))
        return 200 if len(asked) > 1 else 480

    async with talking(more={"on_invite": on_invite}) as talk:
        inbound(talk)
        assert (await talk.far.hear_answer()).status == 480
        inbound(talk, number=2)
        # It cannot be taken, whatever the policy says.
        assert (await talk.far.hear_answer()).status == 403
        assert asked == [("t", "sip:48900123456@127.0.0.1")] * 2
    async with talking(agent={"invite_status": 486}) as talk:
        inbound(talk)
        assert (await talk.far.hear_answer()).status == 486


async def test_strangers_are_refused_and_then_not_answered() -> None:
    async with talking(agent={"strangers": 3}, host="127.0.0.9") as talk:
        for number in range(1, 6):
            inbound(talk, ("INVITE", "OPTIONS", "REGISTER", "INVITE", "OPTIONS")[number - 1], number)
        statuses = [(await talk.far.hear_answer()).status for _ in range(3)]
        assert statuses == [403, 403, 403]
        await until(lambda: talk.agent.strangers_unanswered == 2)
        assert talk.far.heard.empty()
        # It is not answered when it comes again either, and nothing is kept of it.
        talk.clock.move(60)
        inbound(talk, "OPTIONS", 6)
        while (await talk.far.hear_answer()).call_id != "in6":
            pass


async def test_late_answer_of_a_stranger_is_nothing() -> None:
    async with talking(host="127.0.0.9") as talk:
        request = inbound(talk, "OPTIONS")
        await talk.far.hear_answer()
        talk.far.answer(
            sip.Request(method="INVITE", uri="sip:x@y", headers={**request.headers, "cseq": ["1 INVITE"]}), 200
        )
        await talk.far.nothing()


REST = b"Call-ID: c\r\nCSeq: 1 OPTIONS\r\n\r\n"


@pytest.mark.parametrize(
    "data",
    [
        b"hello",
        b"INVITE",
        b"INVITE sip:x SIP/2.0\r\n\r\n",
        b"\x00" * 500,
        b"SIP/2.0 200 OK\r\nVia: x\r\n\r\n",
        b"OPTIONS sip:x SIP/2.0\r\nVia: no\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\n" + REST,
        b"OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK1\r\nFrom: <<\r\nTo: >>\r\n" + REST,
    ],
)
async def test_what_is_no_sip_is_counted(talk: Talk, data: bytes) -> None:
    talk.far.transport.sendto(data, talk.far.source)
    await talk.far.nothing()
    assert talk.agent.unreadable == 1


async def test_request_inside_a_call_that_cannot_be_read_is_answered(talk: Talk) -> None:
    invite = await talk.answered()
    talk.far.request(invite, "BYE", session_expires="soon")
    assert (await talk.far.hear_answer()).status == 200
    again = await talk.answered()
    talk.far.request(again, "UPDATE", require='"unclosed', number=9, contact="<sip:broken")
    assert (await talk.far.hear_answer()).status == 420


async def test_empty_lines_are_nothing(talk: Talk) -> None:
    talk.far.transport.sendto(b"\r\n\r\n", talk.far.source)
    await talk.far.nothing()
    assert talk.agent.unreadable == 0


async def test_answer_goes_where_the_via_says_without_rport(talk: Talk) -> None:
    loop = asyncio.get_running_loop()
    other, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, ("127.0.0.1", 0))
    inbound(talk, "OPTIONS")
    await talk.far.hear_answer()
    data = sip.write(
        sip.Request(
            method="OPTIONS",
            uri="sip:us@127.0.0.1",
            headers={
                "via": [f"SIP/2.0/UDP 10.0.0.1:{talk.far.port};branch=z9hG4bKv"],
                "from": ["<sip:a@b>;tag=1"],
                "to": ["<sip:us@c>"],
                "call-id": ["v"],
                "cseq": ["9 OPTIONS"],
            },
        )
    )
    other.sendto(data, talk.far.source)
    via = (await talk.far.hear_answer()).via
    other.close()
    assert (via.host, via.params.get("received"), "rport" in via.params) == ("10.0.0.1", "127.0.0.1", False)
