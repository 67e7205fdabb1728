"""What `omnibound doctor` looks at of the data folder and the database."""

import asyncio
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median
from tempfile import NamedTemporaryFile
from typing import Final

from omnibound.cli.findings import Advice, Found
from omnibound.config import Config
from omnibound.store.errors import StoreError
from omnibound.store.opened import database_version, in_postgres
from omnibound.store.postgres_looking import Setup, setup_of

GIGA: Final = 1_000_000_000
LITTLE_ROOM: Final = 5 * GIGA
NO_ROOM: Final = GIGA // 2
SYNCS: Final = 20
SLOW_SYNC_S: Final = 0.02
SKEW_S: Final = 2.0
OLDEST: Final = 140_000
"""PostgreSQL 14, as `server_version_num` has it."""
OURS: Final = 12
"""Connections of one server: a pool of eight, the writer, the listener, and two for commands."""
_COMMITS: Final = "every request waits for a commit, and a commit for the disk"
WANTED: Final[Mapping[str, tuple[tuple[str, ...], bool | None, str]]] = {
    "synchronous_commit": (
        ("on", "remote_apply", "remote_write", "local"), False, "what was promised may be lost when the server dies",
    ),
    "fsync": (("on",), False, "the whole database may be lost with the power"),
    "full_page_writes": (("on",), None, "a page that was half written when the power went is broken"),
    "autovacuum": (("on",), False, "tables grow with every change, and become slow"),
}  # fmt: skip
"""What a setting may be, how bad it is otherwise, and why."""


def data_folder(config: Config) -> Iterator[Found]:
    """Whether it can be written, has room, and how fast the disk is."""
    folder = Path(config.data)
    there = next(each for each in (folder.absolute(), *folder.absolute().parents) if each.exists())
    well = there.is_dir() and os.access(there, os.W_OK | os.X_OK)
    do = "" if well else f"give it to the user that serves: chown, or --data with another one ({there} is in the way)"
    why = "the database, keys, recordings and the telephone's journal are kept there"
    yield Advice(well, f"data folder {folder} {'can' if well else 'cannot'} be written", why, do)
    if well:
        yield room(shutil.disk_usage(there).free)
        yield sync_speed(there)


def room(free: int) -> Advice:
    """Whether a disk has room; `free` in octets."""
    words = f"the disk of the data folder has {free / GIGA:.1f} GB free"
    why = "where it is full nothing more is taken (503): a message needs 0.2 to 1 kB"
    do = "a larger disk, or shorter [retention]"
    return Advice(False if free < NO_ROOM else None if free < LITTLE_ROOM else True, words, why, do)


def sync_speed(folder: Path) -> Advice:
    """How long the disk takes to have something for certain."""
    with NamedTemporaryFile(dir=folder, prefix=".omnibound-doctor-") as file:
        took = median([_synced(file.fileno()) for _ in range(SYNCS)])
    do = "an SSD of this machine's own; no network file system; on PostgreSQL the disk that it writes its log to"
    return Advice(
        None if took > SLOW_SYNC_S else True, f"a write is safe on the disk after {took * 1000:.1f} ms", _COMMITS, do
    )


def _synced(number: int) -> float:
    began = time.perf_counter()
    os.write(number, b"x" * 4096)
    os.fsync(number)
    return time.perf_counter() - began


def database(config: Config) -> Iterator[Found]:
    """Its migrations; of a PostgreSQL its version, settings and clock as well."""
    try:
        at, newest = asyncio.run(database_version(Path(config.data), config.database))
        setup = asyncio.run(setup_of(config.database)) if in_postgres(config.database) else None
    except StoreError as error:
        do = "look at [database] in the configuration, and whether it runs: psql with the same URL"
        yield Advice(False, f"database: {error}", "without it nothing is taken", do)
        return
    words = "will be made at the first start" if at == 0 else f"is at migration {at}, this version knows {newest}"
    do = "use the version of Omnibound that was here last, or a newer one; `omnibound restore` has what was before"
    yield Advice(at <= newest, f"database {words}", "an older version would misread what a newer one wrote", do)
    if setup:
        yield from of_postgres(setup, time.time_ns() // 1000)


def of_postgres(setup: Setup, now: int) -> Iterator[Found]:
    """Its version, settings and clock. `now` in microseconds UTC."""
    version = f"PostgreSQL {setup.version // 10_000}.{setup.version % 10_000}"
    yield Advice(setup.version >= OLDEST, version, "we use what 14 has brought", "upgrade it to 14 or newer")
    for name, (allowed, bad, why) in WANTED.items():
        value = setup.settings[name]
        well = True if value in allowed else bad
        yield Advice(
            well,
            f"PostgreSQL: {name} = {value}",
            why,
            f"ALTER SYSTEM SET {name} = '{allowed[0]}', then SELECT pg_reload_conf()",
        )
    most = int(setup.settings["max_connections"])
    free = most - setup.connections
    yield Advice(
        True if free >= OURS else None, f"PostgreSQL: {free} of {most} connections are free",
        f"a server needs {OURS}, each further node as many", "raise max_connections, and restart PostgreSQL",
    )  # fmt: skip
    do = "GRANT CREATE ON SCHEMA public TO the role in the URL"
    yield Advice(
        setup.creates, f"PostgreSQL: our role {'may' if setup.creates else 'may not'} make tables", "migrations do", do
    )
    skew = (setup.now - now) / 1_000_000
    yield Advice(
        True if abs(skew) <= SKEW_S else None, f"PostgreSQL: its clock is {skew:+.1f} s from ours",
        "leases of nodes go by its clock, validities by ours", "let NTP set both clocks",
    )  # fmt: skip
