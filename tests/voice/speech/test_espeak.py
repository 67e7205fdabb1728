"""The processes of espeak-ng: killed, stopped, cancelled, given nonsense."""

import asyncio
import json
import os
import signal
import subprocess
import sys

import pytest

from omnibound.domain.errors import Unavailable
from omnibound.voice.speech.espeak import Workers
from omnibound.voice.speech.espeak_worker import HEAD, LENGTH
from omnibound.voice.speech.sounds import Sound
from tests.voice.speech.conftest import PL, Make, alike

pytestmark = pytest.mark.anyio
SETTINGS = {"rate": 165, "pitch": 50, "volume": 100}


def request(ssml: str = "<speak>raz dwa trzy</speak>", *voices: str) -> bytes:
    told = {"ssml": ssml, "voices": list(voices or ("pl",)), "settings": SETTINGS, "longest_s": 60}
    return json.dumps(told).encode()


async def pid_of(workers: Workers) -> int:
    """The process of the one that is idle."""
    worker = await workers._idle.get()
    assert worker
    workers._idle.put_nowait(worker)
    return worker.pid


async def spoken(workers: Workers, *given: str) -> Sound:
    return await workers.speak(request(*given))


async def test_a_worker_that_was_killed_is_replaced(booth: Make) -> None:
    workers: Workers = booth(workers=1).workers
    before = await spoken(workers)
    os.kill(await pid_of(workers), signal.SIGKILL)
    after = await spoken(workers)
    assert alike(before.samples, after.samples)
    assert workers.started == 2


async def test_a_worker_that_is_killed_in_the_middle_is_replaced(booth: Make) -> None:
    workers: Workers = booth(workers=1).workers
    await spoken(workers)
    pid = await pid_of(workers)
    # Stopped, so that the request is in its pipe when it dies.
    os.kill(pid, signal.SIGSTOP)
    asked = asyncio.ensure_future(spoken(workers))
    await asyncio.sleep(0.05)
    assert not asked.done()
    os.kill(pid, signal.SIGKILL)
    assert len((await asked).samples) > 10_000
    assert workers.started == 2


async def test_a_worker_that_does_not_answer_is_given_up(booth: Make) -> None:
    workers: Workers = booth(workers=1, timeout_s=0.5).workers
    await spoken(workers)
    pid = await pid_of(workers)
    os.kill(pid, signal.SIGSTOP)
    with pytest.raises(Unavailable, match=r"did not speak within 0\.5 s"):
        await spoken(workers)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_who_stops_asking_leaves_no_answer_for_the_next(booth: Make) -> None:
    workers: Workers = booth(workers=1).workers
    short = await spoken(workers)
    pid = await pid_of(workers)
    os.kill(pid, signal.SIGSTOP)
    asked = asyncio.ensure_future(spoken(workers, "<speak>coś zupełnie innego i znacznie dłuższego</speak>"))
    await asyncio.sleep(0.05)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    assert alike((await spoken(workers)).samples, short.samples)


async def test_a_worker_that_always_dies_is_not_started_for_ever(booth: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    workers: Workers = booth(workers=1).workers
    with pytest.raises(Unavailable, match="espeak-ng dies of this text"):
        # What is no JSON kills it: nobody else would send such a thing.
        await workers.speak(b"\xff")
    assert workers.started == 2
    assert len((await spoken(workers)).samples) > 10_000
    monkeypatch.setattr(sys, "executable", "/bin/false")
    os.kill(await pid_of(workers), signal.SIGKILL)
    with pytest.raises(Unavailable, match="espeak-ng's process does not start"):
        await spoken(workers)


async def test_a_language_that_it_does_not_speak(booth: Make) -> None:
    made = booth()
    with pytest.raises(Unavailable, match="espeak-ng has no voice zz"):
        await made.hear(str(PL["id"]), ssml='<lang xml:lang="zz">x</lang>')
    assert (await made.hear(str(PL["id"]), ssml='<lang xml:lang="pt-ZZ">um dois</lang>')).size


async def test_marked_text_cannot_leave_its_element(booth: Make) -> None:
    workers: Workers = booth(workers=1).workers
    plain = await spoken(workers, "<speak>a</speak>")
    strange = await spoken(workers, '<speak>a &lt;break time="9s"/&gt; [[x]] \\ {} %s</speak>')
    assert len(strange.samples) / strange.rate < 12
    assert alike((await spoken(workers, "<speak>a</speak>")).samples, plain.samples)


def test_the_worker_imports_nothing_of_ours_and_ends_with_its_input() -> None:
    code = (
        "import sys, runpy\n"
        "runpy.run_module('omnibound.voice.speech.espeak_worker', run_name='__main__', alter_sys=True)\n"
        "print(sorted({name.partition('.')[0] for name in sys.modules} & {'numpy', 'msgspec', 'soundfile', 'jinja2'}),"
        " file=sys.stderr)\n"
    )
    sent = request()
    ran = subprocess.run(
        [sys.executable, "-c", code], input=LENGTH.pack(len(sent)) + sent, capture_output=True, check=True, timeout=30
    )
    assert ran.stderr == b"[]\n"
    kind, length = HEAD.unpack_from(ran.stdout)
    hello = json.loads(ran.stdout[HEAD.size : HEAD.size + length])
    assert (kind, hello["rate"]) == (b"h", 22050)
    kind, octets = HEAD.unpack_from(ran.stdout, HEAD.size + length)
    assert (kind, len(ran.stdout)) == (b"a", 2 * HEAD.size + length + octets)
