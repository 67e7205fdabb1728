"""`omnibound account`: who may ask."""

import asyncio
from typing import Annotated

import msgspec
import typer

from omnibound.bootstrap import add_account, change_account
from omnibound.cli.options import ConfigFile, Data, Database, Json, configured, told

Codes = Annotated[str, typer.Option(help="OMNI's error codes of calls: 50xx (of 2018) or 100xx (today's).")]


def add(app: typer.Typer) -> None:
    """Add the command group."""
    group = typer.Typer(help="Who may ask.", no_args_is_help=True)
    app.add_typer(group, name="account")

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

    @group.command("set")
    def set_one(
        name: Annotated[str, typer.Argument(help="The account's name.")],
        voice_codes: Codes,
        data: Data = None,
        database: Database = None,
        config: ConfigFile = None,
    ) -> None:
        """Change an account. A running server heeds it within five minutes."""
        settings = configured(config, data=data, database=database)
        with told(1):
            made = asyncio.run(change_account(settings, name, voice_codes=voice_codes))
        typer.echo(f"{made.name}: voice codes {made.voice_codes}")
