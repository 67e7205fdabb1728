"""Voices of a speech service: POST a text, get audio."""

import asyncio
import json

import aiohttp

from omnibound.domain.errors import Unavailable
from omnibound.voice.speech.command import MOST_OCTETS
from omnibound.voice.speech.sounds import Sound, from_file
from omnibound.voice.speech.voices import HttpVoice
from omnibound.wire.ssml import Say, as_ssml, as_text


class Http:
    """A voice; see `engines.Engine`. The address is the operator's own choice, so no network is refused."""

    def __init__(self, voice: HttpVoice, timeout_s: float, longest_s: float) -> None:
        self._voice = voice
        # Without what may be a key.
        self._name = voice.url.partition("?")[0]
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._longest_s = longest_s
        self._session: aiohttp.ClientSession | None = None

    def speaks(self, language: str) -> bool:
        """Only its own."""
        return language.partition("-")[0].lower() == self._voice.language.partition("-")[0].lower()

    async def speak(self, say: Say) -> Sound:
        """Raises Unavailable."""
        headers, body = self._request(say)
        try:
            data = await self._ask(headers, body)
        except TimeoutError as error:
            raise Unavailable(f"{self._name} did not answer within {self._timeout.total:g} s") from error
        except (aiohttp.ClientError, OSError) as error:
            raise Unavailable(f"{self._name} does not answer: {error}") from error
        return await asyncio.to_thread(from_file, data, self._longest_s)

    async def close(self) -> None:
        """Close all connections."""
        if self._session:
            await self._session.close()

    def _request(self, say: Say) -> tuple[dict[str, str], bytes]:
        ssml = self._voice.input == "ssml"
        text = as_ssml(say) if ssml else as_text(say)
        if self._voice.text_field:
            body = json.dumps({**self._voice.fields, self._voice.text_field: text}).encode()
            return {"Content-Type": "application/json", **self._voice.headers}, body
        kind = "application/ssml+xml" if ssml else "text/plain; charset=utf-8"
        return {"Content-Type": kind, "Content-Language": say.language, **self._voice.headers}, text.encode()

    async def _ask(self, headers: dict[str, str], body: bytes) -> bytes:
        self._session = self._session or aiohttp.ClientSession(
            timeout=self._timeout, cookie_jar=aiohttp.DummyCookieJar()
        )
        async with self._session.post(self._voice.url, data=body, headers=headers, allow_redirects=False) as answer:
            data = bytearray()
            async for part in answer.content.iter_chunked(1 << 16):
                data += part
                if len(data) > MOST_OCTETS:
                    raise Unavailable(f"{self._name} gave too much audio")
            if answer.status != 200:
                raise Unavailable(f"{self._name} answered {answer.status}: {data[:100].decode(errors='replace')}")
        return bytes(data)
