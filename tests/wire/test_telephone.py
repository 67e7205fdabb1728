"""What the server and a voice process say to each other, there and back, and what else comes over the socket."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnibound.domain.agent_line import AgentLine, Doing
from omnibound.wire import telephone
from omnibound.wire.frames import Frames
from omnibound.wire.sip import TrunkSettings
from omnibound.wire.telephone import (
    Ack,
    Answered,
    Asked,
    Cell,
    Dial,
    Digit,
    Drain,
    Draining,
    Ended,
    HangUp,
    Hello,
    Joined,
    Ladder,
    LineState,
    Ready,
    Refused,
    Ringing,
    Room,
    Rung,
    Show,
    SignOff,
    SignOn,
    Stop,
    Told,
    ToNumber,
    ToQueue,
    Welcome,
)

TRUNK = TrunkSettings(name="t", host="c.example", lines=2, rate=1.5, codecs=("PCMA",))
CELL = Cell(host="127.0.0.1", port=5060, public_address="", rtp=(16384, 24383), silence_s=60.0, trunks=(TRUNK,))
ASKED: list[Asked] = [
    Hello(1, telephone.write_cell(CELL)),
    Dial(call="7-1", trunk="t", number="48600100200", clip="/clips/one.clip", repeat=2),
    Dial(call="7-1", trunk="t", number="1", clip="", join=ToQueue(queue="sales", agent="ann"), farewell="/bye.clip"),
    Dial(call="7-1", trunk="t", number="1", clip="", join=ToNumber(number="48225550000", trunk="u", wait_ms=9_000)),
    HangUp("7-1"),
    SignOn(agent="ann", trunk="t", address="sip:ann@pbx.example"),
    SignOff("ann"),
    Ready(agent="ann", queues=("sales", "help"), ready=False),
    Ack([1, 2]),
    Stop(),
    Show("7-1"),
    Drain(on=False),
]
TOLD: list[Told] = [
    Welcome(42, True),
    Room("t", 2, 1, True, "", 1),
    Ladder("7-1", (Rung(at=1.5, out=True, peer="h:5060", text="BYE sip:a SIP/2.0\r\n"),)),
    Draining(3, 1),
    Refused("7-1", "t", "busy", "no line is free"),
    Ringing(number=1, call="7-1", trunk="t", at=5, sip=180),
    Answered(number=2, call="7-1", trunk="t", at=6, rang=True),
    LineState(AgentLine(agent="ann", doing=Doing.TALKING, call="7-1", queues=("sales",), since=9)),
    Joined(number=5, call="7-1", trunk="t", at=7, agent="ann"),
    Digit(number=3, call="7-1", trunk="t", at=7, digit="#"),
    Ended(number=4, call="7-1", trunk="t", at=8, why="hung_up", who="us", rtp={"sent": 50, "their_lost": None}),
]


@pytest.mark.parametrize("asked", ASKED, ids=lambda each: type(each).__name__)
def test_asked(asked: Asked) -> None:
    (body,) = Frames().feed(telephone.write(asked))
    assert telephone.read_asked(body) == asked


def test_cell() -> None:
    (body,) = Frames().feed(telephone.write(ASKED[0]))
    hello = telephone.read_asked(body)
    assert isinstance(hello, Hello)
    assert telephone.read_cell(hello.cell) == CELL


@pytest.mark.parametrize("told", TOLD, ids=lambda each: type(each).__name__)
def test_told(told: Told) -> None:
    (body,) = Frames().feed(telephone.write(told))
    assert telephone.read_told(body) == told


@given(st.lists(st.integers(1, 40)))
def test_however_the_stream_is_cut(cuts: list[int]) -> None:
    stream = b"".join([telephone.write(each) for each in TOLD])
    frames = Frames()
    found: list[bytes] = []
    for cut in cuts:
        found += frames.feed(stream[:cut])
        stream = stream[cut:]
    found += frames.feed(stream)
    assert [telephone.read_told(body) for body in found] == TOLD


@given(st.binary())
def test_nonsense(body: bytes) -> None:
    for read in (telephone.read_asked, telephone.read_told):
        try:
            read(body)
        except ValueError:
            continue


def test_message_without_end() -> None:
    with pytest.raises(ValueError, match="octets"):
        Frames().feed(b"\xff\xff\xff\xff")
