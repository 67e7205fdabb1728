"""`omnibound drain`: no new calls, and wait for the last one."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from omnibound.cli.options import ConfigFile, Data, configured, fail, told
from omnibound.voice.draining import drain as drain_calls
from omnibound.voice.draining import undrain

_AFTER = "no new calls are made until the server is started anew, or `omnibound drain --off`"


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command("drain")(drain)


def drain(
    config: ConfigFile = None,
    data: Data = None,
    timeout: Annotated[float, typer.Option(min=0, help="Seconds to wait at most; 0: as long as it takes.")] = 0,
    off: Annotated[bool, typer.Option("--off", help="Let the server call again, and wait for nothing.")] = False,
) -> None:
    """Begin no calls any more, and wait for the last one; whether the server runs or has been stopped."""
    folder = Path(configured(config, data=data).data)
    with told(1):
        if off:
            asyncio.run(_undrain(folder))
        else:
            asyncio.run(_drain(folder, timeout))


async def _undrain(folder: Path) -> None:
    typer.echo("calls are made again" if await undrain(folder) else "no telephone runs: there is nothing to undo")


async def _drain(folder: Path, timeout_s: float) -> None:
    calls: int | None = None
    try:
        async with asyncio.timeout(timeout_s or None):
            async for answer in drain_calls(folder):
                if answer.calls != calls:
                    calls = answer.calls
                    typer.echo(f"calls under way: {calls}")
    except TimeoutError:
        fail(f"calls still under way after {timeout_s:g} s: {calls or 0}; {_AFTER}", 1)
    typer.echo("no telephone runs: no call is under way" if calls is None else f"the last call is over; {_AFTER}")
