"""One call of a desk and its sound: does what its script says."""

import asyncio
import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final

from omnibound.voice import media
from omnibound.voice.process import script
from omnibound.voice.terms import terms_of
from omnibound.wire import sip
from omnibound.wire.telephone import Dial

LEAD_S: Final = 0.4
"""Silence before the first clip: nobody has the receiver at the ear at once."""
FAREWELL_S: Final = 0.1
"""From the last sound to the BYE: the far end still plays what its buffer holds."""
MOST_DIGITS: Final = 200
_LEAD: Final = 0

Chosen = Callable[["Spoken", script.Tell], None]
"""Gets the choices that the server has to know of."""


class Spoken:
    """`clips` by their files; `hang_up` ends the call."""

    __slots__ = (
        "_chosen", "_clips", "_hang_up", "_tag", "_timer", "answered_at", "begun_at", "dial", "digits", "known", "rang",
        "rang_at", "said", "state", "stream", "talks_since",
    )  # fmt: skip

    def __init__(
        self, dial: Dial, clips: Mapping[str, media.Clip], chosen: Chosen, hang_up: Callable[[], object]
    ) -> None:
        self.dial = dial
        self.stream: media.Stream
        self.state = script.State()
        self.begun_at = now_us()
        self.rang_at = self.answered_at = 0
        self.talks_since = 0.0
        self.digits = ""
        self.rang = False
        self.known = False
        """Whether the server has heard that there is a call."""
        self.said = False
        self._clips = clips
        self._chosen = chosen
        self._hang_up = hang_up
        self._tag = _LEAD
        """The clip that was to be played last."""
        self._timer: asyncio.TimerHandle | None = None

    # -- what happens --------------------------------------------------------------------------------------------

    def agree(self, agreed: sip.Media) -> None:
        """Speak as both sides have agreed."""
        self.stream.agree(terms_of(agreed))

    def begin(self) -> None:
        """It is answered."""
        self.answered_at, self.talks_since = now_us(), time.monotonic()
        self._follow(script.began(self.dial))

    def played(self, tag: int) -> None:
        """A clip was played to its end."""
        if tag == self._tag != _LEAD:
            self.said = True
            self._follow(script.played(self.dial, self.state))

    def press(self, key: str) -> bool:
        """They pressed a key; whether it is kept."""
        kept = len(self.digits) < MOST_DIGITS
        self.digits += key if kept else ""
        return kept

    def choose(self, key: str) -> None:
        """Do what a key leads to."""
        self._follow(script.pressed(self.dial, self.state, key))

    def _waited(self) -> None:
        self._follow(script.waited(self.dial, self.state))

    def close(self) -> media.Totals:
        """It is over. The figures of its sound."""
        self._rest()
        return self.stream.close()

    @property
    def talked_ms(self) -> int:
        """Since the answer; 0 before."""
        return round((time.monotonic() - self.talks_since) * 1_000) if self.answered_at else 0

    # -- what is done --------------------------------------------------------------------------------------------

    def _follow(self, following: script.Next) -> None:
        self.state, effects = following
        for effect in effects:
            self._rest()
            self._do(effect)

    def _do(self, effect: script.Effect) -> None:
        match effect:
            case script.Say(clip=clip, repeat=repeat):
                self._say(self._clips[clip], repeat)
            case script.Hush():
                self.stream.stop()
            case script.Wait(seconds=seconds):
                self._later(seconds, self._waited)
            case script.Tell():
                self._chosen(self, effect)
            case script.HangUp():
                self._later(FAREWELL_S, self._hang_up)

    def _say(self, clip: media.Clip, repeat: int) -> None:
        self.stream.stop()
        if self._tag == _LEAD:
            self.stream.play(_lead(), _LEAD)
        self._tag += 1
        self.stream.play(clip, self._tag, repeat)

    def _later(self, seconds: float, what: Callable[[], object]) -> None:
        self._timer = asyncio.get_running_loop().call_later(seconds, what)

    def _rest(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None


def now_us() -> int:
    """Microseconds UTC."""
    return time.time_ns() // 1_000


@lru_cache(1)
def _lead() -> media.Clip:
    return media.Clip.silence(LEAD_S)
