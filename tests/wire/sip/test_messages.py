"""Messages: literal octets to values and back, and what a broken peer may send."""

import pytest

from omnibound.wire import sip

INVITE = (
    b"INVITE sip:48221234567@carrier.example;user=phone SIP/2.0\r\n"
    b"v: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKa;rport, SIP/2.0/TCP proxy\r\n"
    b"VIA: SIP/2.0/UDP last\r\n"
    b'f : "A \\"B\\", C" <sip:1@x>;tag=from\r\n'
    b"t: sip:2@y;tag=to\r\n"
    b"i: call@1\r\n"
    b"CSeq:   7   INVITE\r\n"
    b"Subject: one\r\n"
    b"\ttwo\r\n"
    b"  three\r\n"
    b"k: timer, 100rel\r\n"
    b"Supported: Replaces\r\n"
    b"l: 4\r\n"
    b"\r\n"
    b"body beyond"
)


def test_request_is_read() -> None:
    message = sip.read(INVITE)
    assert message == sip.Request(
        method="INVITE",
        uri="sip:48221234567@carrier.example;user=phone",
        headers={
            "via": ["SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKa;rport, SIP/2.0/TCP proxy", "SIP/2.0/UDP last"],
            "from": ['"A \\"B\\", C" <sip:1@x>;tag=from'],
            "to": ["sip:2@y;tag=to"],
            "call-id": ["call@1"],
            "cseq": ["7   INVITE"],
            "subject": ["one two three"],
            "supported": ["timer, 100rel", "Replaces"],
            "content-length": ["4"],
        },
        body=b"body",
    )
    assert (message.sender.name, message.sender.tag, message.recipient.tag) == ('A "B", C', "from", "to")
    assert (message.cseq, message.call_id, message.via.branch) == ((7, "INVITE"), "call@1", "z9hG4bKa")
    assert message.tokens("supported") == {"timer", "100rel", "replaces"}
    assert message.members("via")[1:] == ["SIP/2.0/TCP proxy", "SIP/2.0/UDP last"]
    assert (message.get("nothing"), message.members("nothing")) == ("", [])


def test_response_is_written() -> None:
    request = sip.read(INVITE)
    assert isinstance(request, sip.Request)
    response = sip.respond(request, 486)
    assert sip.write(response) == (
        b"SIP/2.0 486 Busy Here\r\n"
        b"Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKa;rport, SIP/2.0/TCP proxy\r\n"
        b"Via: SIP/2.0/UDP last\r\n"
        b'From: "A \\"B\\", C" <sip:1@x>;tag=from\r\n'
        b"To: sip:2@y;tag=to\r\n"
        b"Call-ID: call@1\r\n"
        b"CSeq: 7   INVITE\r\n"
        b"Content-Length: 0\r\n\r\n"
    )


@pytest.mark.parametrize(
    ("status", "tag", "to"),
    [(200, "new", "<sip:2@y>;tag=new"), (100, "new", "<sip:2@y>"), (200, "", "<sip:2@y>")],
)
def test_tag_is_given_where_there_is_none(status: int, tag: str, to: str) -> None:
    headers = {
        "via": ["v"],
        "from": ["f"],
        "to": ["<sip:2@y>"],
        "call-id": ["c"],
        "cseq": ["1 INVITE"],
        "record-route": ["<sip:r;lr>"],
    }
    response = sip.respond(sip.Request(method="INVITE", uri="sip:2@y", headers=headers), status, tag)
    assert response.get("to") == to
    assert ("record-route" in response.headers) == (status == 200)


def changed(old: bytes, new: bytes) -> bytes:
    assert old in INVITE
    return INVITE.replace(old, new)


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"", 400),
        (b"\r\n\r\n", 400),
        (b"INVITE sip:x SIP/2.0", 400),
        (changed(b" SIP/2.0\r\nv", b" SIP/3.0\r\nv"), 505),
        (changed(b" SIP/2.0\r\nv", b"\r\nv"), 505),
        (changed(b"INVITE sip", b"INV ITE sip"), 505),
        (changed(b"INVITE sip", b"INV\xffITE sip"), 400),
        (changed(b"7   INVITE", b"7 BYE"), 400),
        (changed(b"7   INVITE", b"INVITE"), 400),
        (changed(b"7   INVITE", b"-1 INVITE"), 400),
        (changed(b"7   INVITE", b"99999999999 INVITE"), 400),
        (changed(b"i: call@1\r\n", b""), 400),
        (changed(b"t: sip:2@y;tag=to\r\n", b""), 400),
        (changed(b"l: 4", b"l: 12"), 400),
        (changed(b"l: 4", b"l: -4"), 400),
        (changed(b"l: 4", b"l: four"), 400),
        (changed(b"Subject: one", b"Subject one"), 400),
        (changed(b"Subject: one", b"Sub ject: one"), 400),
        (changed(b"Subject: one", b": one"), 400),
        (changed(b"Subject: one", b"Subject: one\ntwo"), 400),
        (changed(b"t: sip:2@y", b"t: sip:2@y\rX: z"), 400),
        (b"SIP/2.0 99 Low\r\nVia: x\r\n\r\n", 400),
        (b"SIP/2.0 700 High\r\nVia: x\r\n\r\n", 400),
        (b"SIP/2.0 abc\r\nVia: x\r\n\r\n", 400),
        (INVITE.partition(b"\r\n\r\n")[0] + b"\r\nX: y" * 400 + b"\r\n\r\n", 400),
        (INVITE + b"x" * 70_000, 513),
    ],
)
def test_refused(data: bytes, status: int) -> None:
    with pytest.raises(sip.SipError) as raised:
        sip.read(data)
    assert raised.value.status == status


def test_leading_empty_lines_and_a_missing_length_are_forgiven() -> None:
    message = sip.read(b"\r\n\r\n" + changed(b"l: 4\r\n", b""))
    assert message.body == b"body beyond"


def test_what_is_no_utf8_is_readable() -> None:
    message = sip.read(changed(b"Subject: one", b"Subject: \xff\xfe"))
    assert message.get("subject") == "�� two three"
    message.get("subject").encode()


@pytest.mark.parametrize("value", ["a\r\nEvil: yes", "a\nb", "a\rb"])
def test_line_breaks_are_not_written(value: str) -> None:
    with pytest.raises(sip.SipError):
        sip.write(sip.Request(method="BYE", uri="sip:x", headers={"to": [value]}))
    with pytest.raises(sip.SipError):
        sip.write(sip.Request(method="BYE", uri=value, headers={}))


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("call-id", "Call-ID"),
        ("cseq", "CSeq"),
        ("p-asserted-identity", "P-Asserted-Identity"),
        ("www-authenticate", "WWW-Authenticate"),
    ],
)
def test_names_as_people_write_them(name: str, written: str) -> None:
    assert sip.pretty(name) == written
