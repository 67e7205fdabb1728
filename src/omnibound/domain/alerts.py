"""When something that is looked at is bad for so long that somebody has to be told, and when it is well again.

A rule looks at a number of each subject (a connector, a channel, an account). It fires once when the number has been
beyond its threshold for `hold`, and clears once when it has been well for as long; between threshold and `clear` it
stays as it is, so that what wavers does not ring all night.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple

from msgspec import Struct

from omnibound.domain.flow import SECOND


class Kind(StrEnum):
    """What a rule looks at."""

    LINK_DOWN = "link_down"
    DELIVERY_RATE = "delivery_rate"
    NO_RECEIPTS = "no_receipts"
    BACKLOG_AGE = "backlog_age"
    WEBHOOK_DEAD = "webhook_dead"
    BALANCE_LOW = "balance_low"
    NODE_LOST = "node_lost"


class Usual(NamedTuple):
    """What a kind's number is, beyond what threshold it is bad, for how long, and where it is well again."""

    words: str
    threshold: float
    hold_s: float
    clear: float
    """The threshold times this, and what is better, is well."""
    below: bool = False
    """Whether it is bad below the threshold, not above it."""


USUAL: Mapping[Kind, Usual] = {
    Kind.LINK_DOWN: Usual("1 while a connector is down, or a trunk carries no calls", 0.5, 60, 1),
    Kind.DELIVERY_RATE: Usual("share of a connector's told ends of the last `over_s` that arrived", 0.5, 60, 1.1, True),
    Kind.NO_RECEIPTS: Usual("attempts that a connector's carrier took since its last receipt", 50, 900, 1),
    Kind.BACKLOG_AGE: Usual("seconds that somebody has waited in a channel's queue beyond the due time", 300, 60, 0.8),
    Kind.WEBHOOK_DEAD: Usual("1 while an address accepts nothing that is pushed to it", 0.5, 600, 1),
    Kind.BALANCE_LOW: Usual("what is left of an account's balance", 10, 0, 1.1, True),
    Kind.NODE_LOST: Usual("1 while a node that was there does not renew its lease", 0.5, 0, 1),
}

SHARED = frozenset((Kind.BALANCE_LOW,))
"""What all nodes see alike: one of them tells it."""


class Rule(Struct, frozen=True, kw_only=True):
    """`only`: the subjects that it looks at; empty: all. `hold`: microseconds. `to`: an http(s) URL, or mailto:."""

    name: str
    kind: Kind
    threshold: float
    hold: int
    to: tuple[str, ...]
    only: tuple[str, ...] = ()
    over: int = 0
    """Of what span the delivery rate is (microseconds)."""
    least: int = 0
    """How many ends it takes to speak of a rate."""

    def is_bad(self, value: float) -> bool:
        """Whether this number is beyond the threshold."""
        return value < self.threshold if USUAL[self.kind].below else value > self.threshold

    def is_well(self, value: float) -> bool:
        """Whether it is so far from it that nobody need be told any more."""
        clear = self.threshold * USUAL[self.kind].clear
        return value >= clear if USUAL[self.kind].below else value <= clear


class Reading(Struct, frozen=True, gc=False):
    """The number of a subject. `words`: what a person should know beside it; no numbers of people, no secrets."""

    subject: str
    value: float
    words: str = ""


class Held(Struct, frozen=True, gc=False):
    """How a subject stands with a rule: bad since, fired at, well again since. 0: not."""

    bad_since: int = 0
    fired_at: int = 0
    well_since: int = 0


class Alert(Struct, frozen=True, gc=False, kw_only=True):
    """What is told of one subject: it fired, and with `cleared_at` that it is well again. Times: microseconds UTC."""

    rule: str
    kind: Kind
    subject: str
    value: float
    threshold: float
    words: str
    since: int
    fired_at: int
    cleared_at: int = 0


class Turned(NamedTuple):
    """What a look has led to: how it stands now, and whether that has to be told."""

    held: Held
    told: bool


def judge(rule: Rule, held: Held, value: float | None, now: int) -> Turned:
    """One look at one subject. `value` None: nothing can be said, so what has fired stays, and nothing fires."""
    if held.fired_at:
        return _fired(rule, held, value, now)
    if value is None or not rule.is_bad(value):
        return Turned(Held(), False)
    since = held.bad_since or now
    if now - since < rule.hold:
        return Turned(Held(bad_since=since), False)
    return Turned(Held(bad_since=since, fired_at=now), True)


def _fired(rule: Rule, held: Held, value: float | None, now: int) -> Turned:
    if value is None or not rule.is_well(value):
        return Turned(Held(held.bad_since, held.fired_at), False)
    since = held.well_since or now
    if now - since < rule.hold:
        return Turned(Held(held.bad_since, held.fired_at, since), False)
    return Turned(Held(), True)


def looked_at(rule: Rule, readings: Iterable[Reading], firing: Iterable[str]) -> dict[str, Reading]:
    """The subjects of a rule. One that has fired and is there no more (a connector that was removed) is well."""
    well = rule.threshold * 2 + 1 if USUAL[rule.kind].below else 0.0
    gone = {subject: Reading(subject, well, "it is not there any more") for subject in firing}
    return gone | {each.subject: each for each in readings if not rule.only or each.subject in rule.only}


def rule_of(name: str, kind: Kind, to: tuple[str, ...], **wishes: float | None) -> Rule:
    """A rule with what its kind usually has where nothing else is wished: `threshold`, `hold_s`, `over_s`, `least`."""
    usual = USUAL[kind]
    given = {key: value for key, value in wishes.items() if value is not None}
    return Rule(
        name=name,
        kind=kind,
        threshold=given.get("threshold", usual.threshold),
        hold=int(given.get("hold_s", usual.hold_s) * SECOND),
        to=to,
        over=int(given.get("over_s", 900) * SECOND),
        least=int(given.get("least", 100)),
    )
