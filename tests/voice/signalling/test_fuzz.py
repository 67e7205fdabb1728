"""Almost right messages, by the thousand, against a user agent that is talking: none harms it, and none is kept."""

import asyncio
import contextlib
import random
from typing import Any

import pytest

from omnibound.voice.signalling import Ended, Order
from omnibound.voice.signalling.transactions import Peer
from omnibound.wire import sip
from omnibound.wire.sip import digest
from tests.mutations import TEXT, mutated
from tests.voice.signalling.far_end import SDP, HandClock, Talk, talking

pytestmark = pytest.mark.anyio

CALLS, MESSAGES = 80, 40
TRUNK, STRANGER = "127.0.0.1", "127.0.0.66"
CHALLENGE = digest.write_challenge(digest.Challenge(realm="r", nonce="n", qop="auth"))
ANSWERS: list[tuple[int, bytes, dict[str, str]]] = [
    (100, b"", {}), (180, b"", {}), (183, SDP, {"require": "100rel", "rseq": "1"}), (199, b"", {}),
    (200, SDP, {"session-expires": "90;refresher=uac", "record-route": "<sip:127.0.0.1;lr>, <sip:127.0.0.1>"}),
    (401, b"", {"www-authenticate": CHALLENGE}), (407, b"", {"proxy-authenticate": CHALLENGE}),
    (422, b"", {"min-se": "500"}), (486, b"", {"reason": 'Q.850;cause=17;text="busy"'}), (491, b"", {}),
    (503, b"", {"retry-after": "9"}),
]  # fmt: skip
ASKED = ("INVITE", "UPDATE", "BYE", "ACK", "OPTIONS", "CANCEL", "PRACK", "INFO", "REGISTER", "NOTIFY", "REFER")


def answer_of(request: sip.Request, dice: random.Random) -> bytes:
    status, body, headers = dice.choice(ANSWERS)
    tag = dice.choice(["far", "far", "other"])
    response = sip.respond(request, status, "" if status == 100 else tag, body=body)
    found = {"contact": f"<sip:far@{TRUNK}:9>", "allow": "UPDATE", **headers}
    response.headers.update({name: [value] for name, value in found.items()})
    return sip.write(response)


def request_of(invite: sip.Request, dice: random.Random, number: int) -> bytes:
    method = dice.choice(ASKED)
    inside = dice.random() < 0.7
    headers = {
        "via": f"SIP/2.0/UDP {TRUNK}:9;branch=z9hG4bK{dice.randrange(1 << 40)};rport",
        "from": f"{invite.get('to')};tag={dice.choice(['far', 'far', 'other'])}",
        "to": invite.get("from") if inside else "<sip:us@h>", "call-id": invite.call_id if inside else f"x{number}",
        "cseq": f"{number} {method}", "contact": f"<sip:far@{TRUNK}:9>", "max-forwards": "70",
        "session-expires": dice.choice(["90", "1800;refresher=uac", "5"]), "supported": "timer",
    }  # fmt: skip
    body = SDP if method in ("INVITE", "UPDATE") and dice.random() < 0.8 else b""
    request = sip.Request(
        method=method, uri="sip:us@127.0.0.1", headers={name: [value] for name, value in headers.items()}, body=body
    )
    return sip.write(request)


class Listener:
    """What the agent sends, kept as it is sent."""

    def __init__(self, talk: Talk) -> None:
        self.sent: list[sip.Request] = []
        transports = talk.agent._transports  # pyright: ignore[reportPrivateUsage]
        self._before = transports.send
        transports.send = self._send  # pyright: ignore[reportAttributeAccessIssue]

    def _send(self, data: bytes, peer: Peer) -> None:
        message = sip.read(data)
        if isinstance(message, sip.Request):
            self.sent = [*self.sent[-30:], message]


def feed(talk: Talk, sent: Listener, dice: random.Random, number: int) -> None:
    asked = dice.choice(sent.sent)
    invites = [one for one in sent.sent if one.method == "INVITE"]
    data = answer_of(asked, dice) if dice.random() < 0.5 or not invites else request_of(invites[-1], dice, number)
    if dice.random() < 0.8:
        data = mutated(data, dice, TEXT)
    source = Peer(dice.choice(["udp", "udp", "tcp"]), dice.choice([TRUNK, TRUNK, TRUNK, STRANGER]), 9)
    talk.agent._heard(data, source)  # pyright: ignore[reportPrivateUsage]


@pytest.mark.parametrize("seed", range(3))
async def test_nothing_harms_a_user_agent(seed: int) -> None:
    dice = random.Random(seed)
    failures: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: failures.append(context))
    async with talking(username="user", password="secret", lines=CALLS, rate=10_000) as talk:
        sent = Listener(talk)
        for call in range(CALLS):
            talk.dial(f"c{call}")
            for number in range(MESSAGES):
                feed(talk, sent, dice, number)
                if dice.random() < 0.05:
                    talk.clock.move(dice.choice([0.5, 4.0, 31.0]))
            talk.agent.hang_up(f"c{call}")
        assert_nothing_left(talk)
        # Who is well, is still heard.
        assert talk.agent.dial("t", Order(call_id="last", number="48221234567", media_port=4000))
    assert failures == []


def assert_nothing_left(talk: Talk) -> None:
    agent = talk.agent
    for _ in range(20):
        talk.clock.move(32)
    events = [talk.events.get_nowait() for _ in range(talk.events.qsize())]
    ends = [call for call, event in events if isinstance(event, Ended)]
    assert sorted(ends) == sorted({f"c{call}" for call in range(CALLS)}), "each call ends once"
    assert (talk.in_use, agent.room("t")) == (0, CALLS)
    assert len(agent._transactions) == 0  # pyright: ignore[reportPrivateUsage]
    assert agent._transactions._unacknowledged == {}  # pyright: ignore[reportPrivateUsage]
    assert len(agent._reception.strangers._counts) <= 1  # pyright: ignore[reportPrivateUsage]
    # The look-up of names and the empty lines.
    assert isinstance(talk.clock, HandClock)
    assert talk.clock.waiting <= 2


async def test_streams_that_lose_their_step_harm_nobody() -> None:
    dice = random.Random(5)
    async with talking() as talk:
        whole = b"".join(
            request_of(
                sip.Request(method="INVITE", uri="sip:a@b", headers={"to": ["<sip:a@b>"], "from": ["<sip:c@d>;tag=1"],
                                                                      "call-id": ["i"]}), dice, number)
            for number in range(4)
        )  # fmt: skip
        failures: list[dict[str, Any]] = []
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: failures.append(context))
        for _ in range(60):
            reader, writer = await asyncio.open_connection("127.0.0.1", talk.agent.port, local_addr=(STRANGER, 0))
            writer.write(mutated(whole, dice, TEXT))
            writer.write_eof()
            async with asyncio.timeout(5):
                with contextlib.suppress(ConnectionError):
                    await reader.read()
            writer.transport.abort()
        invite = await talk.answered()
        talk.far.request(invite, "BYE")
        assert (await talk.far.hear_answer()).status == 200
        talk.clock.move(64)
        assert (failures, len(talk.agent._transactions)) == ([], 0)  # pyright: ignore[reportPrivateUsage]
        assert talk.agent._transports._links == {}  # pyright: ignore[reportPrivateUsage]
