"""What is agreed inside a dialog: the media (RFC 3264), and how long it holds without a sign of life (RFC 4028)."""

import msgspec

from omnibound.voice.signalling.effects import Arm
from omnibound.voice.signalling.plan import MIN_SE
from omnibound.wire import sip


class Session:
    """Our description, the far end's, and the session's interval."""

    def __init__(self, local: sip.Local) -> None:
        self._local = local
        self._body = b""
        self.media: sip.Media | None = None
        self.interval: sip.Interval | None = None
        """With `refresher` "uac" for us and "uas" for the far end, whoever asked last."""

    def offer(self) -> bytes:
        """What we say of ourselves, unchanged since we said it last."""
        return self._body or sip.write_session(self._local)

    def agree(self, body: bytes) -> sip.Media | None:
        """Take an answer to our offer; gives what is agreed if that is news. Raises SipError where it is nothing."""
        return self._news(sip.agreed(sip.read_session(body), self._local.formats))

    def answer(self, body: bytes) -> sip.Media | None:
        """Take an offer; our answer is `offer()` from then on. Raises SipError (488), and then nothing has changed."""
        local = msgspec.structs.replace(self._local, version=self._local.version + 1)
        self._body, media = sip.answer_to(sip.read_session(body), local)
        self._local = local
        return self._news(media)

    def _news(self, media: sip.Media) -> sip.Media | None:
        if media == self.media:
            return None
        self.media = media
        return media

    def settle(self, interval: sip.Interval | None) -> list[Arm]:
        """The timers of an agreed interval: `refresh` at half of it, or `expire` shortly before its end."""
        self.interval = interval
        if interval is None:
            return [Arm("refresh"), Arm("expire")]
        seconds = interval.seconds
        if interval.refresher == "uac":
            return [Arm("refresh", seconds / 2), Arm("expire")]
        return [Arm("refresh"), Arm("expire", seconds - min(32, seconds / 3))]


def ours(message: sip.Message) -> sip.Interval | None:
    """The interval in an answer to us; nobody named as refresher: we are it. None where none can be read."""
    try:
        interval = sip.read_interval(message)
    except sip.SipError:
        return None
    return interval and sip.Interval(max(interval.seconds, MIN_SE), interval.refresher or "uac")


def theirs(request: sip.Request) -> sip.Interval | None:
    """The interval that a request of the far end leads to: "uac" is then they, unless they want us to refresh.

    Raises SipError (422) for one that is too short.
    """
    interval = sip.read_interval(request)
    if interval is None:
        return None
    if interval.seconds < MIN_SE:
        raise sip.SipError(f"a session interval of {interval.seconds} s", 422)
    return sip.Interval(interval.seconds, interval.refresher or "uac")


def turned(interval: sip.Interval | None) -> sip.Interval | None:
    """The same interval seen from the other side."""
    return interval and sip.Interval(interval.seconds, "uas" if interval.refresher == "uac" else "uac")
