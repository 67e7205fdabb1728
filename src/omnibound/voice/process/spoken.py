"""One call of a desk and its sound: does what its script says, and before that waits for whom it is joined to."""

import asyncio
import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final

from msgspec.structs import replace

from omnibound.domain.campaign import Machine
from omnibound.voice import media
from omnibound.voice.process import script
from omnibound.voice.process.legs import Leg
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
        "_chosen", "_clips", "_hang_up", "_script", "_tag", "_timer", "agent", "answered_at", "begun_at", "dial",
        "digits", "joined_at", "known", "leg", "rang", "rang_at", "said", "state", "stream", "talks_since", "unserved",
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
        self.agent = ""
        """Whom they talk with, or talked."""
        self.joined_at = 0
        self.leg: Leg | None = None
        """The number that they are joined to, or will be."""
        self.unserved = False
        """Nobody took them; what follows is the farewell."""
        # Nothing is followed while somebody is waited for or talked with.
        self._script = None if dial.join else dial
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
        if self._script:
            self._follow(script.began(self._script))
        if self.dial.machine is not Machine.NOTHING and not self.dial.join:
            self.stream.listen(media.AnswerEar(self._recognised))

    def _recognised(self, verdict: media.Verdict) -> None:
        if self._script:
            self._follow(script.recognised(self._script, self.state, verdict))

    def played(self, tag: int) -> None:
        """A clip was played to its end."""
        if tag == self._tag != _LEAD and self._script:
            self.said = True
            self._follow(script.played(self._script, self.state))

    def press(self, key: str) -> bool:
        """They pressed a key; whether it is kept."""
        kept = len(self.digits) < MOST_DIGITS
        self.digits += key if kept else ""
        return kept

    def choose(self, key: str) -> None:
        """Do what a key leads to."""
        if self._script:
            self._follow(script.pressed(self._script, self.state, key))

    def _waited(self) -> None:
        if self._script:
            self._follow(script.waited(self._script, self.state))

    def close(self) -> media.Totals:
        """It is over. The figures of its sound."""
        self._rest()
        return self.stream.close()

    @property
    def talked_ms(self) -> int:
        """Since the answer; 0 before."""
        return round((time.monotonic() - self.talks_since) * 1_000) if self.answered_at else 0

    # -- who is joined -------------------------------------------------------------------------------------------

    @property
    def waits(self) -> bool:
        """Whether they have answered, and are to be joined to somebody who has not taken them yet."""
        return bool(self.answered_at and self.dial.join and not (self.joined_at or self.unserved))

    def wait(self, seconds: float, given_up: Callable[[], object]) -> None:
        """Let them hear the clip, and say `given_up` after so long."""
        self._say(self._clips[self.dial.clip], self.dial.repeat)
        self._later(seconds, given_up)

    def join(self, other: media.Stream, agent: str = "") -> None:
        """They hear another from now on. Raises ValueError where these two cannot be joined."""
        self._rest()
        self.stream.stop()
        media.bridge(self.stream, other)
        self.agent, self.joined_at = agent, now_us()

    def part(self) -> None:
        """Whom they talked with has hung up."""
        self._rest()
        self._hang_up()

    def take_leave(self) -> None:
        """Nobody takes them: the farewell is said, and what follows is as in any call; without one it is hung up."""
        self._rest()
        self.unserved = True
        if not self.dial.farewell:
            self._hang_up()
            return
        self._script = replace(self.dial, clip=self.dial.farewell, repeat=1, join=None, machine=Machine.NOTHING)
        self._follow(script.began(self._script))

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
