"""Tells the voice process of a data folder to begin no call any more, whether a server runs there or not."""

import asyncio
import fcntl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from omnibound.domain.errors import Unavailable
from omnibound.voice.line import reachable
from omnibound.wire import telephone
from omnibound.wire.frames import Frames
from omnibound.wire.telephone import Drain, Draining

LOOK_S: Final = 0.2
"""How often it is asked how many calls are left."""
ANSWER_S: Final = 5.0
"""How long it may take to answer."""
BACK_S: Final = 3.0
"""How long a process that went is waited for: where a server runs, it starts another at once."""
_CHUNK: Final = 65_536


async def drain(data: Path, number: int = 1) -> AsyncIterator[Draining]:
    """How far it is, again and again, until no call is left; nothing where no voice process runs.

    It is said anew each time, so that nobody begins calls while this runs: no server that starts, and no process that
    takes the place of one that died. Raises Unavailable where a process runs and does not answer.
    """
    known = False
    while answer := await _asked(data, number, Drain(), BACK_S if known else 0):
        known = True
        yield answer
        if not (answer.calls or answer.events):
            return
        await asyncio.sleep(LOOK_S)


async def undrain(data: Path, number: int = 1) -> bool:
    """Let calls begin again; whether there was a voice process. Raises Unavailable where it does not answer."""
    return await _asked(data, number, Drain(on=False), 0) is not None


async def _asked(data: Path, number: int, drain: Drain, patience_s: float) -> Draining | None:
    """The answer; None where nobody is there, nor comes in so many seconds."""
    loop = asyncio.get_running_loop()
    until = loop.time() + patience_s
    while True:
        try:
            async with asyncio.timeout(ANSWER_S):
                if answer := await _exchange(data / f"voice-{number}.sock", drain):
                    return answer
        except TimeoutError as error:
            raise Unavailable("the voice process does not answer", 1) from error
        except OSError:
            # It starts, or has ended, or there was none.
            pass
        if loop.time() >= until and not _runs(data / f"voice-{number}.lock"):
            return None
        if loop.time() >= until + ANSWER_S:
            raise Unavailable("the voice process does not understand: it is of another version", 1)
        await asyncio.sleep(LOOK_S)


async def _exchange(path: Path, drain: Drain) -> Draining | None:
    """Ask once. None where it goes without an answer; raises OSError where nobody listens."""
    with reachable(path) as place:
        reader, writer = await asyncio.open_unix_connection(place)
    try:
        writer.write(telephone.write(drain))
        frames = Frames()
        while data := await reader.read(_CHUNK):
            for told in map(telephone.read_told, frames.feed(data)):
                if isinstance(told, Draining):
                    return told
    finally:
        writer.close()
    return None


def _runs(lock: Path) -> bool:
    """Whether a voice process holds its lock: it may be starting."""
    try:
        with lock.open("rb") as opened:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False
