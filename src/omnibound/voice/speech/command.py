"""Voices of other programs: Piper, RHVoice, pico, or whatever reads a text and writes audio."""

import asyncio
import os
import signal
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

from omnibound.voice.speech.errors import Unspoken
from omnibound.voice.speech.sounds import Sound, from_file
from omnibound.voice.speech.voices import CommandVoice, PiperVoice, RhvoiceVoice
from omnibound.wire.ssml import Say, as_ssml, as_text

MOST_OCTETS = 64 * 1024 * 1024
"""Of audio that a program may give for one text."""
_WORDS = 200


class Command:
    """A voice; see `engines.Engine`."""

    def __init__(self, voice: CommandVoice, timeout_s: float, longest_s: float) -> None:
        self._voice = voice
        self._timeout_s = timeout_s
        self._longest_s = longest_s

    def speaks(self, language: str) -> bool:
        """Only its own."""
        return language.partition("-")[0].lower() == self._voice.language.partition("-")[0].lower()

    async def speak(self, say: Say) -> Sound:
        """Raises Unspoken."""
        text = as_ssml(say) if self._voice.input == "ssml" else as_text(say)
        with TemporaryDirectory(prefix="omnibound-speech-") as folder:
            out = Path(folder) / "out"
            places = {"{out}": str(out), "{language}": say.language}
            command = [_filled(word, places) for word in self._voice.command]
            said = await self._run(command, text.encode())
            data = await asyncio.to_thread(out.read_bytes) if out.exists() else said
        if len(data) > MOST_OCTETS:
            raise Unspoken(f"{command[0]} gave too much audio")
        return await asyncio.to_thread(from_file, data, self._longest_s)

    async def _run(self, command: list[str], text: bytes) -> bytes:
        try:
            # A session of its own, so that what it starts ends with it.
            process = await asyncio.create_subprocess_exec(
                *command, stdin=PIPE, stdout=PIPE, stderr=PIPE, start_new_session=True
            )
        except OSError as error:
            raise Unspoken(f"{command[0]} cannot be started: {error.strerror}") from error
        try:
            async with asyncio.timeout(self._timeout_s):
                said, words = await _exchange(process, text)
                status = await process.wait()
        except TimeoutError as error:
            raise Unspoken(f"{command[0]} did not speak within {self._timeout_s:g} s") from error
        finally:
            await _end(process)
        if status:
            raise Unspoken(f"{command[0]} ended with {status}: {words.decode(errors='replace').strip()[-_WORDS:]}")
        return said


def _filled(word: str, places: dict[str, str]) -> str:
    for name, value in places.items():
        word = word.replace(name, value)
    return word


async def _exchange(process: Process, text: bytes) -> tuple[bytes, bytes]:
    """Standard output and error: of each no more than is looked at."""
    said, words, _ = await asyncio.gather(
        _read(process.stdout, MOST_OCTETS + 1), _read(process.stderr, 1 << 20), _write(process, text)
    )
    return said, words


async def _write(process: Process, text: bytes) -> None:
    stdin = cast("asyncio.StreamWriter", process.stdin)
    # A program may have read enough before the end.
    with suppress(ConnectionError):
        stdin.write(text)
        await stdin.drain()
    stdin.close()


async def _read(stream: asyncio.StreamReader | None, most: int) -> bytes:
    kept = bytearray()
    while stream and (part := await stream.read(1 << 16)):
        kept += part[: most - len(kept)]
    return bytes(kept)


async def _end(process: Process) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


def piper(voice: PiperVoice) -> CommandVoice:
    """Piper as a command."""
    command = (voice.program, "-m", voice.model, "-f", "{out}")
    return CommandVoice(id=voice.id, engine=voice.engine, language=voice.language, command=command)


def rhvoice(voice: RhvoiceVoice) -> CommandVoice:
    """RHVoice as a command."""
    command = (voice.program, "-p", voice.profile, "-o", "{out}")
    return CommandVoice(id=voice.id, engine=voice.engine, language=voice.language, command=command)
