"""How long the looks of a dialer took: what `omnibound.cli.bench.watched` leaves in a file."""

from array import array
from pathlib import Path
from typing import NamedTuple

WATCHED = "omnibound.cli.bench.watched"


class Look(NamedTuple):
    """When a look began, on the monotonic clock, and how long it took, in seconds."""

    began: float
    took: float


def write_looks(file: Path, looks: list[Look]) -> None:
    """As pairs of 64-bit floats."""
    file.write_bytes(array("d", [seconds for look in looks for seconds in look]).tobytes())


def read_looks(file: Path) -> list[Look]:
    """What a server that has ended left."""
    seconds = array("d", file.read_bytes())
    return [Look(*pair) for pair in zip(seconds[::2], seconds[1::2], strict=True)]
