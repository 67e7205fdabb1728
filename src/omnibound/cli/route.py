"""`omnibound route`: which way a number would go."""

import asyncio
from typing import Annotated, Any
from urllib.parse import quote

import msgspec
import typer

from omnibound.cli.calls import OperatorsKey
from omnibound.cli.client import DEFAULT_URL, Url, ask
from omnibound.cli.options import Json


def add(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def route(
        number: Annotated[str, typer.Argument(help="The number.")],
        api_key: OperatorsKey,
        account: Annotated[str, typer.Option(help="The account that would send.")] = "",
        sender: Annotated[str, typer.Option(help="The sender that would be shown.")] = "",
        channel: Annotated[str, typer.Option(help="The channel.")] = "SMS",
        url: Url = DEFAULT_URL,
        as_json: Json = False,
    ) -> None:
        """Which route a number would take, and why, as a running server has it."""
        asked = {"account": account, "sender": sender, "channel": channel}
        query = {name: value for name, value in asked.items() if value}
        found = asyncio.run(ask(url, api_key, "GET", f"/api/v1/routes/{quote(number, safe='')}", **query))
        typer.echo(msgspec.json.encode(found).decode() if as_json else "\n".join(_lines(found, channel)))


def _lines(found: dict[str, Any], channel: str) -> list[str]:
    price = "unknown" if found["price"] is None else f"{found['price']} {found['currency']}"
    lines = [f"{found['number']}: country {found['country'] or '-'}, network {found['mcc_mnc'] or '-'}, price {price}"]
    lines += [_route(number, each) for number, each in enumerate(found["routes"], 1)]
    lines += [_way(each) for each in found["connectors"]]
    if not found["routes"]:
        lines.append(f"there are no routes of {channel}: its connectors share")
    elif not found["connectors"]:
        lines.append("no route takes it: it is refused")
    return lines


def _route(number: int, route: dict[str, Any]) -> str:
    fits = [f"{name} {', '.join(route[name])}" for name in ("prefixes", "accounts", "senders") if route[name]]
    says = "taken" if route["taken"] else route["why"]
    return f"route {number} ({'; '.join(fits) or 'everything'} -> {', '.join(route['connectors'])}): {says}"


def _way(way: dict[str, Any]) -> str:
    cost = "unknown" if way["cost"] is None else way["cost"]
    return f"  {way['connector']}: {'up' if way['up'] else 'down'}, {way['condition']}, cost {cost}"
