"""`omnibound agent`: the people who take answered calls, over the API of a running server."""

import asyncio
import json
from typing import Annotated, Any
from urllib.parse import quote

import typer

from omnibound.cli.client import DEFAULT_URL, Key, Url, ask
from omnibound.cli.options import Json

PAGE = 1_000
AgentId = Annotated[str, typer.Argument(metavar="AGENT", help="The agent's id.")]


def add(app: typer.Typer) -> None:
    """Add the command group."""
    group = typer.Typer(help="Agents: they take the answered calls of campaigns.", no_args_is_help=True)
    app.add_typer(group, name="agent")
    for name, command in (
        ("add", _add), ("list", _list), ("on", _on), ("off", _off), ("ready", _ready), ("hang-up", _hang_up),
        ("remove", _remove),
        ("result", _result), ("change-result", _change_result),
    ):  # fmt: skip
        group.command(name)(command)


def _add(
    name: Annotated[str, typer.Argument(help="For people.")],
    api_key: Key,
    address: Annotated[str, typer.Option(help="The telephone: a number, or sip:user@host.")],
    trunk: Annotated[str, typer.Option(help="The connector that it is called over.")],
    queue: Annotated[list[str], typer.Option(help="A queue's id; the first one is served first.")],
    id_: Annotated[str, typer.Option("--id", help="32 hexadecimal digits; made if it is left out.")] = "",
    url: Url = DEFAULT_URL,
) -> None:
    """Make an agent; the id is printed."""
    body = {"name": name, "address": address, "trunk": trunk, "queues": queue, "id": id_}
    typer.echo(asyncio.run(ask(url, api_key, "POST", "/api/v1/agents", body))["id"])


def _list(api_key: Key, url: Url = DEFAULT_URL, as_json: Json = False) -> None:
    """Agents, what they do, and with whom, or why they were signed off."""
    found = asyncio.run(_all(url, api_key))
    if as_json:
        typer.echo(json.dumps({"agents": found}))
        return
    for agent in found:
        told = (agent["id"], agent["name"], agent["state"], agent["address"], agent["why"] or agent["member"])
        typer.echo("\t".join(told).rstrip())


async def _all(url: str, key: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    after = ""
    while page := (await ask(url, key, "GET", "/api/v1/agents", after=after, limit=str(PAGE)))["agents"]:
        found += page
        after = page[-1]["id"]
    return found


def _on(
    agent: AgentId,
    api_key: Key,
    away: Annotated[bool, typer.Option("--away", help="Connect only; no calls yet.")] = False,
    url: Url = DEFAULT_URL,
) -> None:
    """Sign on: the telephone is called and stays connected."""
    _say(url, api_key, agent, "sign-on", {"ready": not away})


def _off(agent: AgentId, api_key: Key, url: Url = DEFAULT_URL) -> None:
    """Sign off, after the call."""
    _say(url, api_key, agent, "sign-off")


def _ready(
    agent: AgentId,
    api_key: Key,
    no: Annotated[bool, typer.Option("--no", help="Take no calls, but stay connected.")] = False,
    url: Url = DEFAULT_URL,
) -> None:
    """Take calls, or with --no take none."""
    _say(url, api_key, agent, "ready", {"ready": not no})


def _hang_up(agent: AgentId, api_key: Key, url: Url = DEFAULT_URL) -> None:
    """End the call that the agent talks in; the telephone stays connected."""
    _say(url, api_key, agent, "hang-up")


def _remove(agent: AgentId, api_key: Key, url: Url = DEFAULT_URL) -> None:
    """Take an agent away who is signed off."""
    asyncio.run(ask(url, api_key, "DELETE", _path(agent)))
    typer.echo(f"{agent}: removed")


def _result(
    campaign: Annotated[str, typer.Argument(metavar="CAMPAIGN", help="The campaign's id.")],
    customer: Annotated[str, typer.Argument(metavar="CUSTOMER", help="Your own id of the person, or ours.")],
    result: Annotated[str, typer.Argument(metavar="RESULT", help="The text of a call result.")],
    api_key: Key,
    at: Annotated[str, typer.Option(help="When to call again: 2026-11-21T10:00:00Z.")] = "",
    agent: Annotated[str, typer.Option(help="The agent who takes that call.")] = "",
    url: Url = DEFAULT_URL,
) -> None:
    """Say what came of a call."""
    _tell_result(url, api_key, "POST", (campaign, customer), {"result": result, "at": at or None, "agent": agent})


def _change_result(
    campaign: Annotated[str, typer.Argument(metavar="CAMPAIGN", help="The campaign's id.")],
    customer: Annotated[str, typer.Argument(metavar="CUSTOMER", help="Your own id of the person, or ours.")],
    result: Annotated[str, typer.Argument(metavar="RESULT", help="The text of a call result.")],
    api_key: Key,
    at: Annotated[str, typer.Option(help="When to call again: 2026-11-21T10:00:00Z.")] = "",
    by: Annotated[str, typer.Option(help="Who changes it, for the history; else the account.")] = "",
    url: Url = DEFAULT_URL,
) -> None:
    """Change the result of a call, as long as the person is not called again."""
    _tell_result(url, api_key, "PUT", (campaign, customer), {"result": result, "at": at or None, "by": by})


def _tell_result(url: str, key: str, method: str, whom: tuple[str, str], body: dict[str, Any]) -> None:
    campaign, customer = (quote(each, safe="") for each in whom)
    made = asyncio.run(ask(url, key, method, f"/api/v1/campaigns/{campaign}/members/{customer}/result", body))
    again = f", again at {made['next_at']}" if made["next_at"] else ""
    typer.echo(f"{made['member']}: {made['progress']}{again}")


def _say(url: str, key: str, agent: str, what: str, body: Any = None) -> None:
    told = asyncio.run(ask(url, key, "POST", f"{_path(agent)}/{what}", body))
    typer.echo(f"{told['id']}: {told['state']}")


def _path(agent: str) -> str:
    return f"/api/v1/agents/{quote(agent, safe='')}"
