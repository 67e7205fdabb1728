"""`omnibound backup` and `restore`: what goes in comes back, nothing is overwritten, and damage is told in time."""

import json
import os
import stat
import tarfile
from pathlib import Path
from typing import Any

import pytest

from omnibound.cli import backup as command
from omnibound.store import copying, dumping
from omnibound.store.queries import migrations
from tests.cli.conftest import Run

NEWEST = migrations()[-1][0]
POSTGRES = "postgresql://me:secret@127.0.0.1:1/omni"


@pytest.fixture
def data(run: Run, tmp_path: Path) -> Path:
    """A data folder as a server leaves it."""
    folder = tmp_path / "data"
    assert run("account", "add", "shop", "--data", str(folder)).status == 0
    (folder / "admin.key").write_text("secret\n")
    (folder / "announcements").mkdir()
    (folder / "announcements" / "a.clip").write_bytes(b"sound")
    (folder / "keys").mkdir()
    (folder / "keys" / "mail.pem").write_text("key")
    for left in ("serve.lock", "voice-0.calls", "speech"):
        (folder / left).mkdir() if left == "speech" else (folder / left).touch()
    (folder / "speech" / "spoken.clip").write_bytes(b"said")
    return folder


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def accounts(run: Run, data: Path) -> Any:
    """Whether the account is there: its name is taken."""
    return run("account", "add", "shop", "--data", str(data)).status != 0


@pytest.mark.parametrize("name", ["backup", "backup.tar", "backup.tar.gz", "backup.tgz"])
def test_there_and_back(run: Run, data: Path, tmp_path: Path, name: str) -> None:
    made, back = tmp_path / "kept" / name, tmp_path / "back"
    assert run("backup", "--to", str(made), "--data", str(data)).status == 0
    assert [path.name for path in made.parent.iterdir()] == [name]
    assert stat.S_IMODE(made.stat().st_mode) in (0o700, 0o600)
    ran = run("restore", "--from", str(made), "--data", str(back))
    assert (ran.status, ran.out) == (
        0, f"{back}/omnibound.sqlite3 is back, at migration {NEWEST}; serve from {back}\n",
    )  # fmt: skip
    assert files(back) == ["admin.key", "announcements/a.clip", "keys/mail.pem", "omnibound.sqlite3", "serve.lock"]
    assert (back / "announcements" / "a.clip").read_bytes() == b"sound"
    assert accounts(run, back)


def test_as_json(run: Run, data: Path, tmp_path: Path) -> None:
    told = json.loads(run("backup", "--to", str(tmp_path / "made"), "--data", str(data), "--json").out)
    contents = json.loads((tmp_path / "made" / "backup.json").read_text())
    assert told["begun_at"] == contents["begun_at"]
    assert (told["database"], told["files"]) == ("sqlite", len(contents["pieces"]))
    assert [piece["name"] for piece in contents["pieces"]] == [
        "data/admin.key", "data/announcements/a.clip", "data/keys/mail.pem", "database.sqlite3",
    ]  # fmt: skip


def test_the_list_comes_first_in_an_archive(run: Run, data: Path, tmp_path: Path) -> None:
    run("backup", "--to", str(tmp_path / "made.tar"), "--data", str(data))
    with tarfile.open(tmp_path / "made.tar") as archive:
        assert archive.getnames()[0] == "backup.json"


