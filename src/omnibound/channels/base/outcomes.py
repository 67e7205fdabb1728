"""Facts on their way to the core: what is told in one turn of the loop, or while a commit runs, goes as one list."""

import asyncio
import logging

from omnibound.channels.base.exchange import Dead, Doubt, NotSent, Slow, Taken, Verdict
from omnibound.domain.facts import Accepted, Fact, Failed, Failure, HandOver, Returned, Unknown
from omnibound.domain.message import Attempt
from omnibound.ports import Channel, Emit

_log = logging.getLogger("omnibound.channels")

_AGAIN_S = 0.5


class Outcomes:
    """Gathers facts and emits them in order. A list that could not be committed is emitted again: no fact is lost."""

    def __init__(self, emit: Emit, gather_s: float = 0.0) -> None:
        """With `gather_s` what is told within so many seconds goes together: for channels whose answers trickle in."""
        self._emit = emit
        self._gather_s = gather_s
        self._facts: list[Fact] = []
        self._telling: list[Fact] = []
        self._news = asyncio.Event()
        self._closing = False
        self._task = asyncio.create_task(self._run(), name="outcomes")

    def __len__(self) -> int:
        """How many facts are not committed yet."""
        return len(self._facts) + len(self._telling)

    def add(self, fact: Fact) -> None:
        """Tell a fact soon."""
        self._facts.append(fact)
        self._news.set()

    async def close(self, within_s: float) -> int:
        """Tell what is left, at most `within_s` seconds; how many facts could not be told."""
        self._closing = True
        self._news.set()
        await asyncio.wait([self._task], timeout=within_s)
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        return len(self)

    async def _run(self) -> None:
        while self._facts or not self._closing:
            await self._news.wait()
            if self._gather_s and not self._closing:
                await asyncio.sleep(self._gather_s)
            self._news.clear()
            self._telling, self._facts = self._facts, []
            while self._telling:
                await self._tell()

    async def _tell(self) -> None:
        try:
            await self._emit(self._telling)
        except Exception:  # noqa: BLE001 - whatever it was, the facts must not be lost
            _log.exception("%d facts of a channel are not committed; trying again", len(self._telling))
            await asyncio.sleep(_AGAIN_S)
        else:
            self._telling = []


def hand_over(attempt: Attempt, verdict: Verdict, channel: Channel, at: int) -> HandOver:
    """What a verdict of `channel`'s provider means for an attempt."""
    who = attempt.delivery, attempt.number, channel.name
    match verdict:
        case Taken(provider_ids=ids, final=final):
            return Accepted(*who, channel.carrier, ids, at, final)
        case Failure() as failure:
            return Failed(*who, failure, at)
        case Dead(failure=failure):
            return Failed(*who, failure, at)
        case Doubt(why=why):
            return Unknown(*who, why, at, channel.resend)
        case Slow(why=why) | NotSent(why=why):
            return Returned(*who, why, at)
