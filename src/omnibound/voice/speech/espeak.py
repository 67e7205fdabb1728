"""Voices of espeak-ng: a few workers, each a process, restarted when one dies or does not answer."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from typing import cast

from omnibound.domain.errors import Unavailable
from omnibound.voice.speech.espeak_worker import HEAD, LENGTH
from omnibound.voice.speech.processes import end
from omnibound.voice.speech.sounds import Sound, from_pcm
from omnibound.voice.speech.voices import EspeakVoice
from omnibound.wire.ssml import Say, as_ssml
from omnibound.wire.ssml.writing import percent

_MODULE = "omnibound.voice.speech.espeak_worker"
TRIES = 2
"""A text during which this many workers die is not spoken."""
START_S = 10.0


class _Died(Exception):
    """The worker has ended, or is out of step."""


class Worker:
    """One process."""

    def __init__(self, process: Process, rate: int) -> None:
        self._process = process
        self._requests = cast("asyncio.StreamWriter", process.stdin)
        self._answers = cast("asyncio.StreamReader", process.stdout)
        self.rate = rate

    @classmethod
    async def started(cls) -> "Worker":
        """A new one, ready to speak. Raises Unavailable."""
        process = await asyncio.create_subprocess_exec(sys.executable, "-m", _MODULE, stdin=PIPE, stdout=PIPE)
        worker = cls(process, 0)
        try:
            async with asyncio.timeout(START_S):
                kind, data = await worker._read()
        except (_Died, TimeoutError) as error:
            await worker.gone()
            raise Unavailable("espeak-ng's process does not start") from error
        if kind != b"h":
            await worker.gone()
            raise Unavailable(data.decode())
        worker.rate = int(json.loads(data)["rate"])
        return worker

    @property
    def pid(self) -> int:
        """The number of its process."""
        return self._process.pid

    async def ask(self, request: bytes) -> bytes:
        """16-bit samples. Raises Unavailable, or _Died: then it is of no more use."""
        try:
            self._requests.write(LENGTH.pack(len(request)) + request)
            await self._requests.drain()
        except ConnectionError as error:
            raise _Died from error
        kind, data = await self._read()
        if kind != b"a":
            raise Unavailable(data.decode())
        return data

    async def gone(self) -> None:
        """End it and wait for that."""
        self._requests.close()
        await end(self._process)

    async def _read(self) -> tuple[bytes, bytes]:
        try:
            kind, length = HEAD.unpack(await self._answers.readexactly(HEAD.size))
            return kind, await self._answers.readexactly(length)
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise _Died from error


class Workers:
    """So many workers, started when they are needed; whoever comes while all speak waits."""

    def __init__(self, count: int, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._count = count
        self._idle: asyncio.LifoQueue[Worker | None] = asyncio.LifoQueue()
        for _ in range(count):
            self._idle.put_nowait(None)
        self._closed = False
        self.started = 0
        """How many were started so far."""

    async def speak(self, request: bytes) -> Sound:
        """Raises Unavailable."""
        worker = await self._idle.get()
        try:
            if self._closed:
                raise Unavailable("speech has ended")
            for _ in range(TRIES):
                worker = worker or await self._start()
                try:
                    async with asyncio.timeout(self._timeout_s):
                        return from_pcm(await worker.ask(request), worker.rate)
                except _Died:
                    await worker.gone()
                    worker = None
            raise Unavailable("espeak-ng dies of this text")
        except TimeoutError as error:
            worker = await _lost(worker)
            raise Unavailable(f"espeak-ng did not speak within {self._timeout_s:g} s") from error
        except asyncio.CancelledError:
            # Its answer would be taken for that to the next request.
            worker = await _lost(worker)
            raise
        finally:
            self._idle.put_nowait(worker)

    async def close(self) -> None:
        """End all processes, when each has answered."""
        self._closed = True
        for worker in [await self._idle.get() for _ in range(self._count)]:
            if worker:
                await worker.gone()
            self._idle.put_nowait(None)

    async def _start(self) -> Worker:
        self.started += 1
        return await Worker.started()


async def _lost(worker: Worker | None) -> None:
    if worker:
        await worker.gone()


class Espeak:
    """A voice; see `engines.Engine`."""

    def __init__(self, voice: EspeakVoice, workers: Workers, longest_s: float) -> None:
        self._voice = voice
        self._workers = workers
        self._longest_s = longest_s

    def speaks(self, language: str) -> bool:
        """It is only found out by asking."""
        return True

    async def speak(self, say: Say) -> Sound:
        """Raises Unavailable."""
        language = say.language.replace("_", "-").lower()
        variant = f"+{self._voice.variant}" if self._voice.variant else ""
        request = {
            "ssml": as_ssml(say, percent, language=False),
            "voices": [f"{each}{variant}" for each in dict.fromkeys([language, language.partition("-")[0]])],
            "settings": {"rate": self._voice.rate, "pitch": self._voice.pitch, "volume": self._voice.volume},
            "longest_s": self._longest_s,
        }
        return await self._workers.speak(json.dumps(request).encode())
