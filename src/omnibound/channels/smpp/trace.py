"""The trace of a connector's PDUs, for people: switched on and off at any time, passwords blanked."""

from collections import deque
from collections.abc import Iterable
from typing import Final

import msgspec

from omnibound.wire.smpp import Pdu, PduError, command_name, read_bind, read_outbind, split, status_name, write_bind
from omnibound.wire.smpp import constants as c

KEPT: Final = 1000
"""How many PDUs a trace keeps."""
_BLANK: Final = "***"
_READERS: Final = {**dict.fromkeys(c.BINDS, read_bind), c.OUTBIND: read_outbind}


class Exchange(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One PDU as people may see it. `at` in microseconds UTC; `body` in hexadecimal; `out`: from us to the carrier."""

    at: int
    bind: str
    out: bool
    command: str
    status: str
    sequence: int
    body: str


class Trace:
    """The last PDUs of all binds while it is on."""

    def __init__(self, on: bool = False) -> None:
        self.on = on
        self._kept: deque[Exchange] = deque(maxlen=KEPT)

    def keep(self, at: int, bind: str, pdus: Iterable[Pdu], out: bool) -> None:
        """Add PDUs that came, or go out."""
        for command, status, sequence, body in pdus:
            self._kept.append(
                Exchange(
                    at=at, bind=bind, out=out, command=command_name(command), status=status_name(status),
                    sequence=sequence, body=_blanked(command, body).hex(),
                )
            )  # fmt: skip

    def keep_written(self, at: int, bind: str, data: bytes) -> None:
        """Add the PDUs in octets of our own."""
        self.keep(at, bind, split(data, longest=1 << 30)[0], out=True)

    def exchanges(self) -> list[Exchange]:
        """What is kept, the oldest first."""
        return list(self._kept)


def _blanked(command: int, body: bytes) -> bytes:
    read = _READERS.get(command)
    if read is None:
        return body
    try:
        return write_bind(msgspec.structs.replace(read(body), password=_BLANK))
    except PduError:
        return b""
