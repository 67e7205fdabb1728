"""Every metric: its name, its labels, what it says, and how it is read. The reference is made of this table.

No label is a number, a message or a person; accounts only where there is one number each.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Literal, NamedTuple

from omnibound import __version__
from omnibound.domain.live import Said
from omnibound.domain.status import Reason, Status
from omnibound.watch.histogram import Histogram
from omnibound.watch.look import Connector, Look
from omnibound.watch.tallies import HANDED, RECEIPTS, Tallies

MICRO = 1_000_000
Labels = tuple[str, ...]
Sample = tuple[Labels, float | Histogram]
Read = Callable[[Tallies, Look], Iterable[Sample]]


class Metric(NamedTuple):
    """`name` without the `omnibound_` before it, and without the `_total` behind a counter's."""

    name: str
    kind: Literal["gauge", "counter", "histogram"]
    labels: Labels
    words: str
    read: Read


_HAND_OVER = {Said.ACCEPTED: "accepted", Said.FAILED: "failed", Said.RETURNED: "returned", Said.UNKNOWN: "ambiguous"}


def _one(read: Callable[[Tallies, Look], float | Histogram]) -> Read:
    return lambda tallies, look: [((), read(tallies, look))]


def _by(read: Callable[[Tallies, Look], Mapping[str, float]]) -> Read:
    return lambda tallies, look: [((key,), value) for key, value in read(tallies, look).items()]


def _each(read: Callable[[Connector], float]) -> Read:
    return lambda _, look: [((each.name, each.channel), read(each)) for each in look.connectors]


def _times(read: Callable[[Tallies], Mapping[str, Histogram]]) -> Read:
    return lambda tallies, _: [((key,), histogram) for key, histogram in dict(read(tallies)).items()]


def _info(_: Tallies, __: Look) -> Iterator[Sample]:
    yield (__version__,), 1


def _attempts(tallies: Tallies, _: Look) -> Iterator[Sample]:
    for said in HANDED:
        for connector, number in tallies.said(said).items():
            yield (connector, _HAND_OVER[said]), number


def _failures(tallies: Tallies, _: Look) -> Iterator[Sample]:
    for (connector, said, reason), number in dict(tallies.words).items():
        if said is Said.FAILED:
            yield (connector, _word(reason)), number


def _receipts(tallies: Tallies, _: Look) -> Iterator[Sample]:
    for (connector, said, reason), number in dict(tallies.words).items():
        if said in RECEIPTS:
            yield (connector, _word(said), _word(reason)), number


def _ends(tallies: Tallies, _: Look) -> Iterator[Sample]:
    for (connector, status, reason), number in dict(tallies.ends).items():
        yield (connector, _word(status), _word(reason)), number


def _waiting(_: Tallies, look: Look) -> Iterator[Sample]:
    for each in look.connectors:
        for line in each.lines:
            yield (each.name, each.channel, line.cls), line.number


def _oldest(_: Tallies, look: Look) -> Iterator[Sample]:
    """The longest of each class on all connectors of a channel."""
    since: dict[Labels, int] = {}
    for each in look.connectors:
        for line in each.lines:
            key = (each.channel, line.cls)
            known = since.get(key, 0)
            since[key] = min(known, line.since) if known and line.since else known or line.since
    for key, at in since.items():
        yield key, max(0, look.at - at) / MICRO if at else 0


def _calls(_: Tallies, look: Look) -> Iterator[Sample]:
    for each in look.connectors:
        if each.calls is not None:
            yield (each.name,), each.calls


def _counts(_: Tallies, look: Look) -> Iterator[Sample]:
    for each in look.connectors:
        for event, number in each.counts.items():
            yield (each.name, event), number


def _requests(tallies: Tallies, _: Look) -> Iterator[Sample]:
    for (dialect, status), number in tallies.requests.items():
        yield (dialect, str(status)), number


def _word(value: Said | Status | Reason) -> str:
    return value.name.lower()


