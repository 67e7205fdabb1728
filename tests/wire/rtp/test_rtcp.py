"""RTCP: compound packets there and back, and nothing raised for any octets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnibound.wire.rtp import (
    CNAME,
    Block,
    Description,
    Goodbye,
    ReceiverReport,
    Report,
    SenderReport,
    read_rtcp,
    write_rtcp,
)

word = st.integers(0, 0xFFFFFFFF)
blocks = st.lists(
    st.builds(
        Block, ssrc=word, fraction=st.integers(0, 255), lost=st.integers(-0x800000, 0x7FFFFF), highest=word,
        jitter=word, last_report=word, delay=word,
    ),
    max_size=31,
).map(tuple)  # fmt: skip
items = st.lists(st.tuples(st.integers(1, 8), st.text(max_size=40)), max_size=4).map(tuple)
reports = st.one_of(
    st.builds(
        SenderReport, ssrc=word, ntp=st.integers(0, 2**64 - 1), timestamp=word, packets=word, octets=word, blocks=blocks
    ),
    st.builds(ReceiverReport, ssrc=word, blocks=blocks),
    st.builds(
        Description, ssrc=word, items=items, more=st.lists(st.tuples(word, items), max_size=3).map(tuple)
    ),
    st.builds(Goodbye, ssrcs=st.lists(word, max_size=31).map(tuple), why=st.text(max_size=60)),
)  # fmt: skip

SENT = SenderReport(
    ssrc=1, ntp=0x0000000200000003, timestamp=4, packets=5, octets=6,
    blocks=(Block(ssrc=7, fraction=128, lost=-1, highest=0x10002, jitter=9, last_report=10, delay=11),),
)  # fmt: skip
SENT_OCTETS = (
    "81c8000c 00000001 00000002 00000003 00000004 00000005 00000006 "
    "00000007 80ffffff 00010002 00000009 0000000a 0000000b"
)
TABLE: list[tuple[str, list[Report]]] = [
    (SENT_OCTETS, [SENT]),
    ("80c90001 00000001", [ReceiverReport(ssrc=1)]),
    ("81ca0003 00000001 0103 61622e 000000", [Description(ssrc=1, items=((CNAME, "ab."),))]),
    ("81ca0002 00000001 01016100", [Description(ssrc=1, items=((CNAME, "a"),))]),
    ("82cb0002 00000001 00000002", [Goodbye(ssrcs=(1, 2))]),
    ("81cb0003 00000001 04 64656164 000000", [Goodbye(ssrcs=(1,), why="dead")]),
    ("80c90001 00000001 81cb0001 00000001", [ReceiverReport(ssrc=1), Goodbye(ssrcs=(1,))]),
]


@pytest.mark.parametrize(("octets", "found"), TABLE, ids=lambda value: value[:8] if isinstance(value, str) else "")
def test_both_ways(octets: str, found: list[Report]) -> None:
    assert read_rtcp(bytes.fromhex(octets)) == found
    assert write_rtcp(*found) == bytes.fromhex(octets)


@pytest.mark.parametrize(
    ("octets", "found"),
    [
        ("80cc0002 00000001 61626364 80c90001 00000001", [ReceiverReport(ssrc=1)]),  # APP is passed over
        ("a0c90002 00000001 00000004", [ReceiverReport(ssrc=1)]),  # padding
    ],
)
def test_read_only(octets: str, found: list[Report]) -> None:
    assert read_rtcp(bytes.fromhex(octets)) == found


@pytest.mark.parametrize(
    "octets",
    [
        "",
        "80c9",
        "80c90002 00000001",  # longer than it is
        "81c90001 00000001",  # a block that is not there
        "40c90001 00000001",  # version 1
        "80000001 00000001",  # that is RTP
        "a0c90001 00000009",  # more padding than there is
        "a0c90000",
        "81ca0002 00000001 01096100",  # an item that is cut
        "81ca0002 00000001 01026162",  # items without an end
        "80ca0000",
        "81cb0002 00000001 09646561",  # a reason that is cut
        "81cb0000",
    ],
)
def test_what_is_no_report(octets: str) -> None:
    assert read_rtcp(bytes.fromhex(octets)) is None


@given(st.lists(reports, min_size=1, max_size=4))
def test_there_and_back(given_reports: list[Report]) -> None:
    octets = write_rtcp(*given_reports)
    assert read_rtcp(octets) == given_reports
    assert len(octets) % 4 == 0


def test_losses_beyond_24_bits_are_told_as_the_most() -> None:
    assert read_rtcp(write_rtcp(ReceiverReport(ssrc=1, blocks=(Block(ssrc=2, lost=1 << 30),)))) == [
        ReceiverReport(ssrc=1, blocks=(Block(ssrc=2, lost=0x7FFFFF),))
    ]


@pytest.mark.parametrize(
    "report",
    [
        ReceiverReport(ssrc=1 << 32),
        ReceiverReport(ssrc=1, blocks=(Block(ssrc=1),) * 32),
        Goodbye(ssrcs=(1,) * 32),
        SenderReport(ssrc=1, ntp=-1, timestamp=0, packets=0, octets=0),
    ],
    ids=["ssrc", "blocks", "sources", "ntp"],
)
def test_what_cannot_be_written(report: Report) -> None:
    with pytest.raises(ValueError, match="RTCP"):
        write_rtcp(report)


@given(st.binary(max_size=120))
def test_any_octets(octets: bytes) -> None:
    found = read_rtcp(octets)
    assert found is None or octets


@given(
    st.lists(reports, min_size=1, max_size=3),
    st.lists(st.tuples(st.integers(0, 999), st.integers(0, 255)), max_size=6),
    st.integers(0, 200),
)
def test_octets_that_were_changed_or_cut(given_reports: list[Report], changes: list[tuple[int, int]], cut: int) -> None:
    octets = bytearray(write_rtcp(*given_reports))
    for place, value in changes:
        octets[place % len(octets)] = value
    found = read_rtcp(bytes(octets[: len(octets) - cut]))
    assert found is None or isinstance(found, list)
