"""`python -m omnibound.voice.process --data DIR --number N`: started by the server, never by people."""

import argparse
import asyncio
import contextlib
import fcntl
import gc
import logging
import os
import resource
import signal
import sys
from pathlib import Path
from typing import Final

import uvloop

from omnibound.voice.process.kept import Kept
from omnibound.voice.process.switchboard import Switchboard, listen
from omnibound.voice.signalling import FileJournal
from omnibound.wire.log_lines import set_up_log

_log = logging.getLogger("omnibound.voice")

NICE: Final = -10
"""Sound that comes late is not heard: before everything else, where that is allowed."""
ANOTHER_RUNS: Final = 3
"""Exit status: this number's process runs already."""


def main() -> int:
    """Run until there is nothing to do. The exit status."""
    options = _options()
    set_up_log(options.log_level, options.log_format)
    # Short names, for a socket's path has about a hundred characters at most.
    os.chdir(options.data)
    name = f"voice-{options.number}"
    with Path(f"{name}.lock").open("w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return ANOTHER_RUNS
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        _ask_for_much()
        try:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                return runner.run(_serve(name))
        finally:
            Path(f"{name}.sock").unlink(missing_ok=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="omnibound.voice.process", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--number", type=int, required=True)
    parser.add_argument("--log-level", default="info")
    parser.add_argument("--log-format", default="auto")
    return parser.parse_args()


def _ask_for_much() -> None:
    """Two files a call, and the processor when it is asked for."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with contextlib.suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, NICE)


async def _serve(name: str) -> int:
    switchboard = Switchboard(FileJournal(Path(f"{name}.calls")), Kept(Path(f"{name}.ends")))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, switchboard.ended.set)
    server = await listen(switchboard, Path(f"{name}.sock"))
    gc.collect()
    gc.freeze()
    await switchboard.ended.wait()
    server.close()
    await switchboard.stop()
    if switchboard.failure:
        _log.error("the voice process cannot go on: %s", switchboard.failure)
    return 1 if switchboard.failure else 0


if __name__ == "__main__":
    sys.exit(main())
