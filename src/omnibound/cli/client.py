"""A small client of a running server, for the commands that talk to one."""

import json
from typing import Annotated, Any

import aiohttp
import typer

from omnibound.cli.options import fail

Url = Annotated[str, typer.Option("--url", envvar="OMNIBOUND_URL", help="Where the server is.")]
Key = Annotated[str, typer.Option("--api-key", envvar="OMNIBOUND_API_KEY", help="The account's API key.")]
DEFAULT_URL = "http://127.0.0.1:8080"


async def ask(url: str, key: str, method: str, path: str, body: Any = None, **query: str) -> Any:
    """One request; its JSON. Ends the command with a word when it fails."""
    headers = {"Authorization": f"App {key}"}
    try:
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.request(method, url.rstrip("/") + path, json=body, params=query) as answer,
        ):
            if answer.status >= 300:
                fail(f"{method} {path}: {answer.status} {await answer.text()}", 1)
            return await answer.json() if answer.content_length != 0 else None
    except (aiohttp.ContentTypeError, json.JSONDecodeError):
        fail(f"{method} {path}: what answers at {url} does not speak JSON", 1)
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        fail(f"no server answers at {url}: {error}", 1)
