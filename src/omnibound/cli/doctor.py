"""`omnibound doctor`: is everything as it must be before the server is started, or while it runs?"""

import asyncio
import logging
import os
import socket
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer
from msgspec.structs import replace

from omnibound.bootstrap import check_names, dialect_settings, now_us
from omnibound.bootstrap_calls import build_studio
from omnibound.channels.base import Deps, build_channel, read_settings
from omnibound.channels.sip import KIND as SIP
from omnibound.channels.sip import Settings as SipSettings
from omnibound.cli.doctor_running import of_health, running
from omnibound.cli.findings import Finding, Findings, Say
from omnibound.cli.options import ConfigFile, Data, Database, Json, configured, fail, told
from omnibound.config import Config
from omnibound.domain.errors import Refused
from omnibound.store.errors import StoreError
from omnibound.store.opened import database_version

if TYPE_CHECKING:
    from omnibound.voice.speech.studio import Studio

CONNECT_S = 3.0


def add(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def doctor(
        config: ConfigFile = None, data: Data = None, database: Database = None,
        call: Annotated[str, typer.Option(metavar="NUMBER", help="Call this number over a trunk, and measure.")] = "",
        trunk: Annotated[str, typer.Option(metavar="NAME", help="Look at this connector of the kind sip alone.")] = "",
        as_json: Json = False,
    ) -> None:  # fmt: skip
        """Check configuration, data folder, database and the way to each carrier; exit status 1 if not well."""
        settings = configured(config, data=data, database=database)
        findings = Findings(as_json)
        if call or trunk:
            _try_trunk(settings, trunk, call, findings)
        else:
            for check in CHECKS:
                for finding in check(settings):
                    findings.say(finding)
        findings.end()
        raise typer.Exit(0 if findings.well else 1)


def _try_trunk(config: Config, name: str, number: str, findings: Findings) -> None:
    """Ends with status 2 where no trunk is meant, or several might be."""
    names = [str(table.get("name")) for table in config.connectors if table.get("kind") == SIP]
    chosen = [name] if name else names
    if len(chosen) != 1 or chosen[0] not in names:
        fail(f"--trunk has to name one connector of the kind sip: {', '.join(names) or 'there is none'}")
    table = next(table for table in config.connectors if table.get("name") == chosen[0])
    with told():
        settings = read_settings(table)
    findings.call = asyncio.run(_looked_at(config, settings, findings.say, number))


async def _looked_at(config: Config, settings: object, say: Say, number: str = "") -> object:
    # Late: most commands need not wait for numpy.
    from omnibound.cli.doctor_trunk import look_at

    assert isinstance(settings, SipSettings)  # noqa: S101 - by its kind
    with _silence():
        return msgspec.to_builtins(await look_at(config, settings, say, number))


def _python(_config: Config) -> Iterator[Finding]:
    yield sys.version_info >= (3, 11), f"Python {sys.version.split()[0]} (3.11 or newer)"


def _data_folder(config: Config) -> Iterator[Finding]:
    folder = Path(config.data)
    there = next(each for each in (folder.absolute(), *folder.absolute().parents) if each.exists())
    well = there.is_dir() and os.access(there, os.W_OK | os.X_OK)
    yield well, f"data folder {folder} {'can' if well else 'cannot'} be written"


def _database(config: Config) -> Iterator[Finding]:
    try:
        at, newest = asyncio.run(database_version(Path(config.data), config.database))
    except StoreError as error:
        yield False, f"database: {error}"
        return
    words = "will be made at the first start" if at == 0 else f"is at migration {at}, this version knows {newest}"
    yield at <= newest, f"database {words}"


def _dialects(config: Config) -> Iterator[Finding]:
    try:
        dialect_settings(config)
    except Refused as error:
        yield False, str(error)
    else:
        yield True, "tables of the dialects are understood"


def _port(config: Config) -> Iterator[Finding]:
    with socket.socket(socket.AF_INET6 if ":" in config.host else socket.AF_INET) as own:
        own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            own.bind((config.host, config.port))
        except OSError as error:
            told = running(config)
            wrong = (False, f"{config.host}:{config.port} cannot be listened on: {error.strerror}")
            yield from of_health(config, told) if told else (wrong,)
        else:
            yield True, f"{config.host}:{config.port} is free"


def _connectors(config: Config) -> Iterator[Finding]:
    if not config.connectors:
        yield True, "no connectors are configured: every message will end as REJECTED_ROUTE_NOT_AVAILABLE"
    try:
        check_names(config)
    except Refused as error:
        yield False, str(error)
    for table in config.connectors:
        try:
            build_channel(table, Deps(str(table.get("name", "")), now_us))
        except Refused as error:
            yield False, str(error)
            continue
        if table.get("kind") == SIP:
            findings: list[Finding] = []
            asyncio.run(_looked_at(config, read_settings(table), findings.append))
            yield from findings
        else:
            yield asyncio.run(_reachable(table))


@contextmanager
def _silence() -> Generator[None]:
    """No log: what is wrong is a finding."""
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


async def _reachable(table: dict[str, object]) -> Finding:
    name, host, port = table["name"], table.get("host"), table.get("port")
    if not host or not port:
        return True, f"connector {name}: its table is understood"
    try:
        _, writer = await asyncio.wait_for(asyncio.open_connection(str(host), int(str(port))), CONNECT_S)
    except (OSError, TimeoutError) as error:
        return False, f"connector {name}: {host}:{port} does not answer ({error or 'time-out'})"
    writer.close()
    return True, f"connector {name}: {host}:{port} answers"


def _telephone(config: Config) -> Iterator[Finding]:
    """Whether the telephone's own ports are free; those of a server that runs are taken."""
    if not any(table.get("kind") == SIP for table in config.connectors) or running(config):
        return
    from omnibound.voice.media import Ports

    host, port = config.voice.where
    for kind, name in ((socket.SOCK_DGRAM, "UDP"), (socket.SOCK_STREAM, "TCP")):
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind) as own:
            try:
                own.bind((host, port))
            except OSError as error:
                yield False, f"SIP at {host}:{port} over {name} cannot be listened on: {error.strerror}"
            else:
                yield True, f"SIP at {host}:{port} over {name} is free"
    first, last = config.voice.rtp_ports
    ports = Ports(first, last, host)
    try:
        ports.close(ports.open())
    except (Refused, OSError) as error:
        yield False, f"RTP ports {first} to {last}: {error}"
    else:
        yield True, f"RTP ports {first} to {last} can be opened"


def _voices(config: Config) -> Iterator[Finding]:
    if config.voices:
        yield from asyncio.run(_spoken(config))


async def _spoken(config: Config) -> list[Finding]:
    """What each voice makes of a short text."""
    with TemporaryDirectory(prefix="omnibound-doctor-") as folder:
        try:
            studio = build_studio(replace(config, data=folder))
        except Refused as error:
            return [(False, str(error))]
        findings = [await _speaks(studio, str(table["id"])) for table in config.voices]
        await studio.close()
    return findings


async def _speaks(studio: "Studio", voice: str) -> Finding:
    try:
        await studio.render(voice, text="1, 2, 3")
    except Refused as error:
        return False, f"voice {voice}: {error}"
    return True, f"voice {voice} speaks"


CHECKS: tuple[Callable[[Config], Iterator[Finding]], ...] = (
    _python, _data_folder, _database, _dialects, _port, _connectors, _telephone, _voices,
)  # fmt: skip
