"""The connectors of a server while it runs: one is added, takes another's place, or goes, and nothing is lost.

Who takes a place begins to carry when it is up; until then the old one does, unless that is down. Who leaves gets
nothing more, waits for its answers, hears receipts for a while, and closes.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from typing import NamedTuple, overload

from omnibound.domain.facts import Fact, Link
from omnibound.engine.book import Entry
from omnibound.engine.gone import Gone
from omnibound.engine.receiver import Receiver
from omnibound.engine.routes import Routes
from omnibound.engine.sender import Sender
from omnibound.ports import Channel, Emit

LOOK_S = 1.0
_log = logging.getLogger("omnibound.connectors")

GiveBack = Callable[[list[Entry], str], Awaitable[None]]
"""Says of these that they have not left, and why; they wait again."""


class Coming(NamedTuple):
    """Who waits to be up before it takes its place, and how long who leaves then hears receipts (seconds)."""

    sender: Sender
    linger_s: float


class Connectors(Sequence[Channel]):
    """Those that carry, in the order of the configuration; `make` gives each its sender."""

    def __init__(
        self, routes: Routes, receiver: Receiver, make: Callable[[Channel], Sender], give_back: GiveBack,
        linked: set[str], channels: Iterable[Channel],
    ) -> None:  # fmt: skip
        """`linked`: the names of those whose link is up, told to pause or not."""
        self._routes = routes
        self._receiver = receiver
        self._make = make
        self._give_back = give_back
        self._linked = linked
        self._senders = [make(channel) for channel in channels]
        for sender in self._senders:
            routes.add(sender)
        self._quiet: set[Sender] = set()
        """Those whose links nobody hears of: they do not carry yet, or not any more."""
        self._coming: dict[str, Coming] = {}
        self._new: set[Sender] = set()
        """Those that were not up yet, and may take work from their fellows when they are."""
        self._leaving: set[Sender] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._watches: list[asyncio.Task[None]] = []

    # --- who there is -------------------------------------------------------------------------------------------------

    @overload
    def __getitem__(self, index: int) -> Channel: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Channel]: ...

    def __getitem__(self, index: int | slice) -> Channel | Sequence[Channel]:
        if isinstance(index, slice):
            return [sender.channel for sender in self._senders[index]]
        return self._senders[index].channel

    def __len__(self) -> int:
        return len(self._senders)

    def named(self, name: str) -> Channel | None:
        """Who carries by this name."""
        sender = self._named(name)
        return sender.channel if sender else None

    def coming(self, name: str) -> Channel | None:
        """Who is to take the place of this name, and is not up yet."""
        coming = self._coming.get(name)
        return coming.sender.channel if coming else None

    def arrange(self, names: Sequence[str]) -> None:
        """Their order from now on; who is not named comes last."""
        places = {name: place for place, name in enumerate(names)}
        self._senders.sort(key=lambda sender: places.get(sender.channel.name, len(places)))

    # --- life ---------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Connect, and begin to send."""
        for sender in self._senders:
            await self._begin(sender)

    async def stop(self) -> None:
        """Those that come or leave are closed at once. Who carries is stopped by whoever drains the server."""
        for watch in self._watches:
            watch.cancel()
        await asyncio.gather(*[self.forget(name) for name in list(self._coming)])
        # To be told once more that it is to stop ends the hearing of receipts.
        await asyncio.gather(*[sender.channel.stop() for sender in self._leaving])
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def put(self, channel: Channel, linger_s: float = 0) -> None:
        """Add it, or let it take the place of the one with its name, which must be of the same channel.

        `linger_s`: how long the one that leaves hears receipts. It shares the work with its fellows when it is up.
        """
        await self.forget(channel.name)
        old = self._named(channel.name)
        if old is not None and old.channel.channel != channel.channel:
            # What waits for one of another channel that is gone waits on.
            old = None
        sender = self._make(channel)
        if old is None:
            self._senders.append(sender)
            self._routes.add(sender)
            self._new.add(sender)
        elif old.channel.up() or old.channel.name in self._linked:
            self._quiet.add(sender)
            self._coming[channel.name] = Coming(sender, linger_s)
        else:
            self._new.add(sender)
            self._take_place(old, sender, linger_s)
        await self._begin(sender)

    async def remove(self, name: str, linger_s: float) -> None:
        """Let it go. What waits for it goes to its fellows; where it has none, it waits for one to be added."""
        await self.forget(name)
        old = self._named(name)
        if old is not None and not isinstance(old.channel, Gone):
            gone = Gone(old.channel)
            shadow = self._make(gone)
            gone.waiting = shadow.load
            self._take_place(old, shadow, linger_s)
            self._watches.append(self._behind(self._until_nobody_waits(shadow, linger_s), f"{name} is gone"))

    async def forget(self, name: str) -> None:
        """Who was to take a place, and does not carry yet, does not any more."""
        coming = self._coming.pop(name, None)
        if coming is not None:
            await self._close(coming.sender)

    # --- changing places ----------------------------------------------------------------------------------------------

    def _named(self, name: str) -> Sender | None:
        named = [sender for sender in self._senders if sender.channel.name == name]
        return min(named, key=lambda sender: isinstance(sender.channel, Gone), default=None)

    async def _begin(self, sender: Sender) -> None:
        sender.start()
        await sender.channel.start(self._ear(sender), sender.wake)

    def _ear(self, sender: Sender) -> Emit:
        emit = self._routes.listen(self._receiver.emit)

        def hear(facts: Sequence[Fact]) -> Awaitable[None]:
            if sender in self._quiet or sender in self._new:
                facts = self._looked_at(sender, facts)
            return emit(facts)

        return hear

    def _looked_at(self, sender: Sender, facts: Sequence[Fact]) -> Sequence[Fact]:
        """What of them the core may hear; it is up now, if they say so."""
        if any(isinstance(fact, Link) and fact.up for fact in facts):
            name = sender.channel.name
            old, coming = self._named(name), self._coming.get(name)
            if old is not None and coming is not None and coming.sender is sender:
                del self._coming[name]
                self._take_place(old, sender, coming.linger_s)
            elif sender in self._new:
                self._new.discard(sender)
                asyncio.get_running_loop().call_soon(self._share_out, sender)
        return facts if sender not in self._quiet else [fact for fact in facts if not isinstance(fact, Link)]

    def _take_place(self, old: Sender, new: Sender, linger_s: float) -> None:
        self._quiet.discard(new)
        self._quiet.add(old)
        self._new.discard(old)
        # So that the link of the new one is news.
        self._linked.discard(old.channel.name)
        self._senders[self._senders.index(old)] = new
        self._routes.exchange(old, new)
        self._routes.enqueue_all(old.queue.clear())
        self._leaving.add(old)
        self._behind(self._leave(old, linger_s), f"{old.channel.name} leaves")

    def _share_out(self, sender: Sender) -> None:
        """What waits for its fellows waits for all of them again."""
        fellows = [fellow for fellow in self._routes.senders(sender.channel.channel) if fellow is not sender]
        self._routes.enqueue_all([entry for fellow in fellows for entry in fellow.queue.clear()])

    # --- leaving ------------------------------------------------------------------------------------------------------

    async def _leave(self, sender: Sender, linger_s: float) -> None:
        name = sender.channel.name
        left = await sender.stop()
        # What could not be handed over meanwhile.
        self._routes.enqueue_all(sender.queue.clear())
        await self._give_back(left, "its connector leaves")
        await sender.channel.stop(linger_s)
        self._leaving.discard(sender)
        self._quiet.discard(sender)
        _log.info("connector %s: who was it before has closed", name)

    async def _close(self, sender: Sender) -> None:
        """It has carried nothing."""
        await sender.stop()
        await sender.channel.stop()
        self._quiet.discard(sender)

    async def _until_nobody_waits(self, shadow: Sender, linger_s: float) -> None:
        await asyncio.sleep(linger_s)
        while shadow in self._senders:
            if not shadow.load():
                self._senders.remove(shadow)
                self._routes.take_out(shadow)
                await shadow.stop()
                return
            await asyncio.sleep(LOOK_S)

    def _behind(self, work: Coroutine[None, None, None], name: str) -> "asyncio.Task[None]":
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            _log.error("%s: %s", task.get_name(), task.exception(), exc_info=task.exception())
