"""What an agent says of a call, of one who is held or still talked to; and what they say anew, before the next call."""

import asyncio
from collections.abc import Callable

from omnibound.domain.campaign import Campaign
from omnibound.domain.changes import Changes
from omnibound.domain.correction import Named, check_named, corrected
from omnibound.domain.errors import Forbidden, TooLate
from omnibound.domain.live import Said, Stage, Word
from omnibound.domain.member import Member
from omnibound.domain.message import Message
from omnibound.domain.status import Reason
from omnibound.domain.telling import tell, tell_member
from omnibound.engine.book import Book, Entry
from omnibound.engine.receiver import Receiver
from omnibound.engine.under_way import is_under_way
from omnibound.ports import Clock, Stale, Store

_AGAIN = "the person is being called"


class Results:
    """Call it with a delivery; it returns when the result is committed. `on_ended`: so many have ended, see `Turns`."""

    def __init__(
        self,
        store: Store,
        book: Book,
        receiver: Receiver,
        clock: Clock,
        on_ended: Callable[[int], None],
        on_members: Callable[[], None],
    ) -> None:
        self._store = store
        self._book = book
        self._receiver = receiver
        self._clock = clock
        self._on_ended = on_ended
        self._on_members = on_members
        self._one_by_one = asyncio.Lock()
        """Nobody is brought back twice."""

    async def check(self, delivery: int, talking: bool) -> None:
        """Raises Forbidden for one of whom no result is awaited. `talking`: an agent talks with them."""
        await self._awaited(delivery, talking)

    async def __call__(self, delivery: int, talking: bool, reason: Reason, detail: str, at: int) -> None:
        """Say this result. `at`: when they are called again (microseconds UTC), 0: as the campaign says.

        Raises Forbidden as `check` does.
        """
        entry = await self._awaited(delivery, talking)
        now = self._clock()
        await self._receiver.say(
            [(entry, Word(Said.RESULT, entry.live.attempt, now, reason, detail, after=_after(at, now)))], now
        )

    async def _awaited(self, delivery: int, talking: bool) -> Entry:
        """As it stands in memory, which may be more than is committed yet."""
        await self._receiver.load([delivery])
        entry = self._book.entries.get(delivery)
        if entry is None or not (entry.live.stage is Stage.HELD or (talking and entry.live.stage is Stage.SENT)):
            raise Forbidden("no result is awaited of this person", "result")
        return entry

    # --- naming it anew -----------------------------------------------------------------------------------------------

    async def check_change(self, member: Member) -> None:
        """Raises TooLate for one whose last result cannot be changed (any more)."""
        await self._named(member)

    async def change(self, campaign: Campaign, member: Member, reason: Reason, detail: str, at: int, by: str) -> None:
        """Name the last result anew, as if it had been so from the first. `by`: who does. Raises as `check_change`."""
        async with self._one_by_one:
            named, message = await self._named(member)
            now = self._clock()
            word = Word(Said.RESULT, named.outcomes[-1].attempt, now, reason, detail, after=_after(at, now))
            changes = _changes(campaign, member, message, named, word, by)
            try:
                await self._store.record(changes)
            except Stale as error:
                raise TooLate(_AGAIN, "result") from error
            self._book.forget([member.id])
            self._on_ended(len(changes.ended) - len(changes.born))
        self._on_members()

    async def _named(self, member: Member) -> tuple[Named, Message]:
        entry = self._book.entries.get(member.id)
        if entry is not None and is_under_way(entry):
            raise TooLate(_AGAIN, "result")
        deliveries = self._store.deliveries
        loaded = await deliveries.load([member.id])
        known = await deliveries.known(member.id)
        message = await deliveries.message(known.message) if known else None
        if known is None or message is None:
            raise TooLate("what came of the call is not kept any more", "result")
        named = Named(
            live=loaded[0].live if loaded else None, message=message.id, outcomes=await deliveries.outcomes(member.id),
            timeline=await deliveries.timeline(member.id),
        )  # fmt: skip
        check_named(named, member, self._clock())
        return named, message


def _after(at: int, now: int) -> int:
    return max(1, at - now) if at else 0


def _changes(campaign: Campaign, member: Member, message: Message, named: Named, word: Word, by: str) -> Changes:
    """All that is written: what is unfinished of it moves, ends, or is there again."""
    before, following = corrected(campaign, message.flow, member, named, word, by)
    changes = Changes(events=list(following.events))
    tell(changes, message, following.outcomes, word.at)
    tell_member(changes, before, following.live, word, following.outcomes)
    if named.live is None:
        changes.born = [(following.live, 0)] if following.live else []
    elif following.live is None:
        changes.ended = [(member.id, named.live.version)]
    else:
        changes.moved = [(following.live, 0, named.live.version)]
    return changes
