"""Descriptions, offers and answers."""

from typing import Any

import msgspec
import pytest

from omnibound.wire import sip
from omnibound.wire.sip import Format, Local, Media, Session, Stream

OURS = Local(address="10.0.0.1", port=4000, formats=sip.offered())
EVENTS = Format(101, "TELEPHONE-EVENT")

OFFER = b"\r\n".join(
    [
        b"v=0",
        b"o=bob 2890844730 2890844731 IN IP4 h",
        b"s=",
        b"c=IN IP4 10.9.9.9",
        b"t=0 0",
        b"a=sendonly",
        b"m=audio 49170 RTP/AVP 18 8 97 101",
        b"a=rtpmap:18 G729/8000",
        b"a=rtpmap:97 PCMU/16000",
        b"a=rtpmap:101 telephone-event/8000",
        b"a=ptime:30",
        b"m=video 51372 RTP/AVP 31",
        b"c=IN IP4 10.9.9.8/127",
        b"a=rtpmap:31 H261/90000",
        b"m=audio 0 RTP/AVP 0",
        b"m=image 5 udptl t38",
        b"",
    ]
)


def test_description_is_read() -> None:
    audio = Stream(
        kind="audio",
        protocol="RTP/AVP",
        address="10.9.9.9",
        port=49170,
        ptime=30,
        direction="sendonly",
        formats=(Format(18, "G729"), Format(8, "PCMA"), Format(97, "PCMU", 16000), EVENTS),
        refusal="m=audio 0 RTP/AVP 18 8 97 101",
    )
    session = sip.read_session(OFFER)
    assert (session.id, session.version, session.streams[0]) == (2890844730, 2890844731, audio)
    assert [(one.kind, one.address, one.port, one.speaks) for one in session.streams] == [
        ("audio", "10.9.9.9", 49170, True),
        ("video", "10.9.9.8", 51372, False),
        ("audio", "10.9.9.9", 0, False),
        ("image", "10.9.9.9", 5, False),
    ]


def test_answer_refuses_all_but_one_stream_and_has_one_codec() -> None:
    body, media = sip.answer_to(sip.read_session(OFFER), OURS)
    assert body.decode().split("\r\n") == [
        "v=0",
        "o=- 1 1 IN IP4 10.0.0.1",
        "s=-",
        "c=IN IP4 10.0.0.1",
        "t=0 0",
        "m=audio 4000 RTP/AVP 8 101",
        "a=rtpmap:8 PCMA/8000",
        "a=rtpmap:101 telephone-event/8000",
        "a=fmtp:101 0-15",
        "a=ptime:30",
        "a=recvonly",
        "m=video 0 RTP/AVP 31",
        "m=audio 0 RTP/AVP 0",
        "m=image 0 udptl t38",
        "",
    ]
    assert media == Media(
        address="10.9.9.9", port=49170, codec="PCMA", payload=8, dtmf=101, ptime=30, direction="recvonly"
    )


def test_answer_keeps_the_order_of_the_offer() -> None:
    streams = ["m=video 6000 RTP/AVP 31", "m=audio 7000 RTP/AVP 0", "m=audio 7002 RTP/AVP 8"]
    offer = "\r\n".join(["v=0", "o=- 1 1 IN IP4 h", "c=IN IP4 10.9.9.9", *streams, ""]).encode()
    body, media = sip.answer_to(sip.read_session(offer), OURS)
    lines = [line for line in body.decode().split("\r\n") if line.startswith("m=")]
    assert lines == ["m=video 0 RTP/AVP 31", "m=audio 4000 RTP/AVP 0", "m=audio 0 RTP/AVP 8"]
    assert (media.port, media.codec, media.dtmf) == (7000, "PCMU", None)


def test_offer_is_written_and_read_back() -> None:
    local = msgspec.structs.replace(OURS, address="2001:db8::1", ptime=40, direction="inactive", id=9, version=3)
    body = sip.write_session(local)
    assert b"c=IN IP6 2001:db8::1\r\n" in body
    stream = Stream(
        kind="audio",
        protocol="RTP/AVP",
        address="2001:db8::1",
        port=4000,
        ptime=40,
        direction="inactive",
        formats=(Format(0, "PCMU"), Format(8, "PCMA"), EVENTS, Format(13, "CN")),
        refusal="m=audio 0 RTP/AVP 0 8 101 13",
    )
    assert sip.read_session(body) == Session(id=9, version=3, streams=(stream,))


