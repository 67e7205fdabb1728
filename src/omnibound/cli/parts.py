"""`omnibound dialer`, `queue`, `results`, `schedule`, `script`: what campaigns share, from one table."""

import asyncio
import json
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import quote

import typer

from omnibound.api.parts import SHAPES, Shape
from omnibound.cli.client import ask
from omnibound.cli.given import Option, command, options_of, under
from omnibound.cli.options import fail
from omnibound.cli.part_words import (
    HOURS_HELP,
    RESULTS_HELP,
    read_effects,
    read_numbers,
    read_questions,
    read_results,
    read_rules,
    read_waits,
)

_GROUPS: Final = {
    "dialer": "Dialers: they start the calls of campaigns.",
    "queue": "Queues: agents who take the answered calls of campaigns.",
    "results": "Call results: what agents may say, and what follows.",
    "schedule": "Schedules: hours that campaigns share.",
    "script": "Scripts: what agents ask.",
}
_LIMITS: Final = "Rounds after the first, by charge: `busy=3`, `not_reached=3`, `machine=3`, `redial=3`."
_PAUSES: Final = "Before the next round, by charge: `busy=10m`."
_EFFECTS: Final = "What differs, by reason: `machine=later:1h:machine`."
_QUESTIONS: Final = "A JSON file, or a text with a question a line: `Who? | I | you`."

_OTHERWISE: Final[dict[str, Option | None]] = {
    "name": None,
    "hours": Option("hours", list[str], HOURS_HELP, under("hours", read_rules)),
    "closed": None,
    "results": Option("result", list[str], RESULTS_HELP, under("results", read_results)),
    "limits": Option("limit", list[str], _LIMITS, under("limits", read_numbers)),
    "pauses_s": Option("pause", list[str], _PAUSES, under("pauses_s", read_waits)),
    "effects": Option("effect", list[str], _EFFECTS, under("effects", read_effects)),
    "questions": Option("questions", Path, _QUESTIONS, under("questions", read_questions)),
}
"""Members that people write otherwise than the API."""


def add(app: typer.Typer) -> None:
    """Add a command group for each kind."""
    for shape in SHAPES:
        group = typer.Typer(help=_GROUPS[shape.kind.word], no_args_is_help=True)
        app.add_typer(group, name=shape.kind.word)
        _add_commands(group, shape, _PartCommands(f"/api/v1/{shape.path}", shape.many))


def _add_commands(group: typer.Typer, shape: Shape, does: "_PartCommands") -> None:
    name = {"name": Annotated[str, typer.Argument(help="For people.")]}
    one = {"part": Annotated[str, typer.Argument(metavar=shape.kind.word.upper(), help="Its id.")]}
    options = options_of(shape.wish, _OTHERWISE)
    renamed = Option("name", str, "For people.", under("name"))
    changes = [renamed, *(option for option in options if option.name != "id")]
    for word, words, made in (
        ("add", "Make one; its id is printed.", command(does.add, name, options)),
        ("list", "All of the account.", command(does.list_all, {})),
        ("show", "One of them, as JSON.", command(does.show, one)),
        ("set", "Change what is given; campaigns that name it follow.", command(does.change, one, changes)),
        ("remove", "Take it away; refused while a campaign names it.", command(does.remove, one)),
    ):
        group.command(word, help=words)(made)


class _PartCommands:
    """What the commands of one kind do."""

    def __init__(self, path: str, many: str) -> None:
        self._path = path
        self._many = many

    def add(self, url: str, key: str, body: dict[str, Any], name: str) -> None:
        typer.echo(asyncio.run(ask(url, key, "POST", self._path, {"name": name, **body}))["id"])

    def list_all(self, url: str, key: str, _body: dict[str, Any]) -> None:
        for each in asyncio.run(self._all(url, key)):
            typer.echo(f"{each['id']}\t{each['name']}")

    async def _all(self, url: str, key: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while page := (await ask(url, key, "GET", self._path, after=found[-1]["id"] if found else ""))[self._many]:
            found += page
        return found

    def show(self, url: str, key: str, _body: dict[str, Any], part: str) -> None:
        typer.echo(json.dumps(asyncio.run(ask(url, key, "GET", self._one(part))), indent=2, ensure_ascii=False))

    def change(self, url: str, key: str, body: dict[str, Any], part: str) -> None:
        if not body:
            fail("nothing to change: give at least one option")
        typer.echo(f"{asyncio.run(ask(url, key, 'PATCH', self._one(part), body))['id']}: changed")

    def remove(self, url: str, key: str, _body: dict[str, Any], part: str) -> None:
        asyncio.run(ask(url, key, "DELETE", self._one(part)))
        typer.echo(f"{part}: removed")

    def _one(self, part: str) -> str:
        return f"{self._path}/{quote(part, safe='')}"
