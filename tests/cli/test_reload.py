"""`omnibound reload`: what people are told."""

import json
from pathlib import Path

from omnibound.cli.reload import faults, lines
from tests.cli.conftest import Run


def test_lines() -> None:
    change = {"settings": [], "up": True, "why": ""}
    connectors = [
        {**change, "name": "a", "what": "changed", "settings": ["rate", "window"]},
        {**change, "name": "b", "what": "rebinding", "settings": ["port"], "up": False, "why": "refused"},
        {**change, "name": "c", "what": "removed"},
    ]
    answer = {"connectors": connectors, "settings": ["routes"], "restart": [{"path": "host", "why": "it listens"}]}
    assert lines(answer) == [
        "a: goes on with other settings (rate, window)",
        "b: is bound anew; the old connection goes on until that is up (port); not up: refused",
        "c: removed; its last answers and receipts are awaited",
        "routes: set",
        "host: needs a restart: it listens",
    ]
    assert lines({"connectors": [], "settings": [], "restart": []}) == ["nothing has changed"]


def test_faults() -> None:
    errors = [{"path": "connectors.a.window", "why": "too small"}, {"path": "", "why": "not TOML"}]
    assert faults({"detail": "both", "errors": errors}) == ["connectors.a.window: too small", "not TOML"]
    assert faults({"detail": "who are you?"}) == ["who are you?"]


def test_without_a_server_or_a_key(run: Run, tmp_path: Path) -> None:
    ran = run("reload", "--data", "d")
    assert (ran.status, "admin.key" in ran.err) == (1, True)
    (tmp_path / "c.toml").write_text("port = 1\n[security]\n" + f"admin_key = {json.dumps('k')}\n")
    ran = run("reload", "--config", "c.toml", "--data", "d")
    assert (ran.status, "no server answers at http://127.0.0.1:1" in ran.err) == (1, True)
