"""Delivery reports: each is taken once."""

from collections.abc import Callable, Sequence

from omnibound.domain.account import Account
from omnibound.domain.live import Outcome
from omnibound.domain.message import Delivery, Message, address_for
from omnibound.domain.order import Report
from omnibound.ports import DeliveryStore, ReportStore
from omnibound.services.message_ids import MessageIds
from omnibound.services.refs import LOOKUP_DAYS, day_of, ref_hash


class Reports:
    """What a client may read of how its deliveries ended."""

    def __init__(
        self, reports: ReportStore, deliveries: DeliveryStore, ids: MessageIds, clock: Callable[[], int]
    ) -> None:
        self._reports = reports
        self._deliveries = deliveries
        self._ids = ids
        self._clock = clock

    async def take(
        self, account: Account, *, bulk: str = "", message_id: str = "", channel: str = "", limit: int = 50
    ) -> list[Report]:
        """Hand out up to `limit` reports that match; they are never handed out again by this call."""
        delivery = 0
        if message_id:
            delivery = await self.find(account, message_id) or 0
            if not delivery:
                return []
        now = self._clock()
        keys = await self._reports.take(account.id, now, bulk=bulk, delivery=delivery, channel=channel, limit=limit)
        return await self.told(account, keys)

    async def again(self, account: Account, after: int, limit: int) -> tuple[list[Report], int]:
        """Reports of earlier hand-outs after a cursor, and the next cursor."""
        handouts = await self._reports.handed_out(account.id, after, limit)
        keys = [key for _, _, keys in handouts for key in keys]
        return await self.told(account, keys), handouts[-1][0] if handouts else after

    async def find(self, account: Account, message_id: str) -> int | None:
        """The delivery behind a public or client-made id."""
        own = self._ids.id(message_id)
        if own is not None:
            return own
        since = day_of(self._clock()) - LOOKUP_DAYS
        return await self._deliveries.by_ref(account.id, ref_hash(message_id), since)

    async def told(self, account: Account, keys: Sequence[tuple[int, int]]) -> list[Report]:
        """The reports behind (delivery, attempt) keys."""
        if not keys:
            return []
        rows = await self._reports.rows(keys)
        messages = await self._deliveries.messages([delivery.message for delivery, _ in rows])
        texts = self._ids.texts([delivery.id for delivery, _ in rows])
        return [
            _report(account, messages[delivery.message], delivery, outcome, text)
            for (delivery, outcome), text in zip(rows, texts, strict=True)
        ]


def _report(account: Account, message: Message, delivery: Delivery, outcome: Outcome, text: str) -> Report:
    step = message.flow.steps[outcome.step]
    to = delivery.to
    return Report(
        message_id=delivery.ref or text,
        bulk=message.bulk,
        channel=step.channel,
        sender=step.sender,
        to=to.phone if step.channel == "SMS" else address_for(step.channel, to) or to.phone,
        addresses=to,
        outcome=outcome,
        callback_data=message.callback_data,
        many=bool(message.bulk),
        currency=account.currency,
        voice_codes=account.voice_codes,
    )
