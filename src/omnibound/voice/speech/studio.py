"""A text and a voice -> a clip, made once however many ask for it."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

from omnibound.domain.errors import Invalid, Unavailable
from omnibound.voice.media.clips import Clip
from omnibound.voice.speech.cache import Cache
from omnibound.voice.speech.engines import Engines
from omnibound.voice.speech.fetching import Fetcher, Found
from omnibound.voice.speech.once import Once
from omnibound.voice.speech.sounds import to_telephone
from omnibound.voice.speech.voices import Voice
from omnibound.wire.rtp import RATE, Law, Samples, decode
from omnibound.wire.ssml import BadSsml, Pause, Piece, Recording, Say, read_ssml, read_text

_MADE_BY = "1"
"""Another number when the same text sounds different with a newer version."""


class Spoken(NamedTuple):
    """Where a clip is, and whether it had to be made."""

    path: Path
    made: bool


Find = Callable[[str], Awaitable[Found | None]]
"""The recording that an `audio` element names, None if there is none."""

_ADDRESSES = ("http://", "https://")


async def no_recordings(_source: str) -> Found | None:
    """Where nothing was recorded."""
    return None


class Studio:
    """All voices, and what they have said. `longest_s`: seconds that one text may take."""

    def __init__(
        self, voices: Mapping[str, Voice], engines: Engines, cache: Cache, fetcher: Fetcher, longest_s: float
    ) -> None:
        self._voices = voices
        self._engines = engines
        self._cache = cache
        self._fetcher = fetcher
        self._longest_s = longest_s
        self._making = Once[Path]()

    async def render(
        self, voice: str, text: str = "", ssml: str = "", find: Find = no_recordings, language: str = ""
    ) -> Spoken:
        """The clip of a text, or of SSML if there is any; made only if it never was, or was dropped.

        An empty `voice` is the first that is configured, an empty `language` the voice's. Raises Invalid for a text
        that cannot be said and for a voice that is not there, Unavailable when the voice fails.
        """
        voice = self._chosen(voice)
        pieces = await self._found(self._read(voice, text, ssml, language), find)
        key = self._key(voice, pieces)
        path = self._cache.get(key)
        if path:
            return Spoken(path, made=False)
        return Spoken(await self._making.run(key, lambda: self._make(key, voice, pieces)), made=True)

    def check(self, voice: str, text: str = "", ssml: str = "") -> None:
        """Raises Invalid for what could never be rendered; nothing is spoken."""
        self._read(self._chosen(voice), text, ssml)

    async def close(self) -> None:
        """Wait for what is being made and end the engines."""
        await self._making.finished()
        await self._fetcher.close()
        await self._engines.close()

    def _chosen(self, voice: str) -> str:
        chosen = voice or next(iter(self._voices), "")
        if not chosen:
            raise Invalid("no voice is configured", "voice")
        if chosen not in self._voices:
            raise Invalid(f"no voice has the id {voice}", "voice")
        return chosen

    def _read(self, voice: str, text: str, ssml: str, language: str = "") -> list[Piece]:
        language = language or self._voices[voice].language
        field = "ssml" if ssml else "text"
        try:
            languages = {id_: each.language for id_, each in self._voices.items()}
            pieces = read_ssml(ssml, language, languages) if ssml else read_text(text, language)
        except BadSsml as error:
            raise Invalid(str(error), field) from error
        if not pieces:
            raise Invalid("there is nothing to say", field)
        silence_s = sum(piece.ms for piece in pieces if isinstance(piece, Pause)) / 1000
        if silence_s > self._longest_s:
            raise Invalid(f"it takes longer than {self._longest_s:g} seconds", field)
        return pieces

    async def _found(self, pieces: Sequence[Piece], find: Find) -> list["Say | Pause | Found"]:
        found: list[Say | Pause | Found] = []
        for piece in pieces:
            if not isinstance(piece, Recording):
                found.append(piece)
                continue
            recording = await self._recording(piece, find)
            found += [recording] if recording else await self._found(piece.instead, find)
        return found

    async def _recording(self, piece: Recording, find: Find) -> Found | None:
        try:
            fetched = piece.source.lower().startswith(_ADDRESSES)
            recording = await (self._fetcher.find(piece.source) if fetched else find(piece.source))
        except Unavailable:
            if not piece.instead:
                raise
            return None
        if recording is None and not piece.instead:
            raise Invalid(f"there is no recording {piece.source[:200]}", "ssml")
        return recording

    def _key(self, voice: str, pieces: Sequence["Say | Pause | Found"]) -> str:
        told = [
            [_type(piece), piece.name if isinstance(piece, Found) else piece, self._voices[self._cast(voice, piece)]]
            for piece in pieces
        ]
        return hashlib.sha256(msgspec.json.encode([_MADE_BY, told])).hexdigest()[:40]

    def _cast(self, voice: str, piece: "Say | Pause | Found") -> str:
        """Who says it: the voice that is named, unless it does not speak the language and another one does."""
        if not isinstance(piece, Say):
            return voice
        named = piece.voice or voice
        if self._engines.of(named).speaks(piece.language):
            return named
        others = (id_ for id_, each in self._voices.items() if _alike(each.language, piece.language))
        return next(others, named)

    async def _make(self, key: str, voice: str, pieces: Sequence["Say | Pause | Found"]) -> Path:
        samples = await asyncio.gather(*[self._heard(voice, piece) for piece in pieces])
        seconds = sum(len(each) for each in samples) / RATE
        if seconds > self._longest_s:
            raise Invalid(f"it takes {seconds:.0f} seconds to say; {self._longest_s:g} are allowed")
        if not seconds:
            raise Invalid("there is nothing in it that can be heard")
        path = await asyncio.to_thread(self._write, key, samples)
        self._cache.written(key)
        return path

    def _write(self, key: str, samples: Sequence[Samples]) -> Path:
        return self._cache.write(key, Clip.of(np.concatenate(samples)))

    async def _heard(self, voice: str, piece: "Say | Pause | Found") -> Samples:
        match piece:
            case Pause(ms):
                return np.zeros(RATE * ms // 1000, np.int16)
            case Found(path):
                return await asyncio.to_thread(_loaded, path)
            case _:
                sound = await self._engines.of(self._cast(voice, piece)).speak(piece)
                return await asyncio.to_thread(to_telephone, sound)


def _loaded(path: Path) -> Samples:
    return decode(Clip.load(path).octets[Law.MU], Law.MU)


def _type(piece: object) -> str:
    return type(piece).__name__


def _alike(one: str, other: str) -> bool:
    return one.replace("_", "-").partition("-")[0].lower() == other.replace("_", "-").partition("-")[0].lower()
