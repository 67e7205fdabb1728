"""`omnibound report`: what became of messages."""

import asyncio
import json
from typing import Annotated
from urllib.parse import quote

import typer

from omnibound.cli.client import DEFAULT_URL, Key, Url, ask


def add(app: typer.Typer) -> None:
    """Add the command group."""
    group = typer.Typer(help="What became of messages.", no_args_is_help=True)
    app.add_typer(group, name="report")

    @group.command()
    def take(
        api_key: Key,
        limit: Annotated[int, typer.Option(help="At most so many.")] = 50,
        bulk: Annotated[str, typer.Option(help="Only of this bulk.")] = "",
        url: Url = DEFAULT_URL,
    ) -> None:
        """Take the reports that wait; each is given once."""
        query = {"limit": str(limit)} | ({"bulkId": bulk} if bulk else {})
        _show(asyncio.run(ask(url, api_key, "GET", "/omni/1/reports", **query)))

    @group.command()
    def again(
        api_key: Key,
        after: Annotated[int, typer.Option(help="The cursor of an earlier answer; 0 from the beginning.")] = 0,
        limit: Annotated[int, typer.Option(help="At most so many hand-outs.")] = 50,
        url: Url = DEFAULT_URL,
    ) -> None:
        """Give reports again that were taken in the last 48 hours."""
        _show(asyncio.run(ask(url, api_key, "GET", "/api/v1/reports", after=str(after), limit=str(limit))))

    @group.command()
    def show(
        message_id: Annotated[str, typer.Argument(help="A messageId, the server's or your own.")],
        api_key: Key,
        url: Url = DEFAULT_URL,
    ) -> None:
        """The whole story of one message."""
        _show(asyncio.run(ask(url, api_key, "GET", f"/api/v1/deliveries/{quote(message_id, safe='')}")))


def _show(answer: object) -> None:
    typer.echo(json.dumps(answer, indent=2, ensure_ascii=False))
