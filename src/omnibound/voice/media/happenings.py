"""What a call's stream tells whoever opened it. Told in the event loop, in the order it happens."""

from collections.abc import Callable

import msgspec


class Played(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A clip is over: `whole`, or stopped before its end. `tag` is what `play` was given."""

    tag: int
    whole: bool


class Dialled(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """The digits given to `send_digits` have gone."""

    digits: str


class Digit(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """They pressed a key: told once, when it is first heard, as an event or (`tone`) as a sound."""

    digit: str
    tone: bool = False


class Heard(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """The first packet of the call, or the first after silence was told."""

    address: str
    port: int


class Silent(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """No packet and no report for so many seconds, though they may send."""

    seconds: float


class Unheard(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Their reports say that nothing of what we send arrives: the audio goes one way."""


class Left(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """They said goodbye in RTCP; the signalling has the last word."""

    why: str = ""


class Recorded(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A recording is closed: how long, why it ended (stopped, closed, longest, failed), and what failed."""

    path: str
    seconds: float
    why: str
    error: str = ""


Happening = Played | Dialled | Digit | Heard | Silent | Unheard | Left | Recorded
Tell = Callable[[Happening], None]


class Totals(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A call's media in figures: packets, unless the name says otherwise.

    `skipped` are frames left out because we were late, `refused` those the socket did not take. `strangers` came from
    an address that we do not believe, `malformed` were no RTP. What begins with `their` is from their reports; None:
    they sent none.
    """

    sent: int = 0
    sent_octets: int = 0
    received: int = 0
    lost: int = 0
    duplicates: int = 0
    late: int = 0
    malformed: int = 0
    strangers: int = 0
    skipped: int = 0
    refused: int = 0
    jitter_ms: float = 0.0
    their_reports: int = 0
    their_lost: int | None = None
    their_jitter_ms: float | None = None
    round_trip_ms: float | None = None

    @property
    def one_way(self) -> bool:
        """Sound went in one direction only: we sent and heard nothing, or they reported that nothing arrived."""
        deaf = self.sent > 0 and self.received == 0
        return deaf or (self.their_lost is not None and self.sent > 0 and self.their_lost >= 0.95 * self.sent)
