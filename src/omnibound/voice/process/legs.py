"""Calls of ours of which the server knows nothing: the lines of agents, and numbers that callees are joined to."""

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import Final

from omnibound.domain.errors import Busy
from omnibound.voice import media, signalling
from omnibound.voice.terms import terms_of
from omnibound.wire import sip

_log = logging.getLogger("omnibound.voice")

_PREFIX: Final = "leg "
"""Before the name of each, among the calls of the user agent. A call of the server's never begins so."""


def leg_id(name: str) -> str:
    """The user agent's name of a leg."""
    return _PREFIX + name


def is_leg(call: str) -> bool:
    """Whether a call of the user agent's is a leg, or was one of a predecessor."""
    return call.startswith(_PREFIX)


class Leg:
    """One of them. `stream` is its sound."""

    __slots__ = ("answered", "id", "over", "stream")

    def __init__(
        self, name: str, answered: Callable[["Leg"], None], over: Callable[["Leg", signalling.Ended], None]
    ) -> None:
        self.id = leg_id(name)
        self.answered = answered
        self.over = over
        self.stream: media.Stream


class Legs:
    """Dials them, and tells whoever asked: `answered`, then `over`, or `over` alone. Neither may raise."""

    def __init__(self, agent: signalling.UserAgent, engine: media.Engine, care: media.Care) -> None:
        self._agent = agent
        self._engine = engine
        self._care = care
        self._legs: dict[str, Leg] = {}

    def dial(self, leg: Leg, trunk: str, number: str, caller: str = "", max_s: float = 0) -> None:
        """Call. Raises Refused (nobody that can be called, or no room) and OSError; then it is over already."""
        order = self.take(leg, number, caller, max_s)
        try:
            self._agent.dial(trunk, order)
        except BaseException:
            self._forget(leg.id)
            raise

    def take(self, leg: Leg, number: str = "", caller: str = "", max_s: float = 0) -> signalling.Order:
        """How it is dialled, or answered where it comes in. Raises Busy and OSError."""
        if not self._engine.room():
            raise Busy("the media engine has no room for another call", 1)
        leg.stream = self._engine.open(partial(self._media, leg.id), self._care)
        self._legs[leg.id] = leg
        return signalling.Order(
            call_id=leg.id, number=number, media_port=leg.stream.port, caller_id=caller, max_s=max_s
        )

    def hang_up(self, leg: Leg, why: signalling.End = signalling.End.HUNG_UP) -> None:
        """End it, however far it is."""
        self._agent.hang_up(leg.id, why)

    def stop(self) -> None:
        """Tell nobody any more."""
        for name in list(self._legs):
            self._forget(name)

    def happened(self, name: str, event: signalling.Event) -> None:
        """Something that the user agent tells of a leg."""
        leg = self._legs.get(name)
        match event:
            case signalling.Ended():
                self._forget(name)
                if leg:
                    leg.over(leg, event)
            case signalling.Answered(media=agreed) if leg:
                if self._agree(leg, agreed):
                    leg.answered(leg)
            case signalling.Changed(media=agreed) if leg:
                self._agree(leg, agreed)
            case _:
                pass

    def _agree(self, leg: Leg, agreed: sip.Media) -> bool:
        try:
            leg.stream.agree(terms_of(agreed))
        except ValueError as error:
            _log.warning("%s: its terms cannot be kept: %s", leg.id, error)
            asyncio.get_running_loop().call_soon(self.hang_up, leg, signalling.End.NO_MEDIA)
            return False
        return True

    def _media(self, name: str, happening: media.Happening) -> None:
        if isinstance(happening, media.Silent) and name in self._legs:
            _log.info("%s: nothing was heard for %s s", name, happening.seconds)
            self._agent.hang_up(name, signalling.End.RTP_TIMEOUT)

    def _forget(self, name: str) -> None:
        if leg := self._legs.pop(name, None):
            leg.stream.close()
