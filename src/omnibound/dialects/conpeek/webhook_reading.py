"""Conpeek's settings of a webhook -> where what is told, and how it is tried again."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from omnibound.dialects.conpeek.errors import Detail, Faulty
from omnibound.dialects.conpeek.pushed import EVENTS, FORMAT
from omnibound.dialects.conpeek.reading import decoded
from omnibound.dialects.conpeek.writing import PROPERTIES
from omnibound.domain.flow import SECOND
from omnibound.domain.push import PUSHED_FOR, RETRY_WAITS, Asked
from omnibound.domain.webhook import MemberEvent
from omnibound.services.keep_webhooks import WebhookWish

MOST_VALUES = 1_000
_EXACT = 1 << 53
Value = str | bool | float | Annotated[int, Meta(ge=-_EXACT, le=_EXACT)] | None
FILTERED = PROPERTIES - {"custom"}


class RetryIn(Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """The first wait in seconds, how often, and what each wait is multiplied with for the next one."""

    retry_value: Annotated[int, Meta(ge=1, le=86_400)] = 10
    max_retries: Annotated[int, Meta(ge=0, le=100)] = 2
    backoff_type: Literal["multiplier"] = "multiplier"
    backoff_value: Annotated[float, Meta(ge=1, le=100)] = 2

    def waits(self) -> tuple[int, ...]:
        """The wait before each retry, in microseconds."""
        return tuple([int(self.retry_value * self.backoff_value**n * SECOND) for n in range(self.max_retries)])


class SubscriptionIn(Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """Whether an event is told, and of which requests: those with one of the values in each of the members."""

    active: bool = True
    filter: dict[str, Annotated[list[Value], Meta(max_length=MOST_VALUES)]] = {}


class WebhookIn(Struct, frozen=True, gc=False, kw_only=True, forbid_unknown_fields=True):
    """What is not said: all events are told, and tried again for two days."""

    url: str
    retry_enabled: Literal[0, 1] | bool = 1
    retry_config: RetryIn | UnsetType = UNSET
    headers: dict[str, str] = {}
    subscriptions: dict[str, SubscriptionIn] | UnsetType = UNSET


class _WrappedIn(Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    data: msgspec.Raw


_raw = msgspec.json.Decoder(dict[str, msgspec.Raw])
_wrapped = msgspec.json.Decoder(_WrappedIn)
_webhook = msgspec.json.Decoder(WebhookIn)


def read_webhook(body: bytes) -> WebhookWish:
    """The settings, bare or as `data`. Raises Faulty."""
    if "data" in decoded(_raw, body):
        body = bytes(decoded(_wrapped, body).data)
    wish = decoded(_webhook, body)
    return WebhookWish(
        url=wish.url,
        format=FORMAT,
        request=Asked(headers=wish.headers, waits=_waits(wish)),
        events=_wanted(wish),
        settings=msgspec.json.decode(body),
    )


def _waits(wish: WebhookIn) -> tuple[int, ...]:
    if not wish.retry_enabled:
        return ()
    if wish.retry_config is UNSET:
        return RETRY_WAITS
    waits = wish.retry_config.waits()
    if sum(waits) > PUSHED_FOR:
        raise Faulty("it would be tried too long", [Detail(None, "retry_config", "must end within two days")])
    return waits


def _wanted(wish: WebhookIn) -> dict[MemberEvent, dict[str, list[Any]]]:
    if wish.subscriptions is UNSET:
        return {event: {} for event in EVENTS.values()}
    active = {name: each.filter for name, each in wish.subscriptions.items() if each.active}
    for name, only in active.items():
        field = f"subscriptions.{name}"
        if name not in EVENTS:
            raise Faulty("there is no such event", [Detail(None, field, f"must be one of {', '.join(EVENTS)}")])
        if unknown := sorted(set(only) - FILTERED):
            text = f"there is no property {unknown[0]}"
            raise Faulty("the filter cannot be used", [Detail(None, f"{field}.filter", text)])
    return {EVENTS[name]: dict[str, list[Any]](only) for name, only in active.items()}
