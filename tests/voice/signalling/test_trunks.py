"""Trunks: room, what is written to them, whether they are there, and registration."""

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest

from omnibound.domain.errors import Busy, Forbidden, Invalid, NotFound
from omnibound.voice.signalling import AgentSettings, Order, UserAgent, standing
from omnibound.wire import sip
from omnibound.wire.sip import digest
from tests.voice.signalling.far_end import SDP, Talk, talking, trunk_settings

pytestmark = pytest.mark.anyio


def order(call_id: str = "c1", **changes: Any) -> Order:
    return Order(**{"call_id": call_id, "number": "48221234567", "media_port": 4000, **changes})


# -- room --------------------------------------------------------------------------------------------------------


async def test_lines_are_taken_and_given_back() -> None:
    async with talking(lines=2) as talk:
        assert talk.agent.room("t") == 2
        talk.dial("c1")
        talk.dial("c2")
        assert talk.agent.room("t") == 0
        with pytest.raises(Busy):
            talk.agent.dial("t", order("c3"))
        invites = [await talk.far.hear("INVITE") for _ in range(2)]
        for invite in invites:
            talk.far.answer(invite, 486)
            await talk.far.hear("ACK")
            await talk.event()
        assert (talk.agent.room("t"), talk.in_use) == (2, 0)
        await talk.far.nothing()


@pytest.mark.parametrize(("rate", "at_once", "again_after"), [(5, 5, 1.0), (1, 1, 1.0), (0.5, 1, 2.0), (2.5, 2, 0.8)])
async def test_rate_holds_in_every_window(rate: float, at_once: int, again_after: float) -> None:
    async with talking(lines=100, rate=rate) as talk:
        assert talk.agent.room("t") == at_once
        for number in range(at_once):
            talk.dial(f"c{number}")
        talk.clock.move(again_after - 0.01)
        assert talk.agent.room("t") == 0
        talk.clock.move(0.01)
        assert talk.agent.room("t") == at_once


async def test_same_call_is_not_begun_twice() -> None:
    async with talking() as talk:
        assert [talk.agent.dial("t", order()), talk.agent.dial("t", order())] == [True, False]
        await talk.far.hear("INVITE")
        await talk.far.nothing()
        assert talk.in_use == 1


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"number": "pizza"}, Invalid),
        ({"number": "1\r\nEvil: yes"}, Invalid),
        ({"number": "+881 1234567"}, Forbidden),
        ({"ring_s": 10}, Invalid),
    ],
)
async def test_refused_before_anything_is_sent(changes: dict[str, Any], error: type[Exception]) -> None:
    async with talking() as talk:
        with pytest.raises(error):
            talk.agent.dial("t", order(**changes))
        with pytest.raises(NotFound):
            talk.agent.dial("nowhere", order())
        await talk.far.nothing()
        assert (talk.in_use, talk.agent.room("t")) == (0, 10)


async def test_caller_id_cannot_smuggle_a_header() -> None:
    async with talking() as talk:
        talk.dial(caller_id="48\r\nX: y")
        invite = await talk.far.hear("INVITE")
        assert "x" not in invite.headers
        assert invite.sender.uri.user == "48\r\nX: y".translate({32: None})


# -- what is written ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("trunk", "uri", "sender", "more"),
    [
        ({}, "sip:48221234567@127.0.0.1:{port}", "<sip:anonymous@anonymous.invalid>", {}),
        ({"caller_id": "48500", "domain": "c.example"}, "sip:48221234567@c.example", "<sip:48500@c.example>", {}),
        (
            {"caller_id": "+48500", "domain": "c.example", "asserted": True, "number_format": "plus"},
            "sip:+48221234567@c.example", "<sip:+48500@c.example>", {"p-asserted-identity": ["<sip:+48500@c.example>"]},
        ),
        (
            {"domain": "c.example", "strip": "48", "prefix": "9#"},
            "sip:9%23221234567@c.example", "<sip:anonymous@anonymous.invalid>", {},
        ),
    ],
)  # fmt: skip
async def test_invite_is_written_as_the_trunk_wants(
    trunk: dict[str, Any], uri: str, sender: str, more: dict[str, list[str]]
) -> None:
    async with talking(**trunk) as talk:
        talk.dial()
        invite = await talk.far.hear("INVITE")
        assert invite.uri == uri.format(port=talk.far.port)
        assert invite.get("from").partition(";")[0] == sender
        assert {name: invite.headers.get(name) for name in more} == more


async def test_everything_goes_through_the_proxy() -> None:
    async with talking() as probe:
        port = probe.far.port
        async with talking(proxy=f"127.0.0.1:{port}", host="carrier.invalid", domain="carrier.invalid") as talk:
            talk.dial()
            invite = await probe.far.hear("INVITE")
            assert (invite.uri, invite.members("route")) == (
                "sip:48221234567@carrier.invalid", [f"<sip:127.0.0.1:{port};lr>"],
            )  # fmt: skip


