"""Webhooks: where an account's applications are told how members of its campaigns stand. Times: microseconds UTC."""

from enum import IntEnum
from typing import Any

from msgspec import Struct

from omnibound.domain.campaign import Campaign
from omnibound.domain.live import Live
from omnibound.domain.member import Member
from omnibound.domain.push import Asked

MOST_APPLICATIONS = 10
"""Of an account: each has a webhook of its own."""


class MemberEvent(IntEnum):
    """What an application is told of. The numbers are stored."""

    RETRY = 0
    """An attempt was in vain, and there will be another one."""
    CLOSED = 1
    """There will be no more attempts."""


class Webhook(Struct, frozen=True, gc=False, kw_only=True):
    """What an application is told, and how: `requests` has what is sent to `url` of each event that it wants to know.

    `format` names who writes them. `settings` is what its client has said, to be shown again. `number` tells an
    account's webhooks apart.
    """

    account: int
    application: str
    url: str
    format: str
    requests: dict[MemberEvent, Asked]
    settings: dict[str, Any]
    number: int = 0


class MemberNews(Struct, frozen=True, gc=False, kw_only=True):
    """A member of a campaign as it stood after an event at an instant; `live` while it waits for the next attempt."""

    event: MemberEvent
    at: int
    member: Member
    live: Live | None
    campaign: Campaign
    only: dict[str, list[Any]]


def push_number(webhook: int, event: MemberEvent) -> int:
    """The number of a push to a webhook: an attempt that was in vain may be told as closed too, by what comes late."""
    return 2 * webhook + event


def event_of(number: int) -> MemberEvent:
    """The event that a push of this number tells of."""
    return MemberEvent(number % 2)
