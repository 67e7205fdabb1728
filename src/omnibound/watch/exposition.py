"""The metrics as Prometheus reads them, or as OpenMetrics, whichever the reader wants."""

from collections.abc import Callable, Iterator

from prometheus_client import GCCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector, CollectorRegistry

from omnibound.watch import catalogue
from omnibound.watch.histogram import Histogram
from omnibound.watch.look import Look
from omnibound.watch.tallies import Tallies

PREFIX = "omnibound_"
OF_PROCESS = ("process_", "python_gc_")
"""How the names of those begin that prometheus-client has itself: of the process and of Python's collector."""


class _Families(Collector):
    """One reading. `describe` tells nothing: names are known by the table."""

    def __init__(self, tallies: Tallies, look: Look) -> None:
        self._tallies = tallies
        self._look = look

    def describe(self) -> Iterator[Metric]:
        yield from ()

    def collect(self) -> Iterator[Metric]:
        for metric in catalogue.METRICS:
            family = _FAMILIES[metric.kind](PREFIX + metric.name, metric.words, metric.labels)
            for labels, value in sorted(metric.read(self._tallies, self._look), key=lambda sample: sample[0]):
                _add(family, labels, value)
            yield family


_FAMILIES: dict[str, Callable[[str, str, tuple[str, ...]], Metric]] = {
    "gauge": lambda name, words, labels: GaugeMetricFamily(name, words, labels=labels),
    "counter": lambda name, words, labels: CounterMetricFamily(name, words, labels=labels),
    "histogram": lambda name, words, labels: HistogramMetricFamily(name, words, labels=labels),
}


def _add(family: Metric, labels: tuple[str, ...], value: float | Histogram) -> None:
    if isinstance(value, Histogram) and isinstance(family, HistogramMetricFamily):
        family.add_metric(labels, value.buckets(), value.sum)
    elif isinstance(family, GaugeMetricFamily | CounterMetricFamily) and not isinstance(value, Histogram):
        family.add_metric(labels, value)


class Exposition:
    """Writes what is counted and what a look has seen."""

    def __init__(self) -> None:
        self._process = CollectorRegistry()
        ProcessCollector(registry=self._process)
        GCCollector(registry=self._process)

    def write(self, tallies: Tallies, look: Look, accept: str) -> tuple[bytes, str]:
        """The text, and its media type."""
        registry = CollectorRegistry()
        registry.register(self._process)
        registry.register(_Families(tallies, look))
        encode, media_type = choose_encoder(accept)
        return encode(registry), media_type
