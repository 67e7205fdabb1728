"""How a line is written, and what never stands in one."""

import json
import logging
import sys

import pytest

from omnibound.wire.log_lines import Lines, masked, set_up_log


def record(message: str, *args: object, level: int = logging.WARNING, error: bool = False) -> logging.LogRecord:
    info = sys.exc_info() if error else None
    made = logging.LogRecord("omnibound.smpp", level, __file__, 1, message, args, info)
    made.created = 1_763_750_000.25
    return made


DOWN = record("bind %s is down: %s", "carrier-a/transceiver-1", "the carrier refuses")
WRITTEN_DOWN = {
    "timestamp": "2025-11-21T18:33:20.250+00:00",
    "level": "warning",
    "logger": "omnibound.smpp",
    "event": "bind carrier-a/transceiver-1 is down: the carrier refuses",
    "action": "bind.down",
    "bind": "carrier-a/transceiver-1",
    "why": "the carrier refuses",
}


def test_json() -> None:
    assert json.loads(Lines(as_json=True).format(DOWN)) == WRITTEN_DOWN


def test_text() -> None:
    assert Lines(as_json=False).format(DOWN) == (
        "2025-11-21T18:33:20.250+00:00 WARNING bind carrier-a/transceiver-1 is down: the carrier refuses "
        'action=bind.down bind=carrier-a/transceiver-1 why="the carrier refuses"'
    )


def test_numbers_that_we_count_stay_numbers() -> None:
    told = json.loads(Lines(as_json=True).format(record("%d pushes were not accepted: %s", 12_345_678, "HTTP 500")))
    assert (told["action"], told["pushes"], told["why"]) == ("webhook.missed", 12_345_678, "HTTP 500")


@pytest.mark.parametrize("as_json", [True, False])
def test_a_person_is_not_named(as_json: bool) -> None:
    line = Lines(as_json=as_json).format(record("trunk %s: %s calls back", "t", "48221234567"))
    assert "48221234567" not in line
    assert line.count("482******67") == 2


def test_what_the_table_does_not_know() -> None:
    told = json.loads(Lines(as_json=True).format(record("Uvicorn running on %s", "http://127.0.0.1:8080")))
    assert told["event"] == "Uvicorn running on http://127.0.0.1:8080"
    assert "action" not in told
    assert Lines(as_json=False).format(record("100 %")).endswith("WARNING 100 % logger=omnibound.smpp")


def test_a_trace() -> None:
    try:
        raise ValueError("no room for 48221234567")
    except ValueError:
        failed = record("a push failed", error=True)
    told = json.loads(Lines(as_json=True).format(failed))
    assert told["action"] == "webhook.failed"
    assert told["exception"].endswith("ValueError: no room for 482******67")
    text = Lines(as_json=False).format(failed)
    assert text.splitlines()[0].endswith("a push failed action=webhook.failed")
    assert text.endswith("ValueError: no room for 482******67")


def test_one_line_whatever_is_in_it() -> None:
    odd = record("the database is away: %s", "gone\nfor ever \x1b[2J")
    assert len(Lines(as_json=True).format(odd).splitlines()) == 1
    assert "\x1b" not in Lines(as_json=True).format(odd)
    assert "\x1b" not in Lines(as_json=False).format(odd)
    assert len(Lines(as_json=False).format(odd).splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("48221234567", "482******67"),
        ("tel:+48221234567 calls back", "tel:+482******67 calls back"),
        ("sip:48221234567@trunk.example", "sip:482******67@trunk.example"),
        ("b'id:1 to:41793026727'", "b'id:1 to:417******27'"),
        ("12345678", "123***78"),
        ("123456789012345", "123**********45"),
        ("1234567", "1234567"),
        ("delivery 1234567890123456", "delivery 1234567890123456"),
        ("192.168.100.200:5060", "192.168.100.200:5060"),
        ("2025-11-21T18:33:20", "2025-11-21T18:33:20"),
    ],
)
def test_numbers_of_people_are_masked(text: str, shown: str) -> None:
    assert masked(text) == shown


@pytest.mark.parametrize(("format_", "is_json"), [("json", True), ("text", False), ("auto", True)])
def test_set_up(format_: str, is_json: bool, capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    before = root.handlers, root.level
    try:
        set_up_log("WARNING", format_)  # pyright: ignore[reportArgumentType]
        logging.getLogger("omnibound.test").info("not shown")
        logging.getLogger("omnibound.test").warning("the database is back")
    finally:
        root.handlers, root.level = before
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("{") == is_json
    assert "database.back" in line
