"""Who takes which callee: tables of the choice, and what holds whatever happens."""

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from msgspec.structs import replace

from omnibound.domain.agent_line import Doing
from omnibound.voice.process.floor import Agent, Floor, Match, Wish, agent_for, may_take, wish_for

FREE = Agent(agent="ann", up=True, ready=True, queues=("sales", "help"), since=5)
SALES = Wish("1-1", "sales")
ANN = Wish("1-1", "sales", "ann")


@pytest.mark.parametrize(
    ("agent", "wish", "takes"),
    [
        (FREE, SALES, True),
        (FREE, Wish("1-1", "help"), True),
        (FREE, Wish("1-1", "billing"), False),
        (replace(FREE, up=False), SALES, False),
        (replace(FREE, ready=False), SALES, False),
        (replace(FREE, call="9-1"), SALES, False),
        (replace(FREE, held="9-1"), SALES, False),
        (FREE, ANN, True),
        (FREE, Wish("1-1", "sales", "bob"), False),
        (replace(FREE, held="1-1"), ANN, True),
        (replace(FREE, held="1-1", ready=False, queues=()), ANN, True),
        (replace(FREE, held="9-1"), ANN, True),
        (replace(FREE, call="9-1"), ANN, False),
        (replace(FREE, up=False, held="1-1"), ANN, False),
    ],
    ids=[
        "free", "another of their queues", "not their queue", "no line", "wrapping up", "talking", "kept for another",
        "named", "somebody else is named", "kept for this", "kept, though not ready", "kept for two: the first to come",
        "named, but talking", "named, but no line",
    ],
)  # fmt: skip
def test_who_may_take_whom(agent: Agent, wish: Wish, takes: bool) -> None:
    assert may_take(agent, wish) is takes


@pytest.mark.parametrize(
    ("agents", "chosen"),
    [
        ([], None),
        ([replace(FREE, agent="bob", since=4), FREE], "bob"),
        ([replace(FREE, agent="bob", since=4, call="9-1"), FREE], "ann"),
        ([replace(FREE, agent="bob", since=5), FREE], "bob"),
        ([replace(FREE, agent="bob", since=4, queues=("help",)), FREE], "ann"),
    ],
    ids=["nobody", "longest free", "who talks does not count", "equally long: the first signed on", "who serves it"],
)
def test_whom_a_callee_gets(agents: list[Agent], chosen: str | None) -> None:
    found = agent_for(SALES, agents)
    assert (found and found.agent) == chosen


@pytest.mark.parametrize(
    ("waiting", "call"),
    [
        ([], None),
        ([Wish("1-1", "sales"), Wish("2-1", "sales")], "1-1"),
        ([Wish("1-1", "help"), Wish("2-1", "sales")], "2-1"),
        ([Wish("1-1", "sales"), Wish("2-1", "billing", "ann")], "2-1"),
        ([Wish("1-1", "sales", "bob"), Wish("2-1", "billing"), Wish("3-1", "help")], "3-1"),
    ],
    ids=["nobody", "the longest", "the first of their queues", "who named them", "only theirs"],
)
def test_whom_an_agent_gets(waiting: list[Wish], call: str | None) -> None:
    found = wish_for(FREE, waiting)
    assert (found and found.call) == call


def floor_of(*agents: str, queue: str = "sales") -> Floor:
    """All of them free, the first one for longest."""
    floor = Floor()
    for now, agent in enumerate(agents, 1):
        floor.seat(agent)
        floor.came_up(agent, now)
        floor.set_ready(agent, (queue,), True, now)
    return floor


def test_two_answers_race_for_one_agent() -> None:
    floor = floor_of("ann")
    assert floor.want(Wish("1-1", "sales")) == Match("1-1", "ann")
    assert floor.want(Wish("2-1", "sales")) is None
    assert floor.part("1-1", 9) == ("ann", None)
    assert floor["ann"].doing is Doing.WRAPPING
    assert floor.set_ready("ann", ("sales",), True, 10) == Match("2-1", "ann")


def test_ready_that_was_said_during_a_call_is_forgotten_at_its_end() -> None:
    floor = floor_of("ann")
    floor.want(SALES)
    assert floor.set_ready("ann", ("help",), True, 8) is None
    floor.part("1-1", 9)
    assert (floor["ann"].doing, floor["ann"].queues) == (Doing.WRAPPING, ("help",))


def test_longest_free_is_counted_from_the_end_of_wrap_up() -> None:
    floor = floor_of("ann", "bob")
    floor.want(SALES)
    floor.part("1-1", 5)
    floor.set_ready("ann", ("sales",), True, 9)
    assert floor.want(Wish("2-1", "sales")) == Match("2-1", "bob")


def test_who_is_kept_is_for_that_call_only() -> None:
    floor = floor_of("ann")
    floor.keep(ANN)
    assert (floor["ann"].doing, floor["ann"].held) == (Doing.HELD, "1-1")
    assert floor.want(Wish("2-1", "sales")) is None
    # Their call was not answered: who waits gets them.
    assert floor.part("1-1", 9) == ("", Match("2-1", "ann"))


