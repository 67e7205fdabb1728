"""Every command line that a page shows is one that `omnibound` understands."""

import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import typer

from omnibound.cli.main import app
from tests.docs.pages import PAGES, blocks, inline, name_of

ROOT_COMMAND: Any = typer.main.get_command(app)
ENDS = frozenset({"|", ">", ">>", "&", "&&", ";", "2>"})
OPTION = re.compile(r"--[a-z][a-z-]*")


class Line(NamedTuple):
    """A command line and where it stands."""

    place: str
    text: str


def whole_lines(page: Path) -> Iterator[Line]:
    """Command lines in fenced blocks, as they would be typed."""
    for block in blocks(page, "", "sh", "console"):
        for line in block.text.replace("\\\n", " ").splitlines():
            match = re.match(r"(?:\$ )?(?:[A-Z_]+=\S+ )*(?:\S*/)?omnibound (.*)", line.strip())
            if match:
                yield Line(str(block), match[1])


def mentioned(page: Path) -> Iterator[Line]:
    """Command lines in running text: perhaps only their beginning, perhaps with `[...]` for what may be left out."""
    for text in inline(page):
        match = re.match(r"(?:[A-Z_]+=\S+ )*(?:\S*/)?omnibound (.*)", text)
        if match:
            yield Line(f"{name_of(page)}: {text}", match[1])


def words_of(line: str) -> list[str]:
    """The words of a command line, up to a pipe, a redirection or a comment."""
    words = shlex.split(line, comments=True)
    end = next((at for at, word in enumerate(words) if word in ENDS), len(words))
    return words[:end]


def command_of(words: list[str]) -> tuple[Any, list[str]]:
    """The command that the first words name, and the others. Raises LookupError for one that is not there."""
    command, rest = ROOT_COMMAND, list(words)
    while rest and hasattr(command, "commands"):
        if rest[0] not in command.commands:
            if command.invoke_without_command:
                # What follows are its own options.
                break
            raise LookupError(rest[0])
        command = command.commands[rest.pop(0)]
    return command, rest


def fault_of(line: str) -> str:
    """What is wrong with a whole command line; empty if it would run."""
    try:
        command, rest = command_of(words_of(line))
        command.make_context("omnibound", rest)
    except LookupError as error:
        return f"no command {error}"
    except Exception as error:  # noqa: BLE001 - typer's usage errors come with it
        return str(error) or type(error).__name__
    return ""


def fault_of_mention(text: str) -> str:
    """What is wrong with a mentioned one: a command or an option that is not there."""
    text = text.replace("...", " ")
    try:
        command, _ = command_of([word for word in re.sub(r"[\[\]]", " ", text).split() if not word.startswith("-")])
    except LookupError as error:
        return f"no command {error}"
    known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
    return ", ".join(option for option in OPTION.findall(text) if option not in known)


WHOLE = [line for page in PAGES for line in whole_lines(page)]
MENTIONED = [line for page in PAGES for line in mentioned(page)]


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("OMNIBOUND_"):
            monkeypatch.delenv(name)


@pytest.mark.parametrize("line", WHOLE, ids=lambda line: line.place)
def test_command_lines_would_run(line: Line) -> None:
    assert fault_of(line.text) == ""


@pytest.mark.parametrize("line", MENTIONED, ids=lambda line: line.place)
def test_mentioned_commands_exist(line: Line) -> None:
    assert fault_of_mention(line.text) == ""


def test_pages_show_every_command() -> None:
    shown = {words_of(line.text)[0] for line in (*WHOLE, *MENTIONED) if words_of(line.text)}
    assert set(ROOT_COMMAND.commands) <= shown


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("serve --port 0 | tee x", ""),
        ("simulate smsc --port 1 # a comment", ""),
        ("vanish", "no command vanish"),
        ("serve --color", "--color"),
        ("simulate smsc --port many", "integer"),
        ("send 41793026727 --sms x", "api_key"),
        ("calls --campaign winter", ""),
        ("calls ladder 7 --colour red --api-key k", "--colour"),
    ],
)
def test_faults_are_found(line: str, fault: str) -> None:
    found = fault_of(line)
    assert fault in found
    assert bool(found) == bool(fault)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("simulate smsc --port N [--rate --delay]", ""),
        ("report", ""),
        ("vanish", "no command vanish"),
        ("serve --colour", "--colour"),
    ],
)
def test_faults_of_mentions_are_found(text: str, fault: str) -> None:
    assert fault_of_mention(text) == fault
