"""From a voice's settings to what speaks."""

from collections.abc import Mapping
from typing import Protocol

from omnibound.voice.speech.command import Command, piper, rhvoice
from omnibound.voice.speech.espeak import Espeak, Workers
from omnibound.voice.speech.http import Http
from omnibound.voice.speech.sounds import Sound
from omnibound.voice.speech.voices import CommandVoice, EspeakVoice, HttpVoice, PiperVoice, RhvoiceVoice, Voice
from omnibound.wire.ssml import Say


class Engine(Protocol):
    """Speaks as one voice."""

    def speaks(self, language: str) -> bool:
        """Whether it can be asked for words of this language."""
        ...

    async def speak(self, say: Say) -> Sound:
        """The sound of it. Raises Unavailable."""
        ...


class Engines:
    """One for each voice; those of espeak-ng share their workers."""

    def __init__(self, voices: Mapping[str, Voice], workers: int, timeout_s: float, longest_s: float) -> None:
        self._workers = Workers(workers, timeout_s)
        self._timeout_s = timeout_s
        self._longest_s = longest_s
        self._of = {id_: self._made(voice) for id_, voice in voices.items()}

    def of(self, id_: str) -> Engine:
        """A voice's. Raises KeyError."""
        return self._of[id_]

    async def close(self) -> None:
        """End processes and connections."""
        await self._workers.close()
        for engine in self._of.values():
            if isinstance(engine, Http):
                await engine.close()

    def _made(self, voice: Voice) -> Engine:
        match voice:
            case EspeakVoice():
                return Espeak(voice, self._workers, self._longest_s)
            case CommandVoice():
                return Command(voice, self._timeout_s, self._longest_s)
            case PiperVoice():
                return Command(piper(voice), self._timeout_s, self._longest_s)
            case RhvoiceVoice():
                return Command(rhvoice(voice), self._timeout_s, self._longest_s)
            case HttpVoice():
                return Http(voice, self._timeout_s, self._longest_s)
            case _:
                raise TypeError(f"no engine is known for {type(voice).__name__}")
