"""What the domain refuses, in its own words. A dialect turns these into its vendor's envelope; none knows HTTP."""


class Refused(Exception):
    """The request as a whole cannot be served. `field` names where it is wrong, empty if nowhere in particular."""

    def __init__(self, text: str, field: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.field = field


class Invalid(Refused):
    """The request is well-formed, but its content is not acceptable."""


class NotFound(Refused):
    """What the request names does not exist, or belongs to somebody else."""


class NotDefault(Refused):
    """The account's one default scenario cannot be unmade."""


class Unauthorized(Refused):
    """No credentials, or wrong ones."""


class Forbidden(Refused):
    """The credentials are right, but do not allow this."""


class Busy(Refused):
    """Too much for now; `retry_after` is in seconds."""

    def __init__(self, text: str, retry_after: int) -> None:
        super().__init__(text)
        self.retry_after = retry_after


class Throttled(Busy):
    """The caller uses an operation too often."""


class Backlogged(Busy):
    """The server has more waiting than it may hold."""


class Unavailable(Busy):
    """Something here does not do its work, such as a voice, the disk or the database: it may another time."""

    def __init__(self, text: str, retry_after: int = 5) -> None:
        super().__init__(text, retry_after)


class Stopping(Busy):
    """The server is about to stop and takes nothing new."""
