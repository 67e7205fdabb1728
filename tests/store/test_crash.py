"""A process that is killed while it writes: what it was told is done is there, and nothing is half there."""

import asyncio
import random
import subprocess
import sys
import time
from pathlib import Path

import apsw

from omnibound.store.opened import FILE, open_store

ROOT = Path(__file__).parents[2]
HALVES = """
SELECT count(*) FROM messages m WHERE
    (SELECT count(*) FROM deliveries WHERE id BETWEEN m.id AND m.id + 2 AND message = m.id) <> 3
    OR (SELECT count(*) FROM refs WHERE account = 7 AND day = 1 AND hash BETWEEN m.id AND m.id + 2) <> 3
    OR (SELECT count(*) FROM outcomes WHERE delivery = m.id + 1) <> 1
    OR (SELECT count(*) FROM reports WHERE account = 7 AND delivery = m.id + 1) <> 1
    OR (SELECT count(*) FROM handovers WHERE id = m.id) <> 1
    OR (SELECT count(*) FROM live WHERE id IN (m.id, m.id + 2)) <> 2
"""
STRAYS = """
SELECT (SELECT count(*) FROM deliveries WHERE message NOT IN (SELECT id FROM messages))
     + (SELECT count(*) FROM live WHERE message NOT IN (SELECT id FROM messages))
     + (SELECT count(*) FROM handovers WHERE id NOT IN (SELECT id FROM messages))
"""


def live_and_die(folder: Path, first: int, seconds: float) -> int:
    """The last order that the child said was committed."""
    command = [sys.executable, "-m", "tests.store.crash_child", str(folder), str(first)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        last = int(child.stdout.readline())
        time.sleep(seconds)
        child.kill()
        lines = child.stdout.read().splitlines(keepends=True)
    return int(lines[-1]) if lines and lines[-1].endswith("\n") else int(lines[-2]) if len(lines) > 1 else last


def test_nothing_is_lost_or_half_written_when_it_is_killed(tmp_path: Path) -> None:
    promised: list[range] = []
    for life in range(4):
        first = 1_000_000 * (life + 1)
        last = live_and_die(tmp_path, first, random.uniform(0, 0.25))
        promised.append(range(first, last + 1, 10))
        found = apsw.Connection(str(tmp_path / FILE))
        assert list(found.execute("PRAGMA integrity_check")) == [("ok",)]
        assert list(found.execute(HALVES)) == [(0,)]
        assert list(found.execute(STRAYS)) == [(0,)]
        there = {id_ for (id_,) in found.execute("SELECT id FROM messages")}
        ended = {id_ for (id_,) in found.execute("SELECT id FROM live")}
        for life_before in promised:
            assert set(life_before) <= there
            assert not {id_ + 1 for id_ in life_before} & ended
        found.close()


def test_the_next_start_takes_it_up(tmp_path: Path) -> None:
    live_and_die(tmp_path, 1_000, 0.05)

    async def next_start() -> tuple[int, int]:
        store = open_store(tmp_path)
        try:
            await store.deliveries.disown()
            taken = await store.reports.take(7, 1, bulk="", delivery=0, channel="", limit=1_000_000)
            return len(taken), len(await store.receipts.unsettled())
        finally:
            await store.close()

    taken, unsettled = asyncio.run(next_start())
    assert taken == unsettled > 0
