"""`omnibound doctor`: is everything as it must be before the server is started, or while it runs?"""

import asyncio
import logging
import socket
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer
from msgspec.structs import replace

from omnibound.bootstrap import dialect_settings, now_us
from omnibound.bootstrap_calls import build_studio
from omnibound.bootstrap_connectors import check_names
from omnibound.bootstrap_reload import wrong_routes
from omnibound.channels.base import Common, Deps, build_channel, read_settings
from omnibound.channels.sip import KIND as SIP
from omnibound.channels.sip import Settings as SipSettings
from omnibound.cli.doctor_carriers import ask
from omnibound.cli.doctor_clients import webhooks
from omnibound.cli.doctor_machine import files, python, warnings
from omnibound.cli.doctor_running import of_health, running
from omnibound.cli.doctor_store import data_folder, database
from omnibound.cli.findings import Advice, Finding, Findings, Found, Say
from omnibound.cli.options import ConfigFile, Data, Database, Json, configured, fail, told
from omnibound.config import Config
from omnibound.domain.errors import Refused

if TYPE_CHECKING:
    from omnibound.voice.speech.studio import Studio

_UNREAD = "the server does not start with it, and a reload changes nothing"


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
                for found in check(settings):
                    findings.say(found)
            for found in warnings(settings, _readable_tables(settings), config):
                findings.say(found)
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


def _dialects(config: Config) -> Iterator[Found]:
    try:
        dialect_settings(config)
    except Refused as error:
        yield False, str(error)
    else:
        yield True, "tables of the dialects are understood"


def _routes(config: Config) -> Iterator[Found]:
    """Whether connectors can follow them."""
    try:
        wrong_routes(config)
    except Refused as error:
        yield Advice(False, str(error), _UNREAD, "docs/reference/configuration.md tells of [[routes]]")


def _port(config: Config) -> Iterator[Found]:
    with socket.socket(socket.AF_INET6 if ":" in config.host else socket.AF_INET) as own:
        own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            own.bind((config.host, config.port))
        except OSError as error:
            told = running(config)
            why, do = "the server ends as soon as it is started", "host and port; `ss -ltnp` tells who is there"
            words = f"{config.host}:{config.port} cannot be listened on: {error.strerror}"
            wrong = Advice(False, words, why, do)
            yield from of_health(config, told) if told else (wrong,)
        else:
            yield True, f"{config.host}:{config.port} is free"


def _connectors(config: Config) -> Iterator[Found]:
    if not config.connectors:
        why = "every message will end as REJECTED_ROUTE_NOT_AVAILABLE"
        yield Advice(True, f"no connectors are configured: {why}")
    try:
        check_names(config)
    except Refused as error:
        yield Advice(False, str(error), _UNREAD, "give each a name of its own")
    runs = running(config) is not None
    for table in config.connectors:
        try:
            build_channel(table, Deps(str(table.get("name", "")), now_us))
            settings = read_settings(table)
        except Refused as error:
            yield Advice(False, str(error), _UNREAD, "docs/reference/connectors.md has all settings of each kind")
            continue
        if isinstance(settings, SipSettings):
            findings: list[Finding] = []
            asyncio.run(_looked_at(config, settings, findings.append))
            yield from findings
        else:
            with _silence():
                found = asyncio.run(ask(settings, runs=runs))
            yield from found


@contextmanager
def _silence() -> Generator[None]:
    """No log: what is wrong is a finding."""
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


def _telephone(config: Config) -> Iterator[Found]:
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


def _voices(config: Config) -> Iterator[Found]:
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


def _readable_tables(config: Config) -> list[Common]:
    """The connectors whose tables say no nonsense: what is wrong with the others was said."""
    tables: list[Common] = []
    for table in config.connectors:
        with suppress(Refused):
            tables.append(read_settings(table))
    return tables


CHECKS: tuple[Callable[[Config], Iterator[Found]], ...] = (
    python, files, data_folder, database, _dialects, _routes, _port, _connectors, _telephone, _voices, webhooks,
)  # fmt: skip
