"""What one call is to hear: clips in turn, by the clock. What we are late for is skipped, so a clip never takes longer
than it is.
"""

from collections import deque
from collections.abc import Callable

import msgspec

from omnibound.voice.media.clips import Clip
from omnibound.voice.media.terms import SLOT_SAMPLES
from omnibound.wire.rtp import Law


class Play(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A clip to play so often; `tag` is told when it is over."""

    clip: Clip
    tag: int
    repeat: int = 1


class Playing:
    """The clips of one call. `over(play, whole)` is called when one has ended."""

    __slots__ = (
        "_began", "_held", "_law", "_now", "_octets", "_over", "_plain", "_samples", "_size", "_total", "_waiting",
    )  # fmt: skip

    def __init__(self, over: Callable[[Play, bool], None]) -> None:
        self._over = over
        self._waiting: deque[Play] = deque()
        self._now: Play | None = None
        self._law, self._size = Law.MU, 160
        self._octets = b""
        self._samples = self._total = self._began = 0
        # Places before this one are whole frames of what plays, with nothing to be asked: almost all are.
        self._plain = 0
        self._held = -1

    def __bool__(self) -> bool:
        """Whether anything is to be played."""
        return self._now is not None or bool(self._waiting)

    def add(self, play: Play) -> None:
        """Play it after all others. Raises ValueError when it is to be played less than once."""
        if play.repeat < 1:
            raise ValueError(f"a clip played {play.repeat} times")
        self._waiting.append(play)

    def stop(self) -> None:
        """Play none of them any more."""
        ended = [self._now] if self._now else []
        ended += self._waiting
        self._now = None
        self._plain = 0
        self._waiting.clear()
        for play in ended:
            self._over(play, False)

    def speak(self, law: Law, size: int) -> None:
        """From now on in this law, `size` samples a frame."""
        self._law, self._size = law, size
        if self._now:
            self._octets = self._now.clip.octets[law]
        self._find_plain()

    def hold(self, slot: int) -> None:
        """Stand still; nothing is missed."""
        if self._held < 0:
            self._held = slot
            self._plain = 0

    def go_on(self, slot: int) -> None:
        """Play on from where it stood."""
        if self._held >= 0:
            self._began += slot - self._held
            self._held = -1
            self._find_plain()

    def _find_plain(self) -> None:
        playing = self._now is not None and self._held < 0
        self._plain = self._samples - self._size + 1 if playing else 0

    def frame(self, slot: int) -> bytes | None:
        """The octets that are due in a slot; None when there is nothing to play."""
        at = (slot - self._began) * SLOT_SAMPLES
        return self._octets[at : at + self._size] if at < self._plain else self._frame(slot)

    def _frame(self, slot: int) -> bytes | None:
        """The same where a clip begins, ends or is repeated, and where nothing is played."""
        if self._held >= 0 or (self._now is None and not self._next(slot)):
            return None
        at = (slot - self._began) * SLOT_SAMPLES
        if at >= self._total:
            return self._finish(slot, at)
        at %= self._samples
        octets = self._octets[at : at + self._size]
        return octets if len(octets) == self._size else self._filled(octets, slot)

    def _next(self, slot: int) -> bool:
        if not self._waiting:
            return False
        self._now = play = self._waiting.popleft()
        self._octets = play.clip.octets[self._law]
        self._samples = play.clip.samples
        self._total = play.clip.samples * play.repeat
        self._began = slot
        self._find_plain()
        return True

    def _finish(self, slot: int, at: int) -> bytes | None:
        """The one that plays is over; the next began when it ended, which may be up to a frame ago."""
        ended, self._now = self._now, None
        self._plain = 0
        if ended:
            self._over(ended, True)
        late = min(at - self._total, self._size) // SLOT_SAMPLES
        return self._frame(slot) if self._now is None and self._next(slot - late) else None

    def _filled(self, octets: bytes, slot: int) -> bytes:
        """A frame that the end of a clip falls into: the repeat goes on in it, else silence."""
        missing = self._size - len(octets)
        at = (slot - self._began) * SLOT_SAMPLES
        again = self._octets[:missing] if at + self._size <= self._total else b""
        return (octets + again).ljust(self._size, self._law.silence)
