"""`omnibound price`: what numbers cost."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from omnibound.api.base import from_date
from omnibound.api.prices import PriceListOut, write_head, write_read
from omnibound.bootstrap import now_us, opened
from omnibound.bootstrap_money import prices_of
from omnibound.cli.options import ConfigFile, Data, Database, Json, configured, fail, told
from omnibound.config import Config
from omnibound.domain.errors import Invalid
from omnibound.domain.ids import Mint
from omnibound.domain.price import ListHead
from omnibound.services.keep_prices import Prices, Read, read_rates

SHOWN = 20


def add(app: typer.Typer) -> None:
    """Add the command group."""
    group = typer.Typer(help="What numbers cost.", no_args_is_help=True)
    app.add_typer(group, name="price")
    _taking(group)
    _keeping(group)


def _taking(group: typer.Typer) -> None:
    @group.command("import")
    def import_list(  # noqa: PLR0913, PLR0917 - an option each
        file: Annotated[Path, typer.Argument(help="A CSV table: prefix, mcc, mnc, price, currency, connector, ...")],
        name: Annotated[str, typer.Option(help="Whose place it takes; several lists hold beside each other.")] = "",
        since: Annotated[str, typer.Option("--from", help="When it begins to hold; now if not given.")] = "",
        dry_run: Annotated[bool, typer.Option("--dry-run", help="Look only.")] = False,
        partly: Annotated[bool, typer.Option("--partly", help="Leave out rows that are no rates.")] = False,
        data: Data = None,
        database: Database = None,
        config: ConfigFile = None,
        as_json: Json = False,
    ) -> None:
        """Take a price list from a table. A running server heeds it within a second."""
        settings = configured(config, data=data, database=database)
        with told(1):
            read = read_rates(file.read_bytes())
            taken = not dry_run and (partly or not read.rejected)
            made = asyncio.run(_put(settings, name, _instant(since), read)) if taken else None
        _tell(read, made, as_json=as_json)
        if read.rejected and not (partly or dry_run):
            fail("nothing was taken: mend the rows, or leave them out with --partly", 1)


def _keeping(group: typer.Typer) -> None:
    @group.command("list")
    def list_all(
        data: Data = None, database: Database = None, config: ConfigFile = None, as_json: Json = False
    ) -> None:
        """All price lists that are kept, the oldest first."""
        settings = configured(config, data=data, database=database)
        with told(1):
            heads = [write_head(head) for head in asyncio.run(_heads(settings))]
        if as_json:
            typer.echo(msgspec.json.encode({"lists": heads}).decode())
        else:
            typer.echo("\n".join(["name\tsince\trates", *map(_line, heads)]))

    @group.command("drop")
    def drop_one(
        name: Annotated[str, typer.Argument(help="The list's name.")],
        data: Data = None,
        database: Database = None,
        config: ConfigFile = None,
    ) -> None:
        """Nothing has a price by this list from now on."""
        settings = configured(config, data=data, database=database)
        with told(1):
            typer.echo(_line(write_head(asyncio.run(_drop(settings, name)))))


def _line(head: PriceListOut) -> str:
    return f"{head.name}\t{head.since.isoformat() if head.since else ''}\t{head.rates}"


def _tell(read: Read, made: ListHead | None, *, as_json: bool) -> None:
    if as_json:
        typer.echo(msgspec.json.encode(write_read(read, made)).decode())
        return
    for each in read.rejected[:SHOWN]:
        typer.echo(f"line {each.line}: {each.column}: {each.why}", err=True)
    if len(read.rejected) > SHOWN:
        typer.echo(f"and {len(read.rejected) - SHOWN} more", err=True)
    typer.echo(f"{len(read.rates)} rates, {len(read.rejected)} rows rejected")
    if made:
        typer.echo(_line(write_head(made)))


def _instant(given: str) -> int:
    try:
        return from_date(datetime.fromisoformat(given).astimezone()) if given else 0
    except ValueError as error:
        raise Invalid(f"{given} is no date, nor a date with a time", "from") from error


@asynccontextmanager
async def _prices(config: Config) -> AsyncGenerator[Prices]:
    async with opened(config) as store:
        yield prices_of(config, store, Mint(63), now_us)


async def _put(config: Config, name: str, since: int, read: Read) -> ListHead:
    async with _prices(config) as prices:
        return await prices.put(name, since, read)


async def _heads(config: Config) -> list[ListHead]:
    async with _prices(config) as prices:
        return await prices.heads()


async def _drop(config: Config, name: str) -> ListHead:
    async with _prices(config) as prices:
        return await prices.drop(name)
