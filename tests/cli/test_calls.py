"""`omnibound calls`: what it asks of a server, and what it prints of the answers."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Peer, Run

KEY = ("--api-key", "k")
CALL = {
    "id": "c-1", "number": "48600100200", "connector": "trunk-a", "reason": "answered", "talked_ms": 2345,
    "digits": "12#", "agent": "ann", "ended_at": "2026-11-21T12:00:00Z",
}  # fmt: skip


def answers(peer: Peer, told: object, status: int = 200) -> None:
    peer.answer = (status, "application/json", json.dumps(told).encode())


def test_nothing_to_list(run: Run, peer: Peer) -> None:
    answers(peer, {"calls": [], "next": ""})
    assert run("calls", *KEY, "--url", peer.url) == (0, "", "")
    ((target, headers, _),) = peer.asked
    assert (target, headers["authorization"]) == ("GET /api/v1/calls?after=&limit=1000", "App k")


def test_a_line_a_call(run: Run, peer: Peer) -> None:
    peer.answers = [
        (200, "application/json", json.dumps({"calls": [CALL], "next": "n"}).encode()),
        (200, "application/json", json.dumps({"calls": [], "next": "n"}).encode()),
    ]
    ran = run("calls", "--campaign", "winter", "--reason", "answered", *KEY, "--url", peer.url)
    line = "2026-11-21T12:00:00Z\t48600100200\ttrunk-a\tanswered\t2.3 s\t12#\tann\tc-1\n"
    assert ran == (0, line, "")
    assert [target for target, _, _ in peer.asked] == [
        "GET /api/v1/calls?campaign=winter&reason=answered&after=&limit=1000",
        "GET /api/v1/calls?campaign=winter&reason=answered&after=n&limit=1000",
    ]


@pytest.fixture
def warsaw(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This machine's time."""
    monkeypatch.setenv("TZ", "Europe/Warsaw")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("warsaw")
def test_csv_with_all_filters(run: Run, peer: Peer) -> None:
    peer.answer = (200, "text/csv; charset=utf-8", b"id,number\r\n")
    words = (
        "--since", "2026-11-21", "--until", "2026-11-22T10:00:00Z", "--number", "+48 600", "--connector", "t",
        "--csv", "calls.csv",
    )  # fmt: skip
    assert run("calls", *words, *KEY, "--url", peer.url) == (0, "calls.csv: 11 octets\n", "")
    assert Path("calls.csv").read_bytes() == b"id,number\r\n"
    ((target, _, _),) = peer.asked
    path, _, query = target.partition("?")
    assert path == "GET /api/v1/calls.csv"
    assert query.split("&") == [
        "since=2026-11-21T00:00:00%2B01:00", "until=2026-11-22T11:00:00%2B01:00", "number=%2B48+600", "connector=t",
    ]  # fmt: skip


def test_csv_that_fails_leaves_the_old_file(run: Run, peer: Peer) -> None:
    Path("calls.csv").write_text("old", encoding="utf-8")
    answers(peer, {"detail": "no"}, 401)
    ran = run("calls", "--csv", "calls.csv", *KEY, "--url", peer.url)
    assert (ran.status, Path("calls.csv").read_text(encoding="utf-8")) == (1, "old")
    assert [path.name for path in Path().iterdir()] == ["calls.csv"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("calls",), "--api-key"),
        (("calls", "--since", "yesterday", *KEY), "yesterday is no date"),
        (("calls", "x"), "x"),
    ],
)
def test_what_is_wrong(run: Run, words: tuple[str, ...], said: str) -> None:
    ran = run(*words)
    assert (ran.status, said in ran.err) == (2, True)


def test_a_ladder(run: Run, peer: Peer) -> None:
    peer.answer = (200, "text/plain; charset=utf-8", b"12:00 -> h:5060\nINVITE\n")
    assert run("calls", "ladder", "c/1", *KEY, "--url", peer.url) == (0, "12:00 -> h:5060\nINVITE\n", "")
    assert peer.asked[0][0] == "GET /api/v1/calls/c%2F1/ladder.txt"


def test_a_ladder_that_is_not_kept(run: Run, peer: Peer) -> None:
    answers(peer, {"detail": "not kept"}, 404)
    ran = run("calls", "ladder", "c", *KEY, "--url", peer.url)
    assert (ran.status, ran.out, "404" in ran.err, "not kept" in ran.err) == (1, "", True, True)
