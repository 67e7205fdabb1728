"""`omnibound calls`: calls that are over, and the SIP messages of a call, from a running server."""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from omnibound.cli.client import DEFAULT_URL, Url, ask, download, text
from omnibound.cli.options import fail, told

_PATH = "/api/v1/calls"
_PAGE = "1000"

MaybeKey = Annotated[
    str, typer.Option("--api-key", envvar="OMNIBOUND_API_KEY", help="The account's API key, or the operators'.")
]

OperatorsKey = Annotated[str, typer.Option("--api-key", envvar="OMNIBOUND_API_KEY", help="The operators' key.")]


def add(app: typer.Typer) -> None:
    """Add the command with the one below it."""
    group = typer.Typer(help="Calls that are over, by their ends; as CSV with --csv.", invoke_without_command=True)
    app.add_typer(group, name="calls")
    group.callback()(calls)
    group.command("ladder")(ladder)


def calls(  # noqa: PLR0913, PLR0917 - an option each
    context: typer.Context,
    api_key: MaybeKey = "",
    since: Annotated[str, typer.Option(help="Those that ended then or later: 2026-11-21, or with a time.")] = "",
    until: Annotated[str, typer.Option(help="Those that ended before.")] = "",
    campaign: Annotated[str, typer.Option(help="Only of this campaign.")] = "",
    number: Annotated[str, typer.Option(help="Only to this number.")] = "",
    connector: Annotated[str, typer.Option(help="Only over this trunk.")] = "",
    reason: Annotated[str, typer.Option(help="Only those that ended so: answered, busy, no_answer, ...")] = "",
    csv: Annotated[Path | None, typer.Option(help="The CSV file to write, with all that is known of each.")] = None,
    url: Url = DEFAULT_URL,
) -> None:
    """See the group."""
    if context.invoked_subcommand:
        return
    if not api_key:
        fail("Missing option '--api-key'.")
    asked = {
        "since": _instant(since), "until": _instant(until), "campaign": campaign, "number": number,
        "connector": connector, "reason": reason,
    }  # fmt: skip
    query = {name: value for name, value in asked.items() if value}
    if csv is None:
        asyncio.run(_print(url, api_key, query))
        return
    with told(1):
        size = asyncio.run(download(url, api_key, f"{_PATH}.csv", csv, **query))
    typer.echo(f"{csv}: {size} octets")


def ladder(
    call: Annotated[str, typer.Argument(help="The call's id, or that of its delivery or request.")],
    api_key: OperatorsKey,
    url: Url = DEFAULT_URL,
) -> None:
    """The SIP messages of a call, under way or over, secrets blanked; with the operators' key."""
    typer.echo(asyncio.run(text(url, api_key, f"{_PATH}/{quote(call, safe='')}/ladder.txt")), nl=False)


def _instant(given: str) -> str:
    """RFC 3339; what has no zone is this machine's time."""
    try:
        return datetime.fromisoformat(given).astimezone().isoformat() if given else ""
    except ValueError:
        fail(f"{given} is no date, nor a date with a time")


async def _print(url: str, key: str, query: dict[str, str]) -> None:
    """A line a call, a page after the other."""
    after = ""
    while True:
        page = await ask(url, key, "GET", _PATH, **query, after=after, limit=_PAGE)
        if not page["calls"]:
            return
        for call in page["calls"]:
            typer.echo("\t".join(map(str, _line(call))))
        after = page["next"]


def _line(call: dict[str, Any]) -> tuple[object, ...]:
    seconds = f"{call['talked_ms'] / 1_000:.1f} s"
    return (
        call["ended_at"], call["number"], call["connector"], call["reason"], seconds, call["digits"], call["agent"],
        call["id"],
    )  # fmt: skip
