"""Sound on its way to a clip, and a clip as a file that a person can play."""

import io
import wave
from typing import NamedTuple, cast

import numpy as np
import soundfile  # pyright: ignore[reportMissingTypeStubs]

from omnibound.domain.errors import Unavailable
from omnibound.voice.media.clips import Clip
from omnibound.voice.media.convert import telephone
from omnibound.voice.media.resample import Floats
from omnibound.wire.rtp import RATE, Law, Samples, decode


class Sound(NamedTuple):
    """Samples between -1 and 1, one channel, so many a second."""

    samples: Floats
    rate: int


def from_pcm(data: bytes, rate: int) -> Sound:
    """16-bit samples in the machine's own order."""
    return Sound(np.frombuffer(data, np.int16).astype(np.float32) * np.float32(1 / 32_768), rate)


def from_file(data: bytes, longest_s: float) -> Sound:
    """A WAV, MP3, OGG or FLAC file; channels are mixed. Raises Unavailable for what is something else or longer."""
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as file:
            most = int(longest_s * file.samplerate)
            read = cast("Floats", file.read(most + 1, dtype="float32", always_2d=True))  # pyright: ignore[reportUnknownMemberType]
            rate = file.samplerate
    except (soundfile.SoundFileError, TypeError) as error:
        raise Unavailable("the voice gave something else than audio (WAV, MP3, OGG or FLAC)") from error
    if len(read) > most:
        raise Unavailable(f"the voice spoke longer than {longest_s:g} seconds")
    return Sound(np.nan_to_num(read.mean(axis=1)).astype(np.float32), rate)


def to_telephone(sound: Sound) -> Samples:
    """At 8,000 samples a second; empty for what is empty."""
    return telephone(sound.samples, sound.rate) if len(sound.samples) else np.zeros(0, np.int16)


def to_wav(clip: Clip) -> bytes:
    """A clip as a WAV file of 16-bit samples, as a telephone plays it."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(decode(clip.octets[Law.MU], Law.MU).astype("<i2").tobytes())
    return out.getvalue()
