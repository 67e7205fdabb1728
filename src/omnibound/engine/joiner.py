"""Messages from people, behind the hot path: parts are joined, and what is whole goes to whom its number belongs.

What has come lies in the store until it is filed, in one commit with what follows from it: so a crash costs nothing.
"""

import logging
from collections.abc import Callable, Sequence
from itertools import takewhile

from msgspec.structs import replace

from omnibound.domain.changes import Changes
from omnibound.domain.facts import Inbound
from omnibound.domain.flow import DAY, HOUR, MINUTE, SECOND
from omnibound.domain.number import entry_for, number_key
from omnibound.domain.push import Topic, push_of
from omnibound.domain.received import (
    Filed,
    Received,
    Source,
    joined_text,
    receive,
    source_of,
    source_of_received,
)
from omnibound.engine.looking import Looking
from omnibound.engine.turn import Turn
from omnibound.ports import Clock, Listing, Stale, Store

CHUNK = 1_000
JOINED_FOR = 4 * HOUR
"""How long the parts of a message are waited for; then what has come is told."""
FETCHED_BACK = 2 * DAY
"""A new number gets what came to it so long before."""
DOUBLED_FOR = 10 * MINUTE
"""A part that comes so long after its message is the carrier's repetition: it was not acknowledged the first time."""
GRACE = MINUTE
"""Nothing is given up before the carriers could bring what they kept while nobody ran."""
ANEW_AFTER = MINUTE
"""So often all that is not filed is read again, whatever this node remembers."""

_log = logging.getLogger("omnibound.joiner")
Part = tuple[int, Inbound]
Group = dict[int, Part]
"""Parts of one message by their number."""


