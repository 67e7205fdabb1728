"""Attributes in numbers, and pieces as voices are given them."""

from collections.abc import Callable
from xml.etree import ElementTree as ET

import pytest

from omnibound.wire.ssml import Pause, Prosody, Say, Span, as_ssml, as_text, read_ssml
from omnibound.wire.ssml.values import read_pause, read_pitch, read_rate, read_volume
from omnibound.wire.ssml.writing import percent


@pytest.mark.parametrize(
    ("read", "text", "factor"),
    [
        (read_rate, "x-slow", 0.5),
        (read_rate, "80%", 0.8),
        (read_rate, "+20%", 1.2),
        (read_rate, "-20%", 0.8),
        (read_rate, "1.2", 1.2),
        (read_rate, "+.5", 1.5),
        (read_pitch, "default", 1.0),
        (read_pitch, "+10%", 1.1),
        (read_pitch, "-12st", 0.5),
        (read_volume, "silent", 0.0),
        (read_volume, "50", 0.5),
        (read_volume, "+0dB", 1.0),
        (read_volume, "-20dB", 0.1),
    ],
)
def test_factors(read: Callable[[str], float], text: str, factor: float) -> None:
    assert read(text) == pytest.approx(factor)


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (read_rate, "50"),
        (read_rate, "1%"),
        (read_rate, "+5st"),
        (read_rate, ""),
        (read_rate, "1e3"),
        (read_pitch, "1.2"),
        (read_pitch, "+99st"),
        (read_pitch, "-100%"),
        (read_volume, "+13dB"),
        (read_volume, "9999999999dB"),
        (read_volume, "5Hz"),
    ],
)
def test_what_is_no_factor_is_refused(read: Callable[[str], float], text: str) -> None:
    with pytest.raises(ValueError, match=r"^a "):
        read(text)


def test_pauses() -> None:
    assert [read_pause(*each) for each in (("", ""), ("", "weak"), ("2s", "weak"), (".25s", ""), ("60s", ""))] == [
        500, 250, 2000, 250, 60_000,
    ]  # fmt: skip


SAY = Say(
    language="pl",
    spans=(
        Span("a < b & "),
        Span("c", Prosody(rate=0.8, pitch=1.25, volume=2.0)),
        Span(" d", Prosody(volume=0.0)),
    ),
)


def test_a_voice_is_given_text() -> None:
    assert as_text(SAY) == "a < b & c d"


def test_a_voice_is_given_ssml() -> None:
    whole = as_ssml(SAY)
    assert whole == (
        '<speak version="1.1" xmlns="http://www.w3.org/2001/10/synthesis" xml:lang="pl">a &lt; b &amp; '
        '<prosody rate="80%" pitch="+25%" volume="+6.0dB">c</prosody><prosody volume="silent"> d</prosody></speak>'
    )
    assert "".join(ET.fromstring(whole).itertext()) == as_text(SAY)


def test_espeak_is_given_what_it_understands() -> None:
    assert as_ssml(SAY, percent, language=False) == (
        '<speak>a &lt; b &amp; <prosody rate="80%" pitch="+25%" volume="200%">c</prosody>'
        '<prosody volume="0%"> d</prosody></speak>'
    )


def test_what_is_written_is_read_as_it_was() -> None:
    written = as_ssml(SAY)
    (again,) = [piece for piece in read_ssml(written, "en") if not isinstance(piece, Pause)]
    assert isinstance(again, Say)
    assert (again.language, as_text(again)) == ("pl", as_text(SAY))
    assert [span.prosody.rate for span in again.spans] == [1.0, 0.8, 1.0]
