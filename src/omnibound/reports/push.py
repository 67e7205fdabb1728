"""The loop that pushes: what is due is read from the store address by address, posted, and dropped when accepted."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress

from msgspec import Struct

from omnibound.domain.errors import Refused
from omnibound.domain.flow import DAY, HOUR, SECOND
from omnibound.domain.push import Asked, Push, Topic, missed
from omnibound.ports import Clock, PushStore, Written
from omnibound.reports.lanes import Lane, Parcel, Pool, parcels
from omnibound.reports.post import Poster
from omnibound.reports.signature import sign, webhook_id

_log = logging.getLogger("omnibound.reports")

TICK_S = 0.2
PAUSE_S = 0.005
"""The least time between two looks: what is accepted meanwhile makes room for one look."""
STOP_S = 5.0
URLS = 1_000
"""Addresses looked at in one read: the walk over all of them goes on with the next one."""
ROWS = 1_000
OVER_KEPT = 5 * DAY
"""How long what was given up can still be seen and pushed again."""
GRACE = HOUR
"""What an address could not even be tried with for so long after its last instant is given up untried."""
LANES_KEPT = 10_000
FAILING = 3
"""Rests on end, of 1, 2 and 4 s, after which an address is called failing."""
REQUEST_S = 5.0
"""How long an answer to a request of its own may take, if a receiver's time is not shorter."""
_USUAL = Asked()
"""How what is no request of its own is sent."""


Within = Callable[[], AbstractAsyncContextManager[bool]]
"""Whether this node pushes; while it is within, no other one begins to."""


@asynccontextmanager
async def always_ours() -> AsyncGenerator[bool]:
    """A server that is alone pushes."""
    yield True


class PushSettings(Struct, frozen=True, kw_only=True):
    """`batch` reports go in one POST. `per_url` posts at once go to one address, `at_once` to all that work.

    As many again, four times, go to addresses that are new or failing, one each.
    """

    batch: int = 1
    per_url: int = 8
    at_once: int = 64


class PushParts(Struct, frozen=True, kw_only=True):
    """What the loop asks of others: bodies, and accounts' secrets."""

    write: Callable[[Topic, str, int, Sequence[Push]], Awaitable[Written]]
    """The body of a topic in a format, for an account; raises Refused where nobody can write it."""
    secret: Callable[[int], Awaitable[bytes]]


