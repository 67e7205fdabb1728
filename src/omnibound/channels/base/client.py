"""The HTTP client of a connector: one session, its time-outs, and what it means when no answer comes."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, NamedTuple

import aiohttp
from msgspec import Meta

from omnibound.channels.base.exchange import Answer, Doubt, NotSent, Request
from omnibound.channels.base.kinds import Common
from omnibound.domain.facts import Failure

_ANSWER_LIMIT = 1 << 20
"""Bytes of an answer that are read; no provider's answer to one message is longer."""
_NOT_WRITTEN = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL)

Headers = dict[str, str]
Authorize = Callable[[], Awaitable[Headers | Failure | NotSent]]
Renew = Callable[[Headers], bool]


class HttpSettings(Common, frozen=True, kw_only=True):
    """What every HTTP connector may set. `timeout_s` is for the answer once the request is written."""

    connect_s: Annotated[float, Meta(gt=0)] = 5.0
    timeout_s: Annotated[float, Meta(gt=0)] = 30.0
    proxy: str = ""
    trace: bool = False


class Exchanged(NamedTuple):
    """An answer, or the verdict where none came; and what was secret in the request."""

    answer: Answer | None
    verdict: Failure | NotSent | Doubt
    secrets: tuple[str, ...] = ()


class Client:
    """Asks a provider. Has to be made in a running loop."""

    def __init__(self, settings: HttpSettings) -> None:
        timeout = aiohttp.ClientTimeout(
            total=settings.connect_s + settings.timeout_s, connect=settings.connect_s, sock_read=settings.timeout_s
        )
        self.session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=settings.window),
            timeout=timeout,
            cookie_jar=aiohttp.DummyCookieJar(),
            proxy=settings.proxy or None,
        )

    async def exchange(self, request: Request, authorize: Authorize, renew: Renew) -> Exchanged:
        """One answer. A 401 is asked once more if `renew` says that there is other access now."""
        secrets: tuple[str, ...] = ()
        try:
            headers = await authorize()
            if not isinstance(headers, dict):
                return Exchanged(None, headers)
            secrets = _secrets(headers)
            answer = await self._ask(request, headers)
            if answer.status == 401 and renew(headers):
                headers = await authorize()
                if isinstance(headers, dict):
                    secrets += _secrets(headers)
                    answer = await self._ask(request, headers)
        except _NOT_WRITTEN as error:
            return Exchanged(None, NotSent(_word(error), down=True), secrets)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            # Without a connection the request cannot have left; with one it may have.
            return Exchanged(None, Doubt(_word(error)), secrets)
        return Exchanged(answer, Doubt(""), secrets)

    async def close(self) -> None:
        """Close all connections."""
        await self.session.close()

    async def _ask(self, request: Request, headers: Headers) -> Answer:
        headers = {"Content-Type": "application/json", **request.headers, **headers}
        async with self.session.request(
            request.method, request.url, data=request.body, headers=headers, allow_redirects=False
        ) as response:
            try:
                body = await response.content.readexactly(_ANSWER_LIMIT)
            except asyncio.IncompleteReadError as whole:
                body = whole.partial
            return Answer(response.status, response.headers, body)


def _secrets(headers: Headers) -> tuple[str, ...]:
    return tuple(value.rpartition(" ")[2] for value in headers.values())


def _word(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".rstrip(": ")
