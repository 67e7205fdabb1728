"""The commands that work on a data folder: account, migrate, serve, demo, doctor."""

import asyncio
import fcntl
import json
import re
import socket
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from omnibound.simulators.sip import SipNetwork, SipSettings
from omnibound.store.opened import FILE
from omnibound.store.queries import migrations
from tests.cli.conftest import Run

NEWEST = migrations()[-1][0]


def of_tomorrow(folder: Path) -> Path:
    """A database of a newer version."""
    folder.mkdir(exist_ok=True)
    with closing(sqlite3.connect(folder / FILE)) as connection:
        connection.execute(f"PRAGMA user_version = {NEWEST + 1}")
    return folder


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "file"
    path.touch(0o755)
    return str(path)


# -- account and migrate -----------------------------------------------------------------------------------------


def test_account_as_text_and_as_json(run: Run) -> None:
    text = run("account", "add", "shop", "--username", "u", "--password", "p w", "--api-key", "k", "--data", "d")
    assert text == (0, "account:   shop\nusername:  u\npassword:  p w\napi_key:   k\n", "")
    told = json.loads(run("account", "add", "other", "--data", "d", "--json").out)
    assert list(told) == ["account", "username", "password", "api_key"]
    assert (told["account"], told["username"]) == ("other", "other")
    assert len(told["password"]) >= 32
    assert re.fullmatch(r"[0-9a-f]{32}-[0-9a-f-]{36}", told["api_key"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["shop"], "exists already: shop"),
        (["third", "--username", "shop"], "exists already"),
        (["third", "--api-key", "k"], "exists already"),
        ([""], "an account needs a name"),
        (["third", "--username", "a:b"], "a user name cannot contain a colon"),
    ],
)
def test_an_account_that_cannot_be(run: Run, words: list[str], said: str) -> None:
    assert run("account", "add", "shop", "--api-key", "k", "--data", "d").status == 0
    ran = run("account", "add", *words, "--data", "d")
    assert (ran.status, ran.out, ran.err.count("\n")) == (1, "", 1)
    assert said in ran.err


def test_the_codes_of_an_accounts_calls(run: Run) -> None:
    assert run("account", "add", "shop", "--voice-codes", "100xx", "--data", "d").status == 0
    told = run("account", "set", "shop", "--voice-codes", "50xx", "--data", "d")
    assert told == (0, "shop: voice codes 50xx\n", "")
    for words, said in (
        (["add", "third", "--voice-codes", "1"], "must be one of 50xx, 100xx"),
        (["set", "shop", "--voice-codes", "1"], "must be one of 50xx, 100xx"),
        (["set", "nobody", "--voice-codes", "50xx"], "no account is named nobody"),
    ):
        ran = run("account", *words, "--data", "d")
        assert (ran.status, ran.out, said in ran.err) == (1, "", True)


def test_migrate_says_from_where_to_where(run: Run) -> None:
    path = Path("d") / FILE
    assert run("migrate", "--data", "d") == (0, f"{path}: from migration 0 to {NEWEST}\n", "")
    assert run("migrate", "--data", "d") == (0, f"{path}: already at migration {NEWEST}\n", "")


COMMANDS = {"migrate": 1, "account add x": 1, "serve --port 0": 2, "demo --once --port 0": 2}
"""Command -> the status with which it says that its data folder will not do."""


@pytest.mark.parametrize("line", COMMANDS)
def test_a_newer_database_is_left_alone(run: Run, tmp_path: Path, line: str) -> None:
    folder = of_tomorrow(tmp_path / "d")
    ran = run(*line.split(), "--data", str(folder))
    assert (ran.status, ran.out) == (COMMANDS[line], "")
    said = f"omnibound: the database is at migration {NEWEST + 1}, this Omnibound knows {NEWEST}: use a newer one"
    assert said in ran.err


@pytest.mark.parametrize("line", COMMANDS)
def test_a_file_is_no_data_folder(run: Run, file: str, line: str) -> None:
    ran = run(*line.split(), "--data", file)
    assert (ran.status, ran.out) == (COMMANDS[line], "")
    assert ran.err.startswith("omnibound: ")
    assert file in ran.err


