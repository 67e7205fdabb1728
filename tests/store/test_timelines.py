"""A delivery's events: a row for all that one commit says of it, in the order of the commits."""

from pathlib import Path

import apsw
import pytest
from msgspec.structs import replace

from omnibound.domain.changes import Changes
from omnibound.domain.live import Event, Note, Said
from omnibound.domain.status import Reason, Status
from omnibound.store.opened import OpenedStore
from omnibound.store.queries import migrations
from omnibound.store.rows import said_bits, to_events
from tests.store import nouns

SENT = Event(1, 1, 0, nouns.NOW, Said.ACCEPTED, Status.SENT, Reason.UNKNOWN, "", "c1", 0, Note.NONE)
THERE = replace(SENT, at=nouns.NOW + 5, said=Said.DELIVERED, status=Status.DELIVERED, reason=Reason.DELIVERED)
ODD = Event(1, 255, -1, 0, Said.LAST, Status.FAILED, Reason.AMBIGUOUS, "gsm:27 ü\n", "", 254, Note.EARLY)


@pytest.mark.anyio
async def test_a_row_a_commit(store: OpenedStore) -> None:
    await store.record(Changes(events=[SENT, replace(SENT, delivery=2), THERE]))
    await store.record(Changes(events=[ODD]))
    assert await store.deliveries.timeline(1) == [SENT, THERE, ODD]
    assert await store.deliveries.timeline(2) == [replace(SENT, delivery=2)]
    assert await nouns.table(store, "SELECT delivery, said FROM events ORDER BY n") == [
        (1, 1 << Said.ACCEPTED | 1 << Said.DELIVERED),
        (2, 1 << Said.ACCEPTED),
        (1, 1 << Said.LAST),
    ]


def test_a_bit_for_each_thing_said() -> None:
    assert (said_bits([]), said_bits([Said.FAILED, Said.SEEN, Said.FAILED])) == (0, 0b100_0010)


def test_rows_of_before_are_lists_of_one(tmp_path: Path) -> None:
    """0015: what was a column each is a list in one."""
    connection = apsw.Connection(str(tmp_path / "db"))
    before = [sql for number, sql in migrations() if number < 15]
    (now,) = [sql for number, sql in migrations() if number == 15]
    for sql in before:
        connection.execute(sql)
    for n, event in enumerate([SENT, ODD]):
        connection.execute(
            "INSERT INTO events (delivery, n, attempt, step, at, said, status, reason, detail, connector, part, note)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                event.delivery, n, event.attempt, event.step, event.at, event.said, event.status, event.reason,
                event.detail, event.connector, event.part, event.note,
            ),
        )  # fmt: skip
    connection.execute(now)
    rows = list(connection.execute("SELECT delivery, n, said, body FROM events ORDER BY n"))
    assert [(*row[:3], to_events(row[3])) for row in rows] == [
        (1, 0, 1 << Said.ACCEPTED, [SENT]),
        (1, 1, 1 << Said.LAST, [ODD]),
    ]
    connection.close()
