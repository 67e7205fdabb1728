"""What OpenTelemetry is told: a span a request, a commit and a list, and every metric."""

from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from omnibound import __version__
from omnibound.config_watching import OtelTable
from omnibound.domain.changes import Changes, HandOverList
from omnibound.watch.catalogue import METRICS
from omnibound.watch.otel import OPEN_AT_MOST, Otel, build_otel, instruments
from omnibound.watch.tallies import Tallies
from tests.watch.test_exposition import FULL, counted

PARENT = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Rig:
    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()
        self.reader = InMemoryMetricReader()
        self.otel = Otel(SimpleSpanProcessor(self.exporter), self.reader, "omnibound-test")

    def spans(self) -> list[ReadableSpan]:
        return list(self.exporter.get_finished_spans())

    def metrics(self) -> dict[str, list[tuple[dict[str, Any], float]]]:
        data: Any = self.reader.get_metrics_data()
        if data is None:
            return {}
        found = [m for r in data.resource_metrics for s in r.scope_metrics for m in s.metrics]
        return {m.name: [(dict(point.attributes), point.value) for point in m.data.data_points] for m in found}


@pytest.fixture
def rig() -> Iterator[Rig]:
    rig = Rig()
    yield rig
    rig.otel.stop()


def handed(id_: int, count: int, at: int) -> HandOverList:
    return HandOverList(id_, 1, "carrier-a", [(each, 0) for each in range(count)], at)


def test_a_request(rig: Rig) -> None:
    rig.otel.requested("infobip_omni", "POST", 200, 0.25, [(b"traceparent", PARENT), (b"authorization", b"App secret")])
    (span,) = rig.spans()
    assert (span.name, span.kind, span.status.status_code) == ("POST infobip_omni", SpanKind.SERVER, StatusCode.UNSET)
    assert dict(span.attributes or {}) == {
        "http.request.method": "POST", "http.response.status_code": 200, "omnibound.dialect": "infobip_omni",
    }  # fmt: skip
    assert span.parent is not None
    assert f"{span.parent.trace_id:032x}-{span.parent.span_id:016x}" == PARENT.decode()[3:52]
    assert (span.end_time or 0) - (span.start_time or 0) == 250_000_000
    assert dict(span.resource.attributes)["service.name"] == "omnibound-test"
    assert dict(span.resource.attributes)["service.version"] == __version__


def test_a_fault_of_ours(rig: Rig) -> None:
    rig.otel.requested("native", "GET", 500, 0, ())
    (span,) = rig.spans()
    assert (span.status.status_code, span.parent) == (StatusCode.ERROR, None)


def test_a_commit_and_its_lists(rig: Rig) -> None:
    rig.otel.committed(Changes(handovers=[handed(1, 3, 5_000), handed(2, 1, 6_000)]), 0.002)
    rig.otel.committed(Changes(settled=[1, 9]), 0.001)
    first, second, send = rig.spans()
    assert [span.name for span in (first, second, send)] == ["commit", "commit", "send"]
    assert dict(first.attributes or {}) == {"omnibound.rows": 2, "omnibound.deliveries": 0, "omnibound.events": 0}
    assert dict(send.attributes or {}) == {"omnibound.connector": "carrier-a", "omnibound.attempts": 3}
    assert (send.kind, send.start_time) == (SpanKind.PRODUCER, 5_000_000)
    assert (first.end_time or 0) - (first.start_time or 0) == 2_000_000


def test_lists_that_never_end_are_forgotten(rig: Rig) -> None:
    rig.otel.committed(Changes(handovers=[handed(number, 1, 0) for number in range(OPEN_AT_MOST + 1)]), 0)
    rig.otel.committed(Changes(settled=[1]), 0)
    assert [span.name for span in rig.spans()] == ["commit", "commit"]


def test_metrics(rig: Rig) -> None:
    assert rig.metrics() == {}
    rig.otel.looked(counted(), FULL)
    told = rig.metrics()
    assert set(told) == {name for metric in METRICS for name, _ in instruments(metric)}
    assert told["omnibound_unfinished"] == [({}, 9)]
    assert told["omnibound_calls"] == [({"trunk": "trunk"}, 4)]
    assert told["omnibound_submit_seconds_count"] == [({"connector": "a"}, 2)]
    assert ({"connector": "a", "le": "+Inf"}, 2) in told["omnibound_submit_seconds_bucket"]


def test_what_a_look_has_left_is_not_changed_behind_it(rig: Rig) -> None:
    tallies = Tallies()
    rig.otel.looked(tallies, FULL)
    tallies.requested("native", 200, 1)
    assert "omnibound_http_requests" not in rig.metrics()


def test_to_a_collector() -> None:
    build_otel(OtelTable(endpoint="http://127.0.0.1:1", headers={"x": "y"}, metrics_s=3_600)).stop()