def answered(**changes: Any) -> Session:
    stream = Stream(
        kind="audio", protocol="RTP/AVP", address="10.9.9.9", port=7000, formats=(Format(0, "PCMU"), EVENTS)
    )
    return Session(id=1, version=1, streams=(msgspec.structs.replace(stream, **changes),))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {}),
        ({"formats": (Format(8, "PCMA"),)}, {"codec": "PCMA", "payload": 8, "dtmf": None}),
        ({"formats": (EVENTS, Format(0, "PCMU"))}, {}),
        ({"formats": (Format(96, "TELEPHONE-EVENT", 16000), Format(0, "PCMU"))}, {"dtmf": None}),
        ({"formats": (Format(120, "PCMU"), Format(121, "TELEPHONE-EVENT"))}, {"payload": 120, "dtmf": 121}),
        ({"direction": "sendonly"}, {"direction": "recvonly"}),
        ({"direction": "recvonly"}, {"direction": "sendonly"}),
        ({"address": "0.0.0.0"}, {"address": "0.0.0.0", "direction": "recvonly"}),
        ({"ptime": 60}, {"ptime": 60}),
        ({"formats": (Format(0, "PCMU"), Format(13, "CN"))}, {"dtmf": None, "noise": 13}),
        ({"formats": (Format(0, "PCMU"), EVENTS, Format(105, "CN", 16000))}, {}),
    ],
)
def test_answer_to_our_offer(changes: dict[str, Any], expected: dict[str, Any]) -> None:
    usual = Media(address="10.9.9.9", port=7000, codec="PCMU", payload=0, dtmf=101, ptime=20)
    assert sip.agreed(answered(**changes), sip.offered()) == msgspec.structs.replace(usual, **expected)


@pytest.mark.parametrize(
    "changes",
    [
        {"port": 0},
        {"kind": "video"},
        {"protocol": "RTP/SAVP"},
        {"address": ""},
        {"formats": ()},
        {"formats": (Format(18, "G729"), EVENTS)},
        {"formats": (Format(97, "PCMU", 16000),)},
    ],
)
def test_nothing_that_we_can_speak(changes: dict[str, Any]) -> None:
    for attempt in (
        lambda: sip.agreed(answered(**changes), sip.offered()),
        lambda: sip.answer_to(answered(**changes), OURS),
    ):
        with pytest.raises(sip.SipError) as raised:
            attempt()
        assert raised.value.status == 488


@pytest.mark.parametrize(
    ("text", "ptime"), [("10", 10), ("25", 20), ("5", 10), ("90", 60), ("x", 20), ("", 20), ("99999", 20)]
)
def test_ptime(text: str, ptime: int) -> None:
    body = sip.write_session(OURS).replace(b"a=ptime:20", f"a=ptime:{text}".encode())
    assert sip.read_session(body).streams[0].ptime == ptime


@pytest.mark.parametrize(
    ("ptime", "most", "expected"),
    [("20", "10", 10), ("30", "40", 30), ("60", "x", 60), ("x", "15", 10), ("10", "150", 10)],
)
def test_packets_are_no_longer_than_they_may_be(ptime: str, most: str, expected: int) -> None:
    body = sip.write_session(OURS).replace(b"a=ptime:20", f"a=maxptime:{most}\r\na=ptime:{ptime}".encode())
    assert sip.read_session(body).streams[0].ptime == expected


def test_answer_agrees_to_comfort_noise_only_where_it_was_offered() -> None:
    for offered, answered, noise in (((0, 13, 101), "0 101 13", 13), ((0, 101), "0 101", None), ((0,), "0", None)):
        formats = tuple(Format(number, {0: "PCMU", 13: "CN", 101: "TELEPHONE-EVENT"}[number]) for number in offered)
        offer = sip.write_session(msgspec.structs.replace(OURS, formats=formats))
        body, media = sip.answer_to(sip.read_session(offer), OURS)
        assert (media.noise, f"m=audio 4000 RTP/AVP {answered}\r\n" in body.decode()) == (noise, True)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"v=0",
        b"hello",
        b"v=0\r\ns=-\r\nm=audio 1 RTP/AVP 0\r\n",
        b"v=0\r\no=- 1 1 IN IP4 h\r\nm=audio x RTP/AVP 0\r\n",
        b"v=0\r\no=- 1 1 IN IP4 h\r\nm=audio 1\r\n",
        b"v=0\r\no=- 1 1 IN IP4 h\r\nm=audio 70000 RTP/AVP 0\r\n",
        b"v=0\r\no=- 1 1 IN IP4 h" + b"\r\nm=audio 1 RTP/AVP 0" * 30,
    ],
)
def test_no_description(body: bytes) -> None:
    with pytest.raises(sip.SipError):
        sip.read_session(body)


@pytest.mark.parametrize("codecs", [(), ("G729",), ("PCMU", "OPUS")])
def test_codecs_that_we_do_not_have(codecs: tuple[str, ...]) -> None:
    with pytest.raises(sip.SipError):
        sip.offered(codecs)
