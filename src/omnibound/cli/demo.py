"""`omnibound demo`: the whole way of one message before your eyes, without any configuration."""

import asyncio
import base64
import tempfile
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import aiohttp
import typer
import uvicorn

from omnibound.bootstrap import Running, now_us, running
from omnibound.cli.log import set_up_log
from omnibound.cli.loop import run
from omnibound.cli.options import told
from omnibound.cli.serve import freeze, web_server
from omnibound.config import Config
from omnibound.domain.errors import Invalid
from omnibound.domain.ids import Mint
from omnibound.services.keep_accounts import Accounts
from omnibound.simulators import http
from omnibound.simulators.smsc import Smsc, SmscSettings

USERNAME, PASSWORD = "Aladdin", "open sesame"
APPLICATION = "233623e3c860b49ec69a464834343481-8bj4el4a-256d-23fd-56ad-b5bc3d568b53"
PHONE = "41793026727"
REPORT_S = 20

SCENARIO = {
    "name": "My PUSH-SMS scenario",
    "flow": [{"from": APPLICATION, "channel": "PUSH"}, {"from": "InfoSMS", "channel": "SMS"}],
    "default": True,
}
MESSAGE = {
    "destinations": [{"to": {"phoneNumber": PHONE}}],
    "push": {"text": "This PUSH message will pop up on your mobile device."},
    "sms": {"text": "This is the SMS failover message"},
}


class Demo(NamedTuple):
    """What is running."""

    url: str
    api_key: str
    parts: Running
    server: uvicorn.Server
    smsc: Smsc
    fcm: str