def test_a_file_that_comes_while_rows_are_copied(
    run: Run, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def copy(source: Path, target: Path) -> int:
        (data / "announcements" / "a.clip").unlink()
        (data / "announcements" / "new.clip").write_bytes(b"new")
        (data / "admin.key").write_text("made just now\n")
        return copying.copy_database(source, target)

    monkeypatch.setattr(command, "copy_database", copy)
    assert run("backup", "--to", str(tmp_path / "made"), "--data", str(data)).status == 0
    assert files(tmp_path / "made" / "data") == [
        "admin.key", "announcements/a.clip", "announcements/new.clip", "keys/mail.pem",
    ]  # fmt: skip
    assert (tmp_path / "made" / "data" / "admin.key").read_text() == "made just now\n"


def test_nothing_is_left_of_one_that_fails(
    run: Run, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def copy(_source: Path, _target: Path) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(command, "copy_database", copy)
    before = sorted(tmp_path.iterdir())
    ran = run("backup", "--to", str(tmp_path / "made.tar"), "--data", str(data))
    assert (ran.status, ran.err) == (1, "omnibound: [Errno 28] No space left on device\n")
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("to", "folder", "words"),
    [
        ("there", "data", "is there already"),
        ("data/backup", "data", "is within the data folder"),
        ("made", "nowhere", "there is no data folder"),
        ("made", "there", "there is no database"),
    ],
)
def test_what_is_not_backed_up(run: Run, data: Path, tmp_path: Path, to: str, folder: str, words: str) -> None:
    (tmp_path / "there").mkdir()
    before = files(tmp_path)
    ran = run("backup", "--to", str(tmp_path / to), "--data", str(tmp_path / folder))
    assert ran.status == 1
    assert words in ran.err
    assert files(tmp_path) == before


def test_a_folder_that_is_used_is_not_overwritten(run: Run, data: Path, tmp_path: Path) -> None:
    run("backup", "--to", str(tmp_path / "made"), "--data", str(data))
    before = files(data)
    ran = run("restore", "--from", str(tmp_path / "made"), "--data", str(data))
    assert (ran.status, ran.err) == (
        1, f"omnibound: the data folder {data} is not empty (admin.key): nothing is overwritten\n",
    )  # fmt: skip
    assert files(data) == before


def change(made: Path, name: str, value: object) -> None:
    contents = json.loads((made / "backup.json").read_text())
    (made / "backup.json").write_text(json.dumps({**contents, name: value}))


def spoil(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


OUTSIDE = [{"name": "../data/admin.key", "bytes": 7, "sha256": ""}]
DAMAGES: dict[str, tuple[Any, str]] = {
    "a database that was changed": (lambda made: spoil(made / "database.sqlite3"), "database.sqlite3 is not what was"),
    "a key that was changed": (lambda made: spoil(made / "data" / "admin.key"), "data/admin.key is not what was"),
    "a file that lacks": (lambda made: (made / "data" / "admin.key").unlink(), "data/admin.key is missing"),
    "no list": (lambda made: (made / "backup.json").unlink(), "is no backup of Omnibound"),
    "a list that is none": (lambda made: (made / "backup.json").write_text("{"), "backup.json of"),
    "a form of later": (lambda made: change(made, "format", 2), "Invalid enum value 2"),
    "a file outside": (lambda made: change(made, "pieces", OUTSIDE), "names a file outside of itself"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_backup_is_not_restored(run: Run, data: Path, tmp_path: Path, damage: str) -> None:
    run("backup", "--to", str(tmp_path / "made"), "--data", str(data))
    spoiled, words = DAMAGES[damage]
    spoiled(tmp_path / "made")
    ran = run("restore", "--from", str(tmp_path / "made"), "--data", str(tmp_path / "back"))
    assert ran.status == 1
    assert words in ran.err
    assert not (tmp_path / "back").exists()


def test_half_an_archive(run: Run, data: Path, tmp_path: Path) -> None:
    made = tmp_path / "made.tar.gz"
    run("backup", "--to", str(made), "--data", str(data))
    made.write_bytes(made.read_bytes()[:-100])
    ran = run("restore", "--from", str(made), "--data", str(tmp_path / "back"))
    assert ran.status == 1
    assert "is not a whole archive" in ran.err
    assert run("restore", "--from", str(tmp_path / "none"), "--data", str(tmp_path / "back")).status == 1


def test_an_archive_writes_nowhere_else(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with tarfile.open(tmp_path / "made.tar", "w") as archive:
        for name in ("../outside", str(tmp_path / "absolute"), "backup.json/../../above"):
            archive.add(tmp_path / "file", name)
        link = tarfile.TarInfo("backup.json")
        link.type, link.linkname = tarfile.SYMTYPE, str(tmp_path / "file")
        archive.addfile(link)
    ran = run("restore", "--from", str(tmp_path / "made.tar"), "--data", str(tmp_path / "back"))
    assert (ran.status, "is no backup of Omnibound" in ran.err) == (1, True)
    assert files(tmp_path) == ["file", "made.tar"]


def test_what_sqlite_finds_is_told(run: Run, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Damaged before it was copied: the sums are right."""
    monkeypatch.setattr(command, "copy_database", lambda _, target: target.write_bytes(b"no database"))
    run("backup", "--to", str(tmp_path / "made"), "--data", str(data))
    ran = run("restore", "--from", str(tmp_path / "made"), "--data", str(tmp_path / "back"))
    assert ran.status == 1
    assert "is not a whole database" in ran.err
    assert files(tmp_path / "back") == ["serve.lock"]


# -- PostgreSQL --------------------------------------------------------------------------------------------------


def test_without_pg_dump_the_command_is_told(
    run: Run, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dumping, "there", lambda _: False)
    ran = run("backup", "--to", str(tmp_path / "made"), "--data", str(data), "--database", POSTGRES)
    assert ran.status == 1
    assert "pg_dump is not here (Debian: postgresql-client)" in ran.err
    assert "--file=omnibound.pgdump --dbname='postgresql://me@127.0.0.1:1/omni'" in ran.err
    assert "secret" not in ran.err
    assert not (tmp_path / "made").exists()


def test_the_files_alone(run: Run, data: Path, tmp_path: Path) -> None:
    where = ("--data", str(data), "--database", POSTGRES)
    ran = run("backup", "--to", str(tmp_path / "made"), *where, "--files-only")
    assert ran.status == 0
    assert "The database is NOT in it. Back it up with: pg_dump " in ran.out
    back = run("restore", "--from", str(tmp_path / "made"), "--data", str(tmp_path / "back"))
    assert back.out == f"{tmp_path}/back: the files are back; no database was in the backup\n"
    assert files(tmp_path / "back") == ["admin.key", "announcements/a.clip", "keys/mail.pem", "serve.lock"]


def test_sqlite_is_not_put_into_postgresql_nor_the_reverse(run: Run, data: Path, tmp_path: Path) -> None:
    made, back = tmp_path / "made", tmp_path / "back"
    run("backup", "--to", str(made), "--data", str(data))
    ran = run("restore", "--from", str(made), "--data", str(back), "--database", POSTGRES)
    assert (ran.status, "then `omnibound move` it" in ran.err) == (1, True)
    change(made, "database", "postgresql")
    ran = run("restore", "--from", str(made), "--data", str(back))
    assert (ran.status, "name an empty database with --database" in ran.err) == (1, True)
    assert not back.exists()


def test_a_database_that_is_away(run: Run, data: Path, tmp_path: Path) -> None:
    made, back = tmp_path / "made", tmp_path / "back"
    run("backup", "--to", str(made), "--data", str(data))
    change(made, "database", "postgresql")
    ran = run("restore", "--from", str(made), "--data", str(back), "--database", POSTGRES)
    assert (ran.status, "PostgreSQL cannot be reached" in ran.err, "secret" in ran.err) == (1, True, False)
    assert files(back) == ["serve.lock"]


def test_who_may_not_write(run: Run, data: Path, tmp_path: Path) -> None:
    if os.geteuid() == 0:
        (tmp_path / "file").touch()
        target = tmp_path / "file" / "made"
    else:
        (tmp_path / "closed").mkdir(mode=0o500)
        target = tmp_path / "closed" / "made"
    ran = run("backup", "--to", str(target), "--data", str(data))
    assert (ran.status, ran.err.startswith("omnibound: [Errno ")) == (1, True)
