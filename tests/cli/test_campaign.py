"""`omnibound campaign`: what it asks of a server, and what it tells of the answers."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Peer, Run

KEY = ("--api-key", "k")
COUNTS = {"waiting": 0, "answered": 2, "machine": 0, "busy": 1, "no_answer": 0, "failed": 0, "stopped": 0, "why": {}}


def answers(peer: Peer, told: object, status: int = 200) -> None:
    peer.answer = (status, "application/json", json.dumps(told).encode())


def test_a_campaign_is_made(run: Run, peer: Peer) -> None:
    answers(peer, {"id": "winter"}, 201)
    words = ("--id", "winter", "--text", "Hi", "--hours", "09:00-17:00", "--attempts", "2", "--pause", "5")
    assert run("campaign", "add", "Winter", *words, *KEY, "--url", peer.url) == (0, "winter\n", "")
    ((target, headers, body),) = peer.asked
    assert (target, headers["authorization"]) == ("POST /api/v1/campaigns", "App k")
    assert json.loads(body) == {
        "id": "winter", "name": "Winter", "caller": "", "attempts": 2, "pause_s": 5.0,
        "speech": {"announcement": "", "text": "Hi"}, "hours": [{"begin": "09:00", "end": "17:00"}],
    }  # fmt: skip


@pytest.mark.parametrize("wish", ["start", "pause", "finish"])
def test_wishes(run: Run, peer: Peer, wish: str) -> None:
    answers(peer, {"id": "w/1", "state": "so"})
    assert run("campaign", wish, "w/1", *KEY, "--url", peer.url) == (0, "w/1: so\n", "")
    assert peer.asked[0][0] == f"POST /api/v1/campaigns/w%2F1/{wish}"


def test_people_come_from_a_csv_file(run: Run, peer: Peer) -> None:
    Path("people.csv").write_text("\ufeffphone,name\r\n48123,Anna\r\n48124,Zoë\r\n", encoding="utf-8")
    answers(peer, {"requests": []}, 202)
    assert run("campaign", "call", "w", "people.csv", *KEY, "--url", peer.url) == (0, "2 added\n", "")
    assert json.loads(peer.asked[0][2]) == {
        "requests": [{"phone": "48123", "custom": {"name": "Anna"}}, {"phone": "48124", "custom": {"name": "Zoë"}}]
    }


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"number\n48123\n", "line 2: every line needs a `phone`"),
        (b"phone\n48123\n48124,more\n", "line 3: every line needs a `phone`"),
        (b"phone\n\xff\n", "is no CSV in UTF-8"),
    ],
)
def test_what_is_no_list_of_people(run: Run, peer: Peer, content: bytes, said: str) -> None:
    Path("people.csv").write_bytes(content)
    ran = run("campaign", "call", "w", "people.csv", *KEY, "--url", peer.url)
    assert (ran.status, ran.out, peer.asked) == (1, "", [])
    assert said in ran.err


def test_results_are_written_to_a_file(run: Run, peer: Peer) -> None:
    peer.answer = (200, "text/csv; charset=utf-8", b"id,phone\r\n")
    assert run("campaign", "results", "w", "r.csv", *KEY, "--url", peer.url) == (0, "r.csv: 10 octets\n", "")
    assert Path("r.csv").read_bytes() == b"id,phone\r\n"


def test_results_that_there_are_not(run: Run, peer: Peer) -> None:
    answers(peer, {"detail": "no campaign"}, 404)
    ran = run("campaign", "results", "w", "r.csv", *KEY, "--url", peer.url)
    assert (ran.status, Path("r.csv").exists()) == (1, False)
    assert "404" in ran.err


def test_how_far_it_is(run: Run, peer: Peer) -> None:
    answers(peer, {**COUNTS, "id": "w", "state": "started"})
    ran = run("campaign", "show", "w", "--follow", *KEY, "--url", peer.url)
    assert ran.status == 0
    assert "w (started)" in ran.out
    assert "3/3" in ran.out
    assert [asked[0] for asked in peer.asked] == ["GET /api/v1/campaigns/w", "GET /api/v1/campaigns/w/counts"]
