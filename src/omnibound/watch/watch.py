"""All of watching put together: a loop that looks now and again, and what is asked in between."""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from omnibound.domain.alerts import Alert
from omnibound.domain.changes import Changes
from omnibound.ports import Clock
from omnibound.watch.alarms import Alarms
from omnibound.watch.exposition import Exposition
from omnibound.watch.look import Look
from omnibound.watch.tallies import Tallies
from omnibound.watch.telling import Telling
from omnibound.watch.tracing import Headers, Spans

LAG_S = 0.1
"""How often it is looked how late the event loop is."""
KEPT_S = 1.0
"""How long a look serves everybody who asks: reading it ten times a second costs no more than once."""
STOP_S = 5.0

_log = logging.getLogger("omnibound.watch")


class AlertsNow(Struct, frozen=True, kw_only=True):
    """`firing` and `past` alerts, and how many could not be told yet."""

    firing: list[Alert] = []
    past: list[Alert] = []
    undelivered: int = 0


class Watch:
    """`see` looks at the server. Start it in a running loop; `stop` it before what it looks at is closed."""

    def __init__(
        self,
        see: Callable[[], Coroutine[Any, Any, Look]],
        tallies: Tallies,
        alarms: Alarms,
        telling: Telling,
        look_s: float,
        clock: Clock,
    ) -> None:
        self.tallies = tallies
        self.spans = Spans()
        self._see = see
        self._alarms = alarms
        self._telling = telling
        self._look_s = look_s
        self._clock = clock
        self._exposition = Exposition()
        self._seen: asyncio.Task[Look] | None = None
        self._tasks: list[asyncio.Task[None]] = []

    # --- life ---------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to look."""
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._look_on(), name="alarms"), loop.create_task(self._lag(), name="lag")]

    async def stop(self) -> None:
        """End; alerts that are being told have a few seconds."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._telling.stop(STOP_S)
        await asyncio.to_thread(self.spans.stop)

    # --- what is told -------------------------------------------------------------------------------------------------

    def committed(self, changes: Changes, seconds: float) -> None:
        """A group of work was committed."""
        self.tallies.committed(changes, seconds)
        self.spans.committed(changes, seconds)

    def requested(self, dialect: str, method: str, status: int, seconds: float, headers: Headers) -> None:
        """An HTTP request was answered."""
        self.tallies.requested(dialect, status, seconds)
        self.spans.requested(dialect, method, status, seconds, headers)

    # --- what is asked ------------------------------------------------------------------------------------------------

    def alerts(self) -> AlertsNow:
        """What has fired, what is over, and what waits to be told."""
        return AlertsNow(
            firing=self._alarms.firing, past=list(self._alarms.past), undelivered=self._telling.undelivered
        )

    async def metrics(self, accept: str) -> tuple[bytes, str]:
        """The metrics in the format that is accepted, and its media type."""
        look = replace(await self.look(), firing=self._alarms.by_kind())
        return self._exposition.write(self.tallies, look, accept)

    async def look(self) -> Look:
        """How it is now, or was not longer than `KEPT_S` ago."""
        seen = self._seen
        if seen is None or (seen.done() and (seen.cancelled() or seen.exception() or self._is_old(seen.result()))):
            seen = self._seen = asyncio.get_running_loop().create_task(self._see(), name="look")
        return await asyncio.shield(seen)

    def _is_old(self, look: Look) -> bool:
        return not 0 <= self._clock() - look.at < KEPT_S * 1_000_000

    # --- loops --------------------------------------------------------------------------------------------------------

    async def _look_on(self) -> None:
        while True:
            try:
                look = await self.look()
                self._telling.tell(self._alarms.look(look))
                self.spans.looked(self.tallies, replace(look, firing=self._alarms.by_kind()))
            except Exception:  # noqa: BLE001 - the next look may succeed
                _log.exception("a look at the alerts has failed")
            await asyncio.sleep(self._look_s)

    async def _lag(self) -> None:
        while True:
            due = time.perf_counter() + LAG_S
            await asyncio.sleep(LAG_S)
            self.tallies.lag_s.take([max(0.0, time.perf_counter() - due)])
