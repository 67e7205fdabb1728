"""The operations on agents, as lines of the table in `routes`."""

from omnibound.api import agents
from omnibound.api.base import ACCOUNT, Line
from omnibound.wire.openapi import Operation

LINES: tuple[Line, ...] = (
    Line(
        Operation(
            "POST", "/api/v1/agents", "addAgent", "agents", "Make an agent, who takes answered calls",
            ACCOUNT, 201, body=agents.AgentIn, answer=agents.AgentOut,
        ),
        agents.add,
    ),
    Line(
        Operation(
            "GET", "/api/v1/agents", "listAgents", "agents", "Agents and what they do, in the order of their ids",
            ACCOUNT, query=agents.AgentsWish, answer=agents.AgentsOut,
        ),
        agents.page,
    ),
    Line(
        Operation(
            "POST", "/api/v1/agents/{agent}/sign-on", "signOnAgent", "agents",
            "Call an agent's telephone, and keep it connected", ACCOUNT, body=agents.SignOnIn, answer=agents.AgentOut,
        ),
        agents.sign_on,
    ),
    Line(
        Operation(
            "POST", "/api/v1/agents/{agent}/sign-off", "signOffAgent", "agents",
            "Let go of the telephone, after the call", ACCOUNT, answer=agents.AgentOut,
        ),
        agents.sign_off,
    ),
    Line(
        Operation(
            "POST", "/api/v1/agents/{agent}/ready", "setAgentReady", "agents",
            "Say whether an agent takes calls", ACCOUNT, body=agents.ReadyIn, answer=agents.AgentOut,
        ),
        agents.ready,
    ),
    Line(
        Operation(
            "POST", "/api/v1/agents/{agent}/hang-up", "hangUpAgent", "agents",
            "End the call that an agent talks in; the line stays", ACCOUNT, answer=agents.AgentOut,
        ),
        agents.hang_up,
    ),
    Line(
        Operation(
            "GET", "/api/v1/agents/{agent}", "readAgent", "agents", "One agent, and what they do",
            ACCOUNT, answer=agents.AgentOut,
        ),
        agents.one,
    ),
    Line(
        Operation(
            "PATCH", "/api/v1/agents/{agent}", "changeAgent", "agents", "Change an agent",
            ACCOUNT, body=agents.AgentChange, answer=agents.AgentOut,
        ),
        agents.change,
    ),
    Line(
        Operation(
            "DELETE", "/api/v1/agents/{agent}", "dropAgent", "agents", "Take an agent away who is signed off",
            ACCOUNT, 204,
        ),
        agents.remove,
    ),
    Line(
        Operation(
            "POST", "/api/v1/campaigns/{campaign}/members/{member}/result", "setResult", "agents",
            "Say what came of a call that an agent has, or had", ACCOUNT,
            body=agents.ResultIn, answer=agents.ResultOut,
        ),
        agents.result,
    ),
    Line(
        Operation(
            "PUT", "/api/v1/campaigns/{campaign}/members/{member}/result", "changeResult", "agents",
            "Change the result of a call, as long as the person is not called again", ACCOUNT,
            body=agents.ResultChange, answer=agents.ResultOut, refusals=(409,),
        ),
        agents.change_result,
    ),
)  # fmt: skip
