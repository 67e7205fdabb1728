"""Whether a trunk carries calls, by what became of the last ones."""

import logging

from msgspec import Struct

from omnibound.domain.call_outcome import TRUNK
from omnibound.domain.flow import MINUTE
from omnibound.domain.status import Reason

_log = logging.getLogger("omnibound.channels")

LATELY = 10 * MINUTE
"""How long a call that was carried speaks for the trunk."""

IN_A_ROW = 5
"""So many calls that the trunk itself refuses, one after another, speak against it, whatever it carried before."""

_UNTOLD = frozenset((Reason.LOST, Reason.LOST_RINGING))
"""Ends that are our own doing: they say nothing of the trunk."""


class Alarm(Struct, frozen=True, gc=False, kw_only=True):
    """Why a trunk carries nothing, since when (microseconds UTC), and how many calls it has cost."""

    reason: str
    detail: str
    since: int
    calls: int


class Standing:
    """Told how each call ended. `alarm` is not None while the trunk carries nothing; the log says when that changes."""

    def __init__(self, name: str) -> None:
        self.alarm: Alarm | None = None
        self._name = name
        self._carried_at = 0
        self._refused = 0

    def doubtful(self, now: int) -> bool:
        """Whether nothing says that the trunk carries calls: a 403 is then its own word, not the number's."""
        return self._refused >= IN_A_ROW or now - self._carried_at > LATELY

    def ended(self, reason: Reason, detail: str, at: int) -> None:
        """A call is over, for this reason."""
        if reason in TRUNK:
            self._refused += 1
            if self.alarm or self.doubtful(at):
                self._raise(reason, detail, at)
        elif reason is Reason.BARRED:
            self._refused += 1
        elif reason not in _UNTOLD:
            self.carried(at)

    def carried(self, at: int) -> None:
        """The network beyond the trunk has answered."""
        self._carried_at, self._refused = at, 0
        if self.alarm:
            _log.warning("trunk_alarm_over: connector %s carries calls again; %d failed", self._name, self.alarm.calls)
            self.alarm = None

    def _raise(self, reason: Reason, detail: str, at: int) -> None:
        word = reason.name.lower()
        if self.alarm is None:
            _log.error("trunk_alarm: connector %s carries no calls: %s %s", self._name, word, detail)
        since, calls = (self.alarm.since, self.alarm.calls) if self.alarm else (at, 0)
        self.alarm = Alarm(reason=word, detail=detail, since=since, calls=calls + 1)
