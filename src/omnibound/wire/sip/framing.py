"""Messages in a stream: Content-Length says where each ends (RFC 3261, 18.3), empty lines keep it alive (RFC 5626)."""

from typing import Final

from omnibound.wire.sip.errors import SipError
from omnibound.wire.sip.messages import MAX_MESSAGE, content_length, read_head

PING: Final = b"\r\n\r\n"
PONG: Final = b"\r\n"
MAX_HEAD: Final = 32_768


class Frames:
    """Cuts a stream into messages. `pings` counts the double empty lines that want a single one for an answer."""

    def __init__(self) -> None:
        self.pings = 0
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """Every message that is whole by now. Raises SipError where the stream has lost its step: close it."""
        self._buffer += data
        found: list[bytes] = []
        while (size := self._whole()) is not None:
            found.append(bytes(self._buffer[:size]))
            del self._buffer[:size]
        return found

    def _whole(self) -> int | None:
        self._skip_empty_lines()
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            if len(self._buffer) > MAX_HEAD:
                raise SipError("the headers do not end", 513)
            return None
        length = content_length(read_head(bytes(self._buffer[:end]))[1])
        if length is None:
            raise SipError("a stream needs Content-Length")
        size = end + 4 + length
        if size > MAX_MESSAGE:
            raise SipError(f"a message of {size} octets", 513)
        return size if size <= len(self._buffer) else None

    def _skip_empty_lines(self) -> None:
        buffer = self._buffer
        while buffer.startswith(PONG):
            if buffer.startswith(PING):
                self.pings += 1
                del buffer[:4]
            elif len(buffer) in (2, 3) and PING.startswith(bytes(buffer)):
                # Perhaps the first half of a ping; a lone pong is skipped with what follows it.
                return
            else:
                del buffer[:2]
