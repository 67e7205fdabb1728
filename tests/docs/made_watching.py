"""The tables of what is watched: metrics, alerts, and the lines of the log."""

from collections.abc import Mapping

from omnibound.domain.alerts import USUAL
from omnibound.watch.catalogue import METRICS
from omnibound.watch.exposition import PREFIX
from omnibound.wire.log_actions import LINES


def metrics(_kept: Mapping[str, str]) -> str:
    """A row a metric, under the name that it is read by."""
    lines = ["| metric | type | labels | meaning |", "|---|---|---|---|"]
    for metric in METRICS:
        name = f"{PREFIX}{metric.name}" + ("_total" if metric.kind == "counter" else "")
        labels = ", ".join(f"`{label}`" for label in metric.labels) or "none"
        lines.append(f"| `{name}` | {metric.kind} | {labels} | {metric.words} |")
    return "\n".join(lines)


def actions(_kept: Mapping[str, str]) -> str:
    """A row a line of the log."""
    lines = ["| action | what it says | values | meaning |", "|---|---|---|---|"]
    for line in LINES:
        values = ", ".join(f"`{field}`" for field in line.fields) or "none"
        lines.append(f"| `{line.action}` | `{line.text}` | {values} | {line.words} |")
    return "\n".join(lines)


def alert_kinds(_kept: Mapping[str, str]) -> str:
    """A row a kind of alert, with what is usual."""
    lines = ["| kind | its number | bad | `threshold` | `for_s` | well |", "|---|---|---|---|---|---|"]
    for kind, usual in USUAL.items():
        bad, well = ("below", "from") if usual.below else ("above", "up to")
        clear = f"{well} {usual.threshold * usual.clear:g}"
        cells = [f"`{kind.value}`", usual.words, bad, f"{usual.threshold:g}", f"{usual.hold_s:g}", clear]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)
