"""What an app says of a push it got, for connectors with `confirm = "device"`: it becomes a receipt."""

from omnibound.api.base import Ask
from omnibound.domain.errors import NotFound
from omnibound.domain.facts import Receipt
from omnibound.domain.message import Delivery
from omnibound.domain.status import Reason, Status

PUSH = "PUSH"

_MAX_ID = 2**63 - 1


async def delivered(ask: Ask[None, None]) -> None:
    """POST /api/v1/push/{id}/delivered."""
    await _confirm(ask, Status.DELIVERED, Reason.DELIVERED)


async def seen(ask: Ask[None, None]) -> None:
    """POST /api/v1/push/{id}/seen."""
    await _confirm(ask, Status.SEEN, Reason.SEEN)


async def _confirm(ask: Ask[None, None], status: Status, reason: Reason) -> None:
    """Answered after the commit, as a carrier's receipt is."""
    text = ask.place["id"]
    ids = read_push_id(text)
    delivery = await ask.parts.store.deliveries.one(ask.account.id, ids[0]) if ids else None
    if ids is None or delivery is None:
        raise NotFound(f"no push has the id {text}", "id")
    carriers = await _carriers(ask, delivery, ids[1])
    now = ask.parts.clock()
    await ask.parts.emit([Receipt(carrier, text, status, reason, "", now) for carrier in carriers])


def read_push_id(text: str) -> tuple[int, int] | None:
    """(delivery, attempt) of a push's id; None for any spelling but the one that finds its attempt again."""
    first, _, last = text.partition("-")
    try:
        delivery, attempt = int(first, 16), int(last)
    except ValueError:
        return None
    known = 0 < delivery <= _MAX_ID and attempt > 0 and text == f"{delivery:x}-{attempt}"
    return (delivery, attempt) if known else None


async def _carriers(ask: Ask[None, None], delivery: Delivery, attempt: int) -> list[str]:
    """The carrier of the attempt's connector; of all push connectors while the hand-over is not written down yet."""
    store = ask.parts.store.deliveries
    pushes = {channel.name: channel.carrier for channel in ask.parts.channels if channel.channel == PUSH}
    events = [event for event in await store.timeline(delivery.id) if event.attempt == attempt and event.connector]
    live = await store.live(delivery.id)
    under_way = {live.step} if live and live.attempt == attempt else set[int]()
    steps = {event.step for event in events if event.step >= 0} or under_way
    message = await store.message(delivery.message)
    if message is None or not any(message.flow.steps[step].channel == PUSH for step in steps):
        raise NotFound("the delivery has no such push", "id")
    # A connector that is not configured any more was its own carrier, unless the configuration said otherwise.
    return sorted({pushes.get(event.connector, event.connector) for event in events} or set(pushes.values()))
