"""What a campaign of messages says is filled with each person's values before it waits for a connector."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec.structs import replace

from omnibound.domain.campaign import CHANNEL
from omnibound.domain.errors import Invalid
from omnibound.domain.live import Said, Stage, Word
from omnibound.domain.member import Member
from omnibound.domain.message import Content
from omnibound.domain.status import Reason
from omnibound.engine.book import Book, Entry
from omnibound.engine.under_way import Key
from omnibound.ports import Clock, Store

Fill = Callable[[Mapping[str, Content], Member], dict[str, Content]]
"""Each channel's content with a member's values. Raises Invalid for what cannot be filled."""

AGAIN_S = 0.5
CHUNK = 200
_log = logging.getLogger("omnibound.filling")


def as_it_is(content: Mapping[str, Content], member: Member) -> dict[str, Content]:
    """Nothing to fill."""
    return dict(content)


class Filling:
    """`let_pass` keeps those whose content is not their own yet; they are given to `enqueue` when it is."""

    def __init__(
        self,
        store: Store,
        book: Book,
        clock: Clock,
        fill: Fill,
        enqueue: Callable[[Iterable[Entry]], None],
        say: Callable[[list[tuple[Entry, Word]]], object],
    ) -> None:
        self._store = store
        self._book = book
        self._clock = clock
        self._fill = fill
        self._enqueue = enqueue
        self._say = say
        self._blank: list[Entry] = []
        self._task: asyncio.Task[None] | None = None

    def let_pass(self, entries: Iterable[Entry]) -> list[Entry]:
        """Those that may wait for a connector, in their order."""
        given = list(entries)
        blank = [entry for entry in given if _is_blank(entry)]
        if not blank:
            return given
        for entry in blank:
            entry.requeued = True
        self._blank += blank
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run(), name="filling")
        return [entry for entry in given if not _is_blank(entry)]

    async def stop(self) -> None:
        """End; who is left is claimed again by the next start."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while self._blank:
            try:
                await self._fill_some(self._blank[:CHUNK])
            except Exception:  # noqa: BLE001 - the store may be back soon
                _log.exception("messages could not be filled")
                await asyncio.sleep(AGAIN_S)

    async def _fill_some(self, entries: Sequence[Entry]) -> None:
        members = await self._store.campaigns.members_of([entry.live.id for entry in entries])
        said = await self._said(entries)
        del self._blank[: len(entries)]
        own = [entry for entry in entries if self._book.entries.get(entry.live.id) is entry]
        for entry in own:
            entry.requeued = False
        waiting = [entry for entry in own if entry.live.stage is Stage.WAITING and entry.handover is None]
        bad = [(entry, why) for entry in waiting if (why := self._filled(entry, said, members.get(entry.live.id)))]
        now = self._clock()
        if bad:
            self._say([(e, Word(Said.FAILED, e.live.attempt, now, Reason.INVALID_CONTENT, why)) for e, why in bad])
        self._enqueue([entry for entry in waiting if entry.own])

    async def _said(self, entries: Sequence[Entry]) -> dict[Key, Mapping[str, Content]]:
        """What each campaign says now."""
        keys = {(entry.message.account, entry.message.campaign) for entry in entries}
        found = [await self._store.campaigns.one(*key) for key in sorted(keys)]
        return {(campaign.account, campaign.id): campaign.message for campaign in found if campaign}

    def _filled(self, entry: Entry, said: Mapping[Key, Mapping[str, Content]], member: Member | None) -> str:
        """Give it what it says; or why it cannot be said."""
        content = said.get((entry.message.account, entry.message.campaign))
        if member is None or content is None:
            return "nobody is known by this id"
        try:
            own = self._fill(content, member)
        except Invalid as error:
            return error.text
        entry.message = replace(entry.message, content=own)
        entry.own = True
        return ""


def _is_blank(entry: Entry) -> bool:
    """Calls are filled where they are spoken."""
    flow = entry.message.flow
    return flow.dialled and not entry.own and flow.steps[entry.live.step].channel != CHANNEL
