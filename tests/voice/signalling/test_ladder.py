"""What people see of a call's messages."""

import pytest

from omnibound.voice.signalling.ladder import Ladders, blanked
from omnibound.wire.sip import digest
from tests.voice.signalling.far_end import talking

pytestmark = pytest.mark.anyio


async def test_ladder_of_a_call_without_its_secrets() -> None:
    async with talking(username="u", password="secret") as talk:
        talk.dial()
        invite = await talk.far.hear("INVITE")
        asked = digest.write_challenge(digest.Challenge(realm="r", nonce="n", qop="auth"))
        talk.far.answer(invite, 407, proxy_authenticate=asked)
        await talk.far.hear("ACK")
        signed = await talk.far.hear("INVITE")
        talk.far.answer(signed, 486)
        await talk.far.hear("ACK")
        await talk.event()
        ladder = talk.agent.ladder("c1")
        assert [(rung.out, rung.title.replace(f":{talk.far.port}", "")) for rung in ladder] == [
            (True, "INVITE sip:48221234567@127.0.0.1 SIP/2.0"),
            (False, "SIP/2.0 407 Proxy Authentication Required"),
            (True, "ACK sip:48221234567@127.0.0.1 SIP/2.0"),
            (True, "INVITE sip:48221234567@127.0.0.1 SIP/2.0"),
            (False, "SIP/2.0 486 Busy Here"),
            (True, "ACK sip:48221234567@127.0.0.1 SIP/2.0"),
        ]
        assert {rung.peer for rung in ladder} == {f"127.0.0.1:{talk.far.port}"}
        answer = digest.read_fields(signed.get("proxy-authorization"))
        told = "".join([rung.text for rung in ladder])
        assert (answer["response"] in told, answer["cnonce"] in told, 'response="***"' in told) == (False, False, True)
        assert talk.agent.ladder("never") == []


def test_bounds() -> None:
    ladders = Ladders(rungs=2, calls=2, wall=lambda: 7.0)
    for name in ("a", "b", "c"):
        ladders.open(name, f"sip-{name}")
        for text in (b"one", b"two", b"three"):
            ladders.note(f"sip-{name}", text, "h:1", out=True)
        ladders.close(name)
    found = {name: [rung.text for rung in ladders.read(name)] for name in ("a", "b", "c")}
    assert found == {"a": [], "b": ["two", "three"], "c": ["two", "three"]}
    ladders.note("sip-unknown", b"x", "h:1", out=False)
    assert ladders.read("c")[0].at == 7.0


def test_no_ladder_is_kept_where_none_is_wanted() -> None:
    ladders = Ladders(rungs=0, calls=2)
    ladders.open("a", "sip-a")
    ladders.note("sip-a", b"one", "h:1", out=True)
    ladders.close("a")
    assert ladders.read("a") == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            'Authorization: Digest response="abc", cnonce="d"\r\nX: response="kept"',
            'Authorization: Digest response="***", cnonce="***"\r\nX: response="kept"',
        ),
        ("proxy-authorization: Digest response=abc,nc=1", 'proxy-authorization: Digest response="***",nc=1'),
        ("no secret", "no secret"),
    ],
)
def test_blanked(text: str, shown: str) -> None:
    assert blanked(text) == shown
