"""Whom a call's packets may come from, and where ours go: symmetric RTP without giving the call to whoever shouts
first.
"""

from typing import Final

Address = tuple[str, int]

SAME_HOST: Final = 2
"""Packets in a row from another port of the host that the signalling named: a gateway with many ports, or a NAT."""
OTHER_HOST: Final = 5
"""Packets in a row from another host, while the named one is silent: a telephone behind a NAT."""


class Remote:
    """The far end of a stream.

    The address that the signalling named is believed at any time, and takes the call back from a learned one. Another
    one is learned only while nobody is believed yet, after a run of packets of one source with sequence numbers that
    follow each other; once someone is believed, all others are strangers until the signalling names an address again
    or the line has been silent (`forget`).
    """

    __slots__ = ("_candidate", "_follows", "_run", "_ssrc", "address", "learns", "named", "settled", "trusted")

    def __init__(self, named: Address, learns: bool = True) -> None:
        self.named: Address = named
        self.address: Address = named
        """Where to send."""
        self.learns = learns
        self.settled = False
        self.trusted: object = None
        """Where the last packet that was believed came from, as the socket says it: from there all are believed, until
        this is None again."""
        self._clear()

    def name(self, named: Address) -> None:
        """The signalling names an address: if it is a new one, learning begins again."""
        if named != self.named:
            self.named = self.address = named
            self.forget()

    def forget(self) -> None:
        """Nobody is believed any more; ours go where they went."""
        self.settled = False
        self.trusted = None
        self._clear()

    def believes(self, source: Address, ssrc: int, sequence: int) -> bool:
        """Whether a packet belongs to the call. It may settle who the far end is, and move `address`."""
        if source == self.named:
            self.address, self.settled = source, True
            return True
        if self.settled:
            return source == self.address
        return self.learns and self._learn(source, ssrc, sequence)

    def _learn(self, source: Address, ssrc: int, sequence: int) -> bool:
        follows = source == self._candidate and ssrc == self._ssrc and 0 < (sequence - self._follows) & 0xFFFF < 4
        # A stranger that mixes in cannot stop the named host's run, only begin one of its own.
        if not follows and self._candidate is not None and self._candidate[0] == self.named[0] != source[0]:
            return False
        self._run = self._run + 1 if follows else 1
        self._candidate, self._ssrc, self._follows = source, ssrc, sequence
        if self._run < (SAME_HOST if source[0] == self.named[0] else OTHER_HOST):
            return False
        self.address, self.settled = source, True
        return True

    def _clear(self) -> None:
        self._candidate: Address | None = None
        self._ssrc = self._follows = self._run = 0
