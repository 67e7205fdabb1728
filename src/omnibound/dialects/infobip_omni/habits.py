"""What some clients need beside what the vendor's pages print, by the User-Agent they name themselves with."""

from collections.abc import Mapping
from typing import NamedTuple


class Habits(NamedTuple):
    """How a client reads. Whoever is not in the table reads what the pages print."""

    old_default: bool = False
    """It reads `defaultScenario` and does not know `default`."""
    needs_done_at: bool = False
    """It cannot read a row of the log without `doneAt`."""
    knows_faults: bool = True
    """It can read an error with `validationErrors`."""


PRINTED = Habits()
OF_2018 = Habits(old_default=True, needs_done_at=True, knows_faults=False)

_TABLE = {"-client-library": OF_2018}
"""A part of the User-Agent in lower case -> habits. The libraries of 2018: Python, Java, C# and PHP."""


def habits_of(headers: Mapping[str, str]) -> Habits:
    """The habits of the client that sent these headers."""
    agent = headers.get("user-agent", "").lower()
    return next((habits for part, habits in _TABLE.items() if part in agent), PRINTED)
