"""Clips on disk: found again, dropped when they are too many, whole or not there."""

import errno
import os
from pathlib import Path

import numpy as np
import pytest

from omnibound.domain.errors import Unavailable
from omnibound.voice.media.clips import Clip
from omnibound.voice.speech.cache import KEPT_S, Cache
from tests.voice.speech.conftest import PL, Make

CLIP = Clip.of(np.ones(8000, np.int16))


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def put(cache: Cache, *keys: str) -> None:
    for key in keys:
        cache.write(key, CLIP)
        cache.written(key)


def kept(cache: Cache) -> list[str]:
    return sorted(path.name for path in cache.folder.iterdir())


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cache(tmp_path: Path, clock: Clock) -> Cache:
    """For three clips of a second."""
    return Cache(tmp_path / "c", 3 * 16_100, clock)


def test_a_clip_is_found_again(cache: Cache) -> None:
    assert cache.get("a") is None
    put(cache, "a")
    path = cache.get("a")
    assert path is not None
    assert Clip.load(path).octets == CLIP.octets
    assert kept(cache) == ["a.clip"]


def test_the_longest_unused_is_dropped(cache: Cache, clock: Clock) -> None:
    put(cache, "a", "b", "c")
    clock.now += KEPT_S
    assert cache.get("a")
    put(cache, "d")
    assert kept(cache) == ["a.clip", "c.clip", "d.clip"]
    assert (cache.get("b"), bool(cache.get("a"))) == (None, True)


def test_what_is_about_to_be_played_stays_though_there_is_too_much(cache: Cache, clock: Clock) -> None:
    put(cache, "a", "b", "c", "d", "e")
    assert len(kept(cache)) == 5
    clock.now += KEPT_S
    put(cache, "f")
    assert kept(cache) == ["d.clip", "e.clip", "f.clip"]


def test_another_server_knows_what_is_there_and_how_old_it_is(cache: Cache, clock: Clock) -> None:
    put(cache, "a", "b", "c")
    for age, key in enumerate("bca"):
        os.utime(cache.folder / f"{key}.clip", (age, age))
    (cache.folder / ".x.clip.part").write_bytes(b"half")
    (cache.folder / "README").write_text("not ours")
    again = Cache(cache.folder, 3 * 16_100, clock)
    put(again, "d")
    assert kept(again) == ["README", "a.clip", "c.clip", "d.clip"]


@pytest.mark.parametrize("harm", ["cut", "gone"])
def test_what_was_harmed_is_not_found(cache: Cache, harm: str) -> None:
    put(cache, "a", "b")
    path = cache.folder / "a.clip"
    if harm == "cut":
        path.write_bytes(b"x")
    else:
        path.unlink()
    assert cache.get("a") is None
    put(cache, "a")
    assert cache.get("a") == path


@pytest.mark.anyio
async def test_a_full_disk_is_told_and_leaves_nothing(booth: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    made = booth()
    write = Path.write_bytes

    def full(path: Path, data: bytes) -> int:
        write(path, data[:100])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        with pytest.raises(Unavailable, match=r"does not take the spoken text .*: No space left"):
            await made.studio.render(str(PL["id"]), "Witaj")
    assert kept(made.cache) == []
    assert (await made.studio.render(str(PL["id"]), "Witaj")).made
    assert len(kept(made.cache)) == 1
