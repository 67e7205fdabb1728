"""The lines of agents: each is called once, kept connected, and called again a few times when it falls."""

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import Final

from omnibound.domain.errors import Busy, Refused
from omnibound.voice import media, signalling
from omnibound.voice.process.legs import Leg, Legs
from omnibound.voice.process.spoken import now_us
from omnibound.wire.telephone import SignOn

_log = logging.getLogger("omnibound.voice")

AGAIN_S: Final = (0.5, 2.0, 5.0, 10.0, 30.0)
"""The waits before a line that fell, or was not taken, is called again; after the last one it is given up."""
BUSY_S: Final = 2.0
"""The same where its trunk has no room: that uses up none of them."""
STEADY_S: Final = 20.0
"""Who was connected for so long, or has talked, is called again from the first wait on."""
LONGEST_S: Final = 7 * 86_400
"""How long a line is kept: a trunk's `max_s` is for calls."""

Fell = Callable[[str, signalling.Ended], None]
"""Gets an agent whose line was connected, and why it is not any more."""
News = Callable[[str], None]
"""Gets an agent of whose line something is new."""


class SignedLine:
    """One agent's. `why` it is not connected; `given_up`: it is not called any more, and has to be signed off."""

    __slots__ = ("given_up", "leg", "signed", "timer", "tries", "up_at", "why")

    def __init__(self, signed: SignOn) -> None:
        self.signed = signed
        self.leg: Leg | None = None
        self.given_up = False
        self.why = ""
        self.tries = 0
        self.up_at = 0.0
        """When it was connected; 0 while it is not."""
        self.timer: asyncio.TimerHandle | None = None

    def rest(self) -> None:
        """Wait for nothing."""
        if self.timer:
            self.timer.cancel()
            self.timer = None


class Lines:
    """`up` is told when a line is connected, `fell` when it is not any more, `news` whenever else it changes."""

    def __init__(self, legs: Legs, up: News, fell: Fell, news: News) -> None:
        self._legs = legs
        self._up = up
        self._fell = fell
        self._news = news
        self._lines: dict[str, SignedLine] = {}
        self._number = now_us()
        """Of the last leg: above those of any predecessor, in whose journal they may stand."""

    def __getitem__(self, agent: str) -> SignedLine:
        return self._lines[agent]

    def __contains__(self, agent: str) -> bool:
        return agent in self._lines

    @property
    def agents(self) -> list[str]:
        """Who is signed on."""
        return list(self._lines)

    def sign_on(self, signed: SignOn) -> None:
        """Call it, unless it is called or connected there; what it had elsewhere is let go."""
        line = self._lines.get(signed.agent)
        if line and line.signed == signed:
            return
        self.sign_off(signed.agent)
        self._lines[signed.agent] = line = SignedLine(signed)
        self._dial(line)

    def sign_off(self, agent: str) -> None:
        """Let go of it; nobody is told."""
        line = self._lines.pop(agent, None)
        if line is None:
            return
        line.rest()
        leg, line.leg = line.leg, None
        if leg:
            self._legs.hang_up(leg)

    def stop(self) -> None:
        """Call nobody any more; what is connected is hung up by the user agent."""
        for line in self._lines.values():
            line.rest()
        self._lines.clear()

    def use(self, agent: str) -> media.Stream:
        """The sound of a line that is connected; by being used it has proved good."""
        line = self._lines[agent]
        line.tries = 0
        if line.leg is None:
            raise ValueError(f"the line of {agent} is not connected")
        return line.leg.stream

    # -- inside --------------------------------------------------------------------------------------------------

    def _dial(self, line: SignedLine) -> None:
        line.rest()
        self._number += 1
        signed = line.signed
        line.leg = Leg(f"{signed.agent} {self._number}", partial(self._answered, line), partial(self._over, line))
        try:
            self._legs.dial(line.leg, signed.trunk, signed.address, max_s=LONGEST_S)
        except Busy as error:
            self._wait(line, BUSY_S, str(error))
        except (Refused, OSError) as error:
            self._give_up(line, str(error))
        else:
            self._news(signed.agent)

    def _answered(self, line: SignedLine, leg: Leg) -> None:
        if line.leg is leg:
            line.why, line.up_at = "", _now()
            self._up(line.signed.agent)

    def _over(self, line: SignedLine, leg: Leg, event: signalling.Ended) -> None:
        if line.leg is not leg:
            return
        was_up, line.up_at, line.leg = line.up_at, 0.0, None
        if was_up and _now() - was_up >= STEADY_S:
            line.tries = 0
        line.why = " ".join(filter(None, (event.why, str(event.sip or ""), event.text)))
        agent = line.signed.agent
        if was_up:
            self._fell(agent, event)
        # Whoever was told may have let go of it.
        if self._lines.get(agent) is line:
            self._call_again(line)

    def _call_again(self, line: SignedLine) -> None:
        if line.tries == len(AGAIN_S):
            self._give_up(line, line.why)
            return
        line.tries += 1
        self._wait(line, AGAIN_S[line.tries - 1], line.why)

    def _wait(self, line: SignedLine, seconds: float, why: str) -> None:
        line.leg, line.why = None, why
        line.timer = asyncio.get_running_loop().call_later(seconds, self._dial, line)
        self._news(line.signed.agent)

    def _give_up(self, line: SignedLine, why: str) -> None:
        _log.warning("the line of agent %s is given up: %s", line.signed.agent, why)
        line.leg, line.why, line.given_up = None, why, True
        self._news(line.signed.agent)


def _now() -> float:
    return asyncio.get_running_loop().time()
