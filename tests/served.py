"""The whole app on a port of its own, in a thread: for clients that block, such as schemathesis."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import uvicorn
from hypothesis import HealthCheck, settings

from omnibound.bootstrap import running
from omnibound.cli.serve import web_server
from omnibound.config import Config, SecurityTable
from omnibound.domain.ids import Mint
from omnibound.services.keep_accounts import Accounts

SOME = settings(
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
"""Requests that are the same in every run, and take as long as they take; how many, each test says."""

OPERATORS_KEY = "the operators' own"


class _Served:
    def __init__(self, data: Path, account: dict[str, str]) -> None:
        security = SecurityTable(admin_key=OPERATORS_KEY)
        self._config = Config(data=str(data), port=0, security=security, sections={"omni": {"throttles": False}})
        self._account = account
        self.server: uvicorn.Server | None = None

    async def serve(self) -> None:
        async with running(self._config) as parts:
            await Accounts(parts.store.accounts, Mint(1), lambda: 1).add("Aladdin", **self._account)
            self.server = uvicorn.Server(web_server(self._config, parts).config)
            await self.server.serve()


@contextmanager
def served(data: Path, account: dict[str, str]) -> Iterator[str]:
    """Its address; the account (username, password, api_key) is the only one."""
    served = _Served(data, account)
    thread = Thread(target=asyncio.run, args=(served.serve(),))
    thread.start()
    while thread.is_alive() and not (served.server and served.server.started):
        thread.join(0.01)
    assert served.server is not None
    port = served.server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        served.server.should_exit = True
        thread.join()
