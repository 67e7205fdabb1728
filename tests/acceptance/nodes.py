"""Several servers on one PostgreSQL, each with its own data folder; and what stands between one and its database."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qs, urlsplit, urlunsplit

from tests.acceptance.client import Client
from tests.acceptance.processes import run, until
from tests.acceptance.stage import Server, Stage

LEASE_S = 3.0
SHARED_S = 90.0
"""A server that begins anew has to start, wait for its share, and take it over from those that drain it."""


class Nodes:
    """Servers that are told nothing of each other but their database."""

    def __init__(self, stage: Stage, servers: list[Server], key: str) -> None:
        self.stage = stage
        self.servers = servers
        self._key = key

    def client(self, number: int) -> Client:
        """A client of the one account at one of them."""
        server = self.servers[number]
        client = Client(server.url, self._key)
        server.clients.append(client)
        return client

    async def printed(self) -> list[dict[str, Any]]:
        """What `omnibound nodes` prints, on a machine where none of them runs."""
        ran = await run("nodes", "--data", str(self.stage.folder), "--database", self.stage.database, "--json")
        assert ran.status == 0, ran.err
        return ran.json()["nodes"]

    async def told(self, at: int) -> list[dict[str, Any]]:
        """The nodes, as one of them tells."""
        operator = self.servers[at].operator()
        try:
            return (await operator.get("/api/v1/nodes"))["nodes"]
        finally:
            await operator.close()
            self.servers[at].clients.remove(operator)

    async def share(self, *binds: int, at: int = -1, connector: str = "carrier-a") -> list[dict[str, Any]]:
        """Wait until there are so many nodes and each holds so many binds, in any order; the nodes."""

        async def look() -> list[dict[str, Any]] | None:
            told = await self.told(at)
            held = [sum(name.startswith(f"bind:{connector}:") for name in node["holds"]) for node in told]
            return told if sorted(held) == sorted(binds) and all(node["alive"] for node in told) else None

        found = await until(look, f"the nodes hold {binds} binds of {connector}", SHARED_S)
        assert found is not None
        return found


async def nodes(
    stage: Stage,
    count: int,
    *connectors: str,
    tables: dict[str, dict[str, Any]] | None = None,
    databases: Mapping[int, str] = MappingProxyType({}),
    own: Callable[[], dict[str, dict[str, Any]]] = dict,
) -> Nodes:
    """So many servers that are well, and an account with a default scenario by SMS.

    `databases` says by which address some of them, by their numbers, reach the one database. `own` makes tables that
    each has to itself.
    """
    tables = {"nodes": {"lease_s": LEASE_S}, **(tables or {})}
    servers = [
        stage.prepare(*connectors, tables=tables | own(), name=f"node{number}", database=databases.get(number, ""))
        for number in range(count)
    ]
    client = await servers[0].account("acceptance")
    await asyncio.gather(*[server.start() for server in servers])
    await client.scenario()
    return Nodes(stage, servers, client.key)


class Wire:
    """A TCP port in front of a PostgreSQL's socket, which can be cut and mended."""

    def __init__(self, url: str) -> None:
        self._parts = urlsplit(url)
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self._whole = True
        self.url = ""

    async def open(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._pass_on, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        user = self._parts.netloc.rpartition("@")[0]
        self.url = urlunsplit(self._parts._replace(netloc=f"{user}@127.0.0.1:{port}", query=""))

    def cut(self) -> None:
        """Nothing goes through any more."""
        self._whole = False
        for writer in self._writers:
            writer.transport.abort()

    def mend(self) -> None:
        """Whoever connects again gets through."""
        self._whole = True

    async def close(self) -> None:
        """Listen no more."""
        self.cut()
        if self._server:
            self._server.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._whole:
            writer.transport.abort()
            return
        own_reader, own_writer = await self._connect()
        self._writers |= {writer, own_writer}
        await asyncio.gather(_copy(reader, own_writer), _copy(own_reader, writer))
        self._writers -= {writer, own_writer}

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        folder = parse_qs(self._parts.query).get("host", [""])[0]
        if folder.startswith("/"):
            return await asyncio.open_unix_connection(f"{folder}/.s.PGSQL.{self._parts.port or 5432}")
        return await asyncio.open_connection(self._parts.hostname, self._parts.port or 5432)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while octets := await reader.read(1 << 16):
            writer.write(octets)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def wire(url: str) -> AsyncIterator[Wire]:
    """One that is open."""
    opened = Wire(url)
    await opened.open()
    try:
        yield opened
    finally:
        await opened.close()
