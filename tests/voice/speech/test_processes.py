"""The end of a process that is in the middle of something."""

import asyncio
import sys
from asyncio.subprocess import PIPE

import pytest

from omnibound.voice.speech.processes import GONE_S, end

pytestmark = pytest.mark.anyio

PROGRAMS = {
    "writes without end": "import sys\nwhile True: sys.stdout.write('x' * 1000)",
    "waits": "print('ready', flush=True)\nimport time\ntime.sleep(600)",
    "has ended": "print('ready')",
}


async def until_full(stream: asyncio.StreamReader) -> None:
    """Until nothing more is read of it: then its end is not seen either."""
    while not stream._paused:  # type: ignore[attr-defined]  # noqa: ASYNC110
        await asyncio.sleep(0)


@pytest.mark.parametrize("name", PROGRAMS)
async def test_a_process_that(name: str) -> None:
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", PROGRAMS[name], stdout=PIPE)
    assert process.stdout
    assert await process.stdout.read(5)
    if "without end" in name:
        await until_full(process.stdout)
    async with asyncio.timeout(GONE_S / 2):
        await end(process)
    assert process.returncode in (-9, 0)


async def test_what_holds_the_pipes_open_is_not_waited_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("omnibound.voice.speech.processes.GONE_S", 0.2)
    code = "import subprocess, sys\nprint(subprocess.Popen(['sleep', '600']).pid, flush=True)\nsys.stdin.read()"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdin=PIPE, stdout=PIPE)
    assert process.stdin
    assert process.stdout
    child = int(await process.stdout.readline())
    async with asyncio.timeout(GONE_S / 2):
        await end(process)
    killed = await asyncio.create_subprocess_exec("kill", "-9", str(child))
    await killed.wait()
    assert await process.wait() == -9
    process.stdin.close()
