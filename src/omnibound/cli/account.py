"""`omnibound account`: who may ask."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated

import msgspec
import typer

from omnibound.api.prices import write_standing
from omnibound.bootstrap import add_account, change_account, now_us, opened
from omnibound.cli.options import ConfigFile, Data, Database, Json, configured, told
from omnibound.config import Config
from omnibound.services.keep_balances import Balances, Standing, read_money

_CODES = "OMNI's error codes of calls: 50xx (of 2018) or 100xx (today's)."
Codes = Annotated[str, typer.Option(help=_CODES)]


def add(app: typer.Typer) -> None:
    """Add the command group."""
    group = typer.Typer(help="Who may ask.", no_args_is_help=True)
    app.add_typer(group, name="account")
    _opening(group)
    _changing(group)
    _paying(group)


def _opening(group: typer.Typer) -> None:
    @group.command("add")
    def add_one(  # noqa: PLR0913, PLR0917 - an option each
        name: Annotated[str, typer.Argument(help="The account's name.")],
        username: Annotated[str, typer.Option(help="User name for Basic; the name if not given.")] = "",
        password: Annotated[str, typer.Option(help="Password for Basic; made if not given.")] = "",
        api_key: Annotated[str, typer.Option(help="API key; made if not given.")] = "",
        notify_url: Annotated[str, typer.Option(help="Where reports are pushed by default.")] = "",
        voice_codes: Codes = "50xx",
        data: Data = None,
        database: Database = None,
        config: ConfigFile = None,
        as_json: Json = False,
    ) -> None:
        """Open an account and print its secrets, this once."""
        settings = configured(config, data=data, database=database)
        wishes = {"username": username, "password": password, "api_key": api_key, "notify_url": notify_url}
        wishes["voice_codes"] = voice_codes
        with told(1):
            made = asyncio.run(add_account(settings, name, **wishes))
        if as_json:
            typer.echo(msgspec.json.encode(made).decode())
        else:
            for field in made.__struct_fields__:
                typer.echo(f"{field + ':':10} {getattr(made, field)}")


def _changing(group: typer.Typer) -> None:
    @group.command("set")
    def set_one(
        name: Annotated[str, typer.Argument(help="The account's name.")],
        voice_codes: Annotated[str | None, typer.Option(help=f"{_CODES} Heeded within five minutes.")] = None,
        countries: Annotated[str | None, typer.Option(help="Countries that it may send to: PL,DE; empty: all.")] = None,
        daily_cap: Annotated[int | None, typer.Option(help="Messages a day (UTC) at most; 0: no end.")] = None,
        prepaid: Annotated[
            bool | None, typer.Option("--prepaid/--no-prepaid", help="Whether it spends only what was paid in.")
        ] = None,
        data: Data = None,
        database: Database = None,
        config: ConfigFile = None,
    ) -> None:
        """Change an account. A running server heeds it within a second, where nothing else is said."""
        settings = configured(config, data=data, database=database)
        with told(1):
            if voice_codes is not None:
                made = asyncio.run(change_account(settings, name, voice_codes=voice_codes))
                typer.echo(f"{made.name}: voice codes {made.voice_codes}")
            if (countries, daily_cap, prepaid) != (None, None, None):
                typer.echo(_words(asyncio.run(_limit(settings, name, countries, daily_cap, prepaid=prepaid))))


def _paying(group: typer.Typer) -> None:
    @group.command("balance")
    def balance_of(
        name: Annotated[str, typer.Argument(help="The account's name.")],
        amount: Annotated[str, typer.Option("--add", help="Pay in so much; below 0: take out.")] = "",
        data: Data = None,
        database: Database = None,
        config: ConfigFile = None,
        as_json: Json = False,
    ) -> None:
        """What an account may send, and its money. Who has paid in spends that, and nothing beyond."""
        settings = configured(config, data=data, database=database)
        with told(1):
            standing = asyncio.run(_balance(settings, name, read_money(amount) if amount else 0))
        typer.echo(msgspec.json.encode(write_standing(standing)).decode() if as_json else _words(standing))


def _words(standing: Standing) -> str:
    told = write_standing(standing)
    money = f"{told.balance} {told.currency}" if told.prepaid else "not prepaid"
    today = f"{told.left_today} of {told.daily_cap} left today" if told.daily_cap else "no daily cap"
    return f"{told.account}: {money}; {today}; countries {','.join(told.countries) or 'all'}"


async def _balance(config: Config, name: str, amount: int) -> Standing:
    async with _balances(config) as balances:
        return await balances.add(name, amount) if amount else await balances.one(name)


async def _limit(
    config: Config, name: str, countries: str | None, daily_cap: int | None, *, prepaid: bool | None
) -> Standing:
    async with _balances(config) as balances:
        return await balances.change(name, countries, daily_cap, prepaid=prepaid)


@asynccontextmanager
async def _balances(config: Config) -> AsyncGenerator[Balances]:
    async with opened(config) as store:
        yield Balances(store.balances, store.accounts, now_us)
