"""What `omnibound doctor` finds, and how it is told."""

from collections.abc import Callable

import msgspec
import typer

Finding = tuple[bool | None, str]
"""Well, wrong, or (None) what to look at; and the words."""
Say = Callable[[Finding], None]
MARKS: dict[bool | None, str] = {True: "ok", False: "FAIL", None: "look"}


class Findings:
    """Printed as they come; or at the end, as JSON."""

    def __init__(self, as_json: bool) -> None:
        self.all: list[Finding] = []
        self.call: object = None
        """The figures of a test call."""
        self._as_json = as_json

    @property
    def well(self) -> bool:
        """Whether nothing is wrong."""
        return all(well is not False for well, _ in self.all)

    def say(self, finding: Finding) -> None:
        """One more."""
        self.all.append(finding)
        if not self._as_json:
            typer.echo(f"{MARKS[finding[0]]:4} {finding[1]}")

    def end(self) -> None:
        """That was all."""
        if self._as_json:
            findings = [{"state": MARKS[well].lower(), "words": words} for well, words in self.all]
            body = {"well": self.well, "findings": findings, "call": self.call}
            typer.echo(msgspec.json.format(msgspec.json.encode(body), indent=2))
