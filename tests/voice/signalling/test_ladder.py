"""What people see of a call's messages."""

import pytest

from omnibound.voice.signalling.ladder import LONGEST, Ladders, blanked
from omnibound.wire import telephone
from omnibound.wire.frames import MAX_FRAME
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
        assert [answer[name] in told for name in ("response", "cnonce")] == [False, False]
        assert ('nonce="n"' in told, "Proxy-Authorization: Digest ***\r\n" in told) == (False, True)
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


def test_a_giant_is_cut() -> None:
    """The answer to Show has to fit a frame, whatever a carrier sends."""
    ladders = Ladders(rungs=60, calls=1)
    ladders.open("a", "sip-a")
    for _ in range(61):
        ladders.note("sip-a", b"\xff" * 65_000, "h:1", out=False)
    rungs = ladders.read("a")
    assert {len(rung.text) for rung in rungs} == {LONGEST}
    assert len(telephone.write(telephone.Ladder("a", tuple(rungs)))) < MAX_FRAME


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
            'Authorization: Digest username="u", response="abc"\r\nX: response="kept"',
            'Authorization: Digest ***\r\nX: response="kept"',
        ),
        ("proxy-authorization :Digest response=abc,nc=1", "proxy-authorization :Digest ***"),
        (
            'Authorization: Digest username="u",\r\n response="abc",\r\n\tnc=1\r\nX: y',
            "Authorization: Digest ***\r\nX: y",
        ),
        ("X: y\nAuthorization: Basic dTpw\nZ: z", "X: y\nAuthorization: Basic ***\nZ: z"),
        (
            'WWW-Authenticate: Digest realm="r", nonce="a\\"b,c", opaque=x, qop="auth"',
            'WWW-Authenticate: Digest realm="r", nonce="***", opaque="***", qop="auth"',
        ),
        ('Authentication-Info: nextnonce="n", rspauth="r"\r\nX: y', "Authentication-Info: ***\r\nX: y"),
        ("Contact: <sip:u:p@h:5060>", "Contact: <sip:u:***@h:5060>"),
        ("To: <sip:48600100200@h:5060>", "To: <sip:48600100200@h:5060>"),
        ("a=crypto:1 AES_CM_128 inline:abc|2^20\r\na=sendrecv", "a=crypto:1 AES_CM_128 inline:***\r\na=sendrecv"),
        ("k=base64:abc\r\n", "k=base64:***\r\n"),
        ("no secret", "no secret"),
    ],
)
def test_blanked(text: str, shown: str) -> None:
    assert blanked(text) == shown