def add(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def demo(
        once: Annotated[bool, typer.Option("--once", help="End after the walk instead of serving on.")] = False,
        port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0: any free one.")] = 8080,
        data: Annotated[str | None, typer.Option(help="Folder of the database; a temporary one if not given.")] = None,
    ) -> None:
        """Start carriers and a server, send a push that fails over to an SMS, and read the report."""
        set_up_log("warning")
        with told():
            run(_demo(once, port, data))


async def _demo(once: bool, port: int, data: str | None) -> None:
    async with AsyncExitStack() as stack:
        folder = data or stack.enter_context(tempfile.TemporaryDirectory(prefix="omnibound-demo-"))
        Path(folder).mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240 - before anything is served
        demo = await stack.enter_async_context(_started(Path(folder), port))
        serving = asyncio.create_task(demo.server.serve())
        while not demo.server.started and not serving.done():  # noqa: ASYNC110 - uvicorn tells nobody
            await asyncio.sleep(0.01)
        if serving.done():
            raise typer.Exit(1)
        url = f"http://127.0.0.1:{demo.server.servers[0].sockets[0].getsockname()[1]}"
        await _walk(demo._replace(url=url))
        _tell_how_to_go_on(demo._replace(url=url), once)
        if once:
            demo.server.should_exit = True
        await serving


@asynccontextmanager
async def _started(folder: Path, port: int) -> AsyncGenerator[Demo]:
    credentials = folder / "fcm-service-account.json"
    async with Smsc(SmscSettings(delay=0.3)) as smsc, http.running(["fcm"], credentials=credentials) as fcm:
        config = Config(data=str(folder), port=port, connectors=_connectors(smsc.port, fcm, credentials))
        async with running(config) as parts:
            api_key = await _account(parts)
            freeze()
            yield Demo("", api_key, parts, web_server(config, parts), smsc, fcm)


def _connectors(smsc_port: int, fcm: str, credentials: Path) -> tuple[dict[str, Any], ...]:
    sms = {
        "name": "simulated-smsc", "kind": "smpp", "channel": "SMS", "host": "127.0.0.1", "port": smsc_port,
        "system_id": "demo", "password": "demo",
    }  # fmt: skip
    push = {
        "name": "simulated-fcm", "kind": "fcm", "channel": "PUSH", "base_url": fcm, "token_url": f"{fcm}/token",
        "credentials": str(credentials),
    }  # fmt: skip
    return sms, push


async def _account(parts: Running) -> str:
    accounts = Accounts(parts.store.accounts, Mint(1), now_us)
    try:
        made = await accounts.add("demo", username=USERNAME, password=PASSWORD)
    except Invalid:
        return "(as printed when this data folder was new)"
    return made.api_key


# --- the walk ---------------------------------------------------------------------------------------------------------


async def _walk(demo: Demo) -> None:
    basic = aiohttp.BasicAuth(USERNAME, PASSWORD)
    async with aiohttp.ClientSession(demo.url, auth=basic) as session:
        _say(f"Omnibound serves at {demo.url}; a simulated SMSC and a simulated FCM stand behind it.")
        _say("1. A device is registered whose push token the provider no longer knows.")
        device = {"application": APPLICATION, "phone": PHONE, "token": "unregistered-demo-phone"}
        await _ask(session, "POST", "/api/v1/devices", device)
        _say("2. The client creates its scenario: PUSH, then SMS.")
        scenario = await _ask(session, "POST", "/omni/1/scenarios", SCENARIO)
        _say(f"   key {scenario['key']}")
        _say(f"3. It sends a message to {PHONE}.")
        answer = await _ask(session, "POST", "/omni/1/advanced", {"scenarioKey": scenario["key"], **MESSAGE})
        placed = answer["messages"][0]
        _say(f"   {placed['status']['name']}, messageId {placed['messageId']}")
        report = await _report(session, placed["messageId"])
        _say("4. What happened:")
        story = await _ask(session, "GET", f"/api/v1/deliveries/{placed['messageId']}")
        _say("\n".join(f"   {_line(event)}" for event in story["timeline"]))
        kept = demo.smsc.messages(1)[0]
        _say(f"   the SMSC took «{kept.text}» from {kept.source} to {kept.destination}")
        _say("5. The report that the client reads:")
        status, error = report["status"], report["error"]
        _say(f"   {report['channel']} {status['name']} ({status['description']}), error {error['name']}")


async def _report(session: aiohttp.ClientSession, message_id: str) -> dict[str, Any]:
    async with asyncio.timeout(REPORT_S):
        while not (rows := (await _ask(session, "GET", f"/omni/1/reports?messageId={message_id}"))["results"]):  # noqa: ASYNC110 - a client polls
            await asyncio.sleep(0.05)
    return rows[0]


async def _ask(session: aiohttp.ClientSession, method: str, path: str, body: Any = None) -> Any:
    async with session.request(method, path, json=body) as answer:
        answer.raise_for_status()
        return await answer.json()


def _line(event: dict[str, Any]) -> str:
    words = [event["at"], event["channel"], event["connector"], event["said"], event["reason"], event["detail"]]
    return "  ".join(str(word) for word in words if word)


def _tell_how_to_go_on(demo: Demo, once: bool) -> None:
    token = base64.b64encode(f"{USERNAME}:{PASSWORD}".encode()).decode()
    _say(f"\nKeys: user name {USERNAME}, password {PASSWORD}; API key {demo.api_key}\n")
    body = '{"destinations":[{"to":{"phoneNumber":"41790000001"}}],"push":{"text":"hi"},"sms":{"text":"hi"}}'
    _say(f"OMNI:    curl -X POST {demo.url}/omni/1/advanced -H 'Authorization: Basic {token}' \\")
    _say(f"           -H 'Content-Type: application/json' -d '{body}'")
    _say(f"         curl {demo.url}/omni/1/reports -u '{USERNAME}:{PASSWORD}'")
    _say(f"Native:  curl {demo.url}/api/openapi.json")
    _say("Carrier: numbers that end in 901 are rejected, in 902 absent, ...: omnibound simulate magic")
    if not once:
        _say("\nServing on. Ctrl-C ends it.")


def _say(words: str) -> None:
    typer.echo(words)
