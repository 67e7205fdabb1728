"""`omnibound announcement`: recordings that calls play."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from omnibound.api.announcements import AnnouncementOut, write_announcement
from omnibound.bootstrap import kept_announcements
from omnibound.cli.options import ConfigFile, Data, Database, Json, configured, told
from omnibound.config import Config

_PART = 1 << 20
_PAGE = 1_000
_HEADS = ("id", "seconds", "octets", "name")

AccountName = Annotated[str, typer.Option(help="The account that it belongs to.")]


def add(app: typer.Typer) -> None:
    """Add the command group."""
    group = typer.Typer(help="Recordings that calls play.", no_args_is_help=True)
    app.add_typer(group, name="announcement")

    @group.command("add")
    def add_one(
        file: Annotated[Path, typer.Argument(help="WAV, MP3, OGG or FLAC.")],
        account: AccountName,
        id_: Annotated[str, typer.Option("--id", help="What calls name it by; made if not given.")] = "",
        name: Annotated[str, typer.Option(help="For people; the file's name if not given.")] = "",
        data: Data = None,
        database: Database = None,
        config: ConfigFile = None,
        as_json: Json = False,
    ) -> None:
        """Take a recording and convert it for telephones."""
        settings = configured(config, data=data, database=database)
        with told(1):
            made = asyncio.run(_add(settings, account, file, id_, name))
        if as_json:
            typer.echo(msgspec.json.encode(made).decode())
        else:
            typer.echo(f"{made.id}: {made.seconds:.1f} seconds")

    @group.command("list")
    def list_all(
        account: AccountName,
        data: Data = None,
        database: Database = None,
        config: ConfigFile = None,
        as_json: Json = False,
    ) -> None:
        """The announcements of an account."""
        settings = configured(config, data=data, database=database)
        with told(1):
            found = asyncio.run(_all(settings, account))
        if as_json:
            typer.echo(msgspec.json.encode({"announcements": found}).decode())
        else:
            typer.echo("\n".join("\t".join(row) for row in [_HEADS, *map(_row, found)]))


def _row(announcement: AnnouncementOut) -> tuple[str, ...]:
    return tuple(str(getattr(announcement, head)) for head in _HEADS)


async def _add(config: Config, account: str, file: Path, id_: str, name: str) -> AnnouncementOut:
    async with kept_announcements(config, account) as (announcements, owner):
        audio = _parts(file)
        return write_announcement(await announcements.add(owner, audio, id_, name or file.name))


async def _parts(file: Path) -> AsyncIterator[bytes]:
    with file.open("rb") as opened:
        while part := await asyncio.to_thread(opened.read, _PART):
            yield part


async def _all(config: Config, account: str) -> list[AnnouncementOut]:
    found: list[AnnouncementOut] = []
    async with kept_announcements(config, account) as (announcements, owner):
        while page := await announcements.page(owner, found[-1].id if found else "", _PAGE):
            found += map(write_announcement, page)
    return found
