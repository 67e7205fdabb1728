"""`omnibound number`: whose messages to our numbers are."""

import asyncio
from typing import Annotated

import msgspec
import typer

from omnibound.api.numbers import NumberOut, write_number
from omnibound.bootstrap import kept_numbers
from omnibound.cli.options import ConfigFile, Data, Database, Json, configured, told
from omnibound.config import Config
from omnibound.services.keep_numbers import NumberWish

_HEADS = ("id", "number", "channel", "account", "keyword", "format", "url")


def add(app: typer.Typer) -> None:
    """Add the command group."""
    group = typer.Typer(help="Whose messages to our numbers are.", no_args_is_help=True)
    app.add_typer(group, name="number")

    @group.command("add")
    def add_one(  # noqa: PLR0913, PLR0917 - an option each
        number: Annotated[str, typer.Argument(help="One of our numbers, as people write to it.")],
        account: Annotated[str, typer.Option(help="The account that messages to it belong to.")],
        channel: Annotated[str, typer.Option(help="The channel that they come on.")] = "SMS",
        keyword: Annotated[str, typer.Option(help="Only messages that begin with it; the longest wins.")] = "",
        push_url: Annotated[str, typer.Option("--url", help="Where they are pushed; else the account's address.")] = "",
        format_: Annotated[
            str, typer.Option("--format", help="How they are pushed: infobip-omni (default), infobip-omni.xml, native.")
        ] = "",
        data: Data = None,
        database: Database = None,
        config: ConfigFile = None,
        as_json: Json = False,
    ) -> None:
        """Give a number to an account, with what came to it in the last 48 hours."""
        settings = configured(config, data=data, database=database)
        wish = NumberWish(
            number=number, account=account, channel=channel, keyword=keyword, url=push_url, format=format_
        )  # fmt: skip
        with told(1):
            made = asyncio.run(_add(settings, wish))
        if as_json:
            typer.echo(msgspec.json.encode(made).decode())
        else:
            typer.echo(f"{made.number} ({made.channel}) belongs to {made.account}")

    @group.command("list")
    def list_all(
        data: Data = None, database: Database = None, config: ConfigFile = None, as_json: Json = False
    ) -> None:
        """Our numbers and whose they are."""
        settings = configured(config, data=data, database=database)
        with told(1):
            found = asyncio.run(_all(settings))
        if as_json:
            typer.echo(msgspec.json.encode({"numbers": found}).decode())
        else:
            typer.echo("\n".join("\t".join(row) for row in [_HEADS, *map(_row, found)]))


def _row(number: NumberOut) -> tuple[str, ...]:
    return tuple(str(getattr(number, head)) for head in _HEADS)


async def _add(config: Config, wish: NumberWish) -> NumberOut:
    async with kept_numbers(config) as numbers:
        return write_number(numbers, await numbers.add(wish))


async def _all(config: Config) -> list[NumberOut]:
    async with kept_numbers(config) as numbers:
        return [write_number(numbers, listing) for listing in await numbers.all()]
