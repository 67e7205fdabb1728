"""Keys and comfort noise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnibound.wire.rtp import DIGITS, Event, code_of, read_event, read_noise, write_event, write_noise

events = st.builds(
    Event, code=st.integers(0, 255), end=st.booleans(), volume=st.integers(0, 63), duration=st.integers(0, 0xFFFF)
)


@pytest.mark.parametrize(
    ("octets", "event", "digit"),
    [
        ("010a00a0", Event(code=1, duration=160), "1"),
        ("0b8a0320", Event(code=11, end=True, duration=800), "#"),
        ("0f000000", Event(code=15, volume=0), "D"),
        ("108a0320", Event(code=16, end=True, duration=800), ""),
        ("020a00a0 030a00a0", Event(code=2, duration=160), "2"),
        ("024a00a0", Event(code=2, duration=160), "2"),  # a reserved bit
    ],
)
def test_events(octets: str, event: Event, digit: str) -> None:
    found = read_event(bytes.fromhex(octets))
    assert found == event
    assert event.digit == digit


@pytest.mark.parametrize("octets", ["", "01", "010a00"])
def test_what_is_no_event(octets: str) -> None:
    assert read_event(bytes.fromhex(octets)) is None


@given(events)
def test_there_and_back(event: Event) -> None:
    assert read_event(write_event(event)) == event


@pytest.mark.parametrize("event", [Event(code=256), Event(code=1, volume=64), Event(code=1, duration=0x10000)])
def test_what_cannot_be_written(event: Event) -> None:
    with pytest.raises(ValueError, match=r"event|volume"):
        write_event(event)


def test_codes() -> None:
    assert [code_of(digit) for digit in "0123456789*#ABCDa"] == [*range(16), 12]
    assert len(DIGITS) == 16


@pytest.mark.parametrize("digit", ["", "12", "E", " ", "١"])
def test_what_is_no_key(digit: str) -> None:
    with pytest.raises(ValueError, match="no key"):
        code_of(digit)


def test_noise() -> None:
    assert [read_noise(write_noise(level)) for level in (0, 70, 127)] == [0, 70, 127]
    assert (read_noise(b""), read_noise(b"\xc6\x01\x02")) == (None, 70)
    with pytest.raises(ValueError, match="-128 dBov"):
        write_noise(128)