class Pusher:
    """Pushes reports until it is stopped; `look` is one round."""

    def __init__(
        self,
        store: PushStore,
        poster: Poster,
        parts: PushParts,
        clock: Clock,
        settings: PushSettings,
        within: Within = always_ours,
    ) -> None:
        self._store = store
        self._poster = poster
        self._parts = parts
        self._clock = clock
        self._settings = settings
        self._within = within
        self._lanes: dict[str, Lane] = {}
        self._proven = Pool(settings.at_once)
        self._unproven = Pool(settings.at_once * 4)
        self._posts: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._after = ""
        self._forgot_at = 0
        self._stopping = False
        self.counts: Counter[str] = Counter()
        """What became of posts since the start: accepted, missed, given up."""

    # --- life ---------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name="pusher")

    async def stop(self) -> None:
        """Push nothing more; what is under way has `STOP_S` seconds. The rest stays in the store."""
        self._stopping = True
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._posts:
            await asyncio.wait(self._posts, timeout=STOP_S)
        for post in self._posts:
            post.cancel()
        await asyncio.gather(*self._posts, return_exceptions=True)
        await self._poster.close()

    async def _run(self) -> None:
        while True:
            more = False
            self._wake.clear()
            try:
                async with self._within() as ours:
                    more = ours and await self.look()
            except Exception:  # noqa: BLE001 - the next look may succeed
                _log.exception("looking for reports to push failed")
            if not more:
                # Not wait_for: before Python 3.12 it forgets that we are cancelled when it is woken at that instant.
                with suppress(TimeoutError):
                    async with asyncio.timeout(TICK_S):
                        await self._wake.wait()
                await asyncio.sleep(PAUSE_S)

    def failing(self) -> list[str]:
        """Addresses that accept nothing, however often they were tried."""
        return [lane.url for lane in self._lanes.values() if lane.rests >= FAILING]

    def wake(self) -> None:
        """Something to push is committed: look soon."""
        self._wake.set()

    async def idle(self) -> None:
        """Returns when nothing is being posted."""
        while self._posts:
            await asyncio.wait(self._posts)

    # --- reading ------------------------------------------------------------------------------------------------------

    async def look(self) -> bool:
        """Read what is due and begin to post it; whether there are more addresses to look at."""
        now = self._clock()
        page = await self._store.urls(self._after, URLS)
        self._after = page[-1][0] if len(page) == URLS else ""
        for url, due in page:
            lane = self._lanes.get(url)
            if due <= now and (lane is None or lane.wants(now, self._settings.per_url)):
                await self._fill(lane or self._lane(url), now)
        self._post()
        await self._forget(now)
        return bool(self._after)

    def _lane(self, url: str) -> Lane:
        if len(self._lanes) > LANES_KEPT:
            now = self._clock()
            self._lanes = {key: lane for key, lane in self._lanes.items() if not lane.idle(now)}
        return self._lanes.setdefault(url, Lane(url))

    async def _fill(self, lane: Lane, now: int) -> None:
        batch = self._settings.batch
        rows = max(ROWS, 2 * batch * self._settings.per_url) if lane.proven else batch
        busy = set(lane.busy)
        found = await self._store.due(lane.url, now, len(busy) + rows)
        # What was posted while the store was read may still have been there.
        fresh = [push for push in found if push.key not in busy]
        late = [push for push in fresh if push.until + GRACE < now]
        if late:
            await self._store.settle((), [missed(push, push.why or "its time was over", now) for push in late])
            fresh = [push for push in fresh if push.until + GRACE >= now]
        packed = parcels(fresh, batch)
        lane.take(packed if lane.proven else packed[:1])
        self._queue(lane)

    def _queue(self, lane: Lane) -> None:
        (self._proven if lane.proven else self._unproven).queue(lane)

    async def _forget(self, now: int) -> None:
        if now - self._forgot_at < HOUR:
            return
        if await self._store.forget(now - OVER_KEPT, ROWS) < ROWS:
            self._forgot_at = now

    # --- posting ------------------------------------------------------------------------------------------------------

    def _post(self) -> None:
        if self._stopping:
            return
        for pool, width in ((self._proven, self._settings.per_url), (self._unproven, 1)):
            while following := pool.next(width):
                task = asyncio.get_running_loop().create_task(self._push(pool, *following))
                self._posts.add(task)
                task.add_done_callback(self._posts.discard)

    async def _push(self, pool: Pool, lane: Lane, parcel: Parcel) -> None:
        try:
            why = await self._try(lane.url, parcel)
            await self._settle(lane, parcel, why)
        except Exception:  # noqa: BLE001 - it stays in the store, and is tried again
            _log.exception("a push failed")
            lane.missed(parcel, self._clock())
        finally:
            pool.free += 1
            lane.posting -= 1
            self._queue(lane)
            self._post()
            if len(lane.waiting) < self._settings.per_url:
                self._wake.set()

    async def _try(self, url: str, parcel: Parcel) -> str:
        """Empty if it was accepted, or if there is nothing left to tell; else why not."""
        request = parcel.pushes[0].request or _USUAL
        if request.body is not None:
            return await self._send(url, parcel, request, {}, request.body.encode())
        try:
            written = await self._parts.write(parcel.topic, parcel.format, parcel.account, parcel.pushes)
        except Refused as error:
            return error.text
        if not written.body:
            return ""
        return await self._send(url, parcel, request, {"Content-Type": written.content_type}, written.body)

    async def _send(self, url: str, parcel: Parcel, request: Asked, headers: dict[str, str], body: bytes) -> str:
        """What the request says of a header goes before what we would say."""
        secret = await self._parts.secret(parcel.account)
        headers |= sign(secret, webhook_id(parcel.pushes), self._clock() // SECOND, body)
        own = {name.lower() for name in request.headers}
        headers = {name: value for name, value in headers.items() if name.lower() not in own} | request.headers
        at_most_s = None if request is _USUAL else REQUEST_S
        return await self._poster.post(url, headers, body, request.method, at_most_s)

    async def _settle(self, lane: Lane, parcel: Parcel, why: str) -> None:
        now = self._clock()
        gone: Sequence[Push] = () if why else parcel.pushes
        kept = [missed(push, why, now) for push in parcel.pushes] if why else []
        await self._store.settle(gone, kept)
        self.counts.update(accepted=len(gone), missed=len(kept), given_up=sum(push.over for push in kept))
        if why:
            _log.info("%d pushes were not accepted: %s", len(kept), why)
            lane.missed(parcel, now)
        else:
            lane.accepted(parcel)
