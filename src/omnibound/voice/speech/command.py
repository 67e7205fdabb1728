"""Voices of other programs: Piper, RHVoice, pico, or whatever reads a text and writes audio."""

import asyncio
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

from omnibound.domain.errors import Unavailable
from omnibound.voice.speech.processes import end
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
        """Raises Unavailable."""
        text = as_ssml(say) if self._voice.input == "ssml" else as_text(say)
        with TemporaryDirectory(prefix="omnibound-speech-") as folder:
            out = Path(folder) / "out.wav"
            places = {"{out}": str(out), "{language}": say.language}
            command = [_filled(word, places) for word in self._voice.command]
            said = await self._run(command, text.encode())
            if out.exists() and out.stat().st_size > MOST_OCTETS:
                raise Unavailable("the program gives too much audio")
            data = await asyncio.to_thread(out.read_bytes) if out.exists() else said
        return await asyncio.to_thread(from_file, data, self._longest_s)

    async def _run(self, command: list[str], text: bytes) -> bytes:
        try:
            # A session of its own, so that what it starts ends with it.
            process = await asyncio.create_subprocess_exec(
                *command, stdin=PIPE, stdout=PIPE, stderr=PIPE, start_new_session=True
            )
        except OSError as error:
            raise Unavailable(f"{command[0]} cannot be started: {error.strerror}") from error
        try:
            async with asyncio.timeout(self._timeout_s):
                said, words = await _exchange(process, text)
                status = await process.wait()
        except TimeoutError as error:
            raise Unavailable(f"{command[0]} did not speak within {self._timeout_s:g} s") from error
        finally:
            await end(process, group=True)
        if status:
            told = words.decode(errors="replace").strip()[-_WORDS:]
            raise Unavailable(f"{command[0]} ended with {status}" + (f": {told}" if told else ""))
        return said


def _filled(word: str, places: dict[str, str]) -> str:
    for name, value in places.items():
        word = word.replace(name, value)
    return word


async def _exchange(process: Process, text: bytes) -> tuple[bytes, bytes]:
    """Standard output and error. Raises Unavailable for too much output; of errors the beginning is enough."""
    saying = asyncio.create_task(_read(process.stdout, MOST_OCTETS, strict=True))
    telling = asyncio.create_task(_read(process.stderr, MOST_OCTETS // 64))
    writing = asyncio.create_task(_write(process, text))
    try:
        return await asyncio.gather(saying, telling)
    finally:
        # Nobody else may read while the end of the process is waited for.
        for each in (saying, telling, writing):
            each.cancel()
        await asyncio.wait((saying, telling, writing))


async def _write(process: Process, text: bytes) -> None:
    stdin = cast("asyncio.StreamWriter", process.stdin)
    # A program may have read enough before the end.
    with suppress(ConnectionError):
        stdin.write(text)
        await stdin.drain()
    stdin.close()


async def _read(stream: asyncio.StreamReader | None, most: int, *, strict: bool = False) -> bytes:
    kept = bytearray()
    while stream and (part := await stream.read(1 << 16)):
        kept += part[: most - len(kept)]
        if strict and len(kept) == most:
            raise Unavailable("the program gives too much audio")
    return bytes(kept)


def piper(voice: PiperVoice) -> CommandVoice:
    """Piper as a command."""
    command = (voice.program, "-m", voice.model, "-f", "{out}")
    return CommandVoice(id=voice.id, engine=voice.engine, language=voice.language, command=command)


def rhvoice(voice: RhvoiceVoice) -> CommandVoice:
    """RHVoice as a command."""
    command = (voice.program, "-p", voice.profile, "-o", "{out}")
    return CommandVoice(id=voice.id, engine=voice.engine, language=voice.language, command=command)
