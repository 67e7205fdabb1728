"""The media engine of one process: it opens streams, turns the wheel, and knows whether it keeps up."""

import asyncio
import time
from types import TracebackType
from typing import Final, Self

from omnibound.voice.media.arrivals import Arrivals
from omnibound.voice.media.happenings import Tell
from omnibound.voice.media.load import Load
from omnibound.voice.media.ports import Ports
from omnibound.voice.media.recorder import Recorder
from omnibound.voice.media.stream import Care, Stream
from omnibound.voice.media.terms import SLOT_MS
from omnibound.voice.media.wheel import Wheel

MOST_LAG_S: Final = 0.04
"""When slots are served later than this, the calls that run would suffer from another one."""
_SLACK_S: Final = 0.0005
"""Timers count whole milliseconds; a little later is better than too soon, and asking again."""
_WINDOW: Final = 1_000 // SLOT_MS


class Engine:
    """Use it as an async context manager in the process that does nothing else. That process should raise its limit of
    open files to three a call, ask for a higher priority, and call `gc.freeze()` when it has started; a pass of the
    collector over everything lasts longer than a frame.
    """

    def __init__(self, ports: Ports) -> None:
        self.streams: set[Stream] = set()
        self.wheel = Wheel()
        self._ports = ports
        self._arrivals = Arrivals()
        self._recorder = Recorder()
        self._load = Load()
        self._timer: asyncio.TimerHandle | None = None
        self._worst = self._worst_before = 0.0
        self._window = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        await self.close()

    def open(self, tell: Tell, care: Care | None = None) -> Stream:
        """A stream with a port of its own. `tell` is called in the loop. Raises Busy when no port is free, and
        OSError.
        """
        pair = self._ports.open()
        self._load.opened()
        stream = Stream(pair, self.wheel, self._arrivals, self._recorder, tell, care or Care(), self._forget)
        self.streams.add(stream)
        if self._timer is None:
            # Nobody was served while there was nobody: that was no lag.
            self.wheel.turn()
            self._load.began()
            self._set_timer()
        return stream

    def room(self) -> bool:
        """Whether one more call would be served in time, by how late slots are."""
        return self.lag_s <= MOST_LAG_S and self._ports.free > 0

    def spare(self) -> int:
        """How many more calls may begin now so that all others keep their sound, by what calls cost. To be told as it
        is: who is told of more room than there is asks in vain. It grows with the time.
        """
        if not self.room():
            return 0
        return min(self._ports.free, self._load.room(len(self.streams), self._talking))

    @property
    def _talking(self) -> int:
        return self.wheel.members(_WINDOW)

    @property
    def lag_s(self) -> float:
        """By how much the worst slot of the last one to two seconds was late."""
        return max(self._worst, self._worst_before)

    async def close(self) -> None:
        """Close every stream, and write what is recorded to its end."""
        for stream in list(self.streams):
            stream.close()
        self._stop()
        self._arrivals.close()
        await asyncio.to_thread(self._recorder.close)

    def _turn(self) -> None:
        lag = -self.wheel.wait()
        self._worst = max(self._worst, lag)
        before = time.thread_time()
        # What is to go out first: it is waited for.
        self.wheel.turn()
        self._arrivals.look(self.wheel.samples())
        self._load.served(time.thread_time() - before)
        if self.wheel.slot - self._window >= _WINDOW:
            self._window = self.wheel.slot
            self._load.measure(self._talking, late=self._worst > MOST_LAG_S)
            self._worst_before, self._worst = self._worst, 0.0
        self._set_timer()

    def _set_timer(self) -> None:
        wait = max(0.0, self.wheel.wait())
        self._timer = asyncio.get_running_loop().call_later(wait + _SLACK_S, self._turn)

    def _stop(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
        # Nobody is served late any more: a lag that is kept would refuse every call from now on.
        self._worst = self._worst_before = 0.0

    def _forget(self, stream: Stream) -> None:
        self.streams.discard(stream)
        self._load.closed(stream.legs is not None)
        self._ports.close(stream.pair)
        if not self.streams:
            self._stop()
