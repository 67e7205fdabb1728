"""How a line of the log is written: its action and its values beside its words, as text or as JSON.

Numbers of people are masked whatever line they stand in: an E.164 number has at most 15 digits, an id of ours has more.
"""

import logging
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

from omnibound.wire.log_actions import BY_TEXT

Format = Literal["auto", "text", "json"]

_NUMBER = re.compile(r"(?<!\d)(\d{3})(\d{3,10})(\d{2})(?!\d)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_PLAIN = re.compile(r"[\w./:@+-]+")


def set_up_log(level: str, format_: Format = "auto") -> None:
    """Send everything that is logged to standard error. `level` is a name of the logging module, in any case."""
    out = logging.StreamHandler(sys.stderr)
    out.setFormatter(Lines(as_json=format_ == "json" or (format_ == "auto" and not sys.stderr.isatty())))
    root = logging.getLogger()
    root.handlers = [out]
    root.setLevel(level.upper())
    logging.getLogger("uvicorn.access").disabled = True


class Lines(logging.Formatter):
    """Writes records."""

    def __init__(self, *, as_json: bool) -> None:
        super().__init__()
        self._write = _json if as_json else _text

    def format(self, record: logging.LogRecord) -> str:
        """One line; a trace follows it in text, and stands in `exception` in JSON."""
        told: dict[str, Any] = {
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": masked(record.getMessage()),
        }
        told |= fields_of(record)
        if record.exc_info:
            told["exception"] = masked(self.formatException(record.exc_info))
        return self._write(told)


def fields_of(record: logging.LogRecord) -> dict[str, Any]:
    """The action of a record and its values by name; nothing where the table does not know it."""
    line = BY_TEXT.get(record.msg) if isinstance(record.msg, str) else None
    if line is None:
        return {}
    args = record.args if isinstance(record.args, tuple) else ()
    return {"action": line.action} | {name: _value(each) for name, each in zip(line.fields, args, strict=False)}


def _value(value: object) -> str | int | float:
    """Numbers that we count stay numbers."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) else masked(str(value))


def masked(text: str) -> str:
    """With every number of 8 to 15 digits but for its first three and last two."""
    return _NUMBER.sub(lambda match: match[1] + "*" * len(match[2]) + match[3], text)


def _json(told: Mapping[str, Any]) -> str:
    return msgspec.json.encode(told).decode()


def _text(told: dict[str, Any]) -> str:
    """`2026-11-21T19:00:00.000+00:00 WARNING bind a/1 is down: refused action=bind.down bind=a/1 why=refused`."""
    trace = told.pop("exception", "")
    time, level, logger, event = (told.pop(name) for name in ("timestamp", "level", "logger", "event"))
    pairs = [f"{name}={_quoted(str(value))}" for name, value in (told or {"logger": logger}).items()]
    return " ".join([time, level.upper(), _CONTROL.sub(_escaped, event), *pairs]) + (f"\n{trace}" if trace else "")


def _escaped(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode()


def _quoted(value: str) -> str:
    return value if _PLAIN.fullmatch(value) else msgspec.json.encode(value).decode()
