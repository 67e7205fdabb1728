"""Parts become one message."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnibound.domain.facts import Inbound
from omnibound.domain.number import Number
from omnibound.domain.received import Received, joined_text, receive, source_of, source_of_received

NUMBER = Number(id=5, account=7, channel="SMS", number="7070", keyword="win", created_at=1)


def part(number: int, text: str, data: bytes = b"", total: int = 3) -> Inbound:
    return Inbound("c1", "SMS", "48600100200", "7070", text, 100 - number, data, (9, total, number))


def test_what_came_whole() -> None:
    came = Inbound("c1", "SMS", "48600100200", "7070", "hello", 100)
    assert source_of(came) is None
    assert receive(1, [came], "hello", NUMBER) == Received(
        id=1, account=7, connector="c1", channel="SMS", sender="48600100200", recipient="7070", text="hello", at=100,
        keyword="win",
    )  # fmt: skip


def test_what_came_in_parts_and_not_all_of_them() -> None:
    parts = [part(1, "a"), part(3, "c")]
    received = receive(1, parts, joined_text(parts), NUMBER)
    assert (received.text, received.at, received.parts, received.missing, received.data) == ("ac", 97, 3, 1, b"")
    assert source_of(parts[0]) == source_of_received(received) == ("SMS", "48600100200", "7070", 9, 3)


def test_what_is_no_text_is_joined_too() -> None:
    parts = [part(1, "", b"\x01"), part(2, "", b"\x02", 2)]
    assert joined_text(parts) == ""
    assert receive(1, parts, "", NUMBER).data == b"\x01\x02"


@given(st.text(min_size=1).filter(lambda text: "\ufffd" not in text), st.data())
def test_a_text_cut_anywhere_between_its_octets_of_two_is_joined_again(text: str, data: st.DataObject) -> None:
    """As a phone cuts it: by two octets each, so within an emoji too."""
    octets = text.encode("utf-16-be")
    cuts = sorted(data.draw(st.sets(st.integers(1, len(octets) // 2), max_size=4)))
    ends = [0, *(2 * cut for cut in cuts), len(octets)]
    pieces = [octets[a:b] for a, b in pairwise(ends) if a < b]
    parts = [part(n, piece.decode("utf-16-be", "replace"), cut(piece)) for n, piece in enumerate(pieces, 1)]
    assert joined_text(parts) == text


def cut(piece: bytes) -> bytes:
    """As a channel tells a part: its octets beside a text that is no text by itself."""
    try:
        piece.decode("utf-16-be")
    except UnicodeDecodeError:
        return piece
    return b""


@pytest.mark.parametrize("texts", [("Zażółć ", "gęślą ", "jaźń"), ("", "x", "")])
def test_plain_texts_are_put_together(texts: tuple[str, ...]) -> None:
    assert joined_text([part(n, text) for n, text in enumerate(texts, 1)]) == "".join(texts)
