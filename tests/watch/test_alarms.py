"""All rules, look after look."""

from msgspec.structs import replace

from omnibound.domain.alerts import Alert, Kind, Rule, rule_of
from omnibound.domain.flow import SECOND
from omnibound.watch.alarms import KEPT, Alarms
from omnibound.watch.look import Look
from omnibound.watch.tallies import Tallies
from tests.watch.looks import connector, look

LINK = rule_of("links", Kind.LINK_DOWN, ("https://ops.example",), hold_s=10)
MONEY = rule_of("money", Kind.BALANCE_LOW, ("mailto:ops@example.org",), threshold=5)


def down(at_s: int, *names: str, **other: object) -> Look:
    return look(at_s * SECOND, *[connector(name, up=name not in names, why="refused") for name in "ab"], **other)


FIRED = Alert(
    rule="links", kind=Kind.LINK_DOWN, subject="a", value=1, threshold=0.5, words="refused", since=0, fired_at=0
)


def fired(subject: str, since_s: int, fired_s: int) -> Alert:
    return replace(FIRED, subject=subject, since=since_s * SECOND, fired_at=fired_s * SECOND)


def test_a_life() -> None:
    alarms = Alarms([LINK], Tallies())
    assert alarms.look(down(1, "a")) == []
    first = fired("a", 1, 11)
    assert alarms.look(down(11, "a", "b")) == [(LINK, first)]
    second = fired("b", 11, 21)
    assert alarms.look(down(21, "a", "b")) == [(LINK, second)]
    assert (alarms.firing, alarms.by_kind()) == ([first, second], {"link_down": 2})
    assert alarms.look(down(22, "b")) == []
    over = replace(first, value=0, words="", cleared_at=32 * SECOND)
    assert alarms.look(down(32, "b")) == [(LINK, over)]
    assert (alarms.firing, list(alarms.past), alarms.by_kind()) == ([second], [over], {"link_down": 1})
    assert alarms._held.keys() == {("links", "b")}


def test_a_connector_that_is_removed_is_well() -> None:
    alarms = Alarms([replace(LINK, hold=0)], Tallies())
    alarms.look(down(1, "a"))
    ((_, alert),) = alarms.look(look(2 * SECOND, connector("b")))
    assert (alert.subject, alert.words, alert.cleared_at) == ("a", "it is not there any more", 2 * SECOND)


def test_rules_do_not_know_each_other() -> None:
    again = replace(LINK, name="again", only=("b",), hold=0)
    alarms = Alarms([LINK, again], Tallies())
    assert [(rule.name, alert.subject) for rule, alert in alarms.look(down(1, "a", "b"))] == [("again", "b")]


def test_what_all_see_one_tells() -> None:
    leads = [False]
    alarms = Alarms([MONEY, replace(LINK, hold=0)], Tallies(), lambda: leads[0])
    poor = down(1, "a", balances={"acme": 1.0})
    assert [alert.rule for _, alert in alarms.look(poor)] == ["links"]
    leads[0] = True
    assert [alert.rule for _, alert in alarms.look(poor)] == ["money"]
    leads[0] = False
    assert alarms.look(poor) == []
    assert [alert.rule for alert in alarms.firing] == ["links"]


def test_the_past_ends() -> None:
    rule: Rule = replace(LINK, hold=0)
    alarms = Alarms([rule], Tallies())
    for second in range(KEPT + 5):
        alarms.look(down(2 * second + 1, "a"))
        alarms.look(down(2 * second + 2))
    assert (len(alarms.past), alarms.past[-1].cleared_at) == (KEPT, (2 * KEPT + 10) * SECOND)


def test_no_rules() -> None:
    alarms = Alarms([], Tallies())
    assert (alarms.look(down(1, "a")), alarms.firing, alarms.by_kind()) == ([], [], {})
