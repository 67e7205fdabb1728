"""Reports with a clock turned by hand: what is told of their sound, and what theirs tell of ours."""

import socket
from collections.abc import Iterator

import pytest

from omnibound.voice.media.incoming import Incoming
from omnibound.voice.media.outgoing import Outgoing
from omnibound.voice.media.remote import Remote
from omnibound.voice.media.reporting import Reporting
from omnibound.voice.media.terms import Terms
from omnibound.voice.media.wheel import Wheel
from omnibound.wire.rtp import (
    Block,
    Description,
    Goodbye,
    Packet,
    ReceiverReport,
    Reception,
    SenderReport,
    read_rtcp,
    write,
)
from omnibound.wire.rtp.rtcp import Report
from tests.voice.media.telephone import LOOPBACK

NTP = 2_208_988_800


class Call:
    """Both directions of a stream whose far end is the test."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.ours, self.far = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
        for each in (self.ours, self.far):
            each.bind((LOOPBACK, 0))
        terms = Terms(address=LOOPBACK, port=self.far.getsockname()[1])
        remote = Remote(self.far.getsockname())
        self.other: list[bytes] = []
        self.outgoing = Outgoing(self.ours, terms, remote, lambda _: None)
        self.incoming = Incoming(
            self.ours, Wheel(), terms, remote, lambda _: None, lambda data, _: self.other.append(data)
        )
        self.reporting = Reporting(self.outgoing, self.incoming, lambda: self.now)
        self.slot = 0

    def send(self, count: int) -> None:
        for _ in range(count):
            self.slot += 4
            self.outgoing.tick(self.slot)

    def hear(self, *sequences: int) -> None:
        for sequence in sequences:
            packet = Packet(payload_type=0, sequence=sequence, timestamp=160 * sequence, ssrc=77, payload=bytes(160))
            self.far.sendto(write(packet), self.ours.getsockname())
            self.incoming.receive()

    def said(self, **fields: int) -> list[Report]:
        return [ReceiverReport(ssrc=77, blocks=(Block(ssrc=self.outgoing.ssrc, **fields),))]

    def report(self) -> Report:
        reports = read_rtcp(self.reporting.write(self.slot))
        assert reports
        assert isinstance(reports[1], Description)
        return reports[0]


@pytest.fixture
def call() -> Iterator[Call]:
    made = Call()
    yield made
    made.ours.close()
    made.far.close()


def test_who_sends_reports_as_a_sender_and_who_does_not_as_a_receiver(call: Call) -> None:
    assert call.report() == ReceiverReport(ssrc=call.outgoing.ssrc)
    call.send(5)
    assert call.report() == SenderReport(
        ssrc=call.outgoing.ssrc, ntp=(NTP + 1_000) << 32, timestamp=call.outgoing.timestamp(20), packets=5, octets=800
    )
    assert call.report() == ReceiverReport(ssrc=call.outgoing.ssrc)


def test_what_is_heard_is_told_with_the_time_since_their_report(call: Call) -> None:
    call.hear(1, 2, 4)
    call.reporting.hear([SenderReport(ssrc=77, ntp=0x1111_2222_3333_4444, timestamp=0, packets=0, octets=0)])
    call.now += 0.5
    report = call.report()
    assert isinstance(report, ReceiverReport)
    (block,) = report.blocks
    assert (block.ssrc, block.fraction, block.lost, block.highest) == (77, 64, 1, 4)
    assert (block.last_report, block.delay) == (0x2222_3333, 32_768)


def test_round_trip(call: Call) -> None:
    call.now += 0.75
    sent = (NTP + 1_000) << 16 & 0xFFFFFFFF
    call.reporting.hear(call.said(last_report=sent, delay=32_768))
    assert call.reporting.round_trip_s == 0.25
    call.reporting.hear(call.said(last_report=sent, delay=65_536))
    assert call.reporting.round_trip_s is None


# (what their reports say, packets that we sent before each) -> whether nothing of ours arrives
HEARD = [
    ([{"highest": 1}, {"highest": 2}, {"highest": 3}], 60, False),
    ([{"highest": 1}, {"highest": 1}], 60, False),
    ([{"highest": 1}, {"highest": 1}, {"highest": 1}], 60, True),
    ([{"highest": 1}, {"highest": 1}, {"highest": 1}], 10, False),
    ([{"highest": 1}, {"highest": 1}, {"highest": 1}, {"highest": 99}], 60, False),
    ([{"highest": 1, "fraction": 255}, {"highest": 2, "fraction": 243}], 60, True),
    ([{"highest": 1, "fraction": 255}, {"highest": 2, "fraction": 242}], 60, False),
]


@pytest.mark.parametrize(
    ("said", "sent", "unheard"), HEARD,
    ids=["all arrives", "once", "twice", "nothing was sent", "again", "almost all lost", "much lost"],
)  # fmt: skip
def test_audio_that_goes_one_way(call: Call, said: list[dict[str, int]], sent: int, unheard: bool) -> None:
    for fields in said:
        call.send(sent)
        call.reporting.hear(call.said(**fields))
    assert call.reporting.unheard is unheard


def test_what_they_say_of_others_is_nothing_to_us(call: Call) -> None:
    call.reporting.hear([ReceiverReport(ssrc=77, blocks=(Block(ssrc=call.outgoing.ssrc ^ 1, lost=9),))])
    assert (call.reporting.theirs, call.reporting.their_jitter_ms) == (None, None)


def test_goodbye(call: Call) -> None:
    call.send(1)
    reports = read_rtcp(call.reporting.goodbye(call.slot))
    assert reports
    assert [type(report) for report in reports] == [SenderReport, Description, Goodbye]
    assert call.reporting.hear([Goodbye(ssrcs=(77,), why="done")]) == Goodbye(ssrcs=(77,), why="done")


def test_sources_that_change_all_the_time_do_not_fill_the_memory(call: Call) -> None:
    for ssrc in range(100):
        packet = Packet(payload_type=0, sequence=1, timestamp=0, ssrc=ssrc, payload=bytes(160))
        call.far.sendto(write(packet), call.ours.getsockname())
        call.incoming.receive()
    assert [source.ssrc for source in call.incoming.receptions] == list(range(83, 100))
    assert all(isinstance(source, Reception) for source in call.incoming.receptions)


def test_what_is_no_rtp_is_handed_on(call: Call) -> None:
    call.far.sendto(b"\x80\xc9\0\1abcd", call.ours.getsockname())
    call.incoming.receive()
    assert (call.other, call.incoming.receptions) == ([b"\x80\xc9\0\1abcd"], [])


def test_payload_types_that_were_not_agreed_are_counted(call: Call) -> None:
    call.hear(1)
    for kind in (3, 101):
        packet = Packet(payload_type=kind, sequence=kind, timestamp=0, ssrc=77, payload=bytes(4))
        call.far.sendto(write(packet), call.ours.getsockname())
        call.incoming.receive()
    assert call.incoming.unknown == 2
