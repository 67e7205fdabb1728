"""Recordings that SSML names by an address: fetched, converted, kept with what was spoken, remembered for a while."""

import asyncio
import hashlib
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import NamedTuple

import aiohttp
from yarl import URL

from omnibound.domain.errors import Invalid, Unavailable
from omnibound.reports.guard import Guard, GuardedResolver, NotAllowed
from omnibound.voice.media.convert import LOUDNESS_DB, Limits, convert
from omnibound.voice.speech.cache import Cache
from omnibound.voice.speech.once import Once

REMEMBERED_S = 300.0
"""How long an address is not asked again."""
REMEMBERED_AT_MOST = 1_000


class Found(NamedTuple):
    """A recording: its clip, and a name that only this content ever has."""

    path: Path
    name: str


class Fetcher:
    """Fetches recordings from addresses that clients choose: no private network, no redirect, no more than `limits`."""

    def __init__(
        self, cache: Cache, guard: Guard, limits: Limits, timeout_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._cache = cache
        self._guard = guard
        self._limits = limits
        self._timeout_s = timeout_s
        self._clock = clock
        self._known: dict[str, tuple[str, float]] = {}
        self._fetching = Once[Found]()
        self._session: aiohttp.ClientSession | None = None

    async def find(self, url: str) -> Found:
        """Raises Invalid for what is no audio or must not be fetched, Unavailable when nobody answers."""
        name, until = self._known.get(url, ("", 0.0))
        path = self._cache.get(name) if name and self._clock() < until else None
        if path:
            return Found(path, name)
        return await self._fetching.run(url, lambda: self._fetch(url))

    async def close(self) -> None:
        """Wait for what is being fetched and close all connections."""
        await self._fetching.finished()
        if self._session:
            await self._session.close()

    async def _fetch(self, url: str) -> Found:
        data = await self._loaded(url)
        name = "r" + hashlib.sha256(data).hexdigest()[:39]
        path = self._cache.get(name)
        if path is None:
            path = await asyncio.to_thread(self._convert, name, data)
            self._cache.written(name)
        if len(self._known) >= REMEMBERED_AT_MOST:
            self._known.clear()
        self._known[url] = (name, self._clock() + REMEMBERED_S)
        return Found(path, name)

    async def _loaded(self, url: str) -> bytes:
        try:
            target = URL(url)
            self._guard.check_literal(target.host or "")
            return await self._get(target)
        except NotAllowed as error:
            raise Invalid(str(error), "ssml") from error
        except TimeoutError as error:
            raise Unavailable(f"{url[:200]} did not answer within {self._timeout_s:g} s") from error
        except aiohttp.ClientConnectorError as error:
            if isinstance(error.os_error, NotAllowed):
                raise Invalid(str(error.os_error), "ssml") from error
            raise Unavailable(f"{url[:200]} does not answer: {error}") from error
        except (aiohttp.InvalidURL, ValueError) as error:
            raise Invalid(f"{url[:200]} is no address", "ssml") from error
        except (aiohttp.ClientError, OSError) as error:
            raise Unavailable(f"{url[:200]} does not answer: {error}") from error

    async def _get(self, url: URL) -> bytes:
        async with self._client().get(url, allow_redirects=False) as answer:
            if answer.status != 200:
                raise Unavailable(f"{str(url)[:200]} answered {answer.status}")
            data = bytearray()
            async for part in answer.content.iter_chunked(1 << 16):
                data += part
                if len(data) > self._limits.octets:
                    raise Invalid(f"{str(url)[:200]} has more than {self._limits.octets / 1e6:g} MB", "ssml")
        return bytes(data)

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None:
            resolver = GuardedResolver(self._guard, aiohttp.ThreadedResolver())
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(resolver=resolver),
                timeout=aiohttp.ClientTimeout(total=self._timeout_s),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session

    def _convert(self, name: str, data: bytes) -> Path:
        try:
            with NamedTemporaryFile(prefix=".fetched-", dir=self._cache.folder) as file:
                file.write(data)
                file.flush()
                clip = convert(Path(file.name), self._limits, LOUDNESS_DB)
        except OSError as error:
            raise Unavailable(f"the disk does not take a fetched recording: {error.strerror}") from error
        return self._cache.write(name, clip)
