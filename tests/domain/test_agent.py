"""What an agent does, by what the line does."""

import pytest

from omnibound.domain.agent import Agent, State, agent_key, queue_name, state_of
from omnibound.domain.agent_line import AgentLine, Doing

ANN = Agent(id="A" * 32, account=7, name="Ann", address="201", trunk="t", queues=("q",))
AFTER = Agent(id="A" * 32, account=7, name="Ann", address="201", trunk="t", queues=("q",), call=5)


@pytest.mark.parametrize(
    ("agent", "doing", "state"),
    [
        (ANN, None, State.OFF),
        (ANN, Doing.OFF, State.OFF),
        (ANN, Doing.DIALLING, State.DIALLING),
        (ANN, Doing.WRAPPING, State.AWAY),
        (ANN, Doing.FREE, State.FREE),
        (ANN, Doing.HELD, State.HELD),
        (AFTER, Doing.TALKING, State.TALKING),
        (AFTER, Doing.WRAPPING, State.WRAP_UP),
        (AFTER, Doing.DIALLING, State.DIALLING),
        (AFTER, None, State.OFF),
    ],
)
def test_state(agent: Agent, doing: Doing | None, state: State) -> None:
    assert state_of(agent, AgentLine(agent=agent.id, doing=doing) if doing else None) is state


def test_names() -> None:
    assert queue_name(7, "AB") != queue_name(71, "AB")
    assert agent_key("8a7c98ea-f116-4f2f-aa93-b98eecb95d76") == "8A7C98EAF1164F2FAA93B98EECB95D76"
