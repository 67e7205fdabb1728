"""Who watches is told of a commit; whatever goes wrong there, it stays one."""

import logging

from omnibound.domain.changes import Changes
from omnibound.ports.store import OnCommit

_log = logging.getLogger("omnibound.store")


def tell(on_commit: OnCommit, changes: Changes, seconds: float) -> None:
    """It was committed, and took so long."""
    try:
        on_commit(changes, seconds)
    except Exception:  # noqa: BLE001 - to fail here would be told as a commit that failed
        _log.exception("a commit could not be counted")
