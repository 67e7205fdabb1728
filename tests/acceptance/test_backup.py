"""A backup in mid-load, a machine that is lost, and another that goes on with all that was acknowledged before."""

import os
from pathlib import Path

import pytest

from tests import postgres
from tests.acceptance.conftest import Fresh
from tests.acceptance.load import Load
from tests.acceptance.processes import run
from tests.acceptance.stage import Stage

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.time_limit(240)]


async def test_nothing_acknowledged_before_it_is_lost(
    stage: Stage, fresh: Fresh, engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if engine == "postgres":
        monkeypatch.setenv("PATH", postgres.programs() + os.pathsep + os.environ["PATH"])
    smsc = await stage.smsc(keep="numbers", delay=0.05)
    server, client = await stage.serve(smsc.connector(window=100))
    load = Load(client)
    load.start()
    await load.reached(500)
    before = dict(load.promised)
    made = await run("backup", "--to", str(tmp_path / "made.tar"), "--data", str(server.folder), *server.where)
    assert made.status == 0, made.err
    await load.reached(len(load.promised) + 100)
    await server.kill()

    stage.database = await fresh()
    other = stage.prepare(smsc.connector(window=100), name="other")
    ran = await run("restore", "--from", str(tmp_path / "made.tar"), "--data", str(other.folder / "data"), *other.where)
    assert ran.status == 0, ran.err
    assert "is back, at migration" in ran.out
    other.process.words = (*other.process.words, "--data", str(other.folder / "data"))
    await other.start()
    # The clients, who ask again until they are answered, find it under another address.
    client.url = other.url
    await load.stop()
    told = await client.reports(before, seconds=90)
    known = {row["id"] for row in await client.earlier_reports()} | told.keys()
    assert [id_ for id_ in before if id_ not in known] == []
    arrived = await smsc.numbers()
    assert [number for number in before.values() if number not in arrived] == []
    key = (other.folder / "data" / "admin.key").read_text()
    assert key == (server.folder / "admin.key").read_text()
