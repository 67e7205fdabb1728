"""What `omnibound doctor` looks at of this machine, and what in the configuration is allowed but rarely meant."""

import resource
import stat
import sys
from collections.abc import Iterator, Sequence
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Final

from omnibound.channels.base import Common
from omnibound.cli.findings import Advice, Found
from omnibound.config import SECRETS, Config
from omnibound.store.opened import in_postgres

FEW_FILES: Final = 4096
WIDE: Final = 1 << 16
"""More addresses than a private network of an office has."""
KEEPS_LONG_DAYS: Final = 400
_LISTENS_ALL: Final = ("0.0.0.0", "::")  # noqa: S104 - compared with, not listened on


def python(_config: Config) -> Iterator[Found]:
    """Its version."""
    yield sys.version_info >= (3, 11), f"Python {sys.version.split()[0]} (3.11 or newer)"


def files(_config: Config) -> Iterator[Found]:
    """How many may be open."""
    yield file_limit(resource.getrlimit(resource.RLIMIT_NOFILE)[0])


def file_limit(most: int) -> Advice:
    """How many files and sockets a process may have open."""
    well = most >= FEW_FILES or most == resource.RLIM_INFINITY
    why = "each client, bind, push and stream of a call is one; without any left connections are refused"
    do = "LimitNOFILE=65536 in the systemd unit, or `ulimit -n 65536` before `serve`"
    return Advice(True if well else None, f"{most} files may be open", why, do)


def warnings(config: Config, tables: Sequence[Common], path: Path | None) -> Iterator[Found]:
    """What is allowed, and often a slip."""
    yield from _rates(tables)
    yield from _readable(config, path)
    yield from _private(config)
    yield from _kept(config)
    if config.host in _LISTENS_ALL:
        why = "passwords and keys go over the network for everybody to read: this server speaks no TLS itself"
        yield Advice(
            None,
            f"it listens on {config.host}: on every network",
            why,
            'a proxy with TLS before it; host = "127.0.0.1"',
        )


def _rates(tables: Sequence[Common]) -> Iterator[Found]:
    for table in tables:
        if not table.rate:
            words = f"connector {table.name}: rate = 0: as fast as the carrier takes it"
            why = "most contracts have a limit, beyond which the carrier throttles or charges"
            yield Advice(None, words, why, "rate, in messages a second")


def _readable(config: Config, path: Path | None) -> Iterator[Found]:
    """Secrets that other users of the machine can read."""
    keys = [Path(config.data) / "admin.key", Path(config.data) / "node.key"]
    for file in [*([path] if path and holds_secrets(config) else []), *keys]:
        try:
            mode = file.stat().st_mode
        except OSError:
            continue
        if mode & stat.S_IROTH:
            why = "every user of this machine can read the passwords in it"
            yield Advice(None, f"{file} can be read by everybody", why, f"chmod o-rwx {file}")


def holds_secrets(config: Config) -> bool:
    """Whether a configuration has passwords or the like."""
    return bool(config.security.admin_key) or "@" in config.database or any(map(_has_secret, config.connectors))


def _has_secret(table: dict[str, Any]) -> bool:
    return any(value and any(secret in name for secret in SECRETS) for name, value in table.items())


def _private(config: Config) -> Iterator[Found]:
    for text in config.security.allow_private:
        network = ip_network(text, strict=False)
        if network.num_addresses > WIDE and not network.is_loopback:
            why = "clients name the addresses of webhooks and media: so they reach whatever listens in there"
            do = "name the hosts alone, as 10.1.2.3/32"
            yield Advice(None, f"allow_private has {network}: {network.num_addresses} addresses", why, do)


def _kept(config: Config) -> Iterator[Found]:
    keep = config.retention
    longest = max(keep.content_days, keep.delivery_days)
    if longest > KEEPS_LONG_DAYS:
        why = "numbers and texts of people are kept for longer than a year, and the database grows with them"
        yield Advice(
            None, f"[retention] keeps {longest:g} days", why, "content_days and delivery_days as the law wants it"
        )
    if len(config.connectors) and not in_postgres(config.database) and config.engine.backlog > 50_000_000:
        why = "so much in one SQLite file is slow to be cleaned up"
        yield Advice(
            None, f"[engine] backlog = {config.engine.backlog} on SQLite", why, "PostgreSQL, or a smaller backlog"
        )
