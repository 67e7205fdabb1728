"""The numbers that alerts look at, of each kind: made of the same counts and looks as the metrics."""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from omnibound.domain.alerts import Kind, Reading, Rule
from omnibound.domain.flow import SECOND
from omnibound.domain.live import Said
from omnibound.domain.status import Status
from omnibound.watch.look import Look
from omnibound.watch.tallies import RECEIPTS, Tallies

ARRIVED = (Status.DELIVERED, Status.SEEN)
TOLD = (*ARRIVED, Status.FAILED, Status.EXPIRED)
"""Ends by which a connector is judged; who cancels says nothing of it."""


class _Then(NamedTuple):
    at: int
    told: Counter[str]
    arrived: Counter[str]


class Trends:
    """What can only be said of a time: rates, and what has not come since. `look` is called now and again."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._span = max((rule.over for rule in rules if rule.kind is Kind.DELIVERY_RATE), default=0)
        self._past: deque[_Then] = deque()
        self._receipts: Counter[str] = Counter()
        self._accepted: Counter[str] = Counter()
        self.since_receipt: Counter[str] = Counter()
        """By connector, how many were accepted since the last receipt came."""

    def look(self, tallies: Tallies, now: int) -> None:
        """Take note of how it is now."""
        self._past.append(_Then(now, tallies.ended(*TOLD), tallies.ended(*ARRIVED)))
        while len(self._past) > 1 and self._past[1].at <= now - self._span:
            self._past.popleft()
        receipts, accepted = tallies.said(*RECEIPTS), tallies.said(Said.ACCEPTED)
        for connector, number in accepted.items():
            if receipts[connector] > self._receipts[connector]:
                self._accepted[connector] = number
            self.since_receipt[connector] = number - self._accepted[connector]
        self._receipts = receipts

    def rates(self, over: int, least: int) -> dict[str, tuple[float, int]]:
        """By connector, the share that arrived of what ended in the last `over` microseconds, where that is enough."""
        now = self._past[-1]
        then = next((past for past in reversed(self._past) if past.at <= now.at - over), self._past[0])
        told = {connector: number - then.told[connector] for connector, number in now.told.items()}
        return {
            connector: ((now.arrived[connector] - then.arrived[connector]) / number, number)
            for connector, number in told.items()
            if number >= least
        }


def readings(rule: Rule, look: Look, trends: Trends) -> list[Reading]:
    """What a rule looks at."""
    return _READINGS[rule.kind](rule, look, trends)


def _links(_rule: Rule, look: Look, _trends: Trends) -> list[Reading]:
    return [Reading(each.name, float(bool(each.trouble)), each.trouble) for each in look.connectors]


def _rates(rule: Rule, look: Look, trends: Trends) -> list[Reading]:
    rates = trends.rates(rule.over, rule.least)
    return [Reading(name, rate, f"{rate:.1%} of {number} arrived") for name, (rate, number) in rates.items() if name]


def _receipts(_rule: Rule, look: Look, trends: Trends) -> list[Reading]:
    known = {each.name for each in look.connectors}
    return [
        Reading(name, number, f"{number} were accepted since the last receipt")
        for name, number in trends.since_receipt.items()
        if name in known
    ]


def _ages(_rule: Rule, look: Look, _trends: Trends) -> list[Reading]:
    since: dict[str, int] = {each.channel: look.at for each in look.connectors}
    for each in look.connectors:
        waiting = [line.since for line in each.lines if line.since]
        since[each.channel] = min([since[each.channel], *waiting])
    return [
        Reading(channel, (look.at - at) / SECOND, f"the first has waited {(look.at - at) // SECOND} s")
        for channel, at in since.items()
    ]


def _each(subjects: Sequence[str], words: str) -> list[Reading]:
    return [Reading(subject, 1, words) for subject in subjects]


def _hosts(_rule: Rule, look: Look, _trends: Trends) -> list[Reading]:
    return _each(look.failing, "it accepts nothing that is pushed to it")


def _nodes(_rule: Rule, look: Look, _trends: Trends) -> list[Reading]:
    return _each(look.lost, "its lease has ended and it did not say goodbye")


def _balances(_rule: Rule, look: Look, _trends: Trends) -> list[Reading]:
    return [Reading(account, left, f"{left:g} is left") for account, left in look.balances.items()]


_READINGS: Mapping[Kind, Callable[[Rule, Look, Trends], list[Reading]]] = {
    Kind.LINK_DOWN: _links,
    Kind.DELIVERY_RATE: _rates,
    Kind.NO_RECEIPTS: _receipts,
    Kind.BACKLOG_AGE: _ages,
    Kind.WEBHOOK_DEAD: _hosts,
    Kind.BALANCE_LOW: _balances,
    Kind.NODE_LOST: _nodes,
}
