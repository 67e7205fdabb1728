"""How a PostgreSQL server is set up: for `omnibound doctor`."""

from typing import NamedTuple

from omnibound.store.postgres_driver import connect

ASKED = ("synchronous_commit", "fsync", "full_page_writes", "autovacuum", "max_connections")
"""The settings that matter to us."""


class Setup(NamedTuple):
    """`version` as PostgreSQL counts it (160004), `now` in microseconds UTC, its settings by name.

    `connections`: how many there are already, of whomever. `creates`: whether our role may make tables.
    """

    version: int
    now: int
    settings: dict[str, str]
    connections: int
    creates: bool


async def setup_of(url: str) -> Setup:
    """Look. Raises StoreError where it cannot be reached."""
    connection = await connect(url)
    try:
        version = int(await connection.fetchval("SHOW server_version_num"))
        now = int(await connection.fetchval("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"))
        settings = {name: str(await connection.fetchval(f"SHOW {name}")) for name in ASKED}
        connections = int(await connection.fetchval("SELECT count(*) FROM pg_stat_activity"))
        creates = bool(await connection.fetchval("SELECT has_schema_privilege(current_schema(), 'CREATE')"))
    finally:
        await connection.close()
    return Setup(version, now, settings, connections, creates)
