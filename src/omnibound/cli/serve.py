"""`omnibound serve`: the server."""

import asyncio
import contextlib
import gc
import logging
import os
import signal
import sys
from collections.abc import Callable, Generator
from ipaddress import ip_network
from types import FrameType
from typing import Annotated

import typer
import uvicorn

from omnibound import web
from omnibound.api.base import ApiParts
from omnibound.bootstrap import Running, dialect_settings, now_us, running
from omnibound.bootstrap_reload import Reload
from omnibound.bootstrap_watching import watched
from omnibound.cli.loop import run
from omnibound.cli.options import ConfigFile, Data, Database, configured, told
from omnibound.config import Config, read_config
from omnibound.domain.errors import Refused
from omnibound.ports import TakenOver
from omnibound.services.reload import Reload as ReadAnew
from omnibound.services.reload import no_reload
from omnibound.watch.watch import AlertsNow, Watch
from omnibound.wire.log_lines import set_up_log

_log = logging.getLogger("omnibound")


def add(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def serve(
        config: ConfigFile = None,
        data: Data = None,
        host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
        port: Annotated[int | None, typer.Option(help="Port to listen on; 0: any free one.")] = None,
        database: Database = None,
    ) -> None:
        """Run the server until it is told to stop (SIGTERM or Ctrl-C)."""
        settings = configured(config, data=data, host=host, port=port, database=database)
        set_up_log(settings.log_level, settings.log.format)
        flags = {"data": data, "host": host, "port": port, "database": database}
        with told():
            try:
                run(serve_until_stopped(settings, lambda: read_config(config, flags)))
            except TakenOver:
                begin_anew(None)


async def serve_until_stopped(config: Config, read: Callable[[], Config] | None = None) -> None:
    """Serve; SIGTERM and SIGINT drain, SIGHUP reads the configuration anew."""
    async with running(config) as parts, watched(config, parts) as watch:
        parts.membership.over.add_done_callback(begin_anew)
        server = web_server(config, parts, watch, Reload(parts, read) if read else no_reload)
        freeze()
        await server.serve()


def begin_anew(_over: object) -> None:
    """Another node has taken over what we had: nothing of it may be said or written any more, so all of it goes.

    The process stays, with its number; what was not acknowledged to anybody ends with its connections.
    """
    _log.warning("beginning anew as another node")
    logging.shutdown()
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - our own command line


class WebServer(uvicorn.Server):
    """A signal ends the serving and nothing else: uvicorn's own would raise it again, and so kill what still drains."""

    def __init__(self, config: uvicorn.Config, refuse: Callable[[], None], reload: ReadAnew = no_reload) -> None:
        super().__init__(config)
        self._refuse = refuse
        self._reload = reload
        self._reloading: set[asyncio.Task[None]] = set()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """What still comes on open connections is told 503 from now on."""
        self._refuse()
        super().handle_exit(sig, frame)

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        """See uvicorn. The handlers stay: whoever sends SIGTERM twice gets no other end than who sends it once."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        loop.add_signal_handler(signal.SIGHUP, self._hang_up)
        yield

    def _hang_up(self) -> None:
        task = asyncio.get_running_loop().create_task(self._read_anew(), name="reload")
        self._reloading.add(task)
        task.add_done_callback(self._reloading.discard)

    async def _read_anew(self) -> None:
        """What is wrong with it has been logged, and nothing has changed."""
        try:
            await self._reload()
        except Refused as error:
            _log.error("the configuration stays as it is: %s", error)


def web_server(
    config: Config, parts: Running, watch: Watch | None = None, reload: ReadAnew = no_reload
) -> uvicorn.Server:
    """The HTTP server over running parts."""
    api_parts = ApiParts(
        parts.channels, parts.worker.load, parts.worker.receiver.emit, parts.store, now_us, parts.admin_key,
        watch.alerts if watch else AlertsNow, reload,
    )  # fmt: skip
    app = web.make_app(parts.services, dialect_settings(config), api_parts, watch, config.metrics.token)
    proxies = [str(ip_network(each, strict=False)) for each in config.security.trusted_proxies]
    return WebServer(
        uvicorn.Config(
            app, host=config.host, port=config.port, loop="none", http="httptools", lifespan="off", access_log=False,
            log_config=None, timeout_graceful_shutdown=10, server_header=False, proxy_headers=bool(proxies),
            forwarded_allow_ips=proxies,
        ),
        parts.worker.refuse,
        reload,
    )  # fmt: skip


def freeze() -> None:
    """What lives as long as the process need not be looked at by the collector again.

    Nouns hold no cycles and are not tracked: looking for garbage a hundred times less often saved 5 us a message.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
