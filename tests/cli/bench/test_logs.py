"""The benchmark of the log asks every kind of question of a running server, and each is answered as it must be."""

import pytest

from omnibound.cli.bench import logs
from omnibound.cli.bench.figures import Figure

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def test_every_question_has_its_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "TIMES", 2)
    figures = await logs.logs(20_000)
    shares = ((0.5, ""), (0.95, logs.MARK), (0.99, ""))
    asked = [(f"log by {name}: p{share * 100:.0f}", mark) for name in logs.QUESTIONS for share, mark in shares]
    assert [(figure.what, figure.mark) for figure in figures[2:]] == asked
    assert all(isinstance(figure, Figure) and figure.value > 0 for figure in figures)


async def test_an_answer_that_is_none_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "QUESTIONS", {"nonsense": {"limit": "many"}})
    with pytest.raises(logs.Failed, match="400"):
        await logs.logs(1_000)
