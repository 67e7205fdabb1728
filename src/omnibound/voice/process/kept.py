"""Events that nobody has acknowledged: told again until somebody has, by a successor too.

Only ends are written to a file, for no call may stay without one, and choices, for somebody relies on them: what else a
dead process had to tell, its end says as well.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec

from omnibound.voice.notebook import Notebook, read_lines
from omnibound.wire.telephone import Chosen, Ended, Event

REWRITE_AFTER: Final = 1_000
"""Lines behind which the file is written anew with what is still open."""


Lasting = Chosen | Ended
"""What outlives the process."""


class _Line(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    event: Lasting | None = None
    told: int = 0
    """The number of an event that is acknowledged."""


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_Line).decode


class Kept:
    """By number, in the order they happened. Raises OSError where the file cannot be opened."""

    def __init__(self, path: Path) -> None:
        self._open: dict[int, Event] = {event.number: event for event in _read(path)}
        self._calls = {event.call for event in self._open.values() if isinstance(event, Ended)}
        self._file = Notebook(path, self._lasting, REWRITE_AFTER)

    def __len__(self) -> int:
        return len(self._open)

    @property
    def events(self) -> list[Event]:
        """What has to be told, the oldest first."""
        return list(self._open.values())

    def has_end(self, call: str) -> bool:
        """Whether the end of a call waits to be told."""
        return call in self._calls

    def add(self, event: Event) -> None:
        """Keep it."""
        self._open[event.number] = event
        if isinstance(event, Ended):
            self._calls.add(event.call)
        if isinstance(event, Lasting):
            self._write(_Line(event=event))

    def drop(self, numbers: Iterable[int]) -> None:
        """They are acknowledged."""
        for number in numbers:
            event = self._open.pop(number, None)
            if isinstance(event, Ended):
                self._calls.discard(event.call)
            if isinstance(event, Lasting):
                self._write(_Line(told=number))

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _write(self, line: _Line) -> None:
        self._file.write(_encode(line), len(self._open))

    def _lasting(self) -> list[bytes]:
        return [_encode(_Line(event=event)) for event in self._open.values() if isinstance(event, Lasting)]


def _read(path: Path) -> list[Lasting]:
    found: dict[int, Lasting] = {}
    for text in read_lines(path):
        try:
            line = _decode(text)
        except ValueError:
            # The last line of a process that died while writing it.
            continue
        if line.event:
            found[line.event.number] = line.event
        found.pop(line.told, None)
    return list(found.values())
