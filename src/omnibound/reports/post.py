"""One push over HTTP: what the receiver answers, in a word."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from omnibound import __version__
from omnibound.reports.guard import Guard, GuardedResolver, NotAllowed

READ_AT_MOST = 64 * 1024
"""Bytes of an answer that are read, so that its connection can be used again; nobody looks at them."""
READ_S = 1.0
KEPT_S = 30
WHY_LENGTH = 200


class Poster:
    """Posts bodies. Make it in a running loop and close it. It follows no redirect and keeps no cookie."""

    def __init__(self, guard: Guard, timeout_s: float, resolver: AbstractResolver | None = None) -> None:
        self._guard = guard
        guarded = GuardedResolver(guard, resolver or aiohttp.ThreadedResolver())
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, resolver=guarded, keepalive_timeout=KEPT_S),
            timeout=aiohttp.ClientTimeout(total=timeout_s),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": f"Omnibound/{__version__}"},
            auto_decompress=False,
            skip_auto_headers=("Content-Type",),
        )

    async def post(
        self, url: str, headers: Mapping[str, str], body: bytes, method: str = "POST", at_most_s: float | None = None
    ) -> str:
        """Empty if it was accepted (2xx), else why not. No header is added but those that HTTP asks for."""
        usual = self._session.timeout
        timeout = usual if at_most_s is None else aiohttp.ClientTimeout(total=min(at_most_s, usual.total or at_most_s))
        try:
            target = URL(url)
            self._guard.check_literal(target.host or "")
            async with self._session.request(
                method, target, data=body or None, headers=headers, allow_redirects=False, timeout=timeout
            ) as answer:
                await _finish(answer)
                return _judge(answer.status)
        except TimeoutError:
            return "no answer in time"
        except aiohttp.ClientConnectorError as error:
            return _short(error.os_error if isinstance(error.os_error, NotAllowed) else f"no connection: {error}")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return _short(error)

    async def close(self) -> None:
        """Close all connections."""
        await self._session.close()


def _judge(status: int) -> str:
    if 200 <= status < 300:
        return ""
    return f"HTTP {status}, a redirect, is not followed" if 300 <= status < 400 else f"HTTP {status}"


def _short(error: object) -> str:
    return (str(error) or type(error).__name__)[:WHY_LENGTH]


async def _finish(answer: aiohttp.ClientResponse) -> None:
    """Read a short answer to its end; whoever sends a long or slow one is not listened to."""
    if answer.content.at_eof():
        return
    left = READ_AT_MOST
    # The status has come: what is wrong with the rest changes nothing.
    with suppress(aiohttp.ClientError, OSError):
        async with asyncio.timeout(READ_S):
            async for chunk in answer.content.iter_chunked(READ_AT_MOST):
                left -= len(chunk)
                if left < 0:
                    break
    if not answer.content.at_eof():
        answer.close()
