"""What the memory can refuse, beside the Stale and Taken of its contract."""


class StoreError(Exception):
    """The store could not do it; nothing of it was written."""


class Closed(StoreError):
    """The store is closed."""
