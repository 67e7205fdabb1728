"""Who calls back a number that we have shown: they hear who called and why, and are hung up. They reach nobody."""

import asyncio
import itertools
import logging
from typing import Final

from omnibound.domain.errors import Busy
from omnibound.voice import media, signalling
from omnibound.voice.process.legs import Leg, Legs
from omnibound.wire import sip

_log = logging.getLogger("omnibound.voice")

AT_ONCE: Final = 20
"""More than so many are told that the line is busy, so that there is room for calls of ours."""
LONGEST_S: Final = 120.0
LEAD_S: Final = 0.4
"""Silence before the words, and after them."""
BUSY, NO_ROOM = 486, 503


class Returned:
    """Call it with each INVITE of a trunk: how it is answered, or the status that refuses it."""

    def __init__(self, legs: Legs, clip: media.Clip) -> None:
        self._legs = legs
        self._clip = clip
        self._numbers = itertools.count(1)
        self._talking: set[str] = set()

    def __call__(self, trunk: str, invite: sip.Request) -> int | signalling.Order:
        if len(self._talking) >= AT_ONCE:
            return BUSY
        leg = Leg(f"returned {next(self._numbers)}", self._answered, self._over)
        try:
            order = self._legs.take(leg, max_s=LONGEST_S)
        except (Busy, OSError) as error:
            _log.warning("trunk %s: a call that was returned is refused: %s", trunk, error)
            return NO_ROOM
        self._talking.add(leg.id)
        _log.info("trunk %s: %s calls back", trunk, invite.sender.uri.user or "somebody")
        return order

    def _answered(self, leg: Leg) -> None:
        leg.stream.play(media.Clip.silence(LEAD_S))
        leg.stream.play(self._clip)
        asyncio.get_running_loop().call_later(self._clip.seconds + 2 * LEAD_S, self._hang_up, leg)

    def _hang_up(self, leg: Leg) -> None:
        if leg.id in self._talking:
            self._legs.hang_up(leg)

    def _over(self, leg: Leg, _ended: signalling.Ended) -> None:
        self._talking.discard(leg.id)
