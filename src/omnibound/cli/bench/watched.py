"""The command line with a watch on the dialer: `python -m omnibound.cli.bench.watched FILE serve ...`.

Nothing imports this: it is a program. When it ends, FILE has its looks.
"""

import sys
import time
from pathlib import Path

from omnibound.cli.bench.looks import Look, write_looks
from omnibound.cli.main import app
from omnibound.engine.dialer import Dialer


def watch(looks: list[Look]) -> None:
    """From now on each look of a dialer is written down."""
    tick = Dialer.tick

    async def look(self: Dialer) -> bool:
        began = time.monotonic()
        try:
            return await tick(self)
        finally:
            looks.append(Look(began, time.monotonic() - began))

    Dialer.tick = look


def main() -> None:
    """Run the words behind the file's name."""
    file, looks = Path(sys.argv.pop(1)), list[Look]()
    watch(looks)
    try:
        app()
    finally:
        write_looks(file, looks)


if __name__ == "__main__":
    main()
