"""Two calls joined: what one says goes to the other on arrival, without a wait for the tick."""

from omnibound.voice.media.stream import Stream, nobody


class Bridge:
    """Two streams that hear each other until `end`. What is played to one of them goes before what the other says."""

    def __init__(self, one: Stream, other: Stream) -> None:
        """Join them. Raises ValueError before both have agreed, for one with itself, and for one that is joined."""
        if one is other or one.legs is None or other.legs is None:
            raise ValueError("two streams that have agreed can be joined")
        if one.legs[1].relay or other.legs[1].relay:
            raise ValueError("a stream is joined already")
        self._streams = (one, other)
        (one_out, one_in), (other_out, other_in) = one.legs, other.legs
        self._incoming = (one_in, other_in)
        one_in.relay, other_in.relay = other_out, one_out
        one.parted = other.parted = self.end
        for stream in self._streams:
            stream.hasten(True)

    def end(self) -> None:
        """Part them; a second time does nothing. It ends by itself when one of them closes."""
        for stream, incoming in zip(self._streams, self._incoming, strict=True):
            if stream.parted == self.end:
                incoming.relay = None
                stream.parted = nobody
                stream.hasten(False)


def bridge(one: Stream, other: Stream) -> Bridge:
    """Join two streams. Raises ValueError as `Bridge` does."""
    return Bridge(one, other)
