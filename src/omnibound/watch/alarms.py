"""All rules looked at: who stands how with them, and what has to be told of that."""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence

from msgspec.structs import replace

from omnibound.domain.alerts import SHARED, Alert, Held, Reading, Rule, judge, looked_at
from omnibound.watch.look import Look
from omnibound.watch.readings import Trends, readings
from omnibound.watch.tallies import Tallies

KEPT = 100
"""How many alerts that are over can still be seen."""

Key = tuple[str, str]
"""A rule's name and a subject."""


class Alarms:
    """`leads`: whether this is the node that tells what all of them see alike. Call `look` now and again."""

    def __init__(self, rules: Sequence[Rule], tallies: Tallies, leads: Callable[[], bool] = lambda: True) -> None:
        self._rules = rules
        self._tallies = tallies
        self._leads = leads
        self._trends = Trends(rules)
        self._held: dict[Key, Held] = {}
        self._firing: dict[Key, Alert] = {}
        self.past: deque[Alert] = deque(maxlen=KEPT)
        """Those that are over, the oldest first."""

    @property
    def firing(self) -> list[Alert]:
        """Those that have fired and are not cleared, the oldest first."""
        return list(self._firing.values())

    def by_kind(self) -> Counter[str]:
        """How many of them, by their kind."""
        return Counter({rule.kind.value: 0 for rule in self._rules}) + Counter(
            alert.kind.value for alert in self._firing.values()
        )

    def look(self, look: Look) -> list[tuple[Rule, Alert]]:
        """One look at everything; what has to be told now."""
        self._trends.look(self._tallies, look.at)
        return [told for rule in self._rules for told in self._look_by(rule, look)]

    def _look_by(self, rule: Rule, look: Look) -> Iterable[tuple[Rule, Alert]]:
        if rule.kind in SHARED and not self._leads():
            self._forget(rule)
            return
        mine = [subject for name, subject in self._held if name == rule.name]
        for subject, reading in looked_at(rule, readings(rule, look, self._trends), mine).items():
            alert = self._judge(rule, (rule.name, subject), reading, look.at)
            if alert:
                yield rule, alert

    def _judge(self, rule: Rule, key: Key, reading: Reading, now: int) -> Alert | None:
        held, told = judge(rule, self._held.get(key, Held()), reading.value, now)
        if held == Held():
            self._held.pop(key, None)
        else:
            self._held[key] = held
        if not told:
            return None
        if held.fired_at:
            alert = self._firing[key] = _alert(rule, reading, held)
            return alert
        alert = replace(self._firing.pop(key), value=reading.value, words=reading.words, cleared_at=now)
        self.past.append(alert)
        return alert

    def _forget(self, rule: Rule) -> None:
        """Another node tells it now."""
        for key in [key for key in self._held if key[0] == rule.name]:
            del self._held[key]
            self._firing.pop(key, None)


def _alert(rule: Rule, reading: Reading, held: Held) -> Alert:
    return Alert(
        rule=rule.name, kind=rule.kind, subject=reading.subject, value=reading.value, threshold=rule.threshold,
        words=reading.words, since=held.bad_since, fired_at=held.fired_at,
    )  # fmt: skip
