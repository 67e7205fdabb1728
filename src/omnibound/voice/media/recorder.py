"""Recordings: WAV files, 16 bits at 8,000 Hz, written by a thread, so that a slow disk never holds up the sound."""

import queue
import threading
import wave
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from omnibound.wire.rtp import RATE, Samples

LONGEST_S: Final = 7_200.0
_BACKLOG: Final = 20_000
"""Pieces of 100 ms that may wait for the disk, over all recordings."""


class Recording:
    """One file. Both directions: theirs left, ours right. Pieces are given by the loop, written by the thread."""

    def __init__(self, path: Path, both: bool, longest_s: float, done: Callable[[float, str, str], None]) -> None:
        """`done(seconds, why, error)` is called once, in the recorder's thread, when the file is closed."""
        self.path = path
        self.both = both
        self.left = round(longest_s * RATE)
        """Samples that it may still take; the loop's."""
        self._done = done
        self._file: wave.Wave_write | None = None
        self._closing = ExitStack()
        self._written = 0
        self._error = ""

    def write(self, theirs: Samples, ours: Samples) -> None:
        """Thread only: add a piece. An error is kept, told at the end, and ends the writing."""
        if self._error:
            return
        try:
            file = self._file or self._open()
            sound = np.column_stack([theirs, ours]) if self.both else theirs
            file.writeframes(sound.astype("<i2").tobytes())
            self._written += len(theirs)
        except OSError as error:
            self._error = error.strerror or str(error)

    def close(self, why: str) -> None:
        """Thread only: end the file and tell."""
        try:
            if not self._file and not self._error:
                self._open()
            self._closing.close()
        except OSError as error:
            self._error = self._error or error.strerror or str(error)
        if why == "behind":
            self._error = self._error or "the disk does not keep up"
        self._done(self._written / RATE, "failed" if self._error else why, self._error)

    def _open(self) -> wave.Wave_write:
        raw = self.path.open("wb")
        self._closing.callback(raw.close)
        file = wave.open(raw, "wb")  # noqa: SIM115 - closed with the rest
        self._closing.callback(file.close)
        file.setnchannels(2 if self.both else 1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        self._file = file
        return file


class _Piece(msgspec.Struct, frozen=True, gc=False):
    recording: Recording
    theirs: Samples
    ours: Samples


class _End(msgspec.Struct, frozen=True, gc=False):
    recording: Recording
    why: str


class Recorder:
    """The thread that writes. It starts with the first recording."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[_Piece | _End | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def add(self, recording: Recording, theirs: Samples, ours: Samples) -> bool:
        """Give a piece. False when the disk is so far behind that it was not taken: then the recording has to end."""
        self._run()
        if self._queue.qsize() >= _BACKLOG:
            return False
        self._queue.put(_Piece(recording, theirs, ours))
        return True

    def end(self, recording: Recording, why: str) -> None:
        """Close a file behind all that was given for it."""
        self._run()
        self._queue.put(_End(recording, why))

    def close(self) -> None:
        """Write what waits, and end the thread. Blocks until then."""
        if self._thread:
            self._queue.put(None)
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        if not self._thread:
            self._thread = threading.Thread(target=self._write, name="recorder", daemon=True)
            self._thread.start()

    def _write(self) -> None:
        while (order := self._queue.get()) is not None:
            if isinstance(order, _Piece):
                order.recording.write(order.theirs, order.ours)
            else:
                order.recording.close(order.why)
