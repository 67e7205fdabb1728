"""What the memory can refuse, beside the Stale and Taken of its contract."""

from omnibound.domain.errors import Unavailable


class StoreError(Exception):
    """The store could not do it; nothing of it was written."""


class Away(StoreError, Unavailable):
    """The database does not answer for now. Its text is told to clients: what the driver said is its cause."""

    def __init__(self) -> None:
        super().__init__("the database does not answer")


class Full(StoreError, Unavailable):
    """There is no room for more: nothing of it was written. What the driver said is its cause."""

    def __init__(self) -> None:
        super().__init__("the disk of the database is full")


class Closed(StoreError):
    """The store is closed."""
