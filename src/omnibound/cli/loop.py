"""The event loop of a command."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import typer
import uvloop


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run on uvloop until it ends or is interrupted."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        try:
            runner.run(main)
        except KeyboardInterrupt:
            typer.echo("stopped")
