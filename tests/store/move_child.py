"""Moves a folder to PostgreSQL and is killed at a point. Run by `test_moving`: FOLDER URL POINT."""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from omnibound.store import moving
from omnibound.store.opened import FILE


def die(*_what: object) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


def after(name: str) -> None:
    """Die when a coroutine of the module is done."""
    real = getattr(moving, name)

    async def done(*what: Any) -> None:
        await real(*what)
        die()

    setattr(moving, name, done)


POINTS: dict[str, Callable[[], None]] = {
    "before the file is put aside": lambda: setattr(moving, "_rename", die),
    "before the first row": lambda: setattr(moving, "_move", die),
    "in the middle": lambda: after("_table"),
    "before the commit": lambda: after("_tables"),
    "after the commit": lambda: after("_move"),
}

if __name__ == "__main__":
    POINTS[sys.argv[3]]()
    moving.move(Path(sys.argv[1]) / FILE, sys.argv[2], lambda _name, _count: None)
