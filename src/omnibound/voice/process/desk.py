"""The calls of a voice process: each is dialled, says its clip, and is hung up; what happens to it is told."""

import asyncio
import itertools
import logging
import time
from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Final

import msgspec

from omnibound.domain.errors import Busy
from omnibound.voice import media, signalling
from omnibound.wire import sip, telephone
from omnibound.wire.rtp import Law
from omnibound.wire.telephone import Cell, Dial, Event, Room

_log = logging.getLogger("omnibound.voice")

LEAD_S: Final = 0.4
"""Silence before a clip: nobody has the receiver at the ear at once."""
FAREWELL_S: Final = 0.1
"""From the last sound to the BYE: the far end still plays what its buffer holds."""
CLIPS: Final = 200
"""How many clips are kept in memory."""
MOST_DIGITS: Final = 200
_LAWS: Final = {"PCMU": Law.MU, "PCMA": Law.A}
_LEAD, _CLIP = 0, 1

Tell = Callable[[Event], None]


class Spoken:
    """One call and its sound."""

    __slots__ = ("answered_at", "clip", "dial", "digits", "rang", "said", "stream", "talks_since")

    def __init__(self, dial: Dial, clip: media.Clip) -> None:
        self.dial = dial
        self.clip = clip
        self.stream: media.Stream
        self.answered_at = 0
        self.talks_since = 0.0
        self.digits = ""
        self.rang = False
        self.said = False

    def agree(self, agreed: sip.Media) -> None:
        """Speak as both sides have agreed."""
        self.stream.agree(
            media.Terms(
                address=agreed.address, port=agreed.port, law=_LAWS[agreed.codec], payload=agreed.payload,
                dtmf=agreed.dtmf, ptime=agreed.ptime, direction=agreed.direction,
            )
        )  # fmt: skip

    def begin(self) -> None:
        """Say it."""
        self.answered_at, self.talks_since = _now(), time.monotonic()
        self.stream.play(_lead(), _LEAD)
        self.stream.play(self.clip, _CLIP, self.dial.repeat)


