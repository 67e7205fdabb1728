"""What alerts look at, of each kind."""

import pytest

from omnibound.domain.alerts import Kind, Reading, Rule, rule_of
from omnibound.domain.changes import Changes
from omnibound.domain.flow import SECOND
from omnibound.domain.live import Event, Note, Outcome, Said
from omnibound.domain.status import Reason, Status
from omnibound.watch.look import Look
from omnibound.watch.readings import Trends, readings
from omnibound.watch.tallies import Tallies
from tests.watch.looks import connector, line, look


def of(kind: Kind, seen: Look, trends: Trends | None = None, **wishes: float) -> list[Reading]:
    rule = rule_of("r", kind, (), **wishes)
    return readings(rule, seen, trends or Trends([rule]))


def test_links() -> None:
    seen = look(
        0,
        connector("up"),
        connector("down", up=False, why="refused"),
        connector("silent", up=False),
        connector("trunk", alarm="it carries no calls: trunk_auth"),
        connector("another nodes", up=False, why="not held here", held=False),
    )
    assert of(Kind.LINK_DOWN, seen) == [
        Reading("up", 0, ""),
        Reading("down", 1, "refused"),
        Reading("silent", 1, "it is down"),
        Reading("trunk", 1, "it carries no calls: trunk_auth"),
        Reading("another nodes", 0, ""),
    ]


def test_ages_are_of_channels() -> None:
    seen = look(
        100 * SECOND,
        connector("a", lines=(line("bulk", 1, 40 * SECOND), line("urgent", 1, 60 * SECOND))),
        connector("b", lines=(line("bulk", 1, 30 * SECOND), line("urgent"))),
        connector("c", channel="PUSH"),
    )
    assert of(Kind.BACKLOG_AGE, seen) == [
        Reading("SMS", 70, "the first has waited 70 s"),
        Reading("PUSH", 0, "the first has waited 0 s"),
    ]


def test_what_is_there_or_not() -> None:
    seen = look(0, failing=("h.example",), lost=("node-2",), balances={"acme": 2.5})
    assert of(Kind.WEBHOOK_DEAD, seen) == [Reading("h.example", 1, "it accepts nothing that is pushed to it")]
    assert of(Kind.NODE_LOST, seen) == [Reading("node-2", 1, "its lease has ended and it did not say goodbye")]
    assert of(Kind.BALANCE_LOW, seen) == [Reading("acme", 2.5, "2.5 is left")]


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_reads_something_of_an_empty_server(kind: Kind) -> None:
    rule = rule_of("r", kind, ())
    trends = Trends([rule])
    trends.look(Tallies(), 0)
    assert readings(rule, look(), trends) == []


# -- Trends ------------------------------------------------------------------------------------------------------


def ended(tallies: Tallies, status: Status, number: int, connector: str = "a") -> None:
    one = Outcome(1, 1, 0, status, Reason.UNKNOWN, "", 0, 0, connector, 1, 0, 0)
    tallies.committed(Changes(outcomes=[one] * number), 0)


def said(tallies: Tallies, word: Said, number: int, connector: str = "a") -> None:
    one = Event(1, 0, 0, 0, word, Status.SENT, Reason.UNKNOWN, "", connector, 0, Note.NONE)
    tallies.committed(Changes(events=[one] * number), 0)


RATE = rule_of("r", Kind.DELIVERY_RATE, (), over_s=60, least=10)


def rates(tallies: Tallies, trends: Trends, at_s: int, rule: Rule = RATE) -> list[Reading]:
    trends.look(tallies, at_s * SECOND)
    return readings(rule, look(at_s * SECOND), trends)


def test_a_rate_is_of_its_span() -> None:
    tallies, trends = Tallies(), Trends([RATE])
    assert rates(tallies, trends, 0) == []
    ended(tallies, Status.DELIVERED, 20)
    assert rates(tallies, trends, 30) == [Reading("a", 1, "100.0% of 20 arrived")]
    ended(tallies, Status.FAILED, 15)
    ended(tallies, Status.EXPIRED, 5)
    ended(tallies, Status.CANCELLED, 50)
    assert rates(tallies, trends, 60) == [Reading("a", 0.5, "50.0% of 40 arrived")]
    assert rates(tallies, trends, 90) == [Reading("a", 0, "0.0% of 20 arrived")]
    assert rates(tallies, trends, 120) == []


def test_a_few_are_no_rate() -> None:
    tallies, trends = Tallies(), Trends([RATE])
    rates(tallies, trends, 0)
    ended(tallies, Status.FAILED, 9)
    assert rates(tallies, trends, 1) == []
    ended(tallies, Status.FAILED, 1)
    assert rates(tallies, trends, 2) == [Reading("a", 0, "0.0% of 10 arrived")]


def test_what_no_connector_had_is_no_connectors_rate() -> None:
    tallies, trends = Tallies(), Trends([RATE])
    rates(tallies, trends, 0)
    ended(tallies, Status.FAILED, 20, connector="")
    assert rates(tallies, trends, 1) == []


def test_the_past_is_kept_no_longer_than_needed() -> None:
    tallies, trends = Tallies(), Trends([RATE])
    for second in range(500):
        trends.look(tallies, second * SECOND)
    assert len(trends._past) <= 62


def test_since_the_last_receipt() -> None:
    tallies, rule = Tallies(), rule_of("r", Kind.NO_RECEIPTS, ())
    trends = Trends([rule])

    def told() -> list[Reading]:
        trends.look(tallies, 0)
        return readings(rule, look(0, connector("a")), trends)

    assert told() == []
    said(tallies, Said.ACCEPTED, 60)
    assert told() == [Reading("a", 60, "60 were accepted since the last receipt")]
    said(tallies, Said.ACCEPTED, 5)
    said(tallies, Said.DELIVERED, 1)
    assert told() == [Reading("a", 0, "0 were accepted since the last receipt")]
    said(tallies, Said.ACCEPTED, 7)
    said(tallies, Said.ACCEPTED, 7, connector="removed")
    assert told() == [Reading("a", 7, "7 were accepted since the last receipt")]
