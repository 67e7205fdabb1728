"""What a backup consists of: the database, the files of the data folder, and a list of both that can be checked.

`PATH` is a folder, or one file where it ends in `.tar`, `.tar.gz` or `.tgz`. Nothing has the name before it is whole.
"""

import hashlib
import os
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from omnibound.domain.errors import Invalid

FORMAT = 1
LIST = "backup.json"
SQLITE = "database.sqlite3"
DUMP = "database.pgdump"
FILES = "data"
"""The folder in the backup with the files of the data folder."""


def _plain(path: Path) -> tarfile.TarFile:
    return tarfile.open(path, "w")


def _zipped(path: Path) -> tarfile.TarFile:
    return tarfile.open(path, "w:gz", compresslevel=1)


ARCHIVES = {".tar": _plain, ".tar.gz": _zipped, ".tgz": _zipped}
"""The end of a name -> how such a file is made."""
Engine = Literal["sqlite", "postgresql", "none"]
"""Which database is in it."""


class Piece(Struct, frozen=True, kw_only=True):
    """One file of a backup, by its path in it."""

    name: str
    bytes: Annotated[int, Meta(ge=0)]
    sha256: str


class Contents(Struct, frozen=True, kw_only=True):
    """`backup.json`. All that was acknowledged before `begun_at` (microseconds UTC) is in the backup."""

    format: Literal[1]
    omnibound: str
    database: Engine
    begun_at: int
    pieces: tuple[Piece, ...]


@contextmanager
def new_backup(to: Path) -> Generator[Path]:
    """A folder that becomes the backup at the end, whole and on the disk. Raises Invalid where something is there."""
    if to.exists():
        raise Invalid(f"{to} is there already: a backup takes a new name", "to")
    to.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=f".{to.name}.", dir=to.parent))
    try:
        yield staging
        _finish(staging, to)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def list_pieces(folder: Path) -> tuple[Piece, ...]:
    """Every file below a folder, with what it is checked by."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return tuple(_piece(path, path.relative_to(folder).as_posix()) for path in files)


def write_contents(folder: Path, contents: Contents) -> None:
    """Write the list."""
    (folder / LIST).write_bytes(msgspec.json.format(msgspec.json.encode(contents), indent=2))


@contextmanager
def opened_backup(path: Path) -> Generator[tuple[Contents, Path]]:
    """The list, and a folder with every piece, each checked. Raises Invalid where something lacks or was changed."""
    if not path.exists():
        raise Invalid(f"there is no backup {path}", "from")
    with _folder(path) as folder:
        contents = _contents(folder, path)
        for piece in contents.pieces:
            _check(folder, piece)
        yield contents, folder


@contextmanager
def _folder(path: Path) -> Generator[Path]:
    if path.is_dir():
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="omnibound-restore-") as made:
        try:
            with tarfile.open(path) as archive:
                _unpack(archive, Path(made))
        except (tarfile.TarError, EOFError, OSError) as error:
            raise Invalid(f"{path} is not a whole archive: {error}", "from") from error
        yield Path(made)


def _unpack(archive: tarfile.TarFile, folder: Path) -> None:
    """Plain files within the folder alone, without their owners and modes: an archive may have been made by anybody."""
    for member in archive:
        source = archive.extractfile(member) if member.isreg() and not _leaves(member.name) else None
        if source is not None:
            target = folder / member.name
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("wb") as out:
                shutil.copyfileobj(source, out)


def _leaves(name: str) -> bool:
    """Whether a path leads out of where it is put."""
    place = PurePosixPath(name)
    return place.is_absolute() or ".." in place.parts


def _contents(folder: Path, path: Path) -> Contents:
    try:
        contents = msgspec.json.decode((folder / LIST).read_bytes(), type=Contents)
    except FileNotFoundError as error:
        raise Invalid(f"{path} is no backup of Omnibound: it has no {LIST}", "from") from error
    except msgspec.MsgspecError as error:
        raise Invalid(f"{LIST} of {path} cannot be read: {error}", "from") from error
    for piece in contents.pieces:
        if _leaves(piece.name):
            raise Invalid(f"{path} names a file outside of itself: {piece.name}", "from")
    return contents


def _check(folder: Path, piece: Piece) -> None:
    path = folder / piece.name
    if not path.is_file():
        raise Invalid(f"the backup is not whole: {piece.name} is missing", "from")
    if _piece(path, piece.name) != piece:
        raise Invalid(f"the backup is damaged: {piece.name} is not what was written", "from")


def _piece(path: Path, name: str) -> Piece:
    with path.open("rb") as file:
        return Piece(name=name, bytes=path.stat().st_size, sha256=hashlib.file_digest(file, "sha256").hexdigest())


def _finish(staging: Path, to: Path) -> None:
    packing = next((made for suffix, made in ARCHIVES.items() if to.name.endswith(suffix)), None)
    whole = _packed(staging, packing) if packing else staging
    for path in (*staging.rglob("*"), whole):
        _sync(path)
    whole.rename(to)
    _sync(to.parent)


def _packed(staging: Path, opened: Callable[[Path], tarfile.TarFile]) -> Path:
    packed = staging.with_name(f"{staging.name}.packed")
    packed.touch(mode=0o600, exist_ok=False)
    try:
        with opened(packed) as archive:
            for path in _beside(staging):
                archive.add(path, path.name)
    except BaseException:
        packed.unlink(missing_ok=True)
        raise
    return packed


def _beside(folder: Path) -> Iterator[Path]:
    """The list first: whoever looks into an archive finds it at once."""
    yield folder / LIST
    yield from sorted(path for path in folder.iterdir() if path.name != LIST)


def _sync(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
