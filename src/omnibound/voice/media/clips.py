"""Audio that is encoded once, in both laws, and played to any number of calls at a time."""

import struct
from pathlib import Path
from typing import Final

import numpy as np

from omnibound.wire.rtp import RATE, Law, Samples, encode

FRAME: Final = 160
"""Samples of 20 ms; every clip is filled up to whole frames with silence."""

_head = struct.Struct("!8sI")
_MAGIC: Final = b"OMNICLP1"


class Clip:
    """One piece of audio at 8,000 samples a second: `octets` of each law, one a sample. Never changed, so shared by
    all.
    """

    __slots__ = ("octets", "samples")

    def __init__(self, octets: dict[Law, bytes]) -> None:
        sizes = {len(each) for each in octets.values()}
        if set(octets) != set(Law) or len(sizes) != 1 or not (size := sizes.pop()) or size % FRAME:
            raise ValueError("a clip has whole frames, as many in each law")
        self.octets = octets
        self.samples = size

    @property
    def seconds(self) -> float:
        """How long it takes to play."""
        return self.samples / RATE

    @classmethod
    def of(cls, samples: Samples) -> "Clip":
        """A clip of 16-bit samples. Raises ValueError when there are none."""
        filled = np.concatenate([samples, np.zeros(-len(samples) % FRAME, np.int16)])
        return cls({law: encode(filled, law) for law in Law})

    @classmethod
    def silence(cls, seconds: float) -> "Clip":
        """A pause."""
        return cls.of(np.zeros(max(1, round(seconds * RATE)), np.int16))

    def save(self, path: Path) -> None:
        """Write it to a file; one that stands there is replaced as a whole. Raises OSError."""
        made = path.with_name(f".{path.name}.part")
        made.write_bytes(_head.pack(_MAGIC, self.samples) + self.octets[Law.MU] + self.octets[Law.A])
        made.replace(path)

    @classmethod
    def load(cls, path: Path) -> "Clip":
        """Read what `save` wrote. Raises OSError, and ValueError when the file is something else or is cut."""
        data = path.read_bytes()
        magic, samples = _head.unpack_from(data) if len(data) >= _head.size else (b"", 0)
        middle = _head.size + samples
        if magic != _MAGIC or len(data) != middle + samples:
            raise ValueError(f"{path.name} is no clip, or is cut")
        return cls({Law.MU: data[_head.size : middle], Law.A: data[middle:]})
