"""A trunk tried by hand, without a server: questions, and a call that plays a tone and is measured."""

import asyncio
import contextlib
from typing import Final, Self

import msgspec
import numpy as np
from msgspec.structs import replace

from omnibound.voice import media
from omnibound.voice.signalling import (
    AgentSettings,
    Answered,
    Asked,
    Changed,
    End,
    Ended,
    Event,
    Order,
    Question,
    Ringing,
    TrunkSettings,
    UserAgent,
)
from omnibound.voice.terms import terms_of
from omnibound.wire import sip
from omnibound.wire.rtp import RATE

TONE_HZ: Final = 1_000
TONE_LEVEL: Final = 0.1
"""Of full scale: loud enough to be recognised, and no shock."""
_FAREWELL_S: Final = 2.0
_CALL: Final = "trial"
_PATIENCE_S: Final = 40.0
"""How much longer than it rings and lasts a call may take: the far end may never answer our BYE."""


class Tried(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """How a call went. Times in seconds since it was begun; None: it did not come so far.

    `ringing` is the status that told of it; `listened` is where we said that we listen, `address` where we sent to.
    """

    ended: Ended
    totals: media.Totals
    listened: str
    rang_s: float | None = None
    ringing: int = 0
    answered_s: float | None = None
    talked_s: float = 0.0
    agreed: sip.Media | None = None


class Trial:
    """An async context manager. Raises OSError where the ports are taken, Invalid for settings that make no sense."""

    def __init__(self, settings: AgentSettings, trunk: TrunkSettings, ports: media.Ports) -> None:
        # Asked only what we are asked for: nothing goes on by itself.
        self._trunk = replace(trunk, register=False, options_s=0)
        self._agent = UserAgent(settings, [self._trunk], self._happened)
        self._engine = media.Engine(ports)
        self._stream: media.Stream
        self._seconds = 0.0
        self._began = 0.0
        self._seen: Tried | None = None
        self._over = asyncio.Event()
        self._registered = False

    async def __aenter__(self) -> Self:
        await self._agent.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._registered:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_FAREWELL_S):
                    await self._agent.ask(self._trunk.name, "unregister")
        await self._agent.stop()
        await self._engine.close()

    @property
    def unknown(self) -> str:
        """Why the trunk has no address; empty where it has one."""
        trunk = self._agent.trunk(self._trunk.name)
        return "" if trunk.peer else trunk.why

    @property
    def contact(self) -> str:
        """Host and port where we tell the trunk to reach us."""
        return self._agent.trunk(self._trunk.name).hop.sent_by

    @property
    def seen_as(self) -> str:
        """Our address as the trunk has seen it; empty where it has not said."""
        return self._agent.trunk(self._trunk.name).seen_as

    async def ask(self, question: Question) -> Asked:
        """Ask the trunk. A registration ends with the trial."""
        asked = await self._agent.ask(self._trunk.name, question)
        self._registered = self._registered or (question == "register" and 200 <= asked.status < 300)
        return asked

    async def call(self, number: str, seconds: float) -> Tried:
        """Call, play a tone for so long once it is answered, and hang up.

        Raises Invalid and Forbidden for a number that cannot be called, Busy without a port, TimeoutError for a call
        that does not end.
        """
        self._seconds = seconds
        self._stream = self._engine.open(lambda _: None, media.Care(silence_s=float("inf")))
        self._stream.play(_tone(seconds))
        self._began = asyncio.get_running_loop().time()
        self._agent.dial(self._trunk.name, Order(call_id=_CALL, number=number, media_port=self._stream.port))
        longest = self._trunk.setup_s + self._trunk.ring_s + seconds + _PATIENCE_S
        async with asyncio.timeout(longest):
            await self._over.wait()
            await self._agent.idle()
        assert self._seen  # noqa: S101 - it is over
        return self._seen

    # -- what happens --------------------------------------------------------------------------------------------

    @property
    def _passed(self) -> float:
        return asyncio.get_running_loop().time() - self._began

    def _happened(self, _call: str, event: Event) -> None:
        match event:
            case Ringing(sip=status):
                self._seen = replace(self._so_far, rang_s=self._passed, ringing=status)
            case Answered(media=agreed):
                self._seen = replace(self._so_far, answered_s=self._passed, agreed=agreed)
                self._agree(agreed)
                asyncio.get_running_loop().call_later(self._seconds, self._agent.hang_up, _CALL)
            case Changed(media=agreed):
                self._agree(agreed)
            case Ended():
                self._end(event)
            case _:
                pass

    @property
    def _so_far(self) -> Tried:
        listened = f"{self.contact.rpartition(':')[0]}:{self._stream.port}"
        nothing = Ended(why=End.NO_REPLY, who="us")
        return self._seen or Tried(ended=nothing, totals=media.Totals(), listened=listened)

    def _agree(self, agreed: sip.Media) -> None:
        try:
            self._stream.agree(terms_of(agreed))
        except ValueError:
            asyncio.get_running_loop().call_soon(self._agent.hang_up, _CALL, End.NO_MEDIA)

    def _end(self, ended: Ended) -> None:
        so_far = self._so_far
        talked = self._passed - so_far.answered_s if so_far.answered_s is not None else 0.0
        self._seen = replace(so_far, ended=ended, totals=self._stream.close(), talked_s=talked)
        self._over.set()


def _tone(seconds: float) -> media.Clip:
    at = np.arange(round(seconds * RATE)) / RATE
    return media.Clip.of(np.rint(TONE_LEVEL * 32_767 * np.sin(2 * np.pi * TONE_HZ * at)).astype(np.int16))
