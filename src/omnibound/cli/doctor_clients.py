"""What `omnibound doctor` looks at of the clients: whether what is told to them arrives."""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from omnibound.bootstrap import opened
from omnibound.cli.findings import Advice, Found
from omnibound.config import Config
from omnibound.reports.guard import Guard
from omnibound.store.errors import StoreError
from omnibound.store.opened import database_version

CONNECT_S: Final = 3.0
MOST: Final = 50
_LOST: Final = "reports for it wait, are tried again for 48 hours, and are given up then"


def webhooks(config: Config) -> Iterator[Found]:
    """Whether the addresses of accounts can be reached. A database that has to be migrated first is let be."""
    try:
        at, newest = asyncio.run(database_version(Path(config.data), config.database))
        if 0 < at == newest:
            yield from asyncio.run(_asked(config))
    except StoreError:
        # Said already, where the database is looked at.
        return


async def _asked(config: Config) -> Sequence[Advice]:
    async with opened(config) as store:
        accounts = [(account.name, account.notify_url) for account in await store.accounts.all()]
    named = [(name, url) for name, url in accounts if url][:MOST]
    guard = Guard(config.security.allow_private)
    return await asyncio.gather(*[reached(name, url, guard) for name, url in named])


async def reached(account: str, url: str, guard: Guard) -> Advice:
    """Whether somebody takes a connection at an account's address; nothing is posted there."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    here = f"account {account}: its address {parts.scheme}://{host}:{port}"
    try:
        async with asyncio.timeout(CONNECT_S):
            found = await asyncio.get_running_loop().getaddrinfo(host, port)
            refused = [each[4][0] for each in found if not guard.allows(str(each[4][0]))]
            if refused:
                do = "if it is meant: [security] allow_private with this address"
                return Advice(False, f"{here} is private ({refused[0]}), and refused", _LOST, do)
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError) as error:
        do = "tell its owner; or `omnibound account change` with another address"
        return Advice(None, f"{here} does not answer: {error or 'time-out'}", _LOST, do)
    writer.close()
    return Advice(True, f"{here} answers")
