"""Calls that may have been made before a crash, and of which nobody has told anything since: nobody has made them."""

from omnibound.domain.campaign import CHANNEL
from omnibound.domain.flow import MINUTE, SECOND
from omnibound.domain.live import Live, Said, Stage, Word
from omnibound.domain.status import Reason
from omnibound.engine.receiver import Receiver
from omnibound.engine.routes import Routes
from omnibound.engine.under_way import UnderWay
from omnibound.ports import Clock

LONGEST = 2 * MINUTE
"""A telephone tells what happened while we were away as soon as it is connected; a call that it has begun rings, or
fails, long before this is over."""

EVERY = SECOND


class Silence:
    """Looks at most once a second. Without it such a call would keep its line, and an agent, for ever."""

    def __init__(self, receiver: Receiver, routes: Routes, clock: Clock, under_way: UnderWay) -> None:
        self._receiver = receiver
        self._routes = routes
        self._clock = clock
        self._under_way = under_way
        self._looked_at = 0

    async def look(self) -> None:
        """What was not made counts as lost while it rang: its person is called again in a later round."""
        now = self._clock()
        if now - self._looked_at < EVERY:
            return
        self._looked_at = now
        silent = [entry for entry in self._under_way.entries() if self._is_silent(entry.live, now)]
        if silent:
            await self._receiver.say(
                [(e, Word(Said.UNDELIVERED, e.live.attempt, now, Reason.LOST_RINGING, "silent")) for e in silent]
            )

    def _is_silent(self, live: Live, now: int) -> bool:
        """Only while its trunk is there: nobody tells anything without."""
        unheard = live.stage is Stage.SENT and live.ambiguous and not live.parts
        return unheard and live.sent_at + LONGEST <= now and self._routes.is_up(CHANNEL, live.connector)
