"""`omnibound alerts`: what has fired, from a running server."""

import asyncio
import json
from typing import Annotated, Any

import typer

from omnibound.cli.client import DEFAULT_URL, Url, ask
from omnibound.cli.options import Json

OperatorsKey = Annotated[str, typer.Option("--api-key", envvar="OMNIBOUND_API_KEY", help="The operators' key.")]
_HEADS = ("state", "rule", "subject", "fired", "words")


def add(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def alerts(
        api_key: OperatorsKey,
        past: Annotated[bool, typer.Option("--past", help="Those that are over too.")] = False,
        url: Url = DEFAULT_URL,
        as_json: Json = False,
    ) -> None:
        """Alerts that have fired and are not cleared; exit status 1 if there are any."""
        told = asyncio.run(ask(url, api_key, "GET", "/api/v1/alerts"))
        typer.echo(json.dumps(told) if as_json else "\n".join(_lines(told, past)))
        if told["firing"]:
            raise typer.Exit(1)


def _lines(told: dict[str, Any], past: bool) -> list[str]:
    shown = [("firing", each) for each in told["firing"]]
    if past:
        shown += [("cleared", each) for each in told["past"]]
    rows = [(state, each["rule"], each["subject"], each["fired_at"], each["words"]) for state, each in shown]
    lines = ["\t".join(row) for row in [_HEADS, *rows]] if rows else ["nothing has fired"]
    waiting = told["undelivered"]
    return [*lines, f"{waiting} could not be told yet"] if waiting else lines