@pytest.mark.parametrize("line", ["serve --port 0", "demo --once --port 0"])
def test_one_server_a_data_folder(run: Run, tmp_path: Path, line: str) -> None:
    with (tmp_path / "serve.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ran = run(*line.split(), "--data", str(tmp_path))
    assert (ran.status, ran.out) == (2, "")
    assert f"omnibound: another server runs on the data folder {tmp_path}" in ran.err


def test_serve_refuses_a_wrong_connector(run: Run, tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text('[[connectors]]\nname = "a"\nkind = "pigeon"\n')
    ran = run("serve", "--port", "0", "--config", "c.toml", "--data", "d")
    assert (ran.status, ran.out) == (2, "")
    assert "omnibound: there is no kind of connector 'pigeon'; there are: fcm, sip, smpp, smtp" in ran.err


# -- doctor ------------------------------------------------------------------------------------------------------


@pytest.fixture
def carrier() -> Iterator[SipNetwork]:
    """A telephone network that lives in another thread: the command has a loop of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def made() -> SipNetwork:
        return SipNetwork(SipSettings())

    network = asyncio.run_coroutine_threadsafe(made(), loop).result()
    asyncio.run_coroutine_threadsafe(network.start(), loop).result()
    yield network
    asyncio.run_coroutine_threadsafe(network.stop(), loop).result()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def doctor(run: Run, tmp_path: Path, free: int, text: str = "", data: str = "d") -> tuple[int, list[str], list[str]]:
    """Status, what is well, and what is not."""
    (tmp_path / "c.toml").write_text(f"port = {free}\n{text}")
    ran = run("doctor", "--config", "c.toml", "--data", data)
    lines = ran.out.splitlines()
    assert {line[:5] for line in lines} <= {"ok   ", "FAIL ", "look ", "     "}
    assert ran.err == ""
    return ran.status, [x[5:] for x in lines if x[:2] == "ok"], [x[5:] for x in lines if x[:4] == "FAIL"]


def test_doctor_is_content_with_nothing(run: Run, tmp_path: Path, free: int) -> None:
    status, well, wrong = doctor(run, tmp_path, free)
    assert (status, wrong) == (0, [])
    measured = ("Python 3.", "files may be open", "the disk of the data folder", "safe on the disk")
    assert [each for each in well if not any(word in each for word in measured)] == [
        "data folder d can be written",
        "database will be made at the first start",
        "tables of the dialects are understood",
        f"127.0.0.1:{free} is free",
        "no connectors are configured: every message will end as REJECTED_ROUTE_NOT_AVAILABLE",
    ]
    assert not (tmp_path / "d").exists()


def test_doctor_looks_at_the_database(run: Run, tmp_path: Path, free: int) -> None:
    assert run("migrate", "--data", "d").status == 0
    assert f"database is at migration {NEWEST}, this version knows {NEWEST}" in doctor(run, tmp_path, free)[1]
    of_tomorrow(tmp_path / "d")
    status, _, wrong = doctor(run, tmp_path, free)
    assert (status, wrong) == (1, [f"database is at migration {NEWEST + 1}, this version knows {NEWEST}"])


def test_doctor_looks_at_the_folder(run: Run, tmp_path: Path, free: int, file: str) -> None:
    assert doctor(run, tmp_path, free, data="deep/deeper/d")[0] == 0
    assert doctor(run, tmp_path, free, data=file)[::2] == (1, [f"data folder {file} cannot be written"])
    assert doctor(run, tmp_path, free, data=f"{file}/d")[::2] == (1, [f"data folder {file}/d cannot be written"])


def test_doctor_looks_at_the_port(run: Run, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        status, _, wrong = doctor(run, tmp_path, port)
    assert (status, wrong) == (1, [f"127.0.0.1:{port} cannot be listened on: Address already in use"])


SMPP = '[[connectors]]\nname = "{}"\nkind = "smpp"\nhost = "127.0.0.1"\nport = {}\nsystem_id = "u"\n'


def test_doctor_looks_at_the_carriers(run: Run, tmp_path: Path, free: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as carrier:
        there = carrier.getsockname()[1]
        silent = SMPP.format("a", there) + "connect_timeout_s = 0.1\n"
        status, _, wrong = doctor(run, tmp_path, free, silent + SMPP.format("b", free))
    assert status == 1
    mute, missed = wrong
    assert mute.startswith(
        f"connector a: 127.0.0.1:{there} does not answer: it is connected, but does not answer a bind"
    )
    assert missed.startswith(f"connector b: 127.0.0.1:{free} does not answer: ")


SIP = (
    '[[connectors]]\nname = "t"\nkind = "sip"\nhost = "127.0.0.1"\nport = {}\nlines = 1\nrate = 1\n'
    '[voice]\nbind = "127.0.0.1:{}"\nrtp_ports = [33000, 33999]\n'
)


def test_doctor_looks_at_the_trunk(run: Run, tmp_path: Path, free: int, carrier: SipNetwork) -> None:
    status, well, wrong = doctor(run, tmp_path, free, SIP.format(carrier.port, free))
    assert (status, wrong) == (0, [])
    assert well[-4].startswith(f"connector t: 127.0.0.1:{carrier.port} answers OPTIONS with 200 OK after ")
    assert well[-3:] == [
        f"SIP at 127.0.0.1:{free} over UDP is free",
        f"SIP at 127.0.0.1:{free} over TCP is free",
        "RTP ports 33000 to 33999 can be opened",
    ]


def test_doctor_misses_the_trunk(run: Run, tmp_path: Path, free: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        status, _, wrong = doctor(run, tmp_path, free, SIP.format(free, port))
    assert status == 1
    missed, busy = wrong
    assert missed.startswith(f"connector t: 127.0.0.1:{free} ")
    assert busy == f"SIP at 127.0.0.1:{port} over TCP cannot be listened on: Address already in use"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[omni]\ncreate_status = 204", ["configuration: [omni] Invalid enum value 204 - at `$.create_status`"]),
        ("[speed]\nx = 1", ["the configuration knows no table [speed]"]),
        (SMPP.format("a", 1) + "windw = 1", ["connector 'a': Object contains unknown field `windw`"]),
        (
            '[[connectors]]\nname = "a"\nkind = "x"',
            ["there is no kind of connector 'x'; there are: fcm, sip, smpp, smtp"],
        ),
        ('[[connectors]]\nname = "a"\nkind = "fcm"\ncredentials = "none.json"', None),
        (
            '[[connectors]]\nkind = "x"',
            ["connector number 1 has no name", "there is no kind of connector 'x'; there are: fcm, sip, smpp, smtp"],
        ),
    ],
)
def test_doctor_names_what_is_wrong(run: Run, tmp_path: Path, free: int, text: str, words: list[str] | None) -> None:
    status, _, wrong = doctor(run, tmp_path, free, text)
    assert status == 1
    if words is None:
        assert "none.json" in wrong[0]
    else:
        assert wrong == words
