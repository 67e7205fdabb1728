"""A small client of a running server, for the commands that talk to one."""

import json
from pathlib import Path
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
            return await answer.json() if answer.status != 204 and answer.content_length != 0 else None
    except (aiohttp.ContentTypeError, json.JSONDecodeError):
        fail(f"{method} {path}: what answers at {url} does not speak JSON", 1)
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        fail(f"no server answers at {url}: {error}", 1)


async def download(url: str, key: str, path: str, file: Path, **query: str) -> int:
    """Write what a GET answers to a file; how many octets. Ends the command with a word when it fails.

    Where it fails half-way no file is left. Raises OSError where it cannot be written.
    """
    part = file.with_name(f"{file.name}.part")
    try:
        async with (
            aiohttp.ClientSession(headers={"Authorization": f"App {key}"}) as session,
            session.get(url.rstrip("/") + path, params=query) as answer,
        ):
            if answer.status >= 300:
                fail(f"GET {path}: {answer.status} {await answer.text()}", 1)
            with part.open("wb") as opened:
                async for octets in answer.content.iter_any():
                    opened.write(octets)
                size = opened.tell()
        part.replace(file)
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        fail(f"no server answers at {url}: {error}", 1)
    else:
        return size
    finally:
        part.unlink(missing_ok=True)


async def text(url: str, key: str, path: str) -> str:
    """The text that a GET answers. Ends the command with a word when it fails."""
    try:
        async with (
            aiohttp.ClientSession(headers={"Authorization": f"App {key}"}) as session,
            session.get(url.rstrip("/") + path) as answer,
        ):
            if answer.status >= 300:
                fail(f"GET {path}: {answer.status} {await answer.text()}", 1)
            return await answer.text()
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        fail(f"no server answers at {url}: {error}", 1)
