"""Uploaded audio (WAV, MP3, OGG, FLAC, and what else libsndfile reads) to a clip.

It takes time: call it in a thread or a process, never in the loop that plays. Memory does not grow with rate and
channels of the file: 1 MB a minute, beside a second of what is read.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import soundfile  # pyright: ignore[reportMissingTypeStubs]

from omnibound.domain.errors import Invalid
from omnibound.voice.media.clips import Clip
from omnibound.voice.media.resample import Floats, Resampler, resample
from omnibound.wire.rtp import RATE, Samples

LOUDNESS_DB: Final = -19.0
"""What speech on a telephone has, in dB below full scale: a good value for `loudness`."""

_RATES: Final = range(4_000, 384_001)
_MOST_CHANNELS: Final = 8
_HIGHEST: Final = 0.97
_MOST_GAIN: Final = 10.0
_GATE: Final = 0.003
"""What is below -50 dB of full scale is a pause, and says nothing of how loud the speech is."""


class Limits(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What is taken: octets of the file, seconds of sound."""

    octets: int = 100_000_000
    seconds: float = 1_800.0


def convert(path: Path, limits: Limits | None = None, loudness: float | None = None) -> Clip:
    """The clip that a file holds; channels are mixed. `loudness` in dB below full scale, None leaves it as it is.

    Raises Invalid, in words for whoever uploaded it, and OSError when there is no such file.
    """
    limits = limits or Limits()
    if (size := path.stat().st_size) > limits.octets:
        raise Invalid(f"The file has {size / 1e6:,.1f} MB; {limits.octets / 1e6:,.0f} MB are allowed.")
    try:
        with path.open("rb") as file:
            # Without its name: what somebody called it must not decide what it is taken for.
            nameless: Any = _Nameless(file)
            with soundfile.SoundFile(nameless) as sound:
                made = np.concatenate([*_pieces(sound, limits)])
    except (soundfile.SoundFileError, TypeError) as error:
        raise Invalid("This is no audio file that can be read: WAV, MP3, OGG and FLAC can.") from error
    return Clip.of(telephone(made, RATE, loudness))


def telephone(samples: Floats, rate: int, loudness: float | None = None) -> Samples:
    """Samples between -1 and 1 at any rate as 16-bit samples at 8,000 Hz. Raises Invalid when there are none."""
    if not len(samples):
        raise Invalid("There is no sound in it.")
    samples = resample(samples, rate, RATE)
    if loudness is not None:
        samples = samples * _gain(samples, loudness)
    return np.rint(np.clip(samples, -1, 1) * 32_767).astype(np.int16)


class _Nameless:
    """A file without the name that libsndfile's binding would guess a format from."""

    def __init__(self, file: Any) -> None:
        self.read, self.readinto, self.seek, self.tell = file.read, file.readinto, file.seek, file.tell
        self.write = file.write


def _pieces(sound: Any, limits: Limits) -> Iterator[Floats]:
    """The file as one channel at 8,000 Hz, a second of it at a time. Raises Invalid beyond the limits."""
    if sound.samplerate not in _RATES or sound.channels > _MOST_CHANNELS:
        raise Invalid(f"It has {sound.channels} channels at {sound.samplerate:,} Hz; a telephone cannot use that.")
    resampler = Resampler(sound.samplerate, RATE)
    left = int(limits.seconds * sound.samplerate)
    while len(block := sound.read(sound.samplerate, dtype="float32", always_2d=True)):
        left -= len(block)
        if left < 0:
            raise Invalid(f"It is longer than the {limits.seconds:,.0f} seconds that are allowed.")
        yield resampler.feed(np.nan_to_num(block.mean(axis=1), posinf=1, neginf=-1))
    yield resampler.finish()


def _gain(samples: Floats, loudness: float) -> float:
    """What to multiply with, so that speech has this loudness and no peak is cut."""
    frames = samples[: len(samples) // 160 * 160].reshape(-1, 160)
    powers = np.mean(np.square(frames), axis=1) if len(frames) else np.zeros(0)
    loud = powers[powers > _GATE**2]
    if not len(loud):
        return 1.0
    wanted = 10 ** (loudness / 20) / float(np.sqrt(loud.mean()))
    return min(wanted, _MOST_GAIN, _HIGHEST / float(np.abs(samples).max()))
