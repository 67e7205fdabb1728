"""Messages from people, as the account reads them that they were written to."""

from collections.abc import Sequence

from omnibound.domain.account import Account
from omnibound.domain.facts import Inbound
from omnibound.domain.received import Received
from omnibound.ports import InboundStore
from omnibound.services.message_ids import MessageIds

Told = tuple[str, Received]
"""A message under its public id."""


class Inbounds:
    """What a client may read of what people wrote to its numbers, and operators of all that came."""

    def __init__(self, inbound: InboundStore, ids: MessageIds) -> None:
        self._inbound = inbound
        self._ids = ids

    async def page(self, account: Account, after: int, limit: int) -> list[Told]:
        """The account's after an id, the oldest first."""
        return self._tell(await self._inbound.received(account.id, after, limit))

    async def told(self, account: Account, ids: Sequence[int]) -> list[Told]:
        """The account's by their ids, the oldest first."""
        return self._tell(await self._inbound.received_by(account.id, ids))

    async def as_it_came(self, after: int, limit: int) -> list[tuple[int, Inbound]]:
        """Everybody's, numbered and in parts, the oldest first."""
        return await self._inbound.page(after, limit)

    def _tell(self, received: Sequence[Received]) -> list[Told]:
        return list(zip(self._ids.texts([each.id for each in received]), received, strict=True))
