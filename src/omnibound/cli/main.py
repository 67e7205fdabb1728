"""All commands of `omnibound`."""

import typer

from omnibound.cli import (
    account,
    agent,
    alerts,
    announcement,
    backup,
    bench,
    calls,
    campaign,
    demo,
    doctor,
    drain,
    migrate,
    move,
    nodes,
    number,
    parts,
    price,
    reload,
    report,
    restore,
    route,
    say,
    send,
    serve,
    simulate,
)

app = typer.Typer(
    name="omnibound", no_args_is_help=True, add_completion=False, pretty_exceptions_show_locals=False,
    help="One self-hosted server for everything outbound.",
)  # fmt: skip
COMMANDS = (
    demo, serve, reload, drain, account, number, send, report, announcement, campaign, parts, agent, price, route,
    calls, say, simulate, doctor, migrate, move, nodes, alerts, backup, restore, bench,
)  # fmt: skip
for command in COMMANDS:
    command.add(app)


def main() -> None:
    """Run the command line."""
    app()
