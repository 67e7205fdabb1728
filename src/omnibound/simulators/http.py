"""Simulated HTTP providers, by name, in one web server.

A module of this package is a provider if it defines `PROVIDER` (its name) and `routes(base_url, credentials)`. Each is
found under `/NAME/...`; the first one asked for also at the root.
"""

import asyncio
import contextlib
import importlib
import pkgutil
import socket
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_PACKAGE = "omnibound.simulators"
_DROP = "omnibound.drop"

Routes = Callable[[str, Path | None], list[BaseRoute]]
"""A provider's `routes`: it reads its credentials from the path, or makes them there if there are none yet."""


def providers() -> dict[str, Routes]:
    """Every simulated provider by name."""
    path = importlib.import_module(_PACKAGE).__path__
    modules = [importlib.import_module(f"{_PACKAGE}.{module.name}") for module in pkgutil.iter_modules(path)]
    return {module.PROVIDER: module.routes for module in modules if hasattr(module, "PROVIDER")}


def make_app(names: Sequence[str], base_url: str = "http://localhost", credentials: Path | None = None) -> Starlette:
    """The application that plays these providers. Raises ValueError for a name that there is not, or for none."""
    known = providers()
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        raise ValueError(f"no simulated provider {', '.join(unknown) or '?'}; there are: {', '.join(sorted(known))}")
    # One set of routes a provider, so that both ways to it share what it remembers.
    made = {name: known[name](base_url, credentials) for name in dict.fromkeys(names)}
    mounts: list[BaseRoute] = [Mount(f"/{name}", routes=routes) for name, routes in made.items()]
    return Starlette(routes=[*mounts, *made[names[0]]])


async def drop(request: Request) -> Response:
    """Close the connection of a request without any answer."""
    request.scope[_DROP]()
    await _gone(request)
    return Response()


async def linger(request: Request, seconds: float) -> None:
    """Wait before the answer to a request that has been read, but not for a client that has gone."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(_gone(request), seconds)


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def serve(
    port: int,
    names: Sequence[str],
    *,
    host: str = "127.0.0.1",
    credentials: Path | None = None,
    started: Callable[[str], None] | None = None,
) -> None:
    """Play these providers until SIGINT, SIGTERM or cancellation. `started` is told the base URL once it answers.

    Port 0 takes any free one. Raises OSError if the port is taken, ValueError for a provider that there is not.
    """
    with _listen(host, port) as listener:
        url = _url(listener)
        config = _configure(make_app(names, url, credentials))
        await _Telling(config, lambda: started(url) if started else None).serve([listener])


@contextlib.asynccontextmanager
async def running(
    names: Sequence[str], *, port: int = 0, host: str = "127.0.0.1", credentials: Path | None = None
) -> AsyncGenerator[str]:
    """Play these providers inside this process while the block runs; gives their base URL. Signals are left alone."""
    ready = asyncio.Event()
    with _listen(host, port) as listener:
        url = _url(listener)
        server = _Quiet(_configure(make_app(names, url, credentials)), ready.set)
        task = asyncio.create_task(server.serve([listener]), name="simulated providers")
        try:
            await ready.wait()
            yield url
        finally:
            server.should_exit = True
            await task


class _Telling(uvicorn.Server):
    """A server that says when it answers."""

    def __init__(self, config: uvicorn.Config, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._started = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._started()


class _Quiet(_Telling):
    """A server that does not touch the process's signals."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


class _Droppable(HttpToolsProtocol):
    """Lets a route close its connection without an answer."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        scope: dict[str, Any] = self.scope  # type: ignore[assignment]
        scope[_DROP] = self.transport.close


def _configure(app: Starlette) -> uvicorn.Config:
    return uvicorn.Config(
        app, http=_Droppable, ws="none", lifespan="off", log_config=None, access_log=False, timeout_graceful_shutdown=1
    )


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family, backlog=1024)
    # asyncio does it only for sockets that say they are TCP; without it an answer in two pieces takes 40 ms.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
