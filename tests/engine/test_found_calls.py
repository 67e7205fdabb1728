"""Calls that were under way before this node dialled: what another process ends of them keeps no line here."""

import pytest

from omnibound.domain.flow import SECOND
from omnibound.domain.live import Stage
from omnibound.engine.found_calls import EVERY
from omnibound.store.opened import OpenedStore
from omnibound.store.queries import plain
from tests.engine.conftest import ScriptedChannel
from tests.engine.hall import Hall, numbers
from tests.engine.hall import hall as hall
from tests.engine.hall import trunk as trunk
from tests.store.conftest import again as again
from tests.store.conftest import engine as engine
from tests.store.conftest import postgres_database as postgres_database
from tests.store.conftest import postgres_server as postgres_server
from tests.store.conftest import store as store
from tests.store.conftest import url as url

pytestmark = pytest.mark.anyio


async def ringing(hall: Hall, trunk: ScriptedChannel) -> list[int]:
    """Two calls that ring, and a third one that waits for a line; this node has come by the telephone only now."""
    campaign = await hall.campaign(lines=2)
    ids = await hall.enrol(campaign, numbers(3))
    await hall.dial()
    await hall.ring(trunk, *await hall.sent(trunk, 2))
    hall.dialer._turn.began += 1
    await hall.dial()
    assert len(trunk.sent) == 2
    return ids


async def elsewhere(store: OpenedStore, sql: str, id_: int) -> None:
    """Another node writes."""
    await store.db.write((plain(sql), {"id": id_}))


async def test_a_call_that_ended_elsewhere_frees_its_line(
    hall: Hall, trunk: ScriptedChannel, store: OpenedStore
) -> None:
    ended, rings, waits = await ringing(hall, trunk)
    await elsewhere(store, "DELETE FROM live WHERE id = :id", ended)
    hall.now += EVERY - SECOND
    await hall.dial()
    assert len(trunk.sent) == 2, "not looked at yet"
    hall.now += SECOND
    await hall.dial()
    await hall.sent(trunk, 3)
    assert [attempt.delivery for attempt in trunk.sent] == [ended, rings, waits]
    assert ended not in hall.book.entries


async def test_a_call_that_is_held_elsewhere_is_known_as_such(
    hall: Hall, trunk: ScriptedChannel, store: OpenedStore
) -> None:
    held, rings, _ = await ringing(hall, trunk)
    await elsewhere(store, "UPDATE live SET stage = 2, version = version + 1 WHERE id = :id", held)
    hall.now += EVERY
    await hall.dial()
    entries = hall.book.entries
    assert [entries[id_].live.stage for id_ in (held, rings)] == [Stage.HELD, Stage.SENT]


async def test_what_this_node_knows_ahead_of_the_store_stands(
    hall: Hall, trunk: ScriptedChannel, store: OpenedStore
) -> None:
    mine, *_ = await ringing(hall, trunk)
    before = hall.book.entries[mine]
    await elsewhere(store, "UPDATE live SET version = version - 1 WHERE id = :id", mine)
    hall.now += EVERY
    await hall.dial()
    assert hall.book.entries[mine] is before
