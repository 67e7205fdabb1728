"""Attempts of a channel with routes, in lists: who of their route's connectors takes each, and how well those are."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from omnibound.domain.facts import Fact
from omnibound.domain.health import NEW, Answer, Condition, Health, Limits, heard, looked_at, speaks_well, tried
from omnibound.domain.message import address_for
from omnibound.domain.routing import Choice, Cost, Plan, Route
from omnibound.engine.book import Entry
from omnibound.engine.sender import Sender
from omnibound.ports import Clock

_log = logging.getLogger("omnibound.routes")
Lot = tuple[Sender | None, list[Entry]]
"""Entries and who takes them; None: no route does."""


def _nobody_knows(_connector: str, _channel: str, _number: str) -> int | None:
    return None


class Switching:
    """Follows a plan. While there is none it is not asked."""

    def __init__(self, clock: Clock) -> None:
        self.plan = Plan()
        self.cost: Cost = _nobody_knows
        self._clock = clock
        self._limits = Limits()
        self._names: Mapping[int, str] = {}
        self._health: dict[str, Health] = {}

    def follow(self, plan: Plan, limits: Limits) -> None:
        """Routes as they are from now on. How well connectors are stays known."""
        watched = {name for route in plan.routes for name in route.connectors}
        self._health = {name: self._health.get(name, NEW) for name in watched}
        self._limits = limits
        self.plan = plan

    def know(self, names: Mapping[int, str]) -> None:
        """The names of accounts by their ids, for routes of accounts."""
        self._names = names

    def condition(self, connector: str) -> Condition:
        """How a connector is by now; one that no route has is well."""
        return looked_at(self._health.get(connector, NEW), self._clock(), self._limits).condition

    # --- counting -----------------------------------------------------------------------------------------------------

    def count(self, facts: Sequence[Fact]) -> list[str]:
        """Hear how hand-overs went; the connectors that have become sick by it."""
        counts: dict[str, list[int]] = {}
        for fact in facts:
            if isinstance(fact, Answer):
                counted = counts.setdefault(fact.connector, [0, 0])
                counted[0] += 1
                counted[1] += not speaks_well(fact)
        return [name for name, (answers, errors) in counts.items() if self._hear(name, answers, errors)]

    def _hear(self, name: str, answers: int, errors: int) -> bool:
        before = self._health.get(name)
        if before is None:
            return False
        after = self._health[name] = heard(before, answers, errors, self._clock(), self._limits)
        if after.condition is before.condition:
            return False
        level = logging.WARNING if after.condition is Condition.SICK else logging.INFO
        _log.log(level, "%s: is %s by its answers", name, after.condition.name.lower())
        return after.condition is Condition.SICK

    # --- sharing ------------------------------------------------------------------------------------------------------

    def lots(self, senders: Sequence[Sender], entries: list[Entry]) -> Iterator[Lot]:
        """Who takes which. The entries are of one channel, account and connector before (if they are retried)."""
        by_name = {sender.channel.name: sender for sender in senders}
        for _, group in groupby(entries, _shown):
            alike = list(group)
            for route, lot in self._by_route(alike):
                yield from self._among(route, by_name, lot)

    def fellows(self, entry: Entry) -> tuple[str, ...]:
        """The connectors that an entry's route has."""
        ((route, _),) = self._by_route([entry])
        return route.connectors if route else ()

    def _by_route(self, entries: list[Entry]) -> list[tuple[Route | None, list[Entry]]]:
        first = entries[0]
        step = first.message.flow.steps[first.live.step]
        board = self.plan.board(step.channel, self._names.get(first.live.account, ""), step.sender)
        if board.sole is not None:
            return [(board.sole, entries)]
        find = board.find
        lots: dict[int, tuple[Route | None, list[Entry]]] = {}
        for entry in entries:
            route = find(_number(entry))
            lot = lots.get(id(route))
            if lot is None:
                lots[id(route)] = route, [entry]
            else:
                lot[1].append(entry)
        return list(lots.values())

    def _among(self, route: Route | None, senders: Mapping[str, Sender], entries: list[Entry]) -> Iterator[Lot]:
        names = [name for name in route.connectors if name in senders] if route else []
        if route is None or not names:
            yield None, entries
            return
        well, trials = self._fit([name for name in names if senders[name].channel.up()] or names)
        first = entries[0].live
        if first.tries:
            yield senders[_behind(first.connector, names, [*well, *trials])], entries
            return
        able = [name for name in names if name in well or name in trials]
        for name, lot in self._shared(route, able, entries).items():
            room = min(trials.get(name, len(lot)), len(lot))
            if name in trials:
                self._health[name] = tried(self._health[name], room)
            yield senders[name], lot[:room]
            if lot[room:]:
                rest = self._shared(route, well or [name], lot[room:])
                yield from ((senders[other], more) for other, more in rest.items())

    def _fit(self, names: list[str]) -> tuple[list[str], dict[str, int]]:
        """Those that are well, and how many may try those that were sick; all, where all are sick."""
        conditions = {name: self._now(name) for name in names}
        well = [name for name, health in conditions.items() if health.condition is Condition.WELL]
        trials = {name: h.left for name, h in conditions.items() if h.condition is Condition.TRIED and h.left}
        return (well, trials) if well or trials else (names, {})

    def _now(self, name: str) -> Health:
        health = self._health[name]
        if health.condition is not Condition.WELL:
            health = self._health[name] = looked_at(health, self._clock(), self._limits)
        return health

    def _shared(self, route: Route, names: list[str], entries: list[Entry]) -> dict[str, list[Entry]]:
        choice = Choice(route, names, self.cost)
        if choice.sole:
            return {choice.sole: entries}
        shares: dict[str, list[Entry]] = {}
        for entry in entries:
            shares.setdefault(choice.of(entry.live.id, _number(entry)), []).append(entry)
        return shares


def _behind(name: str, names: list[str], able: list[str]) -> str:
    """The first able one behind the one that was tried last, all around."""
    place = names.index(name) + 1 if name in names else 0
    return next(other for other in (*names[place:], *names[:place]) if other in able)


def _shown(entry: Entry) -> str:
    return entry.message.flow.steps[entry.live.step].sender


def _number(entry: Entry) -> str:
    step = entry.message.flow.steps[entry.live.step]
    return address_for(step.channel, entry.delivery.to, step.address).removeprefix("+")
