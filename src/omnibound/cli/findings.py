"""What `omnibound doctor` finds, and how it is told."""

from collections.abc import Callable
from typing import NamedTuple

import msgspec
import typer

Finding = tuple[bool | None, str]
"""Well, wrong, or (None) what to look at; and the words."""


class Advice(NamedTuple):
    """A finding that says as well why it matters, and what to do."""

    well: bool | None
    words: str
    why: str = ""
    do: str = ""


Found = Finding | Advice
Say = Callable[[Finding], None]
MARKS: dict[bool | None, str] = {True: "ok", False: "FAIL", None: "look"}


class Findings:
    """Printed as they come; or at the end, as JSON."""

    def __init__(self, as_json: bool) -> None:
        self.all: list[Advice] = []
        self.call: object = None
        """The figures of a test call."""
        self._as_json = as_json

    @property
    def well(self) -> bool:
        """Whether nothing is wrong."""
        return all(each.well is not False for each in self.all)

    def say(self, found: Found) -> None:
        """One more."""
        advice = found if isinstance(found, Advice) else Advice(found[0], found[1])
        self.all.append(advice)
        if not self._as_json:
            typer.echo(f"{MARKS[advice.well]:4} {advice.words}")
            for label, text in (("why", advice.why), ("do", advice.do)):
                if text and not advice.well:
                    typer.echo(f"     {label + ':':4} {text}")

    def end(self) -> None:
        """That was all."""
        if self._as_json:
            findings = [
                {"state": MARKS[each.well].lower(), "words": each.words, "why": each.why, "do": each.do}
                for each in self.all
            ]
            body = {"well": self.well, "findings": findings, "call": self.call}
            typer.echo(msgspec.json.format(msgspec.json.encode(body), indent=2))
