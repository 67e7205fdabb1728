"""The memory lets go of what is old. Times are microseconds UTC."""

from typing import Any, NamedTuple, Protocol

Place = tuple[Any, ...]
"""Where a walk over old rows stands; `()` is its beginning."""


class Chunk(NamedTuple):
    """What one step of a walk did. `after` is where it goes on: None when it must begin anew, some time later."""

    after: Place | None
    dropped: int
    more: bool
    """Whether there is more to do at once."""


class RetentionStore(Protocol):
    """Old rows go, at most about 1,000 a call and transaction. `before` is an instant in microseconds UTC."""

    async def ahead(self, now: int) -> None:
        """Make what the coming days need. Called each minute."""
        ...

    async def reports(self, before: int, after: Place) -> Chunk:
        """Unread reports of deliveries that ended before."""
        ...

    async def handouts(self, before: int, after: Place) -> Chunk:
        """What was handed out before."""
        ...

    async def unmatched(self, before: int, after: Place) -> Chunk:
        """Receipts numbered before, that have found nothing."""
        ...

    async def inflight(self, before: int, after: Place) -> Chunk:
        """Carriers' ids that were to be known until then."""
        ...

    async def refs(self, before: int, after: Place) -> Chunk:
        """Client-made ids; `before` is a day since 1970."""
        ...

    async def contents(self, before: int, after: Place) -> Chunk:
        """What messages say that came before, unless a delivery of theirs is unfinished. The messages stay."""
        ...

    async def deliveries(self, before: int, after: Place) -> Chunk:
        """Deliveries that came and ended before, with their events and outcomes."""
        ...

    async def calls(self, before: int, after: Place) -> Chunk:
        """Calls of no campaign that ended before, and whose deliveries have gone."""
        ...

    async def records(self, before: int, after: Place) -> Chunk:
        """The same of campaigns; its bound is never later than that of `calls`."""
        ...

    async def messages(self, before: int, after: Place) -> Chunk:
        """Messages that came before and have no delivery left."""
        ...

    async def member_contents(self, before: int, after: Place) -> Chunk:
        """What people of campaigns were told that came before and are over since; what is for templates stays."""
        ...

    async def members(self, before: int, after: Place) -> Chunk:
        """People of campaigns that came before and are over since; they stay counted."""
        ...

    async def texts(self, before: int, after: Place) -> Chunk:
        """What people of campaigns are found by becomes as much in fewer rows; `before` is now. What is found stays."""
        ...

    async def inbound(self, before: int, after: Place) -> Chunk:
        """Messages from people, numbered before."""
        ...

    async def received(self, before: int, after: Place) -> Chunk:
        """What accounts have received, numbered before."""
        ...

    async def search(self, before: int, after: Place) -> Chunk:
        """What logs are found by; `before` is a day since 1970."""
        ...
