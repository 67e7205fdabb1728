"""The call benchmark in small: a real voice process calls a real SIPp, and every frame is counted where it arrives."""

import shutil

import pytest

from omnibound.cli.bench import callee
from omnibound.cli.bench.calls import PLAYBACKS, SETUPS, Load, calls

pytestmark = [pytest.mark.anyio]


@pytest.mark.slow
async def test_a_small_one() -> None:
    if shutil.which("sipp") is None:
        pytest.skip("the program sipp is missing (Debian: sip-tester)")
    figures = {figure.what: figure.value for figure in await calls("some", 20, 1, 0.2)}
    # Nothing is said of time: the machine may be busy.
    assert figures["some: calls that were not answered and played to their end"] == 0
    assert 50 < figures["some: frames arrived of those due"] <= 100
    assert figures["some: CPU for 1,000 at once"] > 0


async def test_without_its_peer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callee.shutil, "which", lambda _: None)
    (figure,) = await calls("some", 20, 0.1, 0.2)
    assert figure.what == "some: not measured (the program sipp is missing (Debian: sip-tester))"


def test_how_many_there_are_at_once() -> None:
    _, rate, seconds = PLAYBACKS
    assert Load("playbacks", 6_000, rate, seconds).at_once == 1_170
    _, rate, seconds = SETUPS
    assert Load("set-ups", 100, rate, seconds).at_once == 100
