"""Delivery reports: each is taken once."""

from collections.abc import Callable, Sequence

from omnibound.domain.account import Account
from omnibound.domain.live import Outcome
from omnibound.domain.message import Delivery, Message, address_for
from omnibound.domain.order import Report
from omnibound.domain.price import Price, in_units
from omnibound.ports import DeliveryStore, ReportStore
from omnibound.services.message_ids import MessageIds
from omnibound.services.price_deliveries import Tell, Told, all_free, number_of
from omnibound.services.refs import LOOKUP_DAYS, day_of, ref_hash


class Reports:
    """What a client may read of how its deliveries ended."""

    def __init__(
        self,
        reports: ReportStore,
        deliveries: DeliveryStore,
        ids: MessageIds,
        clock: Callable[[], int],
        tell_prices: Tell = all_free,
    ) -> None:
        self._reports = reports
        self._deliveries = deliveries
        self._ids = ids
        self._clock = clock
        self._tell_prices = tell_prices

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
        asked = [_asked(messages[delivery.message], delivery, outcome) for delivery, outcome in rows]
        prices = await self._tell_prices(account, asked)
        return [
            _report(account, messages[delivery.message], delivery, outcome, text, price)
            for (delivery, outcome), text, price in zip(rows, texts, prices, strict=True)
        ]


def _asked(message: Message, delivery: Delivery, outcome: Outcome) -> Told:
    channel = message.flow.steps[outcome.step].channel
    number, sent = number_of(channel, delivery.to), bool(outcome.sent_at)
    return Told(delivery.id, channel, number, outcome.parts, message.created_at, sent)


def _report(
    account: Account, message: Message, delivery: Delivery, outcome: Outcome, text: str, price: Price
) -> Report:
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
        price=in_units(price.each),
        charged=in_units(price.whole),
        mcc_mnc=price.network,
        currency=price.currency or account.currency,
        voice_codes=account.voice_codes,
    )
