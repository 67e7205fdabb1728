"""What is wished of agents' lines, and what is told of them, with a voice process that the test plays."""

from typing import Any

import pytest

from omnibound.channels.sip.agents import Agents
from omnibound.domain.agent_line import AgentLine, Doing, Joined
from omnibound.domain.errors import Invalid, NotFound
from omnibound.ports.agents import AgentLines, LineListener
from omnibound.wire import telephone
from omnibound.wire.telephone import AgentEar, AskedOfAgents, HangUp, Ready, SignOff, SignOn

ANN = SignOn(agent="ann", trunk="t", address="201")
SALES = Ready(agent="ann", queues=("sales", "help"), ready=True)
NOT_READY = Ready(agent="ann", ready=False)


class Process:
    """Hears what is asked while it is there."""

    def __init__(self) -> None:
        self.asked: list[AskedOfAgents] = []
        self.up = True

    def attach_agents(self, ear: AgentEar) -> None:
        self.ear = ear

    def ask(self, asked: AskedOfAgents) -> None:
        if self.up:
            self.asked.append(asked)

    def connects(self) -> list[AskedOfAgents]:
        """What it is asked at once."""
        self.up, self.asked = True, []
        self.ear.connected(True)
        return self.asked

    def dies(self) -> None:
        self.up = False
        self.ear.connected(False)


class Desk:
    """Agents' lines, and what was told of them."""

    def __init__(self) -> None:
        self.process = Process()
        agents = Agents(self.process, ["t", "u"], lambda: 7)
        self.agents: AgentLines = agents
        self.told: list[AgentLine | Joined] = []
        listener: LineListener = self
        agents.listen(listener)
        self.process.connects()

    def line_changed(self, line: AgentLine) -> None:
        self.told.append(line)

    def joined(self, joined: Joined) -> None:
        self.told.append(joined)

    def line(self, doing: Doing, agent: str = "ann", **members: Any) -> AgentLine:
        """The process tells this."""
        line = AgentLine(agent=agent, doing=doing, since=9, **members)
        self.process.ear.lined(line)
        return line


def test_sign_on_ready_and_off() -> None:
    desk = Desk()
    desk.agents.sign_on("ann", "t", "201")
    desk.agents.ready("ann", ["sales", "help"], True)
    free = desk.line(Doing.FREE)
    assert desk.agents.lines() == [free]
    desk.agents.sign_off("ann")
    desk.agents.sign_off("eve")
    off = desk.line(Doing.OFF)
    assert desk.process.asked == [ANN, SALES, SignOff("ann")]
    waiting = AgentLine(agent="ann", doing=Doing.DIALLING, why="it is not called yet", since=7)
    assert (desk.told, desk.agents.lines()) == ([waiting, free, off], [])


def test_everything_is_said_to_the_successor_of_a_process() -> None:
    desk = Desk()
    desk.agents.sign_on("ann", "t", "201")
    desk.agents.ready("ann", ["sales", "help"], True)
    desk.agents.sign_on("bob", "u", "202")
    desk.line(Doing.FREE)
    desk.process.dies()
    assert {(line.agent, line.doing, line.why) for line in desk.agents.lines()} == {
        ("ann", Doing.DIALLING, "there is no voice process"), ("bob", Doing.DIALLING, "there is no voice process"),
    }  # fmt: skip
    # What is said meanwhile counts.
    desk.agents.sign_on("bob", "u", "203")
    assert desk.process.connects() == [
        ANN, SALES, SignOn(agent="bob", trunk="u", address="203"), Ready(agent="bob", ready=False),
    ]  # fmt: skip


def test_who_talked_is_not_ready_for_the_successor() -> None:
    desk = Desk()
    desk.agents.sign_on("ann", "t", "201")
    desk.agents.ready("ann", ["sales", "help"], True)
    desk.line(Doing.TALKING, call="7-1")
    desk.process.dies()
    assert desk.process.connects() == [ANN, Ready(agent="ann", queues=("sales", "help"), ready=False)]


