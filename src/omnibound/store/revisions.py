"""Settings that nodes remember have numbers that grow with each change, in the same transaction: so others see it."""

from omnibound.domain.node import Setting
from omnibound.store.database import Step, Transaction
from omnibound.store.queries import queries

_TOUCH = queries("nodes")["touch"]


def changed(setting: Setting) -> Step:
    """The step of a transaction that says so."""
    return _TOUCH, {"name": str(setting)}


async def say_changed(tx: Transaction, setting: Setting) -> None:
    """The same within a task."""
    await tx.rows(_TOUCH, name=str(setting))
