"""Announcements, stored."""

import pytest
from msgspec.structs import replace

from omnibound.domain.announcement import Announcement
from omnibound.ports import Taken
from omnibound.store.opened import OpenedStore

pytestmark = pytest.mark.anyio

BELL = Announcement(id="bell", account=1, name="Bell ęł", length_ms=1500, octets=24_044, stem="s1", created_at=7)


async def test_announcements_are_an_accounts_own(store: OpenedStore) -> None:
    theirs = replace(BELL, account=2, stem="s2", length_ms=9)
    for each in (BELL, theirs):
        await store.announcements.add(each)
    assert await store.announcements.one(1, "bell") == BELL
    assert await store.announcements.one(2, "bell") == theirs
    assert await store.announcements.one(3, "bell") is None
    with pytest.raises(Taken):
        await store.announcements.add(replace(BELL, stem="s3"))
    assert await store.announcements.drop(3, "bell") is None
    assert await store.announcements.drop(1, "bell") == BELL
    assert await store.announcements.drop(1, "bell") is None
    assert await store.announcements.stems() == {"s2"}


async def test_pages_go_by_id(store: OpenedStore) -> None:
    for id_ in ("c", "a", "B", "d"):
        await store.announcements.add(replace(BELL, id=id_, stem=id_))
    pages = [[each.id for each in await store.announcements.page(1, after, 2)] for after in ("", "a", "d")]
    assert pages == [["B", "a"], ["c", "d"], []]
