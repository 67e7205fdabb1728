"""A studio with real voices, over a fresh cache."""

import io
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from omnibound.reports.guard import Guard
from omnibound.voice.media.clips import Clip
from omnibound.voice.media.convert import Limits
from omnibound.voice.speech.cache import Cache
from omnibound.voice.speech.engines import Engines
from omnibound.voice.speech.fetching import Fetcher
from omnibound.voice.speech.studio import Spoken, Studio
from omnibound.voice.speech.voices import read_voices
from omnibound.wire.rtp import Law, Samples, decode

LONGEST_S = 60.0

PL = {"id": "5b3c78874fe80o7c60af632189", "engine": "espeak", "language": "pl"}
EN = {"id": "kate", "engine": "espeak", "language": "en-GB", "variant": "f2"}

Make = Callable[..., "Booth"]


class Booth:
    """A studio and what it is made of."""

    def __init__(
        self,
        folder: Path,
        tables: list[Mapping[str, Any]],
        timeout_s: float,
        workers: int,
        allow: tuple[str, ...],
    ) -> None:
        voices = read_voices(tables)
        self.cache = Cache(folder, 100_000_000)
        self.engines = Engines(voices, workers, timeout_s, LONGEST_S)
        fetcher = Fetcher(self.cache, Guard(allow), Limits(octets=1_000_000, seconds=60), timeout_s)
        self.studio = Studio(voices, self.engines, self.cache, fetcher, LONGEST_S)
        self.folder = folder

    async def hear(self, voice: str, text: str = "", ssml: str = "", **more: Any) -> Samples:
        """What the clip sounds like."""
        return heard(await self.studio.render(voice, text, ssml, **more))

    @property
    def workers(self) -> Any:
        """Those of espeak-ng."""
        return self.engines._workers


def heard(spoken: Spoken) -> Samples:
    return decode(Clip.load(spoken.path).octets[Law.MU], Law.MU)


def seconds(samples: Samples) -> float:
    return len(samples) / 8000


def loudness(samples: Samples) -> float:
    """The root of the mean square, of 32,768."""
    return float(np.sqrt(np.mean(np.square(samples.astype(np.float64)))))


def alike(one: "np.ndarray[Any, Any]", other: "np.ndarray[Any, Any]") -> bool:
    """Whether they may be the same words: espeak-ng says nothing twice to the last bit."""
    return len(one) == pytest.approx(len(other), rel=0.02) and loudness(one) == pytest.approx(loudness(other), rel=0.1)


@pytest.fixture
async def booths() -> AsyncIterator[list[Booth]]:
    made: list[Booth] = []
    yield made
    for booth in made:
        await booth.studio.close()


@pytest.fixture
def booth(tmp_path: Path, booths: list[Booth]) -> Make:
    def make(
        *tables: Mapping[str, Any], timeout_s: float = 20.0, workers: int = 2, allow: tuple[str, ...] = ()
    ) -> Booth:
        booths.append(Booth(tmp_path / "speech", list(tables or (PL, EN)), timeout_s, workers, allow))
        return booths[-1]

    return make


def program(path: Path, text: str) -> list[str]:
    """A command that runs this Python; the words of the command line come behind it."""
    path.write_text(text)
    return [sys.executable, str(path)]


def tone(seconds_: float, rate: int = 16_000, hertz: float = 440.0, channels: int = 1) -> "np.ndarray[Any, Any]":
    at = np.arange(int(seconds_ * rate)) / rate
    wave = 0.5 * np.sin(2 * np.pi * hertz * at)
    return np.column_stack([wave] * channels)


def audio_file(kind: str, seconds_: float = 1.0, rate: int = 16_000, channels: int = 1) -> bytes:
    """WAV, MP3, OGG or FLAC with a tone in it."""
    out = io.BytesIO()
    soundfile.write(out, tone(seconds_, rate, channels=channels), rate, format=kind)
    return out.getvalue()
