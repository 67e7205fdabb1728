"""What campaigns share, as people write it on the command line, and how long something takes."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from omnibound.cli.options import fail, told

_WEEK: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_ALL_DAY: Final = {"begin": "00:00", "end": "24:00"}
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_CLOCKS: Final = re.compile(r"(\d\d:\d\d)-(\d\d:\d\d)", re.ASCII)
_LONG: Final = re.compile(r"(\d+(?:\.\d+)?)([smhd]?)", re.ASCII)
_SECONDS: Final = {"": 1, "s": 1, "m": 60, "h": 3_600, "d": 86_400}

ALWAYS: Final = "always"
HOURS_HELP: Final = (
    "In people's own time, once a rule: `09:00-17:00`, `Mon-Fri 09:00-18:00`, `2026-12-24 10:00-12:00`, "
    "`Mon-Fri 12:00-13:00 exclude`, `2026-12-24..2026-12-31 closed`; or `always`."
)
RESULTS_HELP: Final = "What agents may say, once each: `TEXT=REASON` or `TEXT=REASON:WAIT`, as `Call later=redial:2h`."


def seconds(text: str) -> float:
    """`90`, `90s`, `15m`, `2h`, `1d`. Ends the command for anything else."""
    found = _LONG.fullmatch(text.strip())
    if found is None:
        fail(f"a time is written as 90, 90s, 15m, 2h or 1d: {text!r}")
    return float(found[1]) * _SECONDS[found[2]]


# --- hours ------------------------------------------------------------------------------------------------------------


def read_rules(rules: Sequence[str]) -> list[dict[str, Any]]:
    """The API's hours; none for `always`. Ends the command for what is no rule."""
    return [] if list(rules) == [ALWAYS] else [_rule(rule) for rule in rules]


def _rule(rule: str) -> dict[str, Any]:
    words = rule.split()
    if words and _CLOCKS.fullmatch(words[0]):
        return _clocks(words, rule)
    return {**_days(words[0], rule), **_clocks(words[1:], rule)} if words else _no_rule(rule)


def _days(text: str, rule: str) -> dict[str, Any]:
    first, _, last = text.partition("..")
    if _DATE.fullmatch(first):
        return {"since": first, "until": last or first}
    days: list[str] = []
    for part in text.split(","):
        begin, dash, end = part.partition("-")
        ends = [_weekday(begin, rule), _weekday(end, rule) if dash else _weekday(begin, rule)]
        days += _WEEK[ends[0] : ends[1] + 1] if ends[0] <= ends[1] else _WEEK[ends[0] :] + _WEEK[: ends[1] + 1]
    return {"days": days}


def _weekday(text: str, rule: str) -> int:
    found = [place for place, day in enumerate(_WEEK) if len(text) >= len("mon") and day.startswith(text.lower())]
    return found[0] if found else _no_rule(rule)


def _clocks(rest: Sequence[str], rule: str) -> dict[str, Any]:
    if rest == ["closed"]:
        return {**_ALL_DAY, "exclude": True}
    clocks = _CLOCKS.fullmatch(rest[0]) if rest else None
    if clocks is None or list(rest[1:]) not in ([], ["exclude"]):
        return _no_rule(rule)
    return {"begin": clocks[1], "end": clocks[2], **({"exclude": True} if rest[1:] else {})}


def _no_rule(rule: str) -> Any:
    fail(f"hours are written as 09:00-17:00, Mon-Fri 09:00-18:00, 2026-12-24 closed or {ALWAYS}, not {rule!r}")


# --- results ----------------------------------------------------------------------------------------------------------


def read_results(results: Sequence[str]) -> list[dict[str, Any]]:
    """`TEXT=REASON[:WAIT]` as the API's results. Ends the command for anything else."""
    return [_result(text) for text in results]


def _result(text: str) -> dict[str, Any]:
    said, equals, rest = text.rpartition("=")
    reason, colon, wait = rest.partition(":")
    if not (said.strip() and equals and reason):
        fail(f"a result is written as TEXT=REASON or TEXT=REASON:WAIT: {text!r}")
    return {"text": said.strip(), "reason": reason, **({"wait_s": seconds(wait)} if colon else {})}


def read_effects(effects: Sequence[str]) -> dict[str, dict[str, Any]]:
    """`REASON=MOVE[:WAIT[:CHARGE]]` as the API's effects. Ends the command for anything else."""
    found: dict[str, dict[str, Any]] = {}
    for reason, text in _pairs(effects).items():
        move, wait, charge, *more = [*text.split(":"), "", ""][: max(3, text.count(":") + 1)]
        if more:
            fail(f"an effect is written as REASON=MOVE, REASON=MOVE:WAIT or REASON=MOVE:WAIT:CHARGE: {text!r}")
        found[reason] = {"move": move, "wait_s": seconds(wait or "0"), "charge": charge}
    return found


def read_numbers(pairs: Sequence[str]) -> dict[str, int]:
    """`busy=3` as the API's limits. Ends the command for anything else."""
    found = _pairs(pairs)
    wrong = next((text for text in found.values() if not (text.isascii() and text.isdecimal())), None)
    if wrong is not None:
        fail(f"a limit is a whole number: {wrong!r}")
    return {name: int(text) for name, text in found.items()}


def read_waits(pairs: Sequence[str]) -> dict[str, float]:
    """`busy=10m` as the API's pauses, in seconds. Ends the command for anything else."""
    return {name: seconds(text) for name, text in _pairs(pairs).items()}


def _pairs(texts: Sequence[str]) -> dict[str, str]:
    """An empty text alone says: none."""
    given = [text.partition("=") for text in texts if text]
    wrong = next((text for text, (name, equals, _) in zip(texts, given, strict=False) if not (name and equals)), None)
    if wrong is not None:
        fail(f"is written as NAME=VALUE: {wrong!r}")
    return {name: value for name, _, value in given}


# --- questions --------------------------------------------------------------------------------------------------------


def read_questions(file: Path) -> list[Any]:
    """The questions of a file: JSON, or a line each, its answers behind bars. Ends the command where it is neither."""
    try:
        with told(1):
            text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        fail(f"{file} is no text in UTF-8: {error}", 1)
    if text.lstrip()[:1] not in ("[", "{"):
        return [_question(line) for line in text.splitlines() if line.strip()]
    try:
        found = json.loads(text)
    except ValueError as error:
        fail(f"{file} is no JSON: {error}", 1)
    if not isinstance(found, list):
        fail(f"{file} must hold a JSON list of questions", 1)
    return [{"text": each} if isinstance(each, str) else each for each in found]  # pyright: ignore[reportUnknownVariableType] - checked by the server


def _question(line: str) -> dict[str, Any]:
    text, *answers = (part.strip() for part in line.split("|"))
    return {"text": text, **({"answers": answers} if answers else {})}