def test_who_was_kept_in_vain_has_not_lost_their_turn() -> None:
    floor = floor_of("ann", "bob")
    floor.keep(ANN)
    floor.give_up("1-1", 9)
    assert floor.want(Wish("2-1", "sales")) == Match("2-1", "ann")


def test_line_that_falls() -> None:
    floor = floor_of("ann", "bob")
    assert floor.fell("ann") == ""
    assert floor.want(SALES) == Match("1-1", "bob")
    assert floor.want(Wish("2-1", "sales")) is None
    # Nobody has said that they are not ready any more.
    assert floor.came_up("ann", 9) == Match("2-1", "ann")
    assert floor.fell("ann") == "2-1"
    floor.came_up("ann", 10)
    assert floor["ann"].doing is Doing.WRAPPING


@pytest.mark.parametrize(
    ("wish", "hope"),
    [
        (Wish("2-1", "sales"), True),
        (Wish("2-1", "help"), False),
        (Wish("2-1", "help", "bob"), True),
        (Wish("2-1", "sales", "ann"), False),
        (Wish("2-1", "sales", "eve"), False),
    ],
    ids=["somebody is there, though talking", "nobody serves it", "named", "named, but talking", "nobody of this name"],
)
def test_whether_a_call_is_begun(wish: Wish, hope: bool) -> None:
    floor = floor_of("ann", "bob")
    floor.set_ready("bob", ("sales",), False, 5)
    floor.want(SALES)
    assert floor.serves(wish) is hope


AGENTS = st.sampled_from(["ann", "bob", "eve"])
QUEUES = st.sampled_from(["sales", "help"])


class Anything(RuleBasedStateMachine):
    """Agents come and go, calls are begun, answered and over, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.floor = Floor()
        self.now = 0
        self.begun: dict[str, Wish] = {}
        self.answered: set[str] = set()
        self.talks: dict[str, str] = {}
        """Call -> agent, by what the floor has told."""
        self.seated: set[str] = set()

    def tick(self) -> int:
        self.now += 1
        return self.now

    def note(self, match: Match | None) -> None:
        if match:
            assert match.call in self.answered
            assert match.call not in self.talks
            assert match.agent not in self.talks.values()
            self.talks[match.call] = match.agent

    @rule(agent=AGENTS)
    def seat(self, agent: str) -> None:
        self.floor.seat(agent)
        self.seated.add(agent)

    @rule(agent=AGENTS)
    def unseat(self, agent: str) -> None:
        if agent in self.seated and self.floor[agent].idle:
            self.floor.unseat(agent)
            self.seated.discard(agent)

    @rule(agent=AGENTS)
    def up(self, agent: str) -> None:
        if agent in self.seated:
            self.note(self.floor.came_up(agent, self.tick()))

    @rule(agent=AGENTS)
    def down(self, agent: str) -> None:
        if agent in self.seated:
            call = self.floor.fell(agent)
            assert call == next((each for each, whom in self.talks.items() if whom == agent), "")
            self.talks.pop(call, None)
            self.answered.discard(call)

    @rule(agent=AGENTS, queues=st.lists(QUEUES, unique=True), ready=st.booleans())
    def set_ready(self, agent: str, queues: list[str], ready: bool) -> None:
        if agent in self.seated:
            self.note(self.floor.set_ready(agent, tuple(queues), ready, self.tick()))

    @rule(queue=QUEUES, agent=st.none() | AGENTS)
    def begin(self, queue: str, agent: str | None) -> None:
        wish = Wish(f"{self.tick()}-1", queue, agent or "")
        if self.floor.serves(wish):
            self.floor.keep(wish)
            self.begun[wish.call] = wish

    @precondition(lambda self: self.begun)
    @rule(data=st.data())
    def answer(self, data: st.DataObject) -> None:
        call = data.draw(st.sampled_from(sorted(self.begun)))
        if call not in self.answered and call not in self.talks:
            self.answered.add(call)
            self.note(self.floor.want(self.begun[call]))

    @precondition(lambda self: self.begun)
    @rule(data=st.data(), whole=st.booleans())
    def end(self, data: st.DataObject, whole: bool) -> None:
        """Over; or (not `whole`) their time-out has passed, and the call goes on without anybody."""
        call = data.draw(st.sampled_from(sorted(self.begun)))
        self.answered.discard(call)
        if whole or call not in self.talks:
            self.begun.pop(call)
            agent, match = self.floor.part(call, self.tick())
            assert agent == self.talks.pop(call, "")
            self.note(match)

    @invariant()
    def nobody_waits_while_somebody_may_take_them(self) -> None:
        waiting = [self.begun[call] for call in self.answered - set(self.talks)]
        agents = [self.floor[agent] for agent in self.seated]
        assert not [(agent, wish) for agent in agents for wish in waiting if may_take(agent, wish)]

    @invariant()
    def floor_knows_who_talks(self) -> None:
        known = {self.floor[agent].call: agent for agent in self.seated if self.floor[agent].call}
        assert known == self.talks

    @invariant()
    def who_is_held_is_held_for_a_call_that_goes_on(self) -> None:
        assert {self.floor[agent].held for agent in self.seated} - {""} <= set(self.begun)


TestAnything = Anything.TestCase
