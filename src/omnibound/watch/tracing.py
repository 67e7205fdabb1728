"""What could be a span, told when it is over; by default nobody is told."""

from collections.abc import Iterable

from omnibound.domain.changes import Changes
from omnibound.watch.look import Look
from omnibound.watch.tallies import Tallies

Headers = Iterable[tuple[bytes, bytes]]
"""Of a request: names in small letters, and values."""


class Spans:
    """Told of everything, does nothing."""

    def committed(self, changes: Changes, seconds: float) -> None:
        """A group of work was committed just now, and took so long."""

    def requested(self, dialect: str, method: str, status: int, seconds: float, headers: Headers) -> None:
        """An HTTP request was answered just now, after so long."""

    def looked(self, tallies: Tallies, look: Look) -> None:
        """How it stands now, for the metrics."""

    def stop(self) -> None:
        """Send what is left; may take a while, and is called in a thread."""
