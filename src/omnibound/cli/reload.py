"""`omnibound reload`: a running server reads its configuration anew."""

import asyncio
import json
from pathlib import Path
from typing import Annotated, Any

import aiohttp
import typer

from omnibound.cli.options import ConfigFile, Data, Json, configured, fail, told
from omnibound.config import Config

_ANY = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "": "127.0.0.1"}  # noqa: S104 - what is listened on, to where it is asked
_SAID = {
    "added": "added",
    "changed": "goes on with other settings",
    "rebound": "bound anew; the old connection drains",
    "rebinding": "is bound anew; the old connection goes on until that is up",
    "removed": "removed; its last answers and receipts are awaited",
}


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command("reload")(reload)


def reload(
    config: ConfigFile = None,
    data: Data = None,
    url: Annotated[str, typer.Option("--url", envvar="OMNIBOUND_URL", help="Where the server is.")] = "",
    admin: Annotated[
        str, typer.Option("--admin-key", help="The operators' key; else that of the configuration or data folder.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Let a running server read its configuration file anew; a bad file changes nothing and says why."""
    with told(1):
        settings = configured(config, data=data)
        status, answer = asyncio.run(_asked(url or _url(settings), admin or _key(settings)))
    if status != 200:
        for line in faults(answer):
            typer.echo(line, err=True)
        fail("nothing has changed", 1)
    if as_json:
        typer.echo(json.dumps(answer, indent=2))
    else:
        for line in lines(answer):
            typer.echo(line)


async def _asked(url: str, key: str) -> tuple[int, dict[str, Any]]:
    headers = {"Authorization": f"App {key}"}
    try:
        async with aiohttp.ClientSession(headers=headers) as session, session.post(f"{url}/api/v1/reload") as answer:
            return answer.status, await answer.json(content_type=None)
    except ValueError:
        fail(f"what answers at {url} does not speak JSON", 1)
    except (aiohttp.ClientError, TimeoutError) as error:
        fail(f"no server answers at {url}: {error}", 1)


def faults(problem: dict[str, Any]) -> list[str]:
    """Why it was refused, for people."""
    told = [f"{each['path']}: {each['why']}" if each["path"] else each["why"] for each in problem.get("errors", ())]
    return told or [str(problem.get("detail") or problem)]


def lines(answer: dict[str, Any]) -> list[str]:
    """What was done, for people."""
    said = [f"{each['name']}: {_SAID[each['what']]}{_beside(each)}" for each in answer["connectors"]]
    said += [f"{path}: set" for path in answer["settings"]]
    said += [f"{each['path']}: needs a restart: {each['why']}" for each in answer["restart"]]
    return said or ["nothing has changed"]


def _beside(change: dict[str, Any]) -> str:
    fields = f" ({', '.join(change['settings'])})" if change["settings"] else ""
    return fields if change["up"] else f"{fields}; not up: {change['why']}"


def _url(config: Config) -> str:
    return f"http://{_ANY.get(config.host, config.host)}:{config.port}"


def _key(config: Config) -> str:
    """Not made here: a server that runs has made it."""
    made = Path(config.data) / "admin.key"
    return config.security.admin_key or made.read_text().strip()
