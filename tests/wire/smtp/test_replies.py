"""Replies as servers send them, and content as DATA carries it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnibound.wire.smtp import Path, Replies, Reply, SmtpError, dotted, read_path

REPLIES: list[tuple[bytes, list[Reply]]] = [
    (b"250 OK\r\n", [Reply(250, "", "OK")]),
    (b"250\r\n", [Reply(250, "", "")]),
    (b"250 2.1.0 Sender ok\n", [Reply(250, "2.1.0", "Sender ok")]),
    (b"550 5.1.1\r\n", [Reply(550, "5.1.1", "")]),
    (b"550 4.1.1 strange\r\n", [Reply(550, "", "4.1.1 strange")]),
    (b"550-5.1.1 No\r\n550 5.1.1 such\r\n", [Reply(550, "5.1.1", "No\nsuch")]),
    (b"250 a\r\n354 b\r\n250 c", [Reply(250, "", "a"), Reply(354, "", "b")]),
    (b"", []),
]


@pytest.mark.parametrize(("data", "replies"), REPLIES)
def test_replies(data: bytes, replies: list[Reply]) -> None:
    assert Replies().feed(data) == replies


@given(cut=st.integers(0, 60))
def test_in_pieces(cut: int) -> None:
    data = b"250-one\r\n250 two\r\n550-5.1.1 a\r\n550 5.1.1 b\r\n"
    replies = Replies()
    assert replies.feed(data[:cut]) + replies.feed(data[cut:]) == Replies().feed(data)


@pytest.mark.parametrize(
    "data", [b"hello\r\n", b"25 x\r\n", b"950 x\r\n", b"\r\n", b"250-a\r\n550 b\r\n", b"x" * 70_000]
)
def test_what_is_no_reply(data: bytes) -> None:
    with pytest.raises(SmtpError):
        Replies().feed(data)


@given(st.binary(max_size=200))
def test_nonsense_is_refused_and_nothing_else_happens(data: bytes) -> None:
    try:
        found = Replies().feed(data)
    except SmtpError:
        return
    assert all(200 <= reply.code < 600 for reply in found)


@pytest.mark.parametrize(
    ("content", "sent"),
    [
        (b"a", b"a\r\n"),
        (b"a\nb\r\nc\rd", b"a\r\nb\r\nc\r\nd\r\n"),
        (b".", b"..\r\n"),
        (b"a\n.\n..b", b"a\r\n..\r\n...b\r\n"),
        (b"", b"\r\n"),
    ],
)
def test_dots(content: bytes, sent: bytes) -> None:
    assert dotted(content) == sent


@given(st.binary(max_size=100))
def test_no_content_ends_itself(content: bytes) -> None:
    sent = b"\r\n" + dotted(content)
    assert b"\r\n.\r\n" not in sent
    assert sent.replace(b"\r\n..", b"\r\n.").replace(b"\r\n", b"\n") == dotted_plain(content)


def dotted_plain(content: bytes) -> bytes:
    plain = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return b"\n" + (plain if plain.endswith(b"\n") else plain + b"\n")


@pytest.mark.parametrize(
    ("word", "text", "path"),
    [
        ("FROM", "FROM:<a@b>", Path("a@b", {})),
        ("FROM", "from: <>  SIZE=12 SMTPUTF8", Path("", {"SIZE": "12", "SMTPUTF8": ""})),
        ("TO", "TO:<@relay,@other:a@b>", Path("a@b", {})),
        ("TO", "FROM:<a@b>", None),
        ("TO", "TO:a@b", None),
        ("TO", "TO:<a b@c>", None),
        ("TO", "TO:<a@b> x=", None),
        ("TO", "", None),
    ],
)
def test_paths(word: str, text: str, path: Path | None) -> None:
    assert read_path(word, text) == path