METRICS: tuple[Metric, ...] = (
    Metric("info", "gauge", ("version",), "1, with the version that runs", _info),
    # --- what comes in
    Metric("deliveries", "counter", (), "deliveries taken from clients and committed", _one(lambda t, _: t.taken)),
    Metric("http_requests", "counter", ("dialect", "status"), "HTTP requests that were answered", _requests),
    Metric(
        "http_request_seconds",
        "histogram",
        ("dialect",),
        "from the request's head to the answer's end",
        _times(lambda t: t.request_s),
    ),
    Metric("inbound", "counter", (), "messages from people that were committed", _one(lambda t, _: t.inbound)),
    # --- what waits
    Metric(
        "unfinished",
        "gauge",
        (),
        "deliveries that have not ended",
        _one(lambda _, look: look.load.get("unfinished", 0)),
    ),
    Metric(
        "in_memory",
        "gauge",
        (),
        "of those, how many this node holds in memory",
        _one(lambda _, look: look.load.get("in_memory", 0)),
    ),
    Metric(
        "queue_waiting",
        "gauge",
        ("connector", "channel", "class"),
        "deliveries in a connector's queue, about",
        _waiting,
    ),
    Metric(
        "queue_oldest_seconds",
        "gauge",
        ("channel", "class"),
        "how long the one has been due that waits longest in memory",
        _oldest,
    ),
    # --- connectors
    Metric(
        "connector_up", "gauge", ("connector", "channel"), "1 if it is connected and not paused", _each(lambda c: c.up)
    ),
    Metric(
        "connector_alarm",
        "gauge",
        ("connector", "channel"),
        "1 while a trunk is up, but carries no calls",
        _each(lambda c: bool(c.alarm)),
    ),
    Metric(
        "connector_window",
        "gauge",
        ("connector", "channel"),
        "submits that may be without answer, or a trunk's lines, on this node",
        _each(lambda c: c.window),
    ),
    Metric(
        "connector_window_used",
        "gauge",
        ("connector", "channel"),
        "of those, how many are in use",
        _each(lambda c: c.used),
    ),
    Metric(
        "connector_room",
        "gauge",
        ("connector", "channel"),
        "what it takes just now, by window and rate",
        _each(lambda c: c.room),
    ),
    Metric(
        "connector_throttled_until",
        "gauge",
        ("connector", "channel"),
        "until when the carrier wants it to pause, in Unix seconds; 0: it does not",
        _each(lambda c: c.throttled_until / MICRO),
    ),
    Metric(
        "connector_events",
        "counter",
        ("connector", "event"),
        "what its kind counts, in its words: `throttled`, `timeouts`, `dialled` (a call set up), `answered`, ...",
        _counts,
    ),
    # --- attempts, receipts, ends
    Metric(
        "attempts",
        "counter",
        ("connector", "result"),
        "attempts that a channel was given: `accepted`, `failed`, `returned` (never left), `ambiguous`",
        _attempts,
    ),
    Metric("attempts_failed", "counter", ("connector", "reason"), "those that failed, by [reason](omni.md)", _failures),
    Metric(
        "submit_seconds",
        "histogram",
        ("connector",),
        "from the hand-over to the carrier's answer, estimated by 16 of each list",
        _times(lambda t: t.submit_s),
    ),
    Metric("receipts", "counter", ("connector", "status", "reason"), "receipts that found their attempt", _receipts),
    Metric(
        "receipt_seconds",
        "histogram",
        ("connector",),
        "from the acceptance to the end that was told, estimated likewise",
        _times(lambda t: t.receipt_s),
    ),
    Metric("receipts_unmatched", "counter", (), "receipts that found nothing at first", _one(lambda t, _: t.unmatched)),
    Metric(
        "receipts_matched_late",
        "counter",
        (),
        "of those, how many have found their attempt later",
        _one(lambda t, _: t.matched),
    ),
    Metric(
        "receipts_waiting",
        "gauge",
        (),
        "receipts in memory that have found nothing yet",
        _one(lambda _, look: look.load.get("unmatched", 0)),
    ),
    Metric(
        "deliveries_ended",
        "counter",
        ("connector", "status", "reason"),
        "how deliveries ended, with the connector that they were last tried with",
        _ends,
    ),
    # --- calls
    Metric("calls", "gauge", ("trunk",), "calls under way on this node", _calls),
    Metric("agents", "gauge", ("state",), "agents' lines by what they do", _by(lambda _, look: look.agents)),
    Metric(
        "dialer_look_seconds",
        "histogram",
        (),
        "how long a look at who is to be called took",
        _one(lambda t, _: t.dialer_s),
    ),
    # --- what is told
    Metric(
        "pushes",
        "gauge",
        ("state",),
        "what is to be pushed: `waiting`, `given_up`; 100,000 stand for more",
        _by(lambda _, look: look.pushes),
    ),
    Metric(
        "push_reports",
        "counter",
        ("result",),
        "what was posted: `accepted`, `missed` (tried again), `given_up`",
        _by(lambda _, look: look.posts),
    ),
    Metric(
        "push_hosts_failing",
        "gauge",
        (),
        "hosts with addresses that accept nothing",
        _one(lambda _, look: len(look.failing)),
    ),
    Metric(
        "alerts_firing",
        "gauge",
        ("kind",),
        "alerts that have fired and are not cleared",
        _by(lambda _, look: look.firing),
    ),
    # --- the machine
    Metric("commit_seconds", "histogram", (), "how long a group commit took", _one(lambda t, _: t.commit_s)),
    Metric("commit_rows", "histogram", (), "how many rows a group commit wrote", _one(lambda t, _: t.commit_rows)),
    Metric(
        "loop_lag_seconds",
        "histogram",
        (),
        "how much later than it should the event loop came to a timer",
        _one(lambda t, _: t.lag_s),
    ),
    Metric(
        "account_balance",
        "gauge",
        ("account",),
        "what is left, of accounts that have a balance",
        _by(lambda _, look: look.balances),
    ),
)
