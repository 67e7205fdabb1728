"""`omnibound serve`: the server."""

import asyncio
import contextlib
import gc
import logging
import signal
from collections.abc import Callable, Generator
from types import FrameType
from typing import Annotated

import typer
import uvicorn

from omnibound import web
from omnibound.api.base import ApiParts
from omnibound.bootstrap import Running, dialect_settings, now_us, running
from omnibound.cli.log import set_up_log
from omnibound.cli.loop import run
from omnibound.cli.options import ConfigFile, Data, Database, configured, told
from omnibound.config import Config

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
        set_up_log(settings.log_level)
        with told():
            run(serve_until_stopped(settings))


async def serve_until_stopped(config: Config) -> None:
    """Serve; SIGTERM and SIGINT drain."""
    async with running(config) as parts:
        server = web_server(config, parts)
        freeze()
        await server.serve()


class WebServer(uvicorn.Server):
    """A signal ends the serving and nothing else: uvicorn's own would raise it again, and so kill what still drains."""

    def __init__(self, config: uvicorn.Config, refuse: Callable[[], None]) -> None:
        super().__init__(config)
        self._refuse = refuse

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
        # A terminal that goes, or who hopes to reload so, must not kill what is being sent.
        loop.add_signal_handler(
            signal.SIGHUP, _log.warning, "SIGHUP does nothing yet: restart to read the configuration"
        )
        yield


def web_server(config: Config, parts: Running) -> uvicorn.Server:
    """The HTTP server over running parts."""
    api_parts = ApiParts(
        parts.channels, parts.worker.load, parts.worker.receiver.emit, parts.store, now_us, parts.admin_key
    )
    app = web.make_app(parts.services, dialect_settings(config), api_parts)
    return WebServer(
        uvicorn.Config(
            app, host=config.host, port=config.port, loop="none", http="httptools", lifespan="off", access_log=False,
            log_config=None, proxy_headers=False, timeout_graceful_shutdown=10, server_header=False,
        ),
        parts.worker.refuse,
    )  # fmt: skip


def freeze() -> None:
    """What lives as long as the process need not be looked at by the collector again.

    Nouns hold no cycles and are not tracked: looking for garbage a hundred times less often saved 5 us a message.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
