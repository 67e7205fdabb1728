"""The calls of a voice process: each is dialled, says its clip or is joined, and is hung up; what happens is told."""

import asyncio
import itertools
import logging
from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Final

import msgspec

from omnibound.domain.call_outcome import Heard
from omnibound.domain.errors import Busy
from omnibound.voice import media, signalling
from omnibound.voice.process.joins import Joins
from omnibound.voice.process.legs import Legs, is_leg, leg_id
from omnibound.voice.process.returned import Returned
from omnibound.voice.process.script import Tell as Choice
from omnibound.voice.process.spoken import Spoken, now_us
from omnibound.wire import sip, telephone
from omnibound.wire.telephone import Cell, Dial, Event, LineState, Room, Rung

_log = logging.getLogger("omnibound.voice")

NOTHING_S: Final = 1.0
"""How long a call lasts that says nothing."""
CLIPS: Final = 200
"""How many clips are kept in memory."""
SECOND: Final = 1_000_000

Tell = Callable[[Event | LineState], None]


class Desk:
    """Brings user agent and media engine together. `tell` gets all that happens, in its order.

    `journal` is where the calls are written down; `start` ends those that a predecessor left, and tells their ends
    but for those of which `has_end` says that they are told. Raises Invalid and ValueError for a senseless cell.
    """

    def __init__(self, cell: Cell, journal: signalling.FileJournal, tell: Tell, has_end: Callable[[str], bool]) -> None:
        settings = signalling.AgentSettings(host=cell.host, port=cell.port, public_address=cell.public_address)
        self._tell = tell
        self._has_end = has_end
        self._journal = journal
        self._left = {left.call: left for left in journal.left}
        self._care = media.Care(silence_s=cell.silence_s or float("inf"))
        self._trunks = [trunk.name for trunk in cell.trunks]
        self._engine = media.Engine(media.Ports(*cell.rtp, cell.host))
        self._agent = signalling.UserAgent(
            settings, cell.trunks, self._happened, journal=journal, on_invite=self._invited if cell.returned else None
        )
        self._legs = Legs(self._agent, self._engine, self._care)
        self._returned = Returned(self._legs, _clip(cell.returned))
        self.joins = Joins(self._legs, tell, self._joined)
        """Agents' lines, and who is joined to whom."""
        self._calls: dict[str, Spoken] = {}
        # Above those of any predecessor, so that an acknowledgement never means another event.
        self._numbers = itertools.count(now_us())

    async def start(self) -> None:
        """Open the ports, and hang up what a predecessor left. Raises OSError where a port is taken."""
        await self._agent.start()
        self._agent.hang_up_left(self._journal.left)

    async def stop(self) -> None:
        """Hang up everything and close the ports."""
        self.joins.stop()
        await self._agent.stop()
        await self._engine.close()

    @property
    def calls(self) -> int:
        """How many are under way; agents' lines are none."""
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

        Raises Refused (a number or a trunk that cannot be called, no room, or nobody to be joined to), OSError and
        ValueError for a clip that cannot be read. Nothing has been sent then.
        """
        if dial.call in self._calls or self._has_end(dial.call):
            return
        if dial.until and now_us() > dial.until:
            raise Busy("it was asked for too long ago", 1)
        paths = (dial.clip, dial.farewell, *[choice.clip for choice in dial.choices])
        clips = {path: _clip(path) for path in paths}
        spoken = Spoken(dial, clips, self._chosen, partial(self._agent.hang_up, dial.call))
        if not self._engine.room():
            raise Busy("the media engine has no room for another call", 1)
        spoken.stream = self._engine.open(partial(self._media, dial.call), self._care)
        order = signalling.Order(
            call_id=dial.call, number=dial.number, media_port=spoken.stream.port, caller_id=dial.caller_id,
            ring_s=dial.ring_s, max_s=dial.max_s,
        )  # fmt: skip
        self._calls[dial.call] = spoken
        try:
            self.joins.keep(dial)
            self._agent.dial(dial.trunk, order)
        except BaseException:
            self._forget(dial.call)
            self.joins.over(spoken)
            raise

    def hang_up(self, call: str) -> None:
        """End a call; who rings is let ring for MIN_RING_S, and goes on if it is answered till then."""
        spoken = self._calls.get(call)
        if spoken and spoken.rang and not spoken.answered_at:
            rest_s = signalling.MIN_RING_S - (now_us() - spoken.rang_at) / SECOND
            if rest_s > 0:
                asyncio.get_running_loop().call_later(rest_s, self._stop_ringing, call)
                return
        self._agent.hang_up(call)

    def _stop_ringing(self, call: str) -> None:
        spoken = self._calls.get(call)
        if spoken and not spoken.answered_at:
            self._agent.hang_up(call)

    def ladder(self, call: str) -> tuple[Rung, ...]:
        """The messages of a call, and of one to the number that it is joined to, each the oldest first; none where
        they are not kept any more.
        """
        return (*self._agent.ladder(call), *self._agent.ladder(leg_id(call)))

    # -- what happens --------------------------------------------------------------------------------------------

    def _invited(self, trunk: str, invite: sip.Request) -> int | signalling.Order:
        return self._returned(trunk, invite)

    def _happened(self, call: str, event: signalling.Event) -> None:
        if is_leg(call):
            self._legs.happened(call, event)
            return
        spoken = self._calls.get(call)
        match event:
            case signalling.Ended():
                self._ended(call, spoken, event)
            case signalling.Ringing(sip=status) if spoken:
                spoken.rang = spoken.known = True
                spoken.rang_at = now_us()
                self._tell(telephone.Ringing(**self._head(spoken), sip=status))
            case signalling.Answered(media=agreed) if spoken:
                self._answered(spoken, agreed)
            case signalling.Changed(media=agreed) if spoken:
                self._agree(spoken, agreed)
            case _:
                # Sound before the answer is the network's; nobody listens.
                pass

    def _answered(self, spoken: Spoken, agreed: sip.Media) -> None:
        agrees = self._agree(spoken, agreed)
        if agrees:
            spoken.begin()
        spoken.known = True
        self._tell(telephone.Answered(**self._head(spoken), rang=spoken.rang))
        if agrees and spoken.dial.join:
            self.joins.answered(spoken)

    def _joined(self, spoken: Spoken) -> None:
        join = spoken.dial.join
        number = join.number if isinstance(join, telephone.ToNumber) else ""
        self._tell(telephone.Joined(**self._head(spoken), agent=spoken.agent, joined_to=number))

    def _agree(self, spoken: Spoken, agreed: sip.Media) -> bool:
        try:
            spoken.agree(agreed)
        except ValueError as error:
            _log.warning("call %s: its terms cannot be kept: %s", spoken.dial.call, error)
            asyncio.get_running_loop().call_soon(self._agent.hang_up, spoken.dial.call, signalling.End.NO_MEDIA)
            return False
        return True

    def _ended(self, call: str, spoken: Spoken | None, event: signalling.Ended) -> None:
        if not spoken and self._has_end(call):
            return
        if spoken and event.answered and not spoken.known:
            # It was taken without ringing, and for nothing: with words of an end alone the server could do nothing.
            self._tell(telephone.Answered(**self._head(spoken), rang=False))
        # Who is hung up on while they wait for somebody is not served either.
        unserved = bool(spoken and (spoken.unserved or (spoken.waits and event.who == "us")))
        totals = self._forget(call)
        self._tell(
            telephone.Ended(
                **self._parties(call, spoken), number=next(self._numbers), call=call, at=now_us(), why=event.why,
                who=event.who, sip=event.sip, q850=event.q850, text=event.text, rang=event.rang,
                answered=event.answered, said=bool(spoken and spoken.said), retry_after=event.retry_after,
                answered_at=spoken.answered_at if spoken else 0, talked_ms=spoken.talked_ms if spoken else 0,
                digits=spoken.digits if spoken else "", rtp=totals,
                opted_out=bool(spoken and spoken.state.opted_out), agent=spoken.agent if spoken else "",
                joined_at=spoken.joined_at if spoken else 0, unserved=unserved,
                heard=spoken.state.heard if spoken else Heard.NOT_ASKED, left=bool(spoken and spoken.state.left),
            )
        )  # fmt: skip
        if spoken:
            self.joins.over(spoken)

    def _parties(self, call: str, spoken: Spoken | None) -> dict[str, Any]:
        """Who called whom and when; of a predecessor's call what its INVITE says."""
        if spoken:
            dial = spoken.dial
            caller = dial.caller_id or self._agent.trunk(dial.trunk).settings.caller_id
            times = {"begun_at": spoken.begun_at, "rang_at": spoken.rang_at}
            return {"trunk": dial.trunk, "callee": dial.number, "caller": caller, **times}
        left = self._left.get(call)
        if left is None:
            return {"trunk": ""}
        invite = left.invite
        return {"trunk": left.trunk, "callee": invite.recipient.uri.user, "caller": invite.sender.uri.user}

    def _media(self, call: str, happening: media.Happening) -> None:
        spoken = self._calls.get(call)
        match happening:
            case media.Played(tag=tag, whole=True) if spoken:
                spoken.played(tag)
            case media.Digit(digit=digit) if spoken:
                if spoken.press(digit):
                    self._tell(telephone.Digit(**self._head(spoken), digit=digit))
                spoken.choose(digit)
            case media.Silent(seconds=seconds) if spoken and not spoken.said:
                _log.info("call %s: nothing was heard for %s s", call, seconds)
                self._agent.hang_up(call, signalling.End.RTP_TIMEOUT)
            case _:
                pass

    def _chosen(self, spoken: Spoken, told: Choice) -> None:
        choice = told.choice
        self._tell(
            telephone.Chosen(
                **self._head(spoken), on=choice.on, do=choice.do, turn=told.turn, digits=spoken.digits
            )
        )  # fmt: skip

    def _head(self, spoken: Spoken) -> dict[str, Any]:
        dial = spoken.dial
        return {"number": next(self._numbers), "call": dial.call, "trunk": dial.trunk, "at": now_us()}

    def _forget(self, call: str) -> dict[str, float | None]:
        spoken = self._calls.pop(call, None)
        return msgspec.to_builtins(spoken.close()) if spoken else {}


@lru_cache(CLIPS)
def _clip(path: str) -> media.Clip:
    # A path means one sound for ever: those who write it see to that.
    return media.Clip.load(Path(path)) if path else media.Clip.silence(NOTHING_S)
