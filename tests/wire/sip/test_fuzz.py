"""Whatever comes from the net: a value, or a SipError, and nothing else."""

import contextlib

from hypothesis import example, given
from hypothesis import strategies as st

from omnibound.wire import sip
from omnibound.wire.sip import digest

PIECES = [
    "SIP/2.0",
    "INVITE",
    " ",
    "\r\n",
    "\r\n ",
    ":",
    ";",
    ",",
    "<",
    ">",
    '"',
    "\\",
    "=",
    "sip:",
    "tel:",
    "a@b",
    "[::1]",
    "5060",
    "Via",
    "v",
    "From",
    "To",
    "i",
    "CSeq",
    "1 INVITE",
    "200 OK",
    "l",
    "Content-Length",
    "tag",
    "branch=z9hG4bK",
    "é",
    "\x00",
    "Digest",
    "nonce",
    "realm",
    "qop",
    "auth",
    "v=0",
    "\no=",
    "\nm=audio",
    " RTP/AVP ",
    "\na=rtpmap:",
    "\nc=IN IP4 1.2.3.4",
    "/",
    "0",
    "-1",
    "?",
]
soup = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=5)), max_size=40).map("".join)
VALID = (
    "OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: i\r\n"
    "CSeq: 1 OPTIONS\r\nReason: Q.850;cause=16\r\nSession-Expires: 90\r\nContact: <sip:e@f>\r\n\r\n"
)


def ask_everything(data: bytes) -> None:
    with contextlib.suppress(sip.SipError):
        message = sip.read(data)
        sip.write(message)
        sip.read_reason(message)
        sip.read_seconds(message, "retry-after")
        for read in (
            lambda: message.via,
            lambda: message.sender,
            lambda: message.recipient,
            lambda: message.cseq,
            lambda: sip.read_interval(message),
            lambda: sip.read_addresses(message.headers.get("contact", [])),
        ):
            with contextlib.suppress(sip.SipError):
                read()


@given(st.one_of(soup.map(str.encode), st.binary(max_size=300)))
def test_anything(data: bytes) -> None:
    ask_everything(data)


@given(st.integers(0, len(VALID)), st.integers(0, len(VALID)), soup)
def test_a_message_with_something_else_inside(start: int, end: int, text: str) -> None:
    ask_everything((VALID[: min(start, end)] + text + VALID[max(start, end) :]).encode())


@given(soup)
@example("²")
@example("sip:a@b:²")
def test_texts(text: str) -> None:
    readers = (sip.read_uri, sip.read_address, sip.read_via, sip.read_host, sip.split_list, sip.read_params)
    for read in (*readers, digest.read_challenge, digest.read_fields):
        with contextlib.suppress(sip.SipError):
            read(text)


@given(soup)
def test_descriptions(text: str) -> None:
    for body in (
        text,
        f"v=0\r\no=- 1 1 IN IP4 h\r\n{text}",
        f"v=0\r\no=- 1 1 IN IP4 h\r\nm=audio 1 RTP/AVP 0\r\n{text}",
    ):
        with contextlib.suppress(sip.SipError):
            session = sip.read_session(body.encode())
            answer, _ = sip.answer_to(session, sip.Local(address="h", port=1, formats=sip.offered()))
            assert len(sip.read_session(answer).streams) == len(session.streams)


@given(st.lists(st.binary(max_size=60), max_size=8), soup)
def test_streams(parts: list[bytes], text: str) -> None:
    frames = sip.Frames()
    with contextlib.suppress(sip.SipError):
        for part in [VALID.encode(), *parts, text.encode()]:
            frames.feed(part)


names = st.sampled_from(["subject", "x-one", "reason", "contact"])
values = st.lists(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Z"]), min_size=1), min_size=1, max_size=3
)


@given(st.dictionaries(names, values), st.binary(max_size=100))
def test_what_is_written_is_read(headers: dict[str, list[str]], body: bytes) -> None:
    needed = {"via": ["v"], "from": ["f"], "to": ["t"], "call-id": ["i"], "cseq": ["1 BYE"]}
    request = sip.Request(method="BYE", uri="sip:x", headers={**needed, **headers}, body=body)
    read = sip.read(sip.write(request))
    assert {name: read.headers[name] for name in request.headers} == request.headers
    assert (read.body, read.headers["content-length"]) == (body, [str(len(body))])
