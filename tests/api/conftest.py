"""A server with a push and an SMS way out, fresh for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.api.house import House, TracingWay, Way, a_house


@pytest.fixture
def push() -> TracingWay:
    return TracingWay("push-a", "PUSH", carrier="pushes")


@pytest.fixture
def sms() -> Way:
    return Way("sms-a", "SMS")


@pytest.fixture
async def house(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, push: TracingWay, sms: Way) -> AsyncIterator[House]:
    async with a_house(monkeypatch, tmp_path, push, sms) as opened:
        yield opened
