"""`omnibound campaign import` and `export`: what goes to a server, and what is told of its answer."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Peer, Run

KEY = ("--api-key", "k")
DONE = {"rows": 3, "added": 2, "deleted": 0, "rejected": []}
WRONG = {
    "rows": 3, "added": 1, "deleted": 1,
    "rejected": [{"line": 3, "external": "8", "field": "phones[0]", "fault": "is no number"}],
}  # fmt: skip


def answers(peer: Peer, told: object, status: int = 200) -> None:
    peer.answer = (status, "application/json", json.dumps(told).encode())


def table(text: str) -> str:
    Path("people.csv").write_bytes(text.encode())
    return "people.csv"


def test_a_table_goes_to_the_server_as_it_is(run: Run, peer: Peer) -> None:
    answers(peer, DONE)
    file = table("\ufeffKunde;Phone1\n7;48111\n")
    words = ("campaign", "import", "a/b", file, "--column", "Kunde=External ID", "--column", "Alt=-")
    ran = run(*words, *KEY, "--url", peer.url)
    assert (ran.status, ran.out) == (0, "2 added, 0 deleted, 0 rejected\n")
    target, headers, body = peer.asked[0]
    assert target == "POST /api/v1/campaigns/a%2Fb/import?columns=Kunde%3DExternal+ID,Alt%3D-&dry_run=false"
    assert (headers["authorization"], headers["content-type"]) == ("App k", "text/csv")
    assert body == Path(file).read_bytes()


def test_what_was_rejected_is_told(run: Run, peer: Peer) -> None:
    answers(peer, WRONG)
    ran = run("campaign", "import", "c", table("External ID,Phone1\n"), "--dry-run", *KEY, "--url", peer.url)
    assert (ran.status, ran.out) == (1, "1 could be added, 1 could be deleted, 1 rejected\n")
    assert "line 3: phones[0]: is no number (8)\n" in ran.err
    assert peer.asked[0][0].endswith("dry_run=true")


def test_what_was_rejected_is_written_to_a_file(run: Run, peer: Peer) -> None:
    answers(peer, {**WRONG, "rejected": [{**WRONG["rejected"][0], "line": 4}, {**WRONG["rejected"][0], "line": 6}]})  # type: ignore[index]
    file = table('\ufeffExternal ID;Phone1;Note\n7;48111;"two\nlines"\n8;1;"a;b"\n9;48113;\n8;2;\n')
    ran = run("campaign", "import", "c", file, "--rejected", "wrong.csv", *KEY, "--url", peer.url)
    assert (ran.status, "line 4" in ran.err) == (1, False)
    assert Path("wrong.csv").read_text().splitlines() == [
        "line;fault;External ID;Phone1;Note",
        '4;phones[0]: is no number (8);8;1;"a;b"',
        "6;phones[0]: is no number (8);8;2;",
    ]


@pytest.mark.parametrize(
    ("file", "status", "words"),
    [("none.csv", 200, "No such file"), ("people.csv", 400, "people.csv: 400"), ("people.csv", 404, "404")],
)
def test_what_cannot_be_imported(run: Run, peer: Peer, file: str, status: int, words: str) -> None:
    answers(peer, {"detail": "no"}, status)
    table("Phone1\n")
    ran = run("campaign", "import", "c", file, *KEY, "--url", peer.url)
    assert (ran.status, ran.out, words in ran.err) == (1, "", True)


def test_nobody_answers(run: Run) -> None:
    ran = run("campaign", "import", "c", table("Phone1\n"), *KEY, "--url", "http://127.0.0.1:9")
    assert (ran.status, "no server answers" in ran.err) == (1, True)


@pytest.mark.parametrize(("file", "kind"), [("a.csv", "csv"), ("a.jsonl", "jsonl"), ("a", "csv")])
def test_people_are_written_to_a_file(run: Run, peer: Peer, file: str, kind: str) -> None:
    peer.answer = (200, "text/csv", b"id\n1\n")
    assert run("campaign", "export", "c", file, *KEY, "--url", peer.url) == (0, f"{file}: 5 octets\n", "")
    assert (peer.asked[0][0], Path(file).read_bytes()) == (f"GET /api/v1/campaigns/c/members.{kind}", b"id\n1\n")
