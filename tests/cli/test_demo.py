"""The parts of the demonstration; tests/acceptance/test_cli.py runs it."""

import asyncio
import wave
from pathlib import Path
from typing import Any, cast

import pytest

from omnibound.channels.base import read_settings
from omnibound.cli.demo import call
from omnibound.cli.demo.asking import Client, line_of, line_of_report
from omnibound.cli.demo.parts import Demo, connectors
from omnibound.simulators.sip import Kept


def test_its_connectors_are_understood(tmp_path: Path) -> None:
    tables = connectors(2775, "http://127.0.0.1:9", tmp_path / "c.json", 5070)
    read = [read_settings(table) for table in tables]
    assert [(each.name, each.kind, each.channel) for each in read] == [
        ("simulated-smsc", "smpp", "SMS"),
        ("simulated-fcm", "fcm", "PUSH"),
        ("simulated-trunk", "sip", "VOICE"),
    ]


def test_a_line_of_a_story_leaves_out_what_is_empty() -> None:
    event = {"at": "t", "channel": "SMS", "connector": "", "said": "failed", "reason": "refused", "detail": None}
    assert line_of(event) == "t  SMS  failed  refused"


def test_a_report_that_does_not_come_is_told() -> None:
    assert line_of_report(None) == "   none has come within 20 seconds"
    told = {"channel": "VOICE", "status": {"name": "S", "description": "d"}, "error": {"name": "E"}}
    assert line_of_report(told) == "   VOICE S (d), error E"


class DownTrunk:
    """A telephone that does not begin."""

    def up(self) -> bool:
        return False

    def condition(self) -> dict[str, str]:
        return {"why": "there is no voice process"}


def test_without_a_telephone_it_goes_on(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(call, "TRUNK_S", 0.01)
    demo = Demo("", cast("Any", None), cast("Any", None), cast("Any", None), cast("Any", DownTrunk()), Path())
    asyncio.run(call.walk_call(cast("Client", None), demo, keeps=True))
    assert capsys.readouterr().out == "6. No call is made: there is no voice process.\n"


def test_what_the_phone_heard_is_kept(tmp_path: Path) -> None:
    kept = Kept(
        number="48600100200", caller="48221234567", asserted="", call_id="c", status=200, seconds=1, packets=50,
        sound={0: b"\xff" * 4_000},
    )  # fmt: skip
    path = tmp_path / "heard.wav"
    line = "   48600100200 heard 0.5 seconds from 48221234567"
    assert call._heard(kept, path, keeps=False) == line
    assert call._heard(kept, path, keeps=True) == f"{line}, to be listened to in {path}"
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.readframes(4_000)) == (8_000, 1, bytes(8_000))


def test_a_phone_that_heard_nothing(tmp_path: Path) -> None:
    kept = Kept(
        number="1", caller="2", asserted="", call_id="c", status=200, seconds=1, packets=0, sound={}
    )  # fmt: skip
    assert call._heard(kept, tmp_path / "heard.wav", keeps=False) == "   1 heard 0.0 seconds from 2"
