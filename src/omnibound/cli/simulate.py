"""`omnibound simulate`: carriers that can be run."""

from pathlib import Path
from typing import Annotated

import typer

from omnibound.cli.loop import run
from omnibound.cli.options import fail
from omnibound.simulators import http
from omnibound.simulators.smsc import SmscSettings, magic_table, serve

Port = Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0: any free one.")]
Host = Annotated[str, typer.Option(help="Address to listen on.")]


def add(app: typer.Typer) -> None:
    """Add the command group."""
    group = typer.Typer(help="Carriers that can be run, for trying out and for tests.", no_args_is_help=True)
    app.add_typer(group, name="simulate")
    group.command()(smsc)
    group.command("http")(http_providers)
    group.command()(sip)
    group.command()(smtp)
    group.command()(magic)


def smsc(  # noqa: PLR0913, PLR0917 - an option each
    port: Port = 2775,
    host: Host = "127.0.0.1",
    rate: Annotated[float, typer.Option(help="Messages a second; above it ESME_RTHROTTLED. 0: no limit.")] = 0,
    delay: Annotated[float, typer.Option(help="Seconds from a submit to its receipt.")] = 0.1,
    window: Annotated[int, typer.Option(help="Unanswered submits a bind may have. 0: no limit.")] = 0,
    system_id: Annotated[str, typer.Option(help="Who may bind; empty: anybody.")] = "",
    password: Annotated[str, typer.Option(help="Their password; empty: any.")] = "",
    control_port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port for control lines (JSON); 0: any free one.")
    ] = None,
    keep: Annotated[str, typer.Option(help="messages, or numbers: also count by destination.")] = "messages",
    last: Annotated[int, typer.Option(help="How many of the last messages can be read again.")] = 10_000,
) -> None:
    """A simulated SMS centre speaking SMPP 3.4."""
    settings = {
        "host": host, "port": port, "rate": rate, "delay": delay, "window": window, "system_id": system_id,
        "password": password, "control_port": control_port, "keep": keep, "last": last,
    }  # fmt: skip
    try:
        run(serve(SmscSettings(**settings)))  # pyright: ignore[reportArgumentType]
    except (ValueError, OSError) as error:
        fail(str(error))


def http_providers(
    port: Port = 8090,
    host: Host = "127.0.0.1",
    provider: Annotated[list[str] | None, typer.Option(help="Which to play; all if none is named.")] = None,
    credentials: Annotated[Path | None, typer.Option(help="File for the made service account.")] = None,
) -> None:
    """Simulated HTTP providers (push and others)."""
    names = provider or sorted(http.providers())
    started = http.serve(
        port, names, host=host, credentials=credentials, started=lambda url: typer.echo(f"{', '.join(names)} at {url}")
    )
    try:
        run(started)
    except (ValueError, OSError) as error:
        fail(str(error))


def sip(
    port: Port = 5060,
    host: Host = "127.0.0.1",
    username: Annotated[str, typer.Option(help="Who may call; empty: anybody.")] = "",
    password: Annotated[str, typer.Option(help="Their password (digest).")] = "",
    ring_s: Annotated[float, typer.Option(help="Seconds that a phone rings before it answers.")] = 0.2,
    sound: Annotated[
        str, typer.Option(help="What is done with the sound that comes: echo, record or nothing.")
    ] = "echo",
    lines: Annotated[int, typer.Option(help="Calls at a time; above it 503. 0: no limit.")] = 0,
) -> None:
    """A simulated telephone network speaking SIP over UDP and TCP."""
    # Late: most commands need not wait for numpy.
    from omnibound.simulators import sip as telephones

    settings = {
        "host": host, "port": port, "username": username, "password": password, "ring_s": ring_s, "sound": sound,
        "lines": lines,
    }  # fmt: skip
    try:
        run(telephones.serve(telephones.SipSettings(**settings)))  # pyright: ignore[reportArgumentType]
    except (ValueError, OSError) as error:
        fail(str(error))


def smtp(  # noqa: PLR0913, PLR0917 - an option each
    port: Port = 2525,
    host: Host = "127.0.0.1",
    username: Annotated[str, typer.Option(help="Who may send; empty: anybody.")] = "",
    password: Annotated[str, typer.Option(help="Their password (PLAIN, LOGIN).")] = "",
    tls: Annotated[str, typer.Option(help="none, starttls or tls, with a made certificate.")] = "none",
    certificate: Annotated[str, typer.Option(help="File to write that certificate to.")] = "",
    bounces: Annotated[str, typer.Option(help="host:port that notifications and complaints go to.")] = "",
    lmtp: Annotated[bool, typer.Option(help="Whether they go by LMTP, or by SMTP.")] = True,
    delay: Annotated[float, typer.Option(help="Seconds from a mail to its notification.")] = 0.1,
) -> None:
    """A simulated mail relay speaking SMTP."""
    # Late: most commands need neither a mail client nor certificates.
    from omnibound.simulators import smtp as relays

    settings = {
        "host": host, "port": port, "username": username, "password": password, "tls": tls, "certificate": certificate,
        "bounces": bounces, "lmtp": lmtp, "delay": delay,
    }  # fmt: skip
    try:
        run(relays.serve(relays.SmtpSettings(**settings)))  # pyright: ignore[reportArgumentType]
    except (ValueError, OSError) as error:
        fail(str(error))


def magic() -> None:
    """The numbers that make the simulated SMS centre behave badly."""
    typer.echo(magic_table())
