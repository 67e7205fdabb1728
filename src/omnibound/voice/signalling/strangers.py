"""Who is no trunk of ours gets few answers, and then none: neither a scanner nor a reflector is served."""

from typing import Final

from omnibound.voice.signalling.clock import Clock

WINDOW_S: Final = 60.0
MAX_KNOWN: Final = 10_000
"""Addresses counted in a window; when there are more, nobody new is answered."""


class Strangers:
    """So many answers to an address in each minute."""

    def __init__(self, answers: int, clock: Clock) -> None:
        self.refused = 0
        """Requests that got no answer, since the start."""
        self._answers = answers
        self._clock = clock
        self._since = clock.time()
        self._counts: dict[str, int] = {}

    def may_answer(self, host: str) -> bool:
        """Whether a request from there is answered; counts it."""
        now = self._clock.time()
        if now - self._since >= WINDOW_S:
            self._since = now
            self._counts.clear()
        count = self._counts.get(host, 0)
        if count >= self._answers or (not count and len(self._counts) >= MAX_KNOWN):
            self.refused += 1
            return False
        self._counts[host] = count + 1
        return True