def test_sign_off_while_there_is_no_process() -> None:
    desk = Desk()
    desk.agents.sign_on("ann", "t", "201")
    desk.process.dies()
    desk.agents.sign_off("ann")
    assert (desk.agents.lines(), desk.process.connects()) == ([], [])
    assert desk.told[-1] == AgentLine(agent="ann", doing=Doing.OFF, why="signed off", since=7)


def test_process_that_dies_before_it_let_go() -> None:
    desk = Desk()
    desk.agents.sign_on("ann", "t", "201")
    desk.line(Doing.TALKING, call="7-1")
    desk.agents.sign_off("ann")
    assert [line.doing for line in desk.agents.lines()] == [Doing.TALKING]
    desk.process.dies()
    assert (desk.agents.lines(), desk.process.connects()) == ([], [])


def test_line_that_was_given_up_is_not_called_by_a_successor() -> None:
    desk = Desk()
    desk.agents.sign_on("ann", "t", "201")
    given_up = desk.line(Doing.OFF, why="refused 486")
    assert (desk.told[-1], desk.agents.lines()) == (given_up, [])
    with pytest.raises(NotFound):
        desk.agents.ready("ann", ["sales"], True)
    desk.process.dies()
    assert desk.process.connects() == []
    desk.agents.sign_on("ann", "t", "201")
    assert desk.process.asked == [ANN]


def test_line_of_another_server_is_seen_and_can_be_let_go() -> None:
    desk = Desk()
    line = desk.line(Doing.WRAPPING)
    assert desk.agents.lines() == [line]
    desk.agents.sign_off("ann")
    assert desk.process.asked == [SignOff("ann")]
    desk.line(Doing.OFF)
    assert desk.agents.lines() == []


def test_line_of_another_server_is_signed_on_as_any() -> None:
    desk = Desk()
    desk.line(Doing.FREE, queues=("sales",))
    desk.agents.sign_on("ann", "t", "201")
    desk.process.dies()
    assert desk.process.connects() == [ANN, NOT_READY]


def test_hang_up_is_for_who_talks() -> None:
    desk = Desk()
    desk.agents.sign_on("ann", "t", "201")
    for doing in (Doing.FREE, Doing.HELD):
        desk.line(doing, call="6-1")
        desk.agents.hang_up("ann")
    desk.agents.hang_up("eve")
    desk.line(Doing.TALKING, call="7-1")
    desk.agents.hang_up("ann")
    assert desk.process.asked == [ANN, HangUp("7-1")]


def test_callee_who_was_joined() -> None:
    desk = Desk()
    desk.process.ear.joined(telephone.Joined(number=1, call="1f-2", trunk="t", at=5, agent="ann"))
    desk.process.ear.joined(telephone.Joined(number=2, call="20-1", trunk="t", at=6, joined_to="4822"))
    assert desk.told == [
        Joined(delivery=31, attempt=2, at=5, agent="ann"), Joined(delivery=32, attempt=1, at=6, number="4822"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("agent", "trunk", "address", "error", "field"),
    [
        ("ann", "x", "201", NotFound, "trunk"),
        ("ann", "t", "", Invalid, "address"),
        ("ann", "t", "sip:a@b>\r\nX: y", Invalid, "address"),
        ("ann", "t", "2" * 201, Invalid, "address"),
        ("", "t", "201", Invalid, "agent"),
        ("a\n", "t", "201", Invalid, "agent"),
        ("ann", "t", "20 1", Invalid, "address"),
    ],
)
def test_sign_on_that_makes_no_sense(agent: str, trunk: str, address: str, error: Any, field: str) -> None:
    desk = Desk()
    with pytest.raises(error) as refused:
        desk.agents.sign_on(agent, trunk, address)
    assert refused.value.field == field
    assert (desk.agents.lines(), desk.process.asked) == ([], [])


def test_ready_that_makes_no_sense() -> None:
    desk = Desk()
    with pytest.raises(NotFound):
        desk.agents.ready("ann", ["sales"], True)
    desk.agents.sign_on("ann", "t", "201")
    with pytest.raises(Invalid):
        desk.agents.ready("ann", [""], True)
    assert desk.process.asked == [ANN]
