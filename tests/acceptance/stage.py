"""A served product with its carriers, set up for one test or for one file of tests."""

import asyncio
import json
import sqlite3
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import aiohttp

from tests import postgres
from tests.acceptance.carriers import Fcm, Smsc
from tests.acceptance.client import Client
from tests.acceptance.processes import START_S, TAIL, Process, free_port, run, until

DATABASE = "omnibound.sqlite3"
LAWLESS = '[law]\nhours = ""\n'
"""At whatever hour it is tested."""
BEHIND = {"touched", "shelves", "search", "search_open"}


class Server:
    """`omnibound serve` on one data folder and one port, however often it is started."""

    def __init__(self, name: str, folder: Path, config: str, database: str = "") -> None:
        self.folder = folder / name
        self.folder.mkdir()
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.config = self.folder / "omnibound.toml"
        self.config.write_text(f"port = {self.port}\n{config}\n{'' if '[law]' in config else LAWLESS}")
        self.database = database
        self.where = ("--database", database) if database else ()
        words = ("--config", str(self.config), "--data", str(self.folder), *self.where)
        self.process = Process(name, folder, ("serve", *words))
        self.clients: list[Client] = []

    async def account(self, name: str, *options: str) -> Client:
        """Open an account by the command line."""
        ran = await run("account", "add", name, "--data", str(self.folder), *self.where, "--json", *options)
        assert ran.status == 0, ran.err
        client = Client(self.url, ran.json()["api_key"])
        self.clients.append(client)
        return client

    async def start(self) -> None:
        """Serve, and wait until it says that it is well."""
        await self.process.start()
        await until(self._healthy, "the server is well", START_S)

    async def _healthy(self) -> dict[str, Any] | None:
        assert self.process.status is None, f"serve has ended with {self.process.status}: {self.process.log()[-TAIL:]}"
        try:
            async with aiohttp.ClientSession() as session, session.get(f"{self.url}/health") as answer:
                return await answer.json() if answer.status == 200 else None
        except aiohttp.ClientError:
            return None

    async def health(self) -> dict[str, Any]:
        """What it says of itself."""
        told = await self._healthy()
        assert told is not None
        return told

    async def kill(self) -> None:
        """kill -9."""
        await self.process.kill()
        await self.let_go()

    async def let_go(self) -> None:
        """Close the clients' connections: the next start has others."""
        for client in self.clients:
            await client.close()

    def operator(self) -> Client:
        """A client with the operators' key."""
        client = Client(self.url, (self.folder / "admin.key").read_text().strip())
        self.clients.append(client)
        return client

    async def connectors(self) -> dict[str, dict[str, Any]]:
        """How the connectors are, by name."""
        operator = self.operator()
        try:
            told = (await operator.get("/api/v1/connectors"))["connectors"]
        finally:
            await operator.close()
            self.clients.remove(operator)
        return {each["name"]: each for each in told}

    async def bound(self, *names: str) -> None:
        """Wait until these connectors are up; all of them if none is named."""

        async def look() -> bool:
            told = await self.connectors()
            return all(told[name]["up"] for name in names or told)

        await until(look, "the connectors are up")

    async def rows(self) -> dict[str, int]:
        """How many rows each table of the database has, but those that are filled a little later by themselves."""
        counts = await postgres.counts(self.database) if self.database else self._counts()
        return {name: count for name, count in counts.items() if name not in BEHIND}

    def _counts(self) -> dict[str, int]:
        with closing(sqlite3.connect(f"file:{self.folder / DATABASE}?mode=ro", uri=True)) as database:
            names = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            return {name: database.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}


class Stage:
    """Starts what a test asks for, and ends it."""

    def __init__(self, folder: Path, database: str = "") -> None:
        self.folder = folder
        self.database = database
        self.servers: list[Server] = []
        self._processes: list[Process] = []
        self._smscs: list[Smsc] = []

    async def smsc(self, name: str = "smsc", **options: Any) -> Smsc:
        """A running carrier for SMS."""
        smsc = Smsc(name, self.folder, options)
        self._smscs.append(smsc)
        await smsc.start()
        return smsc

    async def fcm(self, name: str = "fcm") -> Fcm:
        """A running provider for pushes."""
        fcm = Fcm(name, self.folder)
        self._processes.append(fcm.process)
        await fcm.start()
        return fcm

    def prepare(
        self,
        *connectors: str,
        tables: dict[str, dict[str, Any]] | None = None,
        name: str = "serve",
        database: str = "",
    ) -> Server:
        """A server that is not started yet; on another database than the stage's where one is named."""
        config = "\n".join(['log_level = "info"', *_tables(tables or {}), *connectors])
        server = Server(name, self.folder, config, database or self.database)
        self.servers.append(server)
        self._processes.append(server.process)
        return server

    async def serve(
        self,
        *connectors: str,
        tables: dict[str, dict[str, Any]] | None = None,
        flow: list[dict[str, str]] | None = None,
    ) -> tuple[Server, Client]:
        """A running server whose connectors are up, and a client with a default scenario (if none is given, SMS)."""
        server = self.prepare(*connectors, tables=tables)
        client = await server.account("acceptance")
        await server.start()
        await server.bound()
        await client.scenario(flow)
        return server, client

    async def end(self) -> None:
        """End everything; what the processes wrote is printed, for a test that has failed."""
        for server in self.servers:
            await server.let_go()
        processes = [*self._processes, *(smsc.process for smsc in self._smscs)]
        await asyncio.gather(*[process.kill() for process in processes])
        for process in processes:
            sys.stdout.write(f"--- {process.name} ({process.status}) ---\n{process.log()[-TAIL:]}\n")


def _tables(tables: dict[str, dict[str, Any]]) -> Sequence[str]:
    merged = {"omni": {"throttles": False}, **tables}
    return [
        "\n".join([f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in members.items()), ""])
        for name, members in merged.items()
    ]
