"""What Prometheus reads: every metric of the table, under its name, with its labels and nothing else."""

import re

import pytest
from prometheus_client.parser import text_string_to_metric_families

from omnibound import __version__
from omnibound.domain.changes import Changes, HandOverList
from omnibound.domain.live import Event, Note, Outcome, Said
from omnibound.domain.status import Reason, Status
from omnibound.watch.catalogue import METRICS
from omnibound.watch.exposition import OF_PROCESS, PREFIX, Exposition
from omnibound.watch.look import Look
from omnibound.watch.tallies import Tallies
from tests.watch.looks import connector, line, look

SECOND = 1_000_000
FULL = look(
    100 * SECOND,
    connector(
        "a", window=200, used=50, room=150, throttled_until=7 * SECOND, counts={"throttled": 3},
        lines=(line("bulk", 5, 40 * SECOND), line("urgent", 0)),
    ),
    connector("b", up=False, why="refused", lines=(line("bulk", 2, 30 * SECOND),)),
    connector("trunk", channel="VOICE", calls=4, alarm="it carries no calls: trunk_auth"),
    load={"unfinished": 9, "in_memory": 8, "unmatched": 7},
    agents={"free": 2},
    pushes={"waiting": 6, "given_up": 1},
    posts={"accepted": 5},
    failing=("hooks.example",),
    balances={"acme": 1.5},
    firing={"link_down": 1},
)  # fmt: skip


def counted() -> Tallies:
    tallies = Tallies()
    events = [
        Event(1, 0, 0, 3_000, Said.ACCEPTED, Status.SENT, Reason.ACCEPTED, "", "a", 0, Note.NONE),
        Event(2, 0, 0, 3_000, Said.FAILED, Status.FAILED, Reason.REFUSED, "smpp:0x45", "a", 0, Note.NONE),
        Event(3, 0, 0, 3_000, Said.UNKNOWN, Status.SENT, Reason.AMBIGUOUS, "", "b", 0, Note.AMBIGUOUS),
        Event(1, 0, 0, 9_000, Said.DELIVERED, Status.DELIVERED, Reason.DELIVERED, "", "a", 0, Note.NONE),
    ]
    ends = [Outcome(1, 7, 0, Status.DELIVERED, Reason.DELIVERED, "", 0, 0, "a", 1, 3_000, 9_000)]
    tallies.committed(Changes(handovers=[HandOverList(1, 1, "a", [(1, 0), (2, 0)], 1_000)]), 0.002)
    tallies.committed(Changes(events=events, outcomes=ends, matched=[1]), 0.002)
    tallies.requested("infobip_omni", 200, 0.02)
    tallies.dialer_looked(0.001)
    tallies.lag_s.take([0.001])
    return tallies


def read(tallies: Tallies, seen: Look) -> dict[str, dict[str, float]]:
    """Family -> its samples, by name and labels, the buckets left out."""
    text, media_type = Exposition().write(tallies, seen, "")
    assert media_type == "text/plain; version=0.0.4; charset=utf-8"
    return {
        family.name: {
            f"{sample.name.removeprefix(PREFIX)}{sorted(sample.labels.items())}": sample.value
            for sample in family.samples
            if not sample.name.endswith("_bucket")
        }
        for family in text_string_to_metric_families(text.decode())
    }


@pytest.fixture(scope="module")
def families() -> dict[str, dict[str, float]]:
    return read(counted(), FULL)


def test_every_metric_and_no_other(families: dict[str, dict[str, float]]) -> None:
    own = {name for name in families if not name.startswith(OF_PROCESS)}
    assert own == {PREFIX + metric.name for metric in METRICS}
    assert any(name.startswith("process_") for name in families)
    assert any(name.startswith("python_gc_") for name in families)


def test_there_are_samples_of_every_metric(families: dict[str, dict[str, float]]) -> None:
    assert [metric.name for metric in METRICS if not families[PREFIX + metric.name]] == []


