"""File systems that are really full."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PIECE = 4_096


@contextmanager
def small_disk(folder: Path, size: str = "64k") -> Iterator[None]:
    """A file system of this size at a folder, made for the time being."""
    folder.mkdir(exist_ok=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode:
        # No package brings the right to mount: told in the last lines, but no reason for a check to fail.
        pytest.xfail(f"a file system cannot be mounted here (mount -t tmpfs, as root): {mounted.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def more_room(folder: Path) -> None:
    """8 MB instead."""
    subprocess.run(["mount", "-o", "remount,size=8m", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """A file that leaves no room at all; take it away to have room again."""
    filler = folder / "filler"
    with filler.open("ab", buffering=0) as file:
        try:
            while os.write(file.fileno(), bytes(PIECE)):
                pass
        except OSError:
            return filler
    raise AssertionError("the disk has no end")
