"""How long a search in a campaign of many people takes, whatever is asked for."""

import time
from urllib.parse import urlencode

from omnibound.cli.bench.client import Connection, told
from omnibound.cli.bench.figures import Figure, percentile
from omnibound.cli.bench.procs import Server, usage

TIMES = 40
"""How often each question is asked, of another person each time."""

_MATCH, _NOTHING, _DEEP = "<= 100", "<= 400", "<= 150"

QUESTIONS: dict[str, tuple[dict[str, str], str]] = {
    "nothing": ({}, _MATCH),
    "offset of nine tenths": ({"offset": "{deep}"}, _DEEP),
    "progress": ({"progress": "not_handled"}, _MATCH),
    "external id": ({"external": "{n}"}, _MATCH),
    "external id, its beginning": ({"external": "{n:.4}*"}, _MATCH),
    "external id, its middle": ({"external": "*{n:.4}*"}, _MATCH),
    "number": ({"phone": "+4930{n:0>8}"}, _MATCH),
    "number, its middle": ({"phone": "*{n:0>6}*"}, _MATCH),
    "attribute": ({"attribute": "City", "value": "Berlin"}, _MATCH),
    "attribute, one person": ({"attribute": "Name", "value": "name {n}"}, _MATCH),
    "attribute and number": ({"attribute": "City", "value": "*", "phone": "*{n:0>6}"}, _MATCH),
    "progress that nobody has": ({"progress": "handled"}, _NOTHING),
    "external id that nobody has": ({"external": "*x{n}*"}, _NOTHING),
    "number that nobody has": ({"phone": "*x{n}"}, _NOTHING),
    "attribute that nobody has": ({"attribute": "City", "value": "B{n}*"}, _NOTHING),
    "any attribute, a value that nobody has": ({"attribute": "*", "value": "*x{n}"}, _NOTHING),
}


async def searches(client: Connection, served: Server, members: str, total: int) -> list[Figure]:
    """Every question, asked of the people at a path."""
    figures: list[Figure] = []
    for name, (wish, mark) in QUESTIONS.items():
        took: list[float] = []
        before = usage(served.pid)
        for time_ in range(TIMES):
            values = {"n": str((time_ + 1) * 7919 * 6 % total), "deep": total * 9 // 10}
            query = urlencode({key: text.format(**values) for key, text in wish.items()})
            began = time.perf_counter()
            await told(client, served.keys[0], "GET", f"{members}?{query}")
            took.append(time.perf_counter() - began)
        cpu = (usage(served.pid).cpu_us - before.cpu_us) / TIMES / 1000
        figures.append(Figure(f"search by {name}: p95", percentile(took, 0.95) * 1000, "ms", mark))
        figures.append(Figure(f"search by {name}: server CPU", cpu, "ms each"))
    return figures
