"""Files of announcements: taken whole or not at all, converted, dropped, tidied."""

import errno
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from omnibound.domain.errors import Invalid, Unavailable
from omnibound.voice.media.clips import Clip
from omnibound.voice.media.convert import Limits
from omnibound.voice.speech.audio_folder import LEFT_S, AudioFolder
from tests.voice.speech.conftest import audio_file

pytestmark = pytest.mark.anyio


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "announcements"


@pytest.fixture
def audio(folder: Path) -> AudioFolder:
    return AudioFolder(folder, Limits(octets=1_000_000, seconds=5))


async def parts(data: bytes, size: int = 10_000) -> AsyncIterator[bytes]:
    for at in range(0, len(data), size):
        yield data[at : at + size]


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


@pytest.mark.parametrize("kind", ["WAV", "MP3", "OGG", "FLAC"])
async def test_a_recording_is_kept_as_it_came_and_as_telephones_play_it(
    audio: AudioFolder, folder: Path, kind: str
) -> None:
    data = audio_file(kind, 1.0, rate=44_100, channels=2)
    stem, length_ms, octets = await audio.put(parts(data))
    assert octets == len(data)
    assert length_ms == pytest.approx(1000, abs=120)
    assert files(folder) == [f"{stem}.clip", f"{stem}.original"]
    assert (folder / f"{stem}.original").read_bytes() == data
    assert round(Clip.load(audio.clip(stem)).seconds * 1000) == length_ms
    wav = await audio.wav(stem)
    assert (wav[:4], len(wav)) == (b"RIFF", 44 + 16 * length_ms)
    await audio.drop(stem)
    assert files(folder) == []
    with pytest.raises(FileNotFoundError):
        await audio.wav(stem)


async def broken() -> AsyncIterator[bytes]:
    yield b"RIFF"
    raise Invalid("the body ended too early")


async def missing() -> AsyncIterator[bytes]:
    raise FileNotFoundError(errno.ENOENT, "No such file", "my.wav")
    yield b""


WAV = audio_file("WAV")
REFUSED: dict[str, tuple[Any, type[Exception], str]] = {
    "nothing": (lambda: parts(b""), Invalid, "This is no audio file"),
    "a WAV that is no WAV": (lambda: parts(b"RIFF\x00\x00\x00\x00WAVEfmt nonsense" * 50), Invalid, "no audio file"),
    "a text": (lambda: parts(b"hello" * 1000), Invalid, "no audio file"),
    "a WAV without sound": (lambda: parts(audio_file("WAV", 0)), Invalid, "There is no sound in it"),
    "too long": (lambda: parts(audio_file("OGG", 6)), Invalid, "longer than the 5 seconds"),
    "an upload that ends early": (broken, Invalid, "the body ended too early"),
    "a file of the client's that is not there": (missing, FileNotFoundError, "my.wav"),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_is_refused_leaves_nothing(audio: AudioFolder, folder: Path, name: str) -> None:
    upload, kind, words = REFUSED[name]
    with pytest.raises(kind, match=words):
        await audio.put(upload())
    assert files(folder) == []


@pytest.mark.parametrize("when", ["original", "clip"])
async def test_a_full_disk_is_told_and_leaves_nothing(
    audio: AudioFolder, folder: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    def full(*_: Any) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    if when == "original":
        monkeypatch.setattr(os, "fsync", full)
    else:
        monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(Unavailable, match=r"does not take the recording .*: No space left"):
        await audio.put(parts(WAV))
    assert files(folder) == []


def make_old(folder: Path, *stems: str) -> None:
    past = time.time() - LEFT_S - 60
    for path in folder.iterdir():
        if path.name.lstrip(".").partition(".")[0] in stems:
            os.utime(path, (past, past))


async def test_what_a_crash_has_left_goes_after_a_day(audio: AudioFolder, folder: Path) -> None:
    assert await audio.tidy(set()) == 0
    kept, old, young = [(await audio.put(parts(WAV))).stem for _ in range(3)]
    (folder / f".{old}.clip.part").touch()
    make_old(folder, kept, old)
    assert await audio.tidy({kept}) == 3
    assert files(folder) == sorted(f"{stem}.{kind}" for stem in (kept, young) for kind in ("clip", "original"))
