"""Who listens to a call: detectors and a recording, in pieces of 100 ms."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from omnibound.voice.media.detect import Listener
from omnibound.voice.media.happenings import Recorded, Tell
from omnibound.voice.media.recorder import LONGEST_S, Recorder, Recording
from omnibound.voice.media.terms import SLOT_SAMPLES
from omnibound.voice.media.track import LAG, Track
from omnibound.voice.media.wheel import Wheel
from omnibound.wire.rtp import Law, Samples, decode

PERIOD: Final = 20
"""Slots of a piece."""
_NONE: Final = Track(0)
"""Of those to whom nobody listens: it has room for two seconds, and they are many."""


class Listening:
    """The ears of one stream. `tick` is called once a piece, while anyone listens."""

    def __init__(
        self, wheel: Wheel, recorder: Recorder, tell: Tell, soon: Callable[[Callable[[], None]], object]
    ) -> None:
        """`soon` brings what the recorder's thread tells back into the loop."""
        self._wheel = wheel
        self._recorder = recorder
        self._tell = tell
        self._soon = soon
        self._listeners: list[Listener] = []
        self._recording: Recording | None = None
        self._theirs = self._ours = _NONE
        self._runs = False

    @property
    def wanted(self) -> bool:
        """Whether anyone listens."""
        return bool(self._listeners) or self._recording is not None

    @property
    def wants_ours(self) -> bool:
        """Whether what we send is wanted as well."""
        return self._recording is not None and self._recording.both

    def add(self, listener: Listener) -> None:
        """Have it listen from now on."""
        self._listeners = [*self._listeners, listener]
        self._begin()

    def drop(self, listener: Listener) -> None:
        """Have it listen no more; nothing happens if it does not."""
        self._listeners = [each for each in self._listeners if each != listener]
        self._end()

    def record(self, path: Path, both: bool = True, longest_s: float = LONGEST_S) -> None:
        """Record from now on. Raises ValueError while another recording runs."""
        if self._recording:
            raise ValueError(f"the call is being recorded to {self._recording.path.name}")

        def done(seconds: float, why: str, error: str) -> None:
            told = Recorded(path=str(path), seconds=seconds, why=why, error=error)
            self._soon(lambda: self._tell(told))

        self._recording = Recording(path, both, longest_s, done)
        self._begin()
        self._ours = Track(self._wheel.samples())

    def end_record(self, why: str = "stopped") -> None:
        """End the recording, with all that was heard until now; nothing happens if there is none."""
        if self._recording:
            self._give(self._wheel.samples())
        self._close(why)

    def close(self) -> None:
        """End it for everybody."""
        self._listeners = []
        self.end_record("closed")
        self._end()

    def hear(self, octets: bytes, law: Law, timestamp: int, now: int) -> None:
        """What they said."""
        self._theirs.heard(decode(octets, law), timestamp, now)

    def say(self, octets: bytes, law: Law, place: int) -> None:
        """What we said."""
        self._ours.put(decode(octets, law), place)

    def tick(self, slot: int) -> None:
        """Give everybody the next piece."""
        self._give(slot * SLOT_SAMPLES - LAG)

    def _give(self, until: int) -> None:
        theirs = self._theirs.take(until)
        if not len(theirs):
            return
        for listener in self._listeners:
            listener(theirs)
        if self._recording:
            self._write(self._recording, theirs, self._ours.take(until) if self._recording.both else theirs)

    def _write(self, recording: Recording, theirs: Samples, ours: Samples) -> None:
        """Both end at the same instant; a listener that was there before has heard more than the recording may have."""
        count = min(len(theirs), len(ours))
        left = min(count, recording.left)
        recording.left -= left
        theirs, ours = theirs[len(theirs) - count :][:left], ours[len(ours) - count :][:left]
        taken = self._recorder.add(recording, theirs, ours)
        if not taken or not recording.left:
            self._close("longest" if taken else "behind")

    def _begin(self) -> None:
        if not self._runs:
            self._theirs = Track(self._wheel.samples())
            self._wheel.join(PERIOD, self.tick)
            self._runs = True

    def _end(self) -> None:
        if self._runs and not self.wanted:
            self._wheel.leave(PERIOD, self.tick)
            self._runs = False

    def _close(self, why: str) -> None:
        recording, self._recording = self._recording, None
        if recording:
            self._recorder.end(recording, why)
        self._end()