async def test_public_address_stands_in_all_that_is_written() -> None:
    async with talking(agent={"public_address": "198.51.100.7", "public_port": 5999}) as talk:
        talk.dial()
        invite = await talk.far.hear("INVITE")
        assert (invite.via.host, invite.via.port, "rport" in invite.via.params) == ("198.51.100.7", 5999, True)
        assert invite.get("contact") == "<sip:omnibound@198.51.100.7:5999>"
        assert sip.read_session(invite.body).streams[0].address == "198.51.100.7"


async def test_contact_of_a_carrier_behind_nat_is_not_followed() -> None:
    async with talking(follow_contact=False) as talk:
        await talk.answered(contact="<sip:far@192.168.7.7:5060>")
        talk.agent.hang_up("c1")
        assert (await talk.far.hear("BYE")).uri == "sip:far@192.168.7.7:5060"


# -- whether it is there -----------------------------------------------------------------------------------------

Watched = tuple[Talk, list[tuple[str, bool, str]]]


@pytest.fixture
async def watched() -> AsyncIterator[Watched]:
    changes: list[tuple[str, bool, str]] = []
    more = {"on_trunk": lambda *change: changes.append(change)}
    async with talking(more=more, options_s=30) as talk:
        yield talk, changes


async def asked(talk: Talk) -> sip.Request:
    return await talk.far.hear("OPTIONS")


async def test_trunk_is_there_when_it_answers(watched: Watched) -> None:
    talk, changes = watched
    assert (talk.agent.room("t"), talk.agent.trunk("t").why) == (0, "it has not been asked yet")
    # Any answer shows that somebody is there.
    talk.far.answer(await asked(talk), 404)
    await talk.far.nothing()
    assert (talk.agent.room("t"), changes) == (10, [("t", True, "")])
    talk.clock.move(30)
    talk.far.answer(await asked(talk), 200)


async def test_trunk_that_is_silent_is_down_and_comes_back(watched: Watched) -> None:
    talk, changes = watched
    talk.far.answer(await asked(talk), 200)
    await talk.far.nothing()
    talk.clock.move(30)
    first = await asked(talk)
    talk.clock.move(4)
    assert changes == [("t", True, ""), ("t", False, "it does not answer")]
    with pytest.raises(Busy, match="it does not answer"):
        talk.agent.dial("t", order())
    # It was sent again after 0.5, 1 and 2 s, and is again after 4 and 4; then a new one follows.
    assert [await asked(talk) for _ in range(3)] == [first] * 3
    talk.clock.move(10)
    *copies, again = [await asked(talk) for _ in range(3)]
    assert copies == [first] * 2
    assert again.cseq[0] == first.cseq[0] + 1
    talk.far.answer(again, 200)
    await talk.far.nothing()
    assert (talk.agent.room("t"), changes[2:]) == (10, [("t", True, "")])


async def test_overloaded_trunk_is_left_alone_as_long_as_it_asks(watched: Watched) -> None:
    talk, changes = watched
    talk.far.answer(await asked(talk), 503, retry_after="120")
    await talk.far.nothing()
    talk.clock.move(119)
    await talk.far.nothing()
    talk.clock.move(1)
    talk.far.answer(await asked(talk), 200)
    await talk.far.nothing()
    assert changes == [("t", True, "")]
    assert talk.agent.room("t") == 10


async def test_call_without_reply_makes_us_ask_at_once() -> None:
    async with talking(options_s=1000) as talk:
        talk.far.answer(await asked(talk), 200)
        await talk.far.nothing()
        talk.dial()
        talk.clock.move(32)
        for _ in range(7):
            await talk.far.hear("INVITE")
        await asked(talk)


async def test_name_that_is_not_known_is_told() -> None:
    changes: list[tuple[str, bool, str]] = []
    agent = UserAgent(
        AgentSettings(host="127.0.0.1", port=0), [trunk_settings(5060, host="nowhere.invalid")],
        lambda _call, _event: None, on_trunk=lambda *change: changes.append(change),
    )  # fmt: skip
    async with agent:
        assert agent.room("t") == 0
        assert agent.trunk("t").why.startswith("nowhere.invalid cannot be reached")
        with pytest.raises(Busy, match="cannot be reached"):
            agent.dial("t", order())


# -- registration ------------------------------------------------------------------------------------------------


@pytest.fixture
async def registered() -> AsyncIterator[Talk]:
    async with talking(username="user", password="secret", register=True, domain="c.example") as talk:
        yield talk


