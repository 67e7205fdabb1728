"""`omnibound doctor`: what it asks carriers, the database, the machine and the clients, and what it advises."""

import asyncio
import datetime
import json
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from omnibound.channels.base import Common, read_settings
from omnibound.cli.doctor_carriers import asked_http, certificate, place_of, resolved, skewed
from omnibound.cli.doctor_clients import reached
from omnibound.cli.doctor_machine import file_limit, warnings
from omnibound.cli.doctor_store import of_postgres, room, sync_speed
from omnibound.cli.findings import Advice, Findings, Found
from omnibound.config import Config, RetentionTable, SecurityTable
from omnibound.reports.guard import Guard
from omnibound.simulators.smsc import Smsc, SmscSettings
from omnibound.store.postgres_looking import Setup, setup_of
from tests import postgres
from tests.cli.conftest import Run
from tests.postgres import postgres_server as postgres_server

TABLE = '[[connectors]]\nname = "a"\nkind = "smpp"\nhost = "127.0.0.1"\nport = {}\nsystem_id = "u"\npassword = "p"\n'


@pytest.fixture
def smsc() -> Iterator[Callable[..., Smsc]]:
    """Starts carriers in another thread: the command has a loop of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    started: list[Smsc] = []

    def start(**settings: Any) -> Smsc:
        async def made() -> Smsc:
            smsc = Smsc(SmscSettings(**settings))
            await smsc.start()
            return smsc

        started.append(asyncio.run_coroutine_threadsafe(made(), loop).result())
        return started[-1]

    yield start
    for each in started:
        asyncio.run_coroutine_threadsafe(each.stop(), loop).result()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def look(run: Run, tmp_path: Path, text: str) -> tuple[int, list[dict[str, str]]]:
    """Exit status and findings about connectors."""
    (tmp_path / "c.toml").write_text(f"port = 0\n{text}")
    ran = run("doctor", "--config", "c.toml", "--data", "d", "--json")
    return ran.status, [each for each in json.loads(ran.out)["findings"] if each["words"].startswith("connector")]


def test_a_carrier_takes_the_bind_and_is_given_nothing_to_lose(
    run: Run, tmp_path: Path, smsc: Callable[..., Smsc]
) -> None:
    carrier = smsc(system_id="u", password="p")
    status, found = look(run, tmp_path, TABLE.format(carrier.port) + "rate = 10\n")
    assert (status, [(each["state"], each["words"]) for each in found]) == (
        0,
        [
            ("ok", "connector a: 127.0.0.1 is 127.0.0.1"),
            ("ok", f"connector a: 127.0.0.1:{carrier.port} takes the bind of u"),
        ],
    )
    assert carrier.counts["binds"] == 1


@pytest.mark.parametrize(
    ("settings", "word", "do"),
    [({"password": "other"}, "RINVPASWD", "compare"), ({"system_id": "other"}, "RINVSYSID", "compare")],
)
def test_a_carrier_that_does_not_know_us(
    run: Run, tmp_path: Path, smsc: Callable[..., Smsc], settings: dict[str, str], word: str, do: str
) -> None:
    carrier = smsc(**{"system_id": "u", "password": "p", **settings})
    status, found = look(run, tmp_path, TABLE.format(carrier.port))
    wrong = next(each for each in found if each["state"] == "fail")
    assert status == 1
    assert word in wrong["words"] or "RBINDFAIL" in wrong["words"]
    assert wrong["why"]
    assert wrong["do"]


def test_who_speaks_something_else(run: Run, tmp_path: Path) -> None:
    def answer(listener: socket.socket) -> None:
        peer, _ = listener.accept()
        with peer:
            peer.recv(100)
            peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=answer, args=(listener,))
        thread.start()
        status, found = look(run, tmp_path, TABLE.format(listener.getsockname()[1]))
        thread.join()
    assert status == 1
    assert any("does not speak SMPP" in each["words"] for each in found)


def test_a_host_without_an_address() -> None:
    advice = resolved("a", "no.such.host.invalid", 1)
    assert (advice.well, advice.words[:44]) == (False, "connector a: no.such.host.invalid has no add")
    assert "resolv.conf" in advice.do


def test_where_a_provider_is() -> None:
    smpp = read_settings({"name": "a", "kind": "smpp", "host": "h", "system_id": "u", "port": 7})
    fcm = read_settings(
        {"name": "a", "kind": "fcm", "channel": "PUSH", "credentials": "x", "base_url": "https://f.example"}
    )
    assert (place_of(smpp), place_of(fcm)) == (("h", 7), ("f.example", 443))


def test_a_certificate_that_ends_soon() -> None:
    at = datetime.datetime(2026, 11, 1, tzinfo=datetime.UTC).timestamp()
    found = [certificate("a", f"Nov {day:2} 00:00:00 2026 GMT", at) for day in (30, 10)]
    assert [(each.well, each.words) for each in found] == [
        (True, "connector a: its certificate is good for 29 days"),
        (None, "connector a: its certificate is good for 9 days"),
    ]


def test_a_clock_that_differs() -> None:
    date, at = "Sun, 01 Nov 2026 00:01:00 GMT", datetime.datetime(2026, 11, 1, tzinfo=datetime.UTC).timestamp()
    assert skewed("x answers", date, at)[:2] == (False, "x answers, but its clock is +60 s from ours")
    assert skewed("x answers", date, at + 50)[:2] == skewed("x answers", None)[:2] == (True, "x answers")


def test_an_http_provider_that_is_not_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    advice = asked_http("a", f"http://127.0.0.1:{port}")
    assert (advice.well, "does not answer" in advice.words) == (False, True)


# -- Store and machine -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("free", "well"), [(100_000_000, False), (1_000_000_000, None), (9_000_000_000, True)])
def test_room(free: int, well: bool | None) -> None:
    assert room(free).well is well


def test_a_disk_is_measured_and_left_as_it_was(tmp_path: Path) -> None:
    assert "ms" in sync_speed(tmp_path).words
    assert list(tmp_path.iterdir()) == []


GOOD = {
    "synchronous_commit": "on", "fsync": "on", "full_page_writes": "on", "autovacuum": "on", "max_connections": "100",
}  # fmt: skip


@pytest.mark.parametrize(
    ("version", "settings", "connections", "now", "creates", "bad"),
    [
        (160004, {}, 10, 0, True, {}),
        (130009, {}, 10, 0, True, {"PostgreSQL 13.9": False}),
        (160004, {"synchronous_commit": "off"}, 10, 0, True, {"PostgreSQL: synchronous_commit = off": False}),
        (160004, {"fsync": "off"}, 10, 0, True, {"PostgreSQL: fsync = off": False}),
        (160004, {"full_page_writes": "off"}, 10, 0, True, {"PostgreSQL: full_page_writes = off": None}),
        (160004, {"autovacuum": "off"}, 10, 0, True, {"PostgreSQL: autovacuum = off": False}),
        (160004, {}, 95, 0, True, {"PostgreSQL: 5 of 100 connections are free": None}),
        (160004, {}, 10, 5_000_000, True, {"PostgreSQL: its clock is +5.0 s from ours": None}),
        (160004, {}, 10, 0, False, {"PostgreSQL: our role may not make tables": False}),
    ],
)
def test_postgres(
    version: int, settings: dict[str, str], connections: int, now: int, creates: bool, bad: dict[str, bool | None]
) -> None:
    setup = Setup(version, now, GOOD | settings, connections, creates)
    found = [each for each in of_postgres(setup, 0) if isinstance(each, Advice)]
    assert {each.words: each.well for each in found if not each.well} == bad
    assert all(each.why and each.do for each in found)


@pytest.mark.anyio
async def test_a_real_postgres_is_looked_at(postgres_server: str) -> None:
    setup = await setup_of(await postgres.made(postgres_server, "omnibound_doctor"))
    assert setup.version >= 140_000
    assert setup.creates
    assert set(setup.settings) == set(GOOD)


@pytest.mark.parametrize(("most", "well"), [(1024, None), (65_536, True), (-1, True)])
def test_few_files(most: int, well: bool | None) -> None:
    assert file_limit(most).well is well


def warned(config: Config, tables: list[Common], path: Path | None = None) -> list[str]:
    found: list[Found] = list(warnings(config, tables, path))
    assert all(each[0] is None for each in found)
    return [each[1] for each in found]


def test_what_is_often_a_slip(tmp_path: Path) -> None:
    table = {"name": "a", "kind": "smpp", "host": "h", "system_id": "u", "password": "p"}
    settings = read_settings(table)
    path = tmp_path / "c.toml"
    path.touch(mode=0o644)
    config = Config(
        data=str(tmp_path), host="0.0.0.0", connectors=(table,),
        security=SecurityTable(allow_private=("10.0.0.0/8", "10.1.2.3/32", "127.0.0.0/8")),
        retention=RetentionTable(content_days=500, delivery_days=500),
    )  # fmt: skip
    assert warned(config, [settings], path) == [
        "connector a: rate = 0: as fast as the carrier takes it",
        f"{path} can be read by everybody",
        "allow_private has 10.0.0.0/8: 16777216 addresses",
        "[retention] keeps 500 days",
        "it listens on 0.0.0.0: on every network",
    ]
    path.chmod(0o600)
    quiet = Config(data=str(tmp_path), connectors=({**table, "rate": 5},))
    assert warned(quiet, [read_settings({**table, "rate": 5})], path) == []


def test_a_file_without_secrets_may_be_read(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.touch(mode=0o644)
    assert warned(Config(data=str(tmp_path)), [], path) == []


# -- Clients -----------------------------------------------------------------------------------------------------


@pytest.mark.anyio
async def test_an_address_of_an_account() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/reports?key=secret"
        answers = await reached("acme", url, Guard(("127.0.0.0/8",)))
        private = await reached("acme", url, Guard())
    gone = await reached("acme", url, Guard(("127.0.0.0/8",)))
    assert [each.well for each in (answers, private, gone)] == [True, False, None]
    assert "secret" not in "".join(each.words for each in (answers, private, gone))


def test_accounts_are_asked_only_of_a_database_that_is_up_to_date(run: Run, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        assert run("account", "add", "acme", "--notify-url", url, "--data", "d").status == 0
        (tmp_path / "c.toml").write_text('port = 0\n[security]\nallow_private = ["127.0.0.0/8"]\n')
        ran = run("doctor", "--config", "c.toml", "--data", "d")
    assert f"ok   account acme: its address {url} answers" in ran.out.splitlines()


# -- Telling -----------------------------------------------------------------------------------------------------


def test_advice_is_told_where_something_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    findings = Findings(as_json=False)
    for found in (Advice(True, "a", "b", "c"), Advice(None, "d", "e", "f"), Advice(False, "g", "", "h"), (True, "i")):
        findings.say(found)
    assert capsys.readouterr().out.splitlines() == [
        "ok   a", "look d", "     why: e", "     do:  f", "FAIL g", "     do:  h", "ok   i",
    ]  # fmt: skip
    assert not findings.well


def test_advice_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    findings = Findings(as_json=True)
    findings.say(Advice(None, "d", "e", "f"))
    findings.end()
    assert json.loads(capsys.readouterr().out) == {
        "well": True, "findings": [{"state": "look", "words": "d", "why": "e", "do": "f"}], "call": None,
    }  # fmt: skip
