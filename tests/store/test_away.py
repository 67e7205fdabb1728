"""What clients, operators and the log hear while PostgreSQL is away, and that all goes on afterwards."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from omnibound.api.base import ApiParts
from omnibound.bootstrap import Running, dialect_settings, now_us, running
from omnibound.config import Config
from omnibound.dialects.base import App
from omnibound.domain.errors import Unavailable
from omnibound.domain.ids import Mint
from omnibound.engine import worker
from omnibound.services.keep_accounts import Accounts
from omnibound.store.errors import StoreError
from omnibound.store.opened import OpenedStore, open_postgres
from omnibound.web import make_app
from tests import postgres
from tests.asgi import call
from tests.store import nouns
from tests.store.gate import Gate, gate
from tests.store.test_group_commit import ref, refs

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("engine", ["postgres"], indirect=True)]

KEY = "003026bbc133714df1834b8638bb496e-8f4b3d9a"
HEADERS = {"Accept": "application/json", "Authorization": f"App {KEY}"}
WITHIN_S = 5.0


@pytest.fixture
async def door(url: str) -> AsyncIterator[Gate]:
    await postgres.emptied(url)
    async with gate(url) as made:
        yield made


@pytest.fixture
async def far(door: Gate) -> AsyncIterator[OpenedStore]:
    store = await open_postgres(door.url)
    yield store
    door.open()
    await store.close()


@pytest.fixture
async def house(door: Gate, tmp_path: Path) -> AsyncIterator[Running]:
    async with running(Config(data=str(tmp_path), database=door.url)) as parts:
        await Accounts(parts.store.accounts, Mint(1), lambda: 1).add("Aladdin", api_key=KEY)
        yield parts
        door.open()


def app_of(parts: Running) -> App:
    api = ApiParts([], parts.worker.load, parts.worker.receiver.emit, parts.store, now_us, parts.admin_key)
    return make_app(parts.services, dialect_settings(parts.config), api)


async def test_reads_and_rare_writes_end_and_what_is_to_be_committed_waits(door: Gate, far: OpenedStore) -> None:
    door.shut()
    waiting = far.record(ref(1))
    began = time.monotonic()
    for ask in (far.accounts.all(), far.settings.once("name", b"value")):
        with pytest.raises(StoreError, match=r"^the database does not answer$") as told:
            await ask
        assert isinstance(told.value, Unavailable)
        assert told.value.__cause__ is not None
    assert (time.monotonic() - began < WITHIN_S, waiting.done()) == (True, False)
    assert not await far.answers(0.1)
    door.open()
    await asyncio.wait_for(waiting, 10)
    assert (await refs(far), await far.answers(2.0)) == ([(1, 1)], True)


ENVELOPES = {
    "/omni/1/reports": {
        "requestError": {"serviceException": {"messageId": "SERVICE_UNAVAILABLE", "text": "Service unavailable"}}
    },
    "/api/v1/people-lists": {
        "type": "urn:omnibound:problem:unavailable",
        "title": "Something here does not work for now",
        "status": 503,
        "detail": "the database does not answer",
    },
}


@pytest.mark.parametrize("path", list(ENVELOPES))
async def test_a_client_is_told_to_come_again(door: Gate, house: Running, path: str) -> None:
    app = app_of(house)
    door.shut()
    began = time.monotonic()
    answer = await call(app, "GET", path, HEADERS)
    assert time.monotonic() - began < WITHIN_S
    assert (answer.status, answer.headers.get("retry-after"), answer.json()) == (503, "5", ENVELOPES[path])
    door.open()
    assert (await call(app, "GET", path, HEADERS)).status == 200


async def test_health_says_so(door: Gate, house: Running) -> None:
    app = app_of(house)
    door.shut()
    answer = await call(app, "GET", "/health")
    assert (answer.status, answer.json()["status"]) == (503, "degraded")
    door.open()
    answer = await call(app, "GET", "/health")
    assert (answer.status, answer.json()["status"]) == (200, "ok")


async def test_the_log_tells_the_beginning_and_the_end_once(
    door: Gate, far: OpenedStore, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    door.shut()
    waiting = far.record(ref(1))
    for _ in range(3):
        await far.changed(0.1)
    door.open()
    await asyncio.wait_for(waiting, 10)
    await far.changed(0.1)
    texts = [record.getMessage() for record in caplog.records]
    known = ("the database is away: ", "the database is back", "hints are not heard: ", "hints are heard again")
    assert [sum(text.startswith(start) for text in texts) for start in known] == [1, 1, 1, 1]
    assert not [text for text in texts if "None" in text or not text.startswith(known)]


async def test_who_is_in_a_hurry_waits_no_longer(door: Gate, far: OpenedStore) -> None:
    door.shut()
    waiting = [far.record(ref(number)) for number in range(3)]
    await asyncio.sleep(0.1)
    far.hurry(0.2)
    later = far.record(ref(3))
    for each in (*waiting, later):
        with pytest.raises(Unavailable, match=r"^the database does not answer$"):
            await asyncio.wait_for(each, WITHIN_S)
    await asyncio.wait_for(far.close(), WITHIN_S)


async def test_in_a_hurry_too_what_comes_back_in_time_is_committed(door: Gate, far: OpenedStore) -> None:
    door.shut()
    waiting = far.record(ref(1))
    await asyncio.sleep(0.1)
    far.hurry(60)
    far.hurry(600)
    door.open()
    await asyncio.wait_for(waiting, 10)
    assert await refs(far) == [(1, 1)]


async def test_a_server_stops_while_the_database_is_away(
    door: Gate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What waits for its commit fails, so that nothing is promised of it, and the rest is for the next start."""
    monkeypatch.setattr(worker, "HURRY_S", 0.5)
    async with running(Config(data=str(tmp_path), database=door.url)) as parts:
        await Accounts(parts.store.accounts, Mint(1), lambda: 1).add("Aladdin", api_key=KEY)
        await parts.store.record(ref(1))
        door.shut()
        waiting = parts.store.record(ref(2))
        began = time.monotonic()
    assert time.monotonic() - began < WITHIN_S
    assert isinstance(waiting.exception(), Unavailable)
    assert [r.getMessage() for r in caplog.records if "next start" in r.getMessage()] == [
        "the database does not answer: what was under way is looked at again by the next start",
        "the database does not answer: what is left of portions is given back by the next start",
    ]
    door.open()
    async with running(Config(data=str(tmp_path), database=door.url)) as parts:
        assert await parts.store.deliveries.refs_taken(nouns.ACCOUNT, [20_000], [1, 2]) == {1}