async def test_registered_trunk_has_room_when_it_is_registered(registered: Talk) -> None:
    first = await registered.far.hear("REGISTER")
    assert (first.uri, first.get("to"), first.get("expires")) == ("sip:c.example", "<sip:user@c.example>", "3600")
    assert registered.agent.room("t") == 0
    challenge = digest.Challenge(realm="c.example", nonce="n", qop="auth")
    registered.far.answer(first, 401, www_authenticate=digest.write_challenge(challenge))
    second = await registered.far.hear("REGISTER")
    assert (second.call_id, second.cseq[0]) == (first.call_id, 2)
    assert digest.is_right(second.get("authorization"), challenge, "REGISTER", "secret")
    registered.far.answer(second, 200, contact=f"{second.get('contact').partition('>')[0]}>;expires=600")
    await registered.far.nothing()
    assert registered.agent.room("t") == 10
    registered.clock.move(539)
    await registered.far.nothing()
    registered.clock.move(1)
    renewed = await registered.far.hear("REGISTER")
    assert renewed.cseq[0] == 3
    assert digest.read_fields(renewed.get("authorization"))["nc"] == "00000002"


@pytest.mark.parametrize(("granted", "renewed_after"), [(3600, 3540), (100, 50), (60, 30)])
async def test_it_is_renewed_before_it_runs_out(registered: Talk, granted: int, renewed_after: float) -> None:
    registered.far.answer(await registered.far.hear("REGISTER"), 200, expires=str(granted), contact="<sip:other@x>")
    await registered.far.nothing()
    registered.clock.move(renewed_after - 1)
    await registered.far.nothing()
    registered.clock.move(1)
    await registered.far.hear("REGISTER")


async def test_interval_that_is_too_brief_is_lengthened(registered: Talk) -> None:
    registered.far.answer(await registered.far.hear("REGISTER"), 423, min_expires="7200")
    again = await registered.far.hear("REGISTER")
    assert again.get("expires") == "7200"
    registered.far.answer(again, 200)
    await registered.far.nothing()
    assert registered.agent.room("t") == 10


@pytest.fixture
def longest_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standing, "_dice", SimpleNamespace(uniform=lambda _least, most: most))


@pytest.mark.usefixtures("longest_pauses")
async def test_failure_is_tried_again_later_and_later(registered: Talk) -> None:
    for pause in (5, 10, 20):
        registered.far.answer(await registered.far.hear("REGISTER"), 403)
        await registered.far.nothing()
        registered.clock.move(pause - 0.1)
        await registered.far.nothing()
        registered.clock.move(0.1)
    assert registered.agent.trunk("t").why == "REGISTER is answered 403 Forbidden"
    registered.far.answer(await registered.far.hear("REGISTER"), 200)
    await registered.far.nothing()
    assert registered.agent.room("t") == 10


async def test_it_unregisters_when_it_stops() -> None:
    async with talking(username="user", register=True) as talk:
        talk.far.answer(await talk.far.hear("REGISTER"), 200)
        await talk.far.nothing()
        stopping = asyncio.ensure_future(talk.agent.stop())
        last = await talk.far.hear("REGISTER")
        assert (last.get("expires"), last.get("contact").endswith(";expires=0")) == ("0", True)
        await stopping


async def test_stop_hangs_up_what_is_up() -> None:
    async with talking() as talk:
        await talk.answered()
        stopping = asyncio.ensure_future(talk.agent.stop())
        talk.far.answer(await talk.far.hear("BYE"), 200)
        await stopping
        assert talk.in_use == 0


async def test_way_of_a_registered_trunk_is_kept_open(registered: Talk) -> None:
    registered.far.answer(await registered.far.hear("REGISTER"), 200)
    await registered.far.nothing()
    seen: list[bytes] = []
    before = registered.far.datagram_received
    registered.far.datagram_received = lambda data, addr: (seen.append(data), before(data, addr))  # pyright: ignore[reportAttributeAccessIssue]
    registered.clock.move(25)
    await registered.far.nothing()
    assert seen[0] == sip.PING


async def test_answered_call_survives_a_trunk_that_goes(watched: Watched) -> None:
    talk, _ = watched
    talk.far.answer(await asked(talk), 200)
    await talk.far.nothing()
    talk.dial()
    talk.far.answer(await talk.far.hear("INVITE"), 200, body=SDP)
    await talk.far.hear("ACK")
    talk.clock.move(30)
    await asked(talk)
    talk.clock.move(4)
    assert (talk.agent.trunk("t").up, talk.in_use) == (False, 1)


async def test_our_address_as_the_trunk_sees_it() -> None:
    async with talking(options_s=30) as talk:
        request = await asked(talk)
        via = request.get("via").replace(";rport", ";rport=41000;received=203.0.113.9")
        talk.far.answer(request, 200, via=via)
        await talk.far.nothing()
        assert talk.agent.trunk("t").seen_as == "203.0.113.9"


@pytest.mark.parametrize(("settings", "said"), [({}, b"a=ptime:20"), ({"ptime_ms": 30}, b"a=ptime:30")])
async def test_length_of_packets_is_offered(settings: dict[str, Any], said: bytes) -> None:
    async with talking(**settings) as talk:
        talk.dial()
        invite = await talk.far.hear("INVITE")
        assert said in invite.body
