"""A call: a text is spoken to a simulated telephone, and what that one heard is kept."""

import asyncio
import wave
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from omnibound.cli.demo.asking import Client, line_of_report
from omnibound.cli.demo.parts import CALLER, Demo
from omnibound.ports import Channel

if TYPE_CHECKING:
    from omnibound.simulators.sip import Kept

PHONE = "48600100200"
TEXT = "This is a call from Omnibound."
CAMPAIGN = "5b7c389fe8df7b60af688989"
"""The id that stands in Conpeek's samples."""
TRUNK_S = 15
"""How long the telephone may need to begin."""

SCENARIO = {"name": "My VOICE scenario", "flow": [{"from": CALLER, "channel": "VOICE"}], "default": False}


async def walk_call(client: Client, demo: Demo, keeps: bool) -> bool:
    """Make it, and print each step; where there can be none, say why. Whether there is a telephone.

    `keeps`: whether the recording outlives us.
    """
    if not await _is_there(demo.trunk):
        typer.echo(f"6. No call is made: {demo.trunk.condition()['why']}.")
        return False
    typer.echo(f"6. It calls {PHONE} and says «{TEXT}»")
    scenario = await client.ask("POST", "/omni/1/scenarios", SCENARIO)
    message = {"destinations": [{"to": {"phoneNumber": PHONE}}], "voice": {"text": TEXT, "language": "en"}}
    answer = await client.ask("POST", "/omni/1/advanced", {"scenarioKey": scenario["key"], **message})
    message_id = answer["messages"][0]["messageId"]
    report = await client.report(message_id)
    typer.echo("7. What happened, and the report:")
    typer.echo(await client.story(message_id))
    for call in demo.network.tally.calls:
        typer.echo(_heard(call, demo.folder / "heard.wav", keeps))
    typer.echo(line_of_report(report))
    return True


async def _is_there(trunk: Channel) -> bool:
    try:
        async with asyncio.timeout(TRUNK_S):
            while not trunk.up():  # noqa: ASYNC110 - a channel tells the engine, and nobody else
                await asyncio.sleep(0.05)
    except TimeoutError:
        return False
    return True


def _heard(call: "Kept", path: Path, keeps: bool) -> str:
    # Late: numpy would make every command wait.
    from omnibound.wire.rtp import RATE, Law, decode

    samples = decode(call.sound.get(Law.MU.payload_type, b""), Law.MU)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.astype("<i2").tobytes())
    where = f", to be listened to in {path}" if keeps else ""
    return f"   {call.number} heard {len(samples) / RATE:.1f} seconds from {call.caller}{where}"


async def make_campaign(client: Client) -> None:
    """The campaign of Conpeek's samples, started, unless it is there already."""
    known = (await client.ask("GET", "/api/v1/campaigns"))["campaigns"]
    if any(each["id"] == CAMPAIGN for each in known):
        return
    body = {"id": CAMPAIGN, "name": "Demonstration", "caller": CALLER, "speech": {"text": TEXT}}
    await client.ask("POST", "/api/v1/campaigns", body)
    await client.ask("POST", f"/api/v1/campaigns/{CAMPAIGN}/start")
