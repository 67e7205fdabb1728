"""Logs: how deliveries stand at this moment, by what they are found, and which of them somebody wants to see."""

from collections.abc import Callable
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

from msgspec import Struct

from omnibound.domain.account import Account, VoiceCodes
from omnibound.domain.live import Stage
from omnibound.domain.message import Addresses, Delivery, Message, address_for
from omnibound.domain.status import Reason, Status

EVERYTHING = 0
"""The subject that every delivery has."""

FOREVER = (1 << 62) - 1
_LONGEST_NUMBER = 18
"""Digits that fit a column with a sign."""


class Standing(Struct, frozen=True, gc=False):
    """How a delivery stands. Until its end it has a stage, then a reason. Times: microseconds UTC, 0 for not yet."""

    delivery: Delivery
    stage: Stage | None
    step: int
    sent_at: int
    parts: int
    status: Status = Status.PENDING
    reason: Reason | None = None
    detail: str = ""
    done_at: int = 0


class Shelf(NamedTuple):
    """Where deliveries of an account stand that look alike. `reason` is None for those that have not ended."""

    channel: str
    sender: str
    reason: Reason | None


class Entry(NamedTuple):
    """Under what a delivery is found: its shelf, its instant in the log, and its subjects."""

    delivery: int
    account: int
    shelf: Shelf
    at: int
    subjects: set[int]


class LogFilter(Struct, frozen=True, gc=False, kw_only=True):
    """Which deliveries are wanted: all that pass every filter; an empty one lets all pass. Times: microseconds UTC.

    `kind` judges a channel and a reason (None: not ended). `network` is a country or network code: as long as none is
    known of any delivery, nothing passes it.
    """

    sender: str = ""
    to: str = ""
    bulks: tuple[str, ...] = ()
    message_ids: tuple[str, ...] = ()
    channel: str = ""
    kind: Callable[[str, Reason | None], bool] | None = None
    network: str = ""
    since: int = 0
    until: int = FOREVER
    limit: int = 50

    def shows(self, shelf: Shelf) -> bool:
        """Whether what stands on a shelf may be wanted."""
        return (
            self.sender in ("", shelf.sender)
            and self.channel in ("", shelf.channel)
            and (self.kind is None or self.kind(shelf.channel, shelf.reason))
        )

    def passes(self, standing: Standing, message: Message) -> bool:
        """Whether a delivery is wanted."""
        return (
            not self.network
            and self.shows(shelf_of(standing, message))
            and self.since <= instant_of(standing, message) <= self.until
            and (not self.to or self.to.lower() in addresses_of(standing.delivery.to))
            and (not self.bulks or message.bulk in self.bulks)
        )

    def subjects(self) -> list[int]:
        """Where to look for what is wanted: in the smallest heap that holds all of it."""
        if self.to:
            return [subject_of(self.to)]
        return sorted({subject_of_bulk(bulk) for bulk in self.bulks}) or [EVERYTHING]


class LogRow(Struct, frozen=True, gc=False, kw_only=True):
    """A delivery as the log tells it. `at` is when it was sent, or came to rest, or came: microseconds UTC."""

    message_id: str
    bulk: str
    to: str
    shelf: Shelf
    text: str
    at: int
    standing: Standing
    currency: str
    price: float = 0.0
    mcc_mnc: str = ""
    voice_codes: VoiceCodes = "50xx"


def shelf_of(standing: Standing, message: Message) -> Shelf:
    """By the step that is under way, or that ended it."""
    step = message.flow.steps[standing.step]
    return Shelf(step.channel, step.sender, standing.reason)


def instant_of(standing: Standing, message: Message) -> int:
    """When its step was sent; what was never handed over has the instant of its end, what waits that of its coming."""
    return standing.sent_at or standing.done_at or message.created_at


def entry_of(standing: Standing, message: Message) -> Entry:
    """Where it is to be found."""
    delivery = standing.delivery
    subjects = {EVERYTHING, *map(subject_of, addresses_of(delivery.to))}
    if message.bulk:
        subjects.add(subject_of_bulk(message.bulk))
    return Entry(delivery.id, delivery.account, shelf_of(standing, message), instant_of(standing, message), subjects)


def row_of(standing: Standing, message: Message, message_id: str, account: Account) -> LogRow:
    """What the log tells an account."""
    shelf, to = shelf_of(standing, message), standing.delivery.to
    content = message.content.get(shelf.channel)
    return LogRow(
        message_id=message_id,
        bulk=message.bulk,
        to=address_for(shelf.channel, to) or to.phone,
        shelf=shelf,
        text=content.text if content else "",
        at=instant_of(standing, message),
        standing=standing,
        currency=account.currency,
        voice_codes=account.voice_codes,
    )


def addresses_of(to: Addresses) -> list[str]:
    """All addresses of a person, in small letters."""
    if not (to.email or to.push or to.more):
        return [to.phone] if to.phone else []
    return [address.lower() for address in (to.phone, to.email, to.push, *to.more.values()) if address]


def subject_of(address: str) -> int:
    """A number for an address: a phone number is its own, above 0; all else is below 0. Two may share one."""
    if len(address) <= _LONGEST_NUMBER and address.isdecimal() and address.isascii():
        return int(address) + 1
    return _hashed("to:" + address.lower())


@lru_cache(maxsize=1024)
def subject_of_bulk(bulk: str) -> int:
    """A number below 0 for a bulk; two may share one."""
    return _hashed("bulk:" + bulk)


def _hashed(text: str) -> int:
    return -1 - (int.from_bytes(blake2b(text.encode(), digest_size=8).digest()) >> 1)
