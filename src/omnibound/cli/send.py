"""`omnibound send`: one message through a running server, as a client would."""

import asyncio
import json
from typing import Annotated

import typer

from omnibound.cli.client import DEFAULT_URL, Key, Url, ask


def add(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def send(
        to: Annotated[list[str], typer.Argument(help="Phone numbers, international digits.")],
        api_key: Key,
        sms: Annotated[str, typer.Option(help="The text for an SMS step.")] = "",
        push: Annotated[str, typer.Option(help="The text for a PUSH step.")] = "",
        scenario: Annotated[str, typer.Option(help="Key of a scenario; the default one if not given.")] = "",
        url: Url = DEFAULT_URL,
    ) -> None:
        """Send a message and print what the server says."""
        body = {
            "destinations": [{"to": {"phoneNumber": number}} for number in to],
            "sms": {"text": sms} if sms else None,
            "push": {"text": push} if push else None,
            "scenarioKey": scenario or None,
        }
        answer = asyncio.run(ask(url, api_key, "POST", "/omni/1/advanced", body))
        typer.echo(json.dumps(answer, indent=2))
