"""What was sent together, or one message of it: how far it is; to begin later, to be paused, resumed and cancelled."""

import asyncio
from collections.abc import Awaitable, Callable

from msgspec.structs import replace

from omnibound.domain.account import Account
from omnibound.domain.bulk import PARKED, Bulk, State, Stop, Target, real_due
from omnibound.domain.errors import Invalid, NotFound
from omnibound.domain.flow import DAY
from omnibound.domain.ids import Mint
from omnibound.domain.live import Live, Stage
from omnibound.domain.status import Status
from omnibound.ports import Store
from omnibound.services.read_reports import Reports

MAX_AHEAD = 180 * DAY
MESSAGES = 1_000
"""Messages of a bulk that are looked at together."""

OVER = {
    State.CANCELLED: "it is cancelled, and stays so",
    State.FINISHED: "it is finished: nothing of it is left",
    State.FAILED: "it is finished: nothing of it is left",
}
"""Why nothing can be changed any more, by the state that is the end."""

_BEGUN = "it has begun already: something of it was handed over"


class Bulks:
    """What a client may do with what it has sent. `put` holds back, commits, and is False for what has begun."""

    def __init__(
        self,
        store: Store,
        reports: Reports,
        put: Callable[[Stop], Awaitable[bool]],
        mint: Mint,
        clock: Callable[[], int],
    ) -> None:
        self._store = store
        self._bulks = store.bulks
        self._reports = reports
        self._put = put
        self._mint = mint
        self._clock = clock
        self._lock = asyncio.Lock()
        """What is said is decided by what was said before: one after another."""

    async def bulk(self, account: Account, bulk: str) -> Target:
        """All that an account has sent under a bulk id. Raises NotFound."""
        target = Target(account.id, bulk)
        if not bulk or await self._bulks.newest(target) is None:
            raise NotFound(f"nothing was sent under the bulk id {bulk}", "bulkId")
        return target

    async def message(self, account: Account, message_id: str) -> Target:
        """One message of an account, by the public or the client-made id. Raises NotFound."""
        id_ = await self._reports.find(account, message_id)
        target = Target(account.id, delivery=id_ or 0)
        if not id_ or await self._bulks.newest(target) is None:
            raise NotFound(f"no message has the id {message_id}", "id")
        return target

    # --- what it is told ----------------------------------------------------------------------------------------------

    async def read(self, target: Target) -> Bulk:
        """How far it is."""
        stop = await self._valid_stop(target)
        send_at = await self._begins_at(target, stop)
        return Bulk(target=target, send_at=send_at, state=await self._state(target, stop, send_at))

    async def _valid_stop(self, target: Target) -> Stop:
        """What holds for it, a word on its whole bulk as well; one that holds nothing if nothing was said."""
        said = [await self._bulks.stop(target)]
        if target.delivery:
            said.append(await self._of_its_bulk(target))
        valid = [stop for stop in said if stop]
        return Stop(
            target=target,
            paused=any(stop.paused for stop in valid),
            cancelled=any(stop.cancelled for stop in valid),
            send_at=next((stop.send_at for stop in valid if stop.send_at), 0),
            up_to=max([stop.up_to for stop in valid if stop.cancelled], default=0),
        )

    async def _of_its_bulk(self, target: Target) -> Stop | None:
        newest = await self._bulks.newest(target) or 0
        message = await self._store.deliveries.message(newest)
        stop = await self._bulks.stop(Target(target.account, message.bulk)) if message and message.bulk else None
        return stop.of(newest) if stop else None

    async def _state(self, target: Target, stop: Stop, send_at: int) -> State:
        newest = await self._bulks.newest(target) or 0
        if stop.cancelled and newest <= stop.up_to:
            return State.CANCELLED
        after = stop.up_to if stop.cancelled else 0
        if not await self._bulks.unfinished(target, after):
            return await self._end(target, after)
        if stop.paused:
            return State.PAUSED
        return State.PENDING if send_at > self._clock() else State.PROCESSING

    async def _end(self, target: Target, after: int) -> State:
        if target.delivery:
            outcomes = await self._store.deliveries.outcomes(target.delivery)
            if any(outcome.final and outcome.status is Status.CANCELLED for outcome in outcomes):
                return State.CANCELLED
        return State.FINISHED if await self._bulks.sent(target, after) else State.FAILED

    async def _begins_at(self, target: Target, stop: Stop) -> int:
        """When the first of its messages begins, or began."""
        if stop.send_at:
            return stop.send_at
        live = await self._store.deliveries.live(target.delivery) if target.delivery else None
        if live is not None and _is_fresh(live) and not await self._bulks.begun(target):
            return real_due(live.due_at)
        first, after = PARKED, 0
        while spans := await self._bulks.spans(target, after, MESSAGES):
            messages = await self._store.deliveries.messages([span.message for span in spans])
            first = min([first, *(message.send_at or message.created_at for message in messages.values())])
            after = spans[-1].message
            if first <= self._clock():
                break
        return first

    # --- what it may say ----------------------------------------------------------------------------------------------

    async def pause(self, target: Target) -> Bulk:
        """Hand over nothing of it until it is resumed. Raises Invalid when it is over."""
        return await self._change(target, lambda stop: replace(stop, paused=True))

    async def resume(self, target: Target) -> Bulk:
        """Go on with it. Raises Invalid when it is over."""
        return await self._change(target, lambda stop: replace(stop, paused=False))

    async def cancel(self, target: Target) -> Bulk:
        """What was not handed over never will be; what was taken until now is meant. Raises Invalid when it is over."""
        (up_to,) = self._mint.take(1, self._clock())
        return await self._change(target, lambda _: Stop(target=target, cancelled=True, up_to=up_to))

    async def reschedule(self, target: Target, send_at: int) -> Bulk:
        """Begin at another instant (microseconds UTC).

        Raises Invalid when that is past or more than 180 days ahead, when something of it was handed over, when it is
        over, or when several requests made the bulk: each of them has its own begin.
        """
        now = self._clock()
        if send_at <= now:
            raise Invalid("must be in the future", "sendAt")
        if send_at > now + MAX_AHEAD:
            raise Invalid("must not be more than 180 days ahead", "sendAt")
        if len(await self._bulks.spans(target, 0, 2)) > 1:
            raise Invalid("several requests have this bulk id: only a bulk of one request can begin later", "bulkId")
        return await self._change(target, lambda stop: replace(stop, send_at=send_at))

    async def _change(self, target: Target, changed: Callable[[Stop], Stop]) -> Bulk:
        async with self._lock:
            bulk = await self.read(target)
            if bulk.state in OVER:
                raise Invalid(OVER[bulk.state], _field(target))
            before = await self._bulks.stop(target) or Stop(target=target)
            if before.cancelled and before.open:
                raise Invalid("what was sent before under this bulk id is still being cancelled", _field(target))
            if before.cancelled:
                before = Stop(target=target)
            after = changed(before)
            if after != before and not await self._put(replace(after, open=True, at=self._clock())):
                raise Invalid(_BEGUN, "sendAt")
        return await self.read(target)


def _field(target: Target) -> str:
    return "id" if target.delivery else "bulkId"


def _is_fresh(live: Live) -> bool:
    return live.stage is Stage.WAITING and not live.tries
