"""RTP packets: every field there and back, what is cut or strange refused, nothing raised for any octets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnibound.wire.rtp import LONGEST, Packet, read, write

PLAIN = Packet(payload_type=0, sequence=0x1234, timestamp=0x01020304, ssrc=0xA0B0C0D0, payload=b"\xff\x7f")
PLAIN_OCTETS = bytes.fromhex("8000 1234 01020304 a0b0c0d0 ff7f")

packets = st.builds(
    Packet,
    payload_type=st.integers(0, 63) | st.integers(96, 127),
    sequence=st.integers(0, 0xFFFF),
    timestamp=st.integers(0, 0xFFFFFFFF),
    ssrc=st.integers(0, 0xFFFFFFFF),
    payload=st.binary(max_size=500),
    marker=st.booleans(),
    csrcs=st.lists(st.integers(0, 0xFFFFFFFF), max_size=15).map(tuple),
    extension=st.none() | st.tuples(st.integers(0, 0xFFFF), st.binary(max_size=8).map(lambda octets: octets * 4)),
)


# (octets in hexadecimal, the packet that they are)
READ = [
    ("8000 1234 01020304 a0b0c0d0 ff7f", PLAIN),
    ("80e5 0001 00000002 00000003", Packet(payload_type=101, sequence=1, timestamp=2, ssrc=3, marker=True)),
    (
        "8208 0001 00000002 00000003 0000000a 0000000b d5",
        Packet(payload_type=8, sequence=1, timestamp=2, ssrc=3, payload=b"\xd5", csrcs=(10, 11)),
    ),
    (
        "9000 0001 00000002 00000003 bede0001 01020304 ff",
        Packet(payload_type=0, sequence=1, timestamp=2, ssrc=3, payload=b"\xff", extension=(0xBEDE, b"\1\2\3\4")),
    ),
    ("b000 0001 00000002 00000003 00010000 ff 0002", Packet(
        payload_type=0, sequence=1, timestamp=2, ssrc=3, payload=b"\xff", extension=(1, b""))),
    ("a000 0001 00000002 00000003 ff 000003", Packet(payload_type=0, sequence=1, timestamp=2, ssrc=3, payload=b"\xff")),
    ("a000 0001 00000002 00000003 01", Packet(payload_type=0, sequence=1, timestamp=2, ssrc=3)),
]  # fmt: skip


@pytest.mark.parametrize(("octets", "packet"), READ, ids=[octets[:4] + str(at) for at, (octets, _) in enumerate(READ)])
def test_read(octets: str, packet: Packet) -> None:
    assert read(bytes.fromhex(octets)) == packet


@pytest.mark.parametrize(
    "octets",
    [
        "",
        "8000 1234 01020304 a0b0c0",  # a header that is cut
        "4000 1234 01020304 a0b0c0d0 ff",  # version 1
        "c000 1234 01020304 a0b0c0d0 ff",  # version 3
        "80c8 0006 01020304 a0b0c0d0 ff",  # a sender report
        "8149 0001 01020304 a0b0c0d0 ff",  # payload type 73 is a receiver report
        "8100 0001 00000002 00000003 0000",  # a CSRC that is cut
        "9000 0001 00000002 00000003 bede",  # an extension's head that is cut
        "9000 0001 00000002 00000003 bede0002 01020304",  # an extension that is cut
        "a000 0001 00000002 00000003",  # padding without octets
        "a000 0001 00000002 00000003 ff00",  # no padding at all
        "a000 0001 00000002 00000003 ff03",  # more padding than there is
    ],
)
def test_what_is_no_packet(octets: str) -> None:
    assert read(bytes.fromhex(octets)) is None


def test_the_longest() -> None:
    head = PLAIN_OCTETS[:12]
    assert read(head + bytes(LONGEST - 12)) is not None
    assert read(head + bytes(LONGEST - 11)) is None


def test_write() -> None:
    assert write(PLAIN) == PLAIN_OCTETS
    assert write(PLAIN, pad_to=4) == bytes.fromhex("a000 1234 01020304 a0b0c0d0 ff7f 0002")


@given(packets, st.sampled_from([0, 1, 4, 8, 255]))
def test_there_and_back(packet: Packet, pad_to: int) -> None:
    octets = write(packet, pad_to)
    assert read(octets) == packet
    assert pad_to == 0 or len(octets) % pad_to == 0


@pytest.mark.parametrize(
    "packet",
    [
        Packet(payload_type=128, sequence=0, timestamp=0, ssrc=0),
        Packet(payload_type=0, sequence=0x10000, timestamp=0, ssrc=0),
        Packet(payload_type=0, sequence=0, timestamp=-1, ssrc=0),
        Packet(payload_type=0, sequence=0, timestamp=0, ssrc=1 << 32),
        Packet(payload_type=0, sequence=0, timestamp=0, ssrc=0, csrcs=(0,) * 16),
        Packet(payload_type=0, sequence=0, timestamp=0, ssrc=0, extension=(0, b"abc")),
        Packet(payload_type=0, sequence=0, timestamp=0, ssrc=0, extension=(0x10000, b"")),
    ],
    ids=["type", "sequence", "timestamp", "ssrc", "csrcs", "extension", "profile"],
)
def test_what_cannot_be_written(packet: Packet) -> None:
    with pytest.raises(ValueError, match=r"RTP|CSRCs|extension"):
        write(packet)


@given(st.binary(max_size=80))
def test_any_octets(octets: bytes) -> None:
    packet = read(octets)
    assert packet is None or octets[0] & 0xC0 == 0x80


@given(packets, st.lists(st.tuples(st.integers(0, 40), st.integers(0, 255)), max_size=4), st.integers(0, 60))
def test_octets_that_were_changed_or_cut(packet: Packet, changes: list[tuple[int, int]], length: int) -> None:
    octets = bytearray(write(packet, 4))
    for place, value in changes:
        octets[place % len(octets)] = value
    found = read(bytes(octets[:length]))
    assert found is None or len(found.payload) <= length - 12
