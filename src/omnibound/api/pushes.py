"""What an app says of a push it got, for connectors with `confirm = "device"`: it becomes a receipt.

An app holds no account's key: that it knows the push's id, which nobody can guess, is its right to confirm it.
"""

from collections.abc import Sequence
from typing import NamedTuple

from omnibound.api.base import Ask
from omnibound.domain.errors import NotFound
from omnibound.domain.facts import Receipt
from omnibound.domain.live import Said
from omnibound.domain.status import Reason, Status
from omnibound.ports import Channel

PUSH = "PUSH"


class Confirmation(NamedTuple):
    """What an app says, as a receipt has it, and as the timeline keeps it."""

    status: Status
    reason: Reason
    said: Said


DELIVERED = Confirmation(Status.DELIVERED, Reason.DELIVERED, Said.DELIVERED)
SEEN = Confirmation(Status.SEEN, Reason.SEEN, Said.SEEN)


async def delivered(ask: Ask[None, None]) -> None:
    """POST /api/v1/push/{id}/delivered."""
    await _confirm(ask, DELIVERED)


async def seen(ask: Ask[None, None]) -> None:
    """POST /api/v1/push/{id}/seen."""
    await _confirm(ask, SEEN)


async def _confirm(ask: Ask[None, None], what: Confirmation) -> None:
    """Answered after the commit, as a carrier's receipt is."""
    text = ask.place["id"]
    delivery, attempt = ask.services.ids.attempt(text) or (0, 0)
    events = await ask.parts.store.deliveries.timeline(delivery) if delivery else []
    heard = [event for event in events if event.attempt == attempt and event.said is not Said.RETURNED]
    carriers = await _carriers(ask, delivery, attempt, {event.connector for event in heard} - {""})
    if not carriers:
        raise NotFound("no push that an app confirms has this id", "id")
    if any(event.said is what.said for event in heard):
        # Said again it is no news: whoever has an id must not be able to fill the timeline with it.
        return
    now = ask.parts.clock()
    more = what is DELIVERED
    await ask.parts.emit([Receipt(carrier, text, what.status, what.reason, "", now, "", more) for carrier in carriers])


async def _carriers(ask: Ask[None, None], delivery: int, attempt: int, handed: set[str]) -> list[str]:
    """The carriers of the connectors that an attempt was `handed` to, if they wait for apps.

    Of all that do while none is written down yet: the app may be faster than the provider's answer.
    """
    waiting = confirmed_by_apps(ask.parts.channels)
    if not handed:
        live = await ask.parts.store.deliveries.live(delivery) if delivery else None
        handed = set(waiting) if live and live.attempt == attempt else handed
    # A connector that is not configured any more was its own carrier, unless the configuration said otherwise.
    gone = {name: name for name in handed - {channel.name for channel in ask.parts.channels}}
    return sorted({carrier for name, carrier in {**waiting, **gone}.items() if name in handed})


def confirmed_by_apps(channels: Sequence[Channel]) -> dict[str, str]:
    """Name -> carrier of the push connectors that wait for what apps say. A kind that does not tell never does."""
    return {
        channel.name: channel.carrier
        for channel in channels
        if channel.channel == PUSH and getattr(channel, "confirms", "") == "device"
    }
