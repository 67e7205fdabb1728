"""PostgreSQL's own programs for backups: a dump of one instant, and its way back into an empty database."""

import os
import shutil
import subprocess
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from omnibound.store.errors import StoreError

DUMP = "pg_dump"
RESTORE = "pg_restore"
PACKAGE = "postgresql-client"
_WORDS = {DUMP: ("--format=custom", "--no-owner", "--no-privileges"), RESTORE: ("--exit-on-error", "--no-owner")}
_TAIL = 2_000


def there(program: str) -> bool:
    """Whether it is installed."""
    return shutil.which(program) is not None


def open_url(url: str) -> tuple[str, str]:
    """A database's URL without its password, and the password (empty: none is in it)."""
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    password = unquote(parts.password or "") or dict(query).get("password", "")
    user, _, host = parts.netloc.rpartition("@")
    netloc = f"{user.partition(':')[0]}@{host}" if user else host
    kept = urlencode([(name, value) for name, value in query if name != "password"], safe="/")
    return f"{parts.scheme}://{netloc}{parts.path}{f'?{kept}' if kept else ''}", password


def dump_command(url: str, path: str) -> str:
    """What a person types to dump a database to a file; without its password."""
    return " ".join((DUMP, *_WORDS[DUMP], f"--file={path}", f"--dbname='{open_url(url)[0]}'"))


def dump(url: str, path: Path) -> None:
    """Dump a database as it is at this instant, while others write to it. Raises StoreError."""
    _run(url, DUMP, f"--file={path}")


def undump(url: str, path: Path) -> None:
    """Put a dump into an empty database, all or nothing. Raises StoreError."""
    _run(url, RESTORE, "--single-transaction", str(path))


def _run(url: str, program: str, *words: str) -> None:
    """The password goes by the environment: the words of a process are seen by everybody."""
    if not there(program):
        raise StoreError(f"the program {program} is missing (Debian: {PACKAGE})")
    shown, password = open_url(url)
    environment = {**os.environ, "PGPASSWORD": password} if password else None
    command = (program, *_WORDS[program], f"--dbname={shown}", *words)
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if ran.returncode:
        raise StoreError(f"{program} could not: {ran.stderr.strip()[-_TAIL:]}")
