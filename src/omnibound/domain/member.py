"""A person of a campaign, and how they stand: one packed number that searches, counters and updates share.

A campaign of a million people is searched and counted by few distinct numbers instead of a million rows
(docs/decisions/0025-how-people-stand.md). Times: microseconds UTC.
"""

from enum import IntEnum
from hashlib import blake2b
from typing import Any, Final

from msgspec import Struct
from msgspec.msgpack import encode

from omnibound.domain.action import Speech
from omnibound.domain.status import Reason

MOST_NUMBERS: Final = 3
SEPARATOR: Final = ";"
PHONES: Final = ("Phone1", "Phone2", "Phone3")
"""The numbers among the attributes: filters, searches and templates see them there, whoever added the person."""


class Progress(IntEnum):
    """What a campaign still wants of a person. The numbers are stored."""

    NOT_HANDLED = 0
    HANDLED = 1
    MAX_CALLS = 2
    """As often in vain as the campaign allows."""
    FILTERED = 3
    """Excluded by a filter or a block list; comes back when that changes."""
    GONE = 4
    """Cancelled or deleted: counted nowhere."""


class Doing(IntEnum):
    """What is going on with a person just now. The numbers are stored."""

    WAITING = 0
    CALLING = 1
    """With a channel: it is dialled, rings or is talked to."""
    HELD = 2
    """Its result is awaited from a person."""


class Mode(IntEnum):
    """How an agent campaign dials. The numbers are stored."""

    PREDICTIVE = 0
    PROGRESSIVE = 1
    PREVIEW = 2


UNRANKED: Final = 999_999
"""The priority, in a dialled campaign, of those whose client names none: after everybody who has one."""


class Traits(Struct, frozen=True, gc=False, array_like=True):
    """What a client says of a person and many share. `mode` None: the campaign's. `preview_s` 0: no limit.

    `zone` is an IANA name; empty: the campaign's, else the number's.
    """

    priority: int = 100
    mode: Mode | None = None
    preview_s: int = 0
    agent: str = ""
    zone: str = ""

    @property
    def key(self) -> int:
        """A number of 62 bits that stands for them everywhere: equal traits have equal keys."""
        return int.from_bytes(blake2b(encode(self), digest_size=8).digest(), "big") >> 2


class Stand(Struct, frozen=True, gc=False, kw_only=True):
    """How a person stands. `reason` is that of the last call that has a result, None before the first.

    `entry` numbers what an agent chose in the campaign's call results, 0 for none; `tries` are the rounds that are
    over; `last_number` is the place (from 1) of the number that was called last, 0 before the first call.
    """

    progress: Progress = Progress.NOT_HANDLED
    doing: Doing = Doing.WAITING
    closed: bool = False
    reason: Reason | None = None
    entry: int = 0
    tries: int = 0
    last_number: int = 0

    def pack(self) -> int:
        """As one number; `unpack` is the way back."""
        return _pack(
            self.progress, self.doing, self.closed, int(self.reason or 0), self.entry, self.tries, self.last_number
        )


_PROGRESS, _DOING, _CLOSED, _REASON, _ENTRY, _TRIES, _LAST = 0, 3, 5, 6, 14, 22, 30
CLOSED_BIT: Final = 1 << _CLOSED
"""Set in the number of those who are closed."""
PROGRESS_BITS: Final = 7 << _PROGRESS
GONE_BIT: Final = Progress.GONE << _PROGRESS
"""Whoever is gone stays so: every word leaves this bit as it was, whatever else it says of them."""
REASON_BITS: Final = (0xFF << _REASON) | (0xFF << _ENTRY)
"""What a word that is no result of a call leaves as it was."""
LAST_NUMBER_BITS: Final = 3 << _LAST
ALL_BITS: Final = (1 << _LAST + 2) - 1


def _pack(progress: int, doing: int, closed: bool, reason: int, entry: int, tries: int, last: int) -> int:
    return (
        progress << _PROGRESS | doing << _DOING | closed << _CLOSED | reason << _REASON | (entry & 0xFF) << _ENTRY
        | min(tries, 0xFF) << _TRIES | (last & 3) << _LAST
    )  # fmt: skip


def unpack(stand: int) -> Stand:
    """From its number."""
    reason = stand >> _REASON & 0xFF
    return Stand(
        progress=Progress.GONE if stand & GONE_BIT else Progress(stand & 7), doing=Doing(stand >> _DOING & 3),
        closed=bool(stand & CLOSED_BIT), reason=Reason(reason) if reason else None, entry=stand >> _ENTRY & 0xFF,
        tries=stand >> _TRIES & 0xFF, last_number=stand >> _LAST & 3,
    )  # fmt: skip


class Member(Struct, frozen=True, gc=False, kw_only=True):
    """A person of a campaign, beside the delivery with the same `id`.

    `phone` has the numbers as they were given, in the order in which they are called, between semicolons. `external`
    is the client's own id, unique in the campaign where there is one. `speech` is its own where it differs from the
    campaign's; `custom` are the client's attributes, for templates and filters. `due_at`: when they are called next.
    `exhausted`: no attempt is left. `answers`: what an agent wrote down, (question, answer).
    """

    id: int
    account: int
    campaign: str
    phone: str
    external: str = ""
    speech: Speech | None = None
    custom: dict[str, Any] | None = None
    traits: Traits = Traits()
    not_before: int = 0
    stand: Stand = Stand()
    detail: str = ""
    due_at: int = 0
    answers: tuple[tuple[str, str], ...] = ()
    created_at: int = 0
    changed_at: int = 0

    @property
    def numbers(self) -> tuple[str, ...]:
        """As they were given, at most `MOST_NUMBERS`."""
        return tuple(self.phone.split(SEPARATOR))

    @property
    def attributes(self) -> dict[str, Any]:
        """All that filters, searches and templates see: what its client says of it, and the numbers as `PHONES`."""
        return {**(self.custom or {}), **dict(zip(PHONES, self.numbers, strict=False))}

    @property
    def priority(self) -> int:
        """Of dialled campaigns the lowest goes first; of others what is above the usual goes first."""
        return self.traits.priority

    @property
    def closed(self) -> bool:
        """Whether nobody is called for it any more."""
        return self.stand.closed

    @property
    def reason(self) -> Reason | None:
        """Of the last call that has a result."""
        return self.stand.reason

    @property
    def exhausted(self) -> bool:
        """Whether it ended because no attempt was left."""
        return self.stand.progress is Progress.MAX_CALLS

    @property
    def tries(self) -> int:
        """Rounds that are over."""
        return self.stand.tries


class Result(Struct, frozen=True, gc=False):
    """What one word changes in a member: `bits` of its stand, with those of `keep` left as they were.

    `detail` None: it stays as well.
    """

    id: int
    bits: int
    keep: int
    detail: str | None
    due_at: int
    changed_at: int

    def after(self, earlier: "Result") -> "Result":
        """Both in one: the earlier one, then this."""
        detail = earlier.detail if self.detail is None else self.detail
        bits = self.bits | (earlier.bits & self.keep)
        return Result(self.id, bits, earlier.keep & self.keep, detail, self.due_at, self.changed_at)
