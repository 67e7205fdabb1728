"""Announcements over a real store and a real folder: what two uploads at once, and a crash between two steps, leave."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from omnibound.domain.account import Account
from omnibound.domain.announcement import Announcement
from omnibound.domain.errors import Invalid, NotFound
from omnibound.services.keep_announcements import Announcements
from omnibound.store.opened import open_store
from omnibound.voice.media.convert import Limits
from omnibound.voice.speech.audio_folder import AudioFolder
from tests.voice.speech.conftest import audio_file

pytestmark = pytest.mark.anyio
SHOP = Account(id=1, name="shop", username="shop")
WAV = audio_file("WAV", 0.2)


@pytest.fixture
async def announcements(tmp_path: Path) -> AsyncIterator[Announcements]:
    store = open_store(tmp_path)
    yield Announcements(store.announcements, AudioFolder(tmp_path / "audio", Limits()), lambda: 7, 1_000_000)
    await store.close()


async def audio() -> AsyncIterator[bytes]:
    yield WAV


def stems(tmp_path: Path) -> set[str]:
    return {path.name.partition(".")[0] for path in (tmp_path / "audio").iterdir()}


async def test_of_two_uploads_at_once_one_stays(announcements: Announcements, tmp_path: Path) -> None:
    both = [announcements.add(SHOP, audio(), "bell") for _ in range(2)]
    came = await asyncio.gather(*both, return_exceptions=True)
    (refused,) = [each for each in came if isinstance(each, Invalid)]
    (made,) = [each for each in came if isinstance(each, Announcement)]
    assert str(refused) == "there is an announcement with the id bell already"
    assert await announcements.one(SHOP, "bell") == made
    _, name = await announcements.clip(SHOP, "bell")
    assert stems(tmp_path) == {name}


async def test_the_same_id_again_is_another_recording(announcements: Announcements, tmp_path: Path) -> None:
    await announcements.add(SHOP, audio(), "bell")
    path, name = await announcements.clip(SHOP, "bell")
    await announcements.drop(SHOP, "bell")
    for gone in (announcements.clip(SHOP, "bell"), announcements.drop(SHOP, "bell"), announcements.wav(SHOP, "bell")):
        with pytest.raises(NotFound, match="no announcement has the id bell"):
            await gone
    assert stems(tmp_path) == set()
    made = await announcements.add(SHOP, audio(), "bell", "Bell")
    again, other = await announcements.clip(SHOP, "bell")
    assert (again != path, other != name, made.created_at, made.name) == (True, True, 7, "Bell")


async def test_young_files_without_a_row_stay(announcements: Announcements, tmp_path: Path) -> None:
    await announcements.add(SHOP, audio(), "bell")
    (tmp_path / "audio" / "left.clip").touch()
    assert await announcements.tidy() == 0
    assert len(stems(tmp_path)) == 2
