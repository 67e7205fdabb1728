"""OpenTelemetry: spans of requests, commits and hand-over lists, and the metrics; imported where it is configured only.

Spans are made when something is over: while it goes on it costs nothing. A list is one span, never a message.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from opentelemetry.metrics import CallbackOptions, Observation
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricReader, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from omnibound import __version__
from omnibound.config_watching import OtelTable
from omnibound.domain.changes import Changes, HandOverList
from omnibound.watch.catalogue import METRICS, Metric
from omnibound.watch.exposition import PREFIX
from omnibound.watch.histogram import Histogram
from omnibound.watch.look import Look
from omnibound.watch.tallies import Tallies
from omnibound.watch.tracing import Headers, Spans

OPEN_AT_MOST = 10_000
"""Hand-over lists whose end is awaited; beyond it all are forgotten, and have no span."""

Values = list[tuple[dict[str, str], float]]


class Otel(Spans):
    """Tells a collector. `processor` and `reader` decide where to and how often."""

    def __init__(self, processor: SpanProcessor, reader: MetricReader, service: str) -> None:
        resource = Resource.create({"service.name": service, "service.version": __version__})
        self._traces = TracerProvider(resource=resource)
        self._traces.add_span_processor(processor)
        self._meters = MeterProvider([reader], resource)
        self._tracer: Tracer = self._traces.get_tracer("omnibound", __version__)
        self._parent = TraceContextTextMapPropagator()
        self._open: dict[int, HandOverList] = {}
        self._values: Mapping[str, Values] = {}
        meter = self._meters.get_meter("omnibound", __version__)
        for metric in METRICS:
            for name, kind in instruments(metric):
                make = meter.create_observable_gauge if kind == "gauge" else meter.create_observable_counter
                make(name, [self._observe(name)], description=metric.words)

    def committed(self, changes: Changes, seconds: float) -> None:
        """See Spans: one of the commit, and one of each list that it has settled."""
        end = time.time_ns()
        counts = {"rows": changes.size(), "deliveries": len(changes.deliveries), "events": len(changes.events)}
        self._span("commit", end - int(seconds * 1e9), end, counts)
        if len(self._open) > OPEN_AT_MOST:
            self._open.clear()
        self._open.update((handover.id, handover) for handover in changes.handovers)
        for id_ in changes.settled:
            handover = self._open.pop(id_, None)
            if handover:
                told: dict[str, Any] = {"connector": handover.connector, "attempts": len(handover.keys)}
                self._span("send", handover.at * 1_000, end, told, SpanKind.PRODUCER)

    def requested(self, dialect: str, method: str, status: int, seconds: float, headers: Headers) -> None:
        """See Spans. It belongs to the caller's trace, if it says one."""
        end = time.time_ns()
        carrier = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers if name in _CONTEXT}
        span = self._tracer.start_span(
            f"{method} {dialect}",
            self._parent.extract(carrier),
            SpanKind.SERVER,
            {"http.request.method": method, "http.response.status_code": status, "omnibound.dialect": dialect},
            start_time=end - int(seconds * 1e9),
        )
        if status >= 500:
            span.set_status(Status(StatusCode.ERROR))
        span.end(end)

    def looked(self, tallies: Tallies, look: Look) -> None:
        """See Spans: what is sent next."""
        values: dict[str, Values] = {}
        for metric in METRICS:
            for labels, value in metric.read(tallies, look):
                named = dict(zip(metric.labels, labels, strict=True))
                for name, extra, number in _flat(PREFIX + metric.name, value):
                    values.setdefault(name, []).append((named | extra, number))
        self._values = values

    def stop(self) -> None:
        """See Spans."""
        self._traces.shutdown()
        self._meters.shutdown()

    def _span(
        self, name: str, start: int, end: int, told: Mapping[str, Any], kind: SpanKind = SpanKind.INTERNAL
    ) -> None:
        attributes = {f"omnibound.{key}": value for key, value in told.items()}
        self._tracer.start_span(name, None, kind, attributes, start_time=start).end(end)

    def _observe(self, name: str) -> Callable[[CallbackOptions], Iterable[Observation]]:
        """Called in a thread of the reader's: it reads what a look has left, which nobody changes."""
        return lambda _options: [Observation(value, labels) for labels, value in self._values.get(name, [])]


_CONTEXT = (b"traceparent", b"tracestate")


def instruments(metric: Metric) -> list[tuple[str, str]]:
    """(name, kind) of what a metric is there. What was counted into ranges already goes as three counters."""
    name = PREFIX + metric.name
    if metric.kind == "histogram":
        return [(f"{name}_{part}", "counter") for part in ("bucket", "count", "sum")]
    return [(name, metric.kind)]


def _flat(name: str, value: float | Histogram) -> Iterable[tuple[str, dict[str, str], float]]:
    if not isinstance(value, Histogram):
        return [(name, {}, value)]
    buckets = [(f"{name}_bucket", {"le": bound}, number) for bound, number in value.buckets()]
    return [*buckets, (f"{name}_count", {}, value.count), (f"{name}_sum", {}, value.sum)]


def build_otel(settings: OtelTable) -> Otel:
    """To the configured collector. Raises ImportError where its exporter is not installed."""
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    url, headers = settings.endpoint.rstrip("/"), dict(settings.headers)
    spans = OTLPSpanExporter(f"{url}/v1/traces", headers=headers)
    metrics = OTLPMetricExporter(f"{url}/v1/metrics", headers=headers)
    reader = PeriodicExportingMetricReader(metrics, settings.metrics_s * 1_000)
    return Otel(BatchSpanProcessor(spans), reader, settings.service)
