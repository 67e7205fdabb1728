"""What the domain refuses, in its own words. A dialect turns these into its vendor's envelope; none knows HTTP."""

from collections.abc import Sequence
from typing import NamedTuple


class Refused(Exception):
    """The request as a whole cannot be served. `field` names where it is wrong, empty if nowhere in particular."""

    def __init__(self, text: str, field: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.field = field


class Invalid(Refused):
    """The request is well-formed, but its content is not acceptable."""


class Fault(NamedTuple):
    """One thing that is wrong, and where."""

    path: str
    why: str


class Faulty(Invalid):
    """Several things are wrong with it: `faults` are told each by itself."""

    def __init__(self, text: str, field: str = "", faults: Sequence[Fault] = ()) -> None:
        super().__init__(text, field)
        self.faults = tuple(faults)


class NotFound(Refused):
    """What the request names does not exist, or belongs to somebody else."""


class NotDefault(Refused):
    """The account's one default scenario cannot be unmade."""


class Unauthorized(Refused):
    """No credentials, or wrong ones."""


class Forbidden(Refused):
    """The credentials are right, but do not allow this."""


class TooLate(Refused):
    """It was possible once, and is not any more."""


class Busy(Refused):
    """Too much for now; `retry_after` is in seconds."""

    def __init__(self, text: str, retry_after: int) -> None:
        super().__init__(text)
        self.retry_after = retry_after


class Calling(Busy):
    """A call of theirs is under way: once it is over it may be asked again."""


class Throttled(Busy):
    """The caller uses an operation too often."""


class Backlogged(Busy):
    """The server has more waiting than it may hold."""


class Unavailable(Busy):
    """Something here does not do its work, such as a voice, the disk or the database: it may another time."""

    def __init__(self, text: str, retry_after: int = 5) -> None:
        super().__init__(text, retry_after)


class Elsewhere(Unavailable):
    """Another server of this installation does it, for now: that one has to be asked. `where` names it."""

    def __init__(self, text: str, where: str) -> None:
        super().__init__(text, 1)
        self.where = where


class Stopping(Busy):
    """The server is about to stop and takes nothing new."""