class Joiner:
    """A loop; `look` is one round. It remembers the parts that wait for others, and what was whole not long ago."""

    def __init__(self, store: Store, clock: Clock, numbers: Callable[[], int], turn: Turn | None = None) -> None:
        self._store = store
        self._clock = clock
        self._numbers = numbers
        self._listings: dict[tuple[str, str], list[Listing]] = {}
        self._listed_at = 0
        self._groups: dict[Source, Group] = {}
        self._joined: dict[Source, Received] = {}
        self._turn = turn or Turn()
        self._turns = 0
        """How often it had become this node's when what was whole was last read."""
        self._after = 0
        self._anew_at = 0
        self._begun_at = clock()
        self._looking = Looking("joiner", self.look, self._failed, self._turn)

    # --- life ---------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin."""
        self._looking.start()

    async def stop(self) -> None:
        """End; what is not filed yet waits for the next start."""
        await self._looking.stop()

    def _failed(self, error: Exception) -> None:
        self._begin_anew()
        if not isinstance(error, Stale):
            _log.error("joining inbound messages failed", exc_info=error)

    # --- a round ------------------------------------------------------------------------------------------------------

    async def look(self) -> bool:
        """File what has come; whether there is more. Raises Stale when another node has filed some of it."""
        now = self._clock()
        if now - self._anew_at >= ANEW_AFTER or self._turns != self._turn.began:
            self._begin_anew(now)
        await self._know(now)
        rows = await self._store.inbound.unfiled(self._after, CHUNK)
        changes = Changes()
        for row in rows:
            self._take(changes, row, now)
        if rows:
            self._after = rows[-1][0]
        if len(rows) < CHUNK and now - self._begun_at >= GRACE:
            self._give_up(changes, now)
        if changes.size():
            await self._store.record(changes)
            self._remember(changes.received)
        return len(rows) == CHUNK

    def _begin_anew(self, now: int = 0) -> None:
        self._after, self._anew_at, self._listed_at = 0, now, 0
        self._groups.clear()
        self._joined = {source: each for source, each in self._joined.items() if now - each.id < DOUBLED_FOR}

    async def _know(self, now: int) -> None:
        """Whose numbers are whose, not older than a second; and what was whole before this node began."""
        if self._turns != self._turn.began:
            self._remember(await self._store.inbound.received_since(now - DOUBLED_FOR))
            self._turns = self._turn.began
        if now - self._listed_at < SECOND:
            return
        listings = await self._store.numbers.all()
        self._listings = {}
        for listing in listings:
            self._listings.setdefault((listing.number.channel, listing.number.number), []).append(listing)
        self._listed_at = now
        for listing in listings:
            if listing.fresh:
                await self._fetch_back(listing, now)

    async def _fetch_back(self, listing: Listing, now: int) -> None:
        """What came to a new number while it was nobody's is looked at once more."""
        reopened = CHUNK
        while reopened == CHUNK:
            reopened = await self._store.inbound.reopen(listing.number, now - FETCHED_BACK, CHUNK)
        await self._store.numbers.settle(listing.number.id)
        self._after = 0
        self._groups.clear()

    # --- one message --------------------------------------------------------------------------------------------------

    def _take(self, changes: Changes, row: Part, now: int) -> None:
        number, inbound = row
        source = source_of(inbound)
        if (inbound.channel, number_key(inbound.recipient)) not in self._listings:
            changes.filed.append((number, Filed.NOBODYS))
        elif source is None or inbound.reference is None:
            self._file(changes, [row], now)
        elif self._is_double(source, row):
            changes.filed.append((number, Filed.JOINED))
        else:
            self._add(changes, source, inbound.reference[2], row, now)

    def _is_double(self, source: Source, row: Part) -> bool:
        number, inbound = row
        held = self._groups.get(source, {}).values()
        if any(replace(part, at=inbound.at) == inbound for n, part in held if n != number):
            return True
        whole = self._joined.get(source)
        # What was cut within a character begins or ends with a mark instead of it.
        told = inbound.text.strip("\ufffd")
        return whole is not None and inbound.at - whole.id < DOUBLED_FOR and told in whole.text

    def _add(self, changes: Changes, source: Source, place: int, row: Part, now: int) -> None:
        if self._groups.get(source, {}).get(place, row)[0] != row[0]:
            # Another text in a place that is taken: the phone has begun to count anew.
            self._file(changes, self._left(source), now)
        group = self._groups.setdefault(source, {})
        group[place] = row
        if len(group) == source[-1]:
            self._file(changes, self._left(source), now)

    def _left(self, source: Source) -> list[Part]:
        return [part for _, part in sorted(self._groups.pop(source).items())]

    def _give_up(self, changes: Changes, now: int) -> None:
        # In the order in which they began to come: so the first that is not over ends the walk.
        over = list(takewhile(lambda group: _began_at(group[1]) <= now - JOINED_FOR, self._groups.items()))
        for source, _ in over:
            self._file(changes, self._left(source), now)

    def _file(self, changes: Changes, rows: Sequence[Part], now: int) -> None:
        """What is whole, or will not become so, goes to the account that it was written to."""
        parts = [part for _, part in rows]
        text = joined_text(parts)
        listing = self._listing_of(parts[0], text)
        filed = Filed.JOINED if listing else Filed.NOBODYS
        changes.filed += [(number, filed) for number, _ in rows]
        if listing is None:
            return
        received = receive(self._numbers(), parts, text, listing.number)
        changes.received.append(received)
        if listing.notify is not None:
            changes.pushes.append(push_of(listing.notify, received.account, received.id, 0, now, Topic.INBOUND))

    def _listing_of(self, inbound: Inbound, text: str) -> Listing | None:
        listings = self._listings.get((inbound.channel, number_key(inbound.recipient)), [])
        number = entry_for([listing.number for listing in listings], text)
        return next((listing for listing in listings if listing.number is number), None)

    def _remember(self, received: Sequence[Received]) -> None:
        self._joined |= {source_of_received(each): each for each in received if each.parts > 1}


def _began_at(group: Group) -> int:
    return min(part.at for _, part in group.values())
