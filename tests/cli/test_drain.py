"""`omnibound drain` where nothing calls; with a real voice process it is in the acceptance tests."""

from pathlib import Path

import pytest

from tests.cli.conftest import Run


def test_nothing_calls(run: Run, tmp_path: Path) -> None:
    assert run("drain", "--data", str(tmp_path / "none")) == (0, "no telephone runs: no call is under way\n", "")


def test_nothing_to_undo(run: Run, tmp_path: Path) -> None:
    ran = run("drain", "--off", "--data", str(tmp_path))
    assert ran == (0, "no telephone runs: there is nothing to undo\n", "")


@pytest.mark.parametrize("words", [("--timeout", "-1"), ("--timeout", "soon"), ("--config", "missing.toml")])
def test_what_is_wrong(run: Run, words: tuple[str, str]) -> None:
    assert run("drain", *words).status == 2
