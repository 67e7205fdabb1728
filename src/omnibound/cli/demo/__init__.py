"""`omnibound demo`: the whole way of one message and of one call before your eyes, without any configuration.

`parts` starts the carriers and the server; `message`, `call` and `outbound` are the client's side, `asking` is how it
asks.
"""

import asyncio
import base64
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Annotated

import aiohttp
import typer

from omnibound.cli.demo.asking import Client
from omnibound.cli.demo.call import CAMPAIGN, make_campaign, walk_call
from omnibound.cli.demo.message import walk_message
from omnibound.cli.demo.outbound import OBI, walk_outbound
from omnibound.cli.demo.parts import PASSWORD, USERNAME, Demo, started
from omnibound.cli.loop import run
from omnibound.cli.options import told
from omnibound.wire.log_lines import set_up_log


def add(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def demo(
        once: Annotated[bool, typer.Option("--once", help="End after the walk instead of serving on.")] = False,
        port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0: any free one.")] = 8080,
        data: Annotated[str | None, typer.Option(help="Folder of the database; a temporary one if not given.")] = None,
    ) -> None:
        """Start carriers and a server, send a push that fails over to an SMS, make a call, and dial a campaign."""
        set_up_log("warning")
        with told():
            run(_demo(once, port, data))


async def _demo(once: bool, port: int, data: str | None) -> None:
    async with AsyncExitStack() as stack:
        folder = data or stack.enter_context(tempfile.TemporaryDirectory(prefix="omnibound-demo-"))
        Path(folder).mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240 - before anything is served
        demo = await stack.enter_async_context(started(Path(folder), port))
        serving = asyncio.create_task(demo.server.serve())
        while not demo.server.started and not serving.done():  # noqa: ASYNC110 - uvicorn tells nobody
            await asyncio.sleep(0.01)
        if serving.done():
            raise typer.Exit(1)
        url = f"http://127.0.0.1:{demo.server.servers[0].sockets[0].getsockname()[1]}"
        await _walk(demo, url, keeps=bool(data) or not once)
        _tell_how_to_go_on(demo, url, once)
        if once:
            demo.server.should_exit = True
        await serving


async def _walk(demo: Demo, url: str, keeps: bool) -> None:
    """`keeps`: whether the folder is still there for whoever reads this."""
    typer.echo(f"Omnibound serves at {url}; a simulated SMSC, FCM and telephone network stand behind it.")
    async with aiohttp.ClientSession(url, auth=aiohttp.BasicAuth(USERNAME, PASSWORD)) as session:
        client = Client(session)
        await walk_message(client, demo.smsc)
        if await walk_call(client, demo, keeps):
            await walk_outbound(client)
        await make_campaign(client)


def _tell_how_to_go_on(demo: Demo, url: str, once: bool) -> None:
    token = base64.b64encode(f"{USERNAME}:{PASSWORD}".encode()).decode()
    message = '{"destinations":[{"to":{"phoneNumber":"41790000001"}}],"push":{"text":"hi"},"sms":{"text":"hi"}}'
    call = '{"type":"tts","data":[{"contact_number":"48987654321","text":"Hello"}]}'
    requests = f"{url}/voice_sms_campaign/{CAMPAIGN}"
    lines = [
        f"\nKeys: user name {USERNAME}, password {PASSWORD}; API key {demo.api_key}\n",
        f"OMNI:    curl -X POST {url}/omni/1/advanced -H 'Authorization: Basic {token}' \\",
        f"           -H 'Content-Type: application/json' -d '{message}'",
        f"         curl {url}/omni/1/reports -u '{USERNAME}:{PASSWORD}'",
        f"Conpeek: curl -X POST {requests}/request_list -H 'Authorization: {demo.api_key}' \\",
        f"           -H 'Content-Type: application/json' -d '{call}'",
        f"         curl {requests}/request -H 'Authorization: {demo.api_key}'",
        f"OBI:     curl '{url}{OBI}/customers?callResult=SUCCESS*' -u '{USERNAME}:{PASSWORD}'",
        f"Native:  curl {url}/api/openapi.json",
        "Carrier: numbers that end in 901 are rejected (on the telephone: do not exist), in 902 absent (busy), ...:",
        "           omnibound simulate magic",
    ]
    typer.echo("\n".join(lines if once else [*lines, "\nServing on. Ctrl-C ends it."]))
