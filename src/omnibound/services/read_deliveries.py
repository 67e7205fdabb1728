"""What became of one delivery: its state, its whole timeline, and how it ended."""

from typing import NamedTuple

from omnibound.domain.account import Account
from omnibound.domain.errors import NotFound
from omnibound.domain.live import Event, Live, Outcome
from omnibound.domain.message import Delivery, Message
from omnibound.ports import DeliveryStore
from omnibound.services.message_ids import MessageIds
from omnibound.services.read_reports import Reports


class Story(NamedTuple):
    """A delivery with everything that is known of it. `live` is None when it has ended."""

    message_id: str
    delivery: Delivery
    message: Message
    live: Live | None
    events: list[Event]
    outcomes: list[Outcome]


class Deliveries:
    """Reads single deliveries."""

    def __init__(self, deliveries: DeliveryStore, reports: Reports, ids: MessageIds) -> None:
        self._store = deliveries
        self._reports = reports
        self._ids = ids

    async def story(self, account: Account, message_id: str) -> Story:
        """By the public or the client-made id. Raises NotFound, also for another account's."""
        id_ = await self._reports.find(account, message_id)
        delivery = await self._store.one(account.id, id_) if id_ else None
        message = await self._store.message(delivery.message) if delivery else None
        if id_ is None or delivery is None or message is None:
            raise NotFound(f"no message has the id {message_id}", "id")
        return Story(
            self._ids.text(id_),
            delivery,
            message,
            await self._store.live(id_),
            await self._store.timeline(id_),
            await self._store.outcomes(id_),
        )
