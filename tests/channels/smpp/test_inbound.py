"""Messages from people as SMPP brings them: what of them is text, in whichever alphabet."""

import pytest

from omnibound.channels.smpp.inbound import read_inbound
from omnibound.domain.facts import Inbound
from omnibound.domain.received import joined_text
from omnibound.wire.smpp import Deliver
from omnibound.wire.smpp import constants as c

SAMPLES = [
    ("GSM with its extension", b"Hello \x1b\x65 \x00", 0, "Hello € @"),
    ("ASCII", b"Hello", 1, "Hello"),
    ("Latin-1", b"gr\xfc\xdfe", 3, "grüße"),
    ("UCS-2", "Zażółć".encode("utf-16-be"), 8, "Zażółć"),
    ("an emoji in UCS-2", "👍".encode("utf-16-be"), 8, "👍"),
    ("UCS-2 by its alphabet bits", "ż".encode("utf-16-be"), 0x18, "ż"),
    ("a NUL, which no store keeps", b"\x00a\x00\x00", 8, "a\ufffd"),
]


def read(octets: bytes, coding: int, header: bytes = b"") -> Inbound:
    deliver = Deliver(
        source="48600100200", destination="7070", data_coding=coding, short_message=header + octets,
        esm_class=c.ESM_UDHI if header else 0,
    )  # fmt: skip
    return read_inbound(deliver, connector="c", channel="SMS", alphabet="gsm", at=5)


@pytest.mark.parametrize(
    ("octets", "coding", "text"), [each[1:] for each in SAMPLES], ids=[each[0] for each in SAMPLES]
)
def test_texts(octets: bytes, coding: int, text: str) -> None:
    assert read(octets, coding) == Inbound("c", "SMS", "48600100200", "7070", text, 5)


def test_what_is_no_text_is_kept() -> None:
    assert (read(b"\x01\x02", 4).text, read(b"\x01\x02", 4).data) == ("", b"\x01\x02")


@pytest.mark.parametrize("cut", range(2, 12, 2))
def test_an_emoji_cut_in_two_is_whole_in_the_end(cut: int) -> None:
    octets = "a👍👍b".encode("utf-16-be")
    headers = [bytes((5, 0, 3, 9, 2, number)) for number in (1, 2)]
    parts = [read(piece, 8, header) for piece, header in zip((octets[:cut], octets[cut:]), headers, strict=True)]
    assert [part.reference for part in parts] == [(9, 2, 1), (9, 2, 2)]
    assert joined_text(parts) == "a👍👍b"
