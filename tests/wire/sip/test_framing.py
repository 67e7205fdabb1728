"""Messages in a stream, however it is cut."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnibound.wire import sip
from omnibound.wire.sip.framing import MAX_HEAD

HEAD = b"OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/TCP h\r\nFrom: f\r\nTo: t\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\n"
MESSAGES = [
    HEAD + b"Content-Length: 0\r\n\r\n",
    HEAD + b"l: 6\r\n\r\n\r\n\r\nab",
    HEAD + b"CONTENT-LENGTH : 3\r\n\r\nabc",
]
STREAM = b"\r\n" + MESSAGES[0] + b"\r\n\r\n" + MESSAGES[1] + MESSAGES[2] + b"\r\n\r\n\r\n\r\n"


@given(st.lists(st.integers(0, len(STREAM)), max_size=12))
def test_any_cut_gives_the_same(cuts: list[int]) -> None:
    frames = sip.Frames()
    ends = [0, *sorted(cuts), len(STREAM)]
    found = [one for start, end in pairwise(ends) for one in frames.feed(STREAM[start:end])]
    assert (found, frames.pings) == (MESSAGES, 3)


@pytest.mark.parametrize(
    "data",
    [
        HEAD + b"\r\n",
        HEAD + b"Content-Length: x\r\n\r\n",
        HEAD + b"Content-Length: 65535\r\n\r\n",
        HEAD + b"no header\r\n\r\n",
        b"x" * (MAX_HEAD + 1),
    ],
)
def test_stream_that_has_lost_its_step(data: bytes) -> None:
    with pytest.raises(sip.SipError):
        sip.Frames().feed(data)
