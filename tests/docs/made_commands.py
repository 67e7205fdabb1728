"""The table of all commands, made from the command line itself."""

from collections.abc import Iterator, Mapping
from typing import Any

import typer

from omnibound.cli.main import app

COMMON = frozenset({"config", "data", "database", "as_json", "url"})
"""Parameters by their names in the code, told once above the table."""


def commands(_kept: Mapping[str, str]) -> str:
    """A row a command: its arguments and options but the common ones, what it does."""
    lines = ["| command | arguments, options | what it does |", "|---|---|---|"]
    for words, command in walk(typer.main.get_command(app)):
        options = ", ".join(filter(None, map(_name_of, command.params))) or "none of its own"
        lines.append(f"| `{words}` | {options} | {command.help.splitlines()[0]} |")
    return "\n".join(lines)


def walk(command: Any, words: str = "") -> Iterator[tuple[str, Any]]:
    """Each command of a group with the words that call it, groups within it included."""
    for name, each in getattr(command, "commands", {}).items():
        if hasattr(each, "commands"):
            if each.invoke_without_command:
                yield f"{words}{name}", each
            yield from walk(each, f"{words}{name} ")
        else:
            yield f"{words}{name}", each


def _name_of(param: Any) -> str:
    """An argument in capitals; an option, bold where it must be given; nothing for a common one."""
    if param.param_type_name == "argument":
        name = f"`{param.name.upper()}`"
        return name if param.required else f"[{name}]"
    if param.name in COMMON:
        return ""
    return f"**`{param.opts[0]}`**" if param.required else f"`{param.opts[0]}`"