class Desk:
    """Brings user agent and media engine together. `tell` gets every event, in the order it happens.

    `journal` is where the calls are written down; `start` ends those that a predecessor left, and tells their ends
    but for those of which `has_end` says that they are told. Raises Invalid and ValueError for a senseless cell.
    """

    def __init__(self, cell: Cell, journal: signalling.FileJournal, tell: Tell, has_end: Callable[[str], bool]) -> None:
        settings = signalling.AgentSettings(host=cell.host, port=cell.port, public_address=cell.public_address)
        self._tell = tell
        self._has_end = has_end
        self._journal = journal
        self._trunk_of_left = {left.call: left.trunk for left in journal.left}
        self._care = media.Care(silence_s=cell.silence_s or float("inf"))
        self._trunks = [trunk.name for trunk in cell.trunks]
        self._engine = media.Engine(media.Ports(*cell.rtp, cell.host))
        self._agent = signalling.UserAgent(settings, cell.trunks, self._happened, journal=journal)
        self._calls: dict[str, Spoken] = {}
        # Above those of any predecessor, so that an acknowledgement never means another event.
        self._numbers = itertools.count(_now())

    async def start(self) -> None:
        """Open the ports, and hang up what a predecessor left. Raises OSError where a port is taken."""
        await self._agent.start()
        self._agent.hang_up_left(self._journal.left)

    async def stop(self) -> None:
        """Hang up everything and close the ports."""
        await self._agent.stop()
        await self._engine.close()

    @property
    def calls(self) -> int:
        """How many are under way."""
        return len(self._calls)

    def room(self, trunk: str, dials: int) -> Room:
        """How a trunk is; `dials` came over this connection."""
        its = self._agent.trunk(trunk)
        free = its.room() if self._engine.room() else 0
        return Room(trunk, free, dials, its.up, its.why, its.in_use)

    @property
    def trunks(self) -> list[str]:
        """The names of all trunks."""
        return self._trunks

    # -- what is asked -------------------------------------------------------------------------------------------

    def dial(self, dial: Dial) -> None:
        """Begin a call, unless it is under way or its end is told already.

        Raises Refused (a number or a trunk that cannot be called, or no room), OSError and ValueError for a clip that
        cannot be read. Nothing has been sent then.
        """
        if dial.call in self._calls or self._has_end(dial.call):
            return
        spoken = Spoken(dial, _clip(dial.clip))
        if not self._engine.room():
            raise Busy("the media engine has no room for another call", 1)
        spoken.stream = self._engine.open(partial(self._media, dial.call), self._care)
        order = signalling.Order(
            call_id=dial.call, number=dial.number, media_port=spoken.stream.port, caller_id=dial.caller_id,
            ring_s=dial.ring_s, max_s=dial.max_s,
        )  # fmt: skip
        self._calls[dial.call] = spoken
        try:
            self._agent.dial(dial.trunk, order)
        except BaseException:
            self._forget(dial.call)
            raise

    def hang_up(self, call: str) -> None:
        """End a call, however far it is."""
        self._agent.hang_up(call)

    # -- what happens --------------------------------------------------------------------------------------------

    def _happened(self, call: str, event: signalling.Event) -> None:
        spoken = self._calls.get(call)
        match event:
            case signalling.Ended():
                self._ended(call, spoken, event)
            case signalling.Ringing(sip=status) if spoken:
                spoken.rang = True
                self._tell(telephone.Ringing(**self._head(spoken), sip=status))
            case signalling.Answered(media=agreed) if spoken:
                if self._agree(spoken, agreed):
                    spoken.begin()
                self._tell(telephone.Answered(**self._head(spoken), rang=spoken.rang))
            case signalling.Changed(media=agreed) if spoken:
                self._agree(spoken, agreed)
            case _:
                # Sound before the answer is the network's; nobody listens.
                pass

    def _agree(self, spoken: Spoken, agreed: sip.Media) -> bool:
        try:
            spoken.agree(agreed)
        except ValueError as error:
            _log.warning("call %s: its terms cannot be kept: %s", spoken.dial.call, error)
            asyncio.get_running_loop().call_soon(self._agent.hang_up, spoken.dial.call)
            return False
        return True

    def _ended(self, call: str, spoken: Spoken | None, event: signalling.Ended) -> None:
        trunk = spoken.dial.trunk if spoken else self._trunk_of_left.get(call, "")
        if not spoken and self._has_end(call):
            return
        totals = self._forget(call)
        self._tell(
            telephone.Ended(
                number=next(self._numbers), call=call, trunk=trunk, at=_now(), why=event.why, who=event.who,
                sip=event.sip, q850=event.q850, text=event.text, rang=event.rang, answered=event.answered,
                said=bool(spoken and spoken.said), retry_after=event.retry_after,
                answered_at=spoken.answered_at if spoken else 0, talked_ms=_talked_ms(spoken),
                digits=spoken.digits if spoken else "", rtp=totals,
            )
        )  # fmt: skip

    def _media(self, call: str, happening: media.Happening) -> None:
        spoken = self._calls.get(call)
        match happening:
            case media.Played(tag=tag, whole=True) if spoken and tag == _CLIP:
                spoken.said = True
                asyncio.get_running_loop().call_later(FAREWELL_S, self._agent.hang_up, call)
            case media.Digit(digit=digit) if spoken and len(spoken.digits) < MOST_DIGITS:
                spoken.digits += digit
                self._tell(telephone.Digit(**self._head(spoken), digit=digit))
            case media.Silent(seconds=seconds) if spoken and not spoken.said:
                _log.info("call %s: nothing was heard for %s s", call, seconds)
                self._agent.hang_up(call)
            case _:
                pass

    def _head(self, spoken: Spoken) -> dict[str, Any]:
        dial = spoken.dial
        return {"number": next(self._numbers), "call": dial.call, "trunk": dial.trunk, "at": _now()}

    def _forget(self, call: str) -> dict[str, float | None]:
        spoken = self._calls.pop(call, None)
        return msgspec.to_builtins(spoken.stream.close()) if spoken else {}


def _talked_ms(spoken: Spoken | None) -> int:
    return round((time.monotonic() - spoken.talks_since) * 1_000) if spoken and spoken.answered_at else 0


def _now() -> int:
    return time.time_ns() // 1_000


@lru_cache(CLIPS)
def _clip(path: str) -> media.Clip:
    # A path means one sound for ever: those who write it see to that.
    return media.Clip.load(Path(path))


@lru_cache(1)
def _lead() -> media.Clip:
    return media.Clip.silence(LEAD_S)