def test_nothing_has_happened_yet() -> None:
    """Also of a server that has just begun something can be read."""
    assert read(Tallies(), look())["omnibound_deliveries"] == {"deliveries_total[]": 0.0}


def test_values(families: dict[str, dict[str, float]]) -> None:
    told = {name.removeprefix(PREFIX): samples for name, samples in families.items()}
    a = [("channel", "SMS"), ("connector", "a")]
    assert told["info"] == {f"info{[('version', __version__)]}": 1}
    assert told["queue_waiting"][f"queue_waiting{[('channel', 'SMS'), ('class', 'bulk'), ('connector', 'a')]}"] == 5
    assert told["queue_oldest_seconds"] == {
        f"queue_oldest_seconds{[('channel', 'SMS'), ('class', 'bulk')]}": 70,
        f"queue_oldest_seconds{[('channel', 'SMS'), ('class', 'urgent')]}": 0,
    }
    assert told["connector_up"][f"connector_up{a}"] == 1
    assert told["connector_window_used"][f"connector_window_used{a}"] == 50
    assert told["connector_throttled_until"][f"connector_throttled_until{a}"] == 7
    assert told["connector_events"] == {f"connector_events_total{[('connector', 'a'), ('event', 'throttled')]}": 3}
    assert told["attempts"] == {
        f"attempts_total{[('connector', 'a'), ('result', 'accepted')]}": 1,
        f"attempts_total{[('connector', 'a'), ('result', 'failed')]}": 1,
        f"attempts_total{[('connector', 'b'), ('result', 'ambiguous')]}": 1,
    }
    assert told["attempts_failed"] == {f"attempts_failed_total{[('connector', 'a'), ('reason', 'refused')]}": 1}
    assert told["receipts"] == {
        f"receipts_total{[('connector', 'a'), ('reason', 'delivered'), ('status', 'delivered')]}": 1
    }
    assert told["submit_seconds"] == {
        f"submit_seconds_count{[('connector', 'a')]}": 2,
        f"submit_seconds_sum{[('connector', 'a')]}": 0.004,
    }
    assert told["receipt_seconds"][f"receipt_seconds_sum{[('connector', 'a')]}"] == 0.006
    assert told["calls"] == {f"calls{[('trunk', 'trunk')]}": 4}
    assert told["connector_alarm"][f"connector_alarm{[('channel', 'VOICE'), ('connector', 'trunk')]}"] == 1
    assert told["agents"] == {f"agents{[('state', 'free')]}": 2}
    assert told["push_hosts_failing"] == {"push_hosts_failing[]": 1}
    assert told["account_balance"] == {f"account_balance{[('account', 'acme')]}": 1.5}
    assert told["http_requests"] == {f"http_requests_total{[('dialect', 'infobip_omni'), ('status', '200')]}": 1}


def test_buckets_are_of_the_bounds() -> None:
    text, _ = Exposition().write(counted(), look(), "")
    found = re.findall(r'omnibound_submit_seconds_bucket\{connector="a",le="([^"]+)"\} (\S+)', text.decode())
    assert found[:2] == [("0.001", "0.0"), ("0.0025", "2.0")]
    assert found[-1] == ("+Inf", "2.0")


def test_openmetrics_for_who_wants_it() -> None:
    text, media_type = Exposition().write(Tallies(), look(), "application/openmetrics-text; version=1.0.0")
    assert media_type.startswith("application/openmetrics-text; version=1.0.0")
    assert text.endswith(b"# EOF\n")


def test_labels_are_few_and_bounded() -> None:
    """Never by number or message; by account only where there is one number each."""
    labels = {label for metric in METRICS for label in metric.labels}
    assert labels == {
        "account", "channel", "class", "connector", "dialect", "event", "kind", "reason", "result", "state", "status",
        "trunk", "version",
    }  # fmt: skip
    assert [metric.name for metric in METRICS if "account" in metric.labels] == ["account_balance"]
