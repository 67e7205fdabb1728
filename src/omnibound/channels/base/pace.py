"""Whether a provider can be reached, and how long it is left alone when it says so or cannot be."""

from collections.abc import Callable

from omnibound.channels.base.exchange import SECOND, NotSent, Slow, Taken, Verdict
from omnibound.channels.base.throttle import Throttle
from omnibound.domain.facts import Link
from omnibound.ports import Clock

LONGEST_PAUSE_S = 3600
"""No provider's Retry-After is heeded for longer than this."""
BACKOFF_S = (1, 2, 4, 8, 15, 30, 60)
"""The pauses, one after another, where a provider does not say how long."""


class Pace:
    """Heeds what verdicts say about the provider: pauses the throttle, and tells how the link is when that changes."""

    def __init__(self, name: str, throttle: Throttle, clock: Clock, tell: Callable[[Link], None]) -> None:
        self.up = False
        self.why = "not started"
        self.pauses = 0
        """How often the provider has asked us to slow down."""
        self._name = name
        self._throttle = throttle
        self._clock = clock
        self._tell = tell
        self._strikes = 0

    def link(self, *, up: bool, why: str, until: int = 0) -> None:
        """Tell how the link is; `until` (microseconds UTC) is when a pause ends."""
        self.up, self.why = up, why
        self._tell(Link(self._name, up, why, self._clock(), until))

    def heed(self, verdict: Verdict, *, answered: bool) -> None:
        """What a verdict says about the provider, whatever becomes of the attempt."""
        if answered and not self.up:
            self.link(up=True, why="answers again")
        match verdict:
            case Taken():
                self._strikes, self.why = 0, "ready"
            case Slow(why=why, wait=wait):
                self._slow_down(why, wait)
            case NotSent(why=why, down=True):
                self.pause()
                if self.up:
                    self.link(up=False, why=why)
            case _:
                pass

    def pause(self, wait: int = 0) -> None:
        """For `wait` microseconds, at most an hour; without one longer each time, until something is taken again."""
        now = self._clock()
        if wait:
            self._throttle.pause(now + min(wait, LONGEST_PAUSE_S * SECOND))
        elif self._throttle.paused_until <= now:
            self._throttle.pause(now + BACKOFF_S[min(self._strikes, len(BACKOFF_S) - 1)] * SECOND)
            self._strikes += 1

    def _slow_down(self, why: str, wait: int) -> None:
        # What was on its way when the pause began says the same once more: neither a strike nor news.
        known = self._throttle.paused_until
        self.pause(wait)
        if self._throttle.paused_until > known + SECOND:
            self.pauses += 1
            self.link(up=True, why=why, until=self._throttle.paused_until)
