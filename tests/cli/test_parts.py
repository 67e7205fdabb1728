"""`omnibound dialer`, `queue`, `results`, `schedule`, `script`: what they ask of a server."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Peer, Run

KEY = ("--api-key", "k")
LUNCH = {"days": ["monday", "tuesday"], "begin": "12:00", "end": "13:00", "exclude": True}


def answers(peer: Peer, told: object, status: int = 200) -> None:
    peer.answer = (status, "application/json", json.dumps(told).encode())


def asked(peer: Peer) -> tuple[str, Any]:
    ((target, headers, body),) = peer.asked
    assert headers["authorization"] == "App k"
    return target, json.loads(body) if body else None


MADE: list[tuple[str, str, tuple[str, ...], dict[str, Any]]] = [
    (
        "dialer", "dialers",
        ("--lines", "5", "--abandoned-percent", "2.5", "--abandon-wait-s", "1", "--overdial-percent", "50"),
        {"lines": 5, "abandoned_percent": 2.5, "abandon_wait_s": 1.0, "overdial_percent": 50},
    ),
    ("queue", "queues", ("--wrap-up-s", "30", "--no-result", "None"), {"wrap_up_s": 30.0, "no_result": "None"}),
    (
        "results", "result-sets",
        (
            "--id", "r", "--result", "Sold=success", "--result", " a=b =redial:2h", "--limit", "busy=1", "--pause",
            "busy=10m", "--pause", "machine=30", "--effect", "machine=later:1h:machine", "--effect", "fax=stop",
        ),
        {
            "id": "r",
            "results": [{"text": "Sold", "reason": "success"}, {"text": "a=b", "reason": "redial", "wait_s": 7200.0}],
            "limits": {"busy": 1}, "pauses_s": {"busy": 600.0, "machine": 30.0},
            "effects": {
                "machine": {"move": "later", "wait_s": 3600.0, "charge": "machine"},
                "fax": {"move": "stop", "wait_s": 0.0, "charge": ""},
            },
        },
    ),
    (
        "schedule", "schedules",
        (
            "--hours", "Mon-Fri 09:00-18:00", "--hours", "mon,TUE 12:00-13:00 exclude", "--hours",
            "2026-12-24..2026-12-31 closed", "--hours", "2026-12-28 10:00-11:00", "--hours", "20:00-21:00", "--hours",
            "Sat-Mon 08:00-24:00", "--zone", "Europe/Warsaw",
        ),
        {
            "hours": [
                {"days": ["monday", "tuesday", "wednesday", "thursday", "friday"], "begin": "09:00", "end": "18:00"},
                LUNCH,
                {"since": "2026-12-24", "until": "2026-12-31", "begin": "00:00", "end": "24:00", "exclude": True},
                {"since": "2026-12-28", "until": "2026-12-28", "begin": "10:00", "end": "11:00"},
                {"begin": "20:00", "end": "21:00"},
                {"days": ["saturday", "sunday", "monday"], "begin": "08:00", "end": "24:00"},
            ],
            "zone": "Europe/Warsaw",
        },
    ),
    ("script", "scripts", ("--interactive",), {"interactive": True}),
    ("script", "scripts", ("--no-interactive",), {"interactive": False}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "path", "words", "body"), MADE)
def test_a_part_is_made_and_changed(
    run: Run, peer: Peer, kind: str, path: str, words: tuple[str, ...], body: dict[str, Any]
) -> None:
    answers(peer, {"id": "x"}, 201)
    assert run(kind, "add", "Name", *words, *KEY, "--url", peer.url) == (0, "x\n", "")
    assert asked(peer) == (f"POST /api/v1/{path}", {"name": "Name", **body})
    peer.asked.clear()
    answers(peer, {"id": "x"})
    rest = words[2:] if words[0] == "--id" else words
    changed = {name: value for name, value in body.items() if name != "id"}
    ran = run(kind, "set", "x/1", "--name", "Other", *rest, *KEY, "--url", peer.url)
    assert ran == (0, "x: changed\n", "")
    assert asked(peer) == (f"PATCH /api/v1/{path}/x%2F1", {"name": "Other", **changed})


@pytest.mark.parametrize(
    ("text", "questions"),
    [
        ("Who? | I | you\n\n  Why?  \n", [{"text": "Who?", "answers": ["I", "you"]}, {"text": "Why?"}]),
        ('\ufeff["Why?", {"text": "Who?", "answers": ["I"]}]', [{"text": "Why?"}, {"text": "Who?", "answers": ["I"]}]),
    ],
)
def test_questions_come_from_a_file(run: Run, peer: Peer, text: str, questions: list[Any]) -> None:
    Path("q").write_text(text, encoding="utf-8")
    answers(peer, {"id": "x"}, 201)
    assert run("script", "add", "S", "--questions", "q", *KEY, "--url", peer.url).status == 0
    assert asked(peer)[1] == {"name": "S", "questions": questions}


def test_all_of_them_are_listed_and_one_is_shown(run: Run, peer: Peer) -> None:
    pages = [[{"id": "a", "name": "A"}, {"id": "b", "name": "B"}], [{"id": "c", "name": "C"}], []]
    peer.answers = [(200, "application/json", json.dumps({"result_sets": page}).encode()) for page in pages]
    assert run("results", "list", *KEY, "--url", peer.url) == (0, "a\tA\nb\tB\nc\tC\n", "")
    assert [target for target, _, _ in peer.asked] == [
        f"GET /api/v1/result-sets?after={after}" for after in ("", "b", "c")
    ]
    answers(peer, {"id": "a", "name": "Ä"})
    assert run("results", "show", "a", *KEY, "--url", peer.url) == (0, '{\n  "id": "a",\n  "name": "Ä"\n}\n', "")


def test_one_is_removed_or_not(run: Run, peer: Peer) -> None:
    peer.answer = (204, "application/json", b"")
    assert run("queue", "remove", "x/1", *KEY, "--url", peer.url) == (0, "x/1: removed\n", "")
    assert asked(peer) == ("DELETE /api/v1/queues/x%2F1", None)
    answers(peer, {"detail": "campaigns use it: c"}, 403)
    ran = run("queue", "remove", "x", *KEY, "--url", peer.url)
    assert (ran.status, "campaigns use it: c" in ran.err) == (1, True)


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ("schedule add S --hours 9-17", 2, "hours are written as"),
        ("schedule add S --hours Xyz", 2, "hours are written as"),
        ("schedule add S --hours always --hours Mon", 2, "hours are written as"),
        ("schedule add S --hours=", 2, "hours are written as"),
        ("schedule add S --hours Mo", 2, "hours are written as"),
        ("results add R --result Yes", 2, "a result is written as"),
        ("results add R --result =success", 2, "a result is written as"),
        ("results add R --result Yes=redial:soon", 2, "a time is written as"),
        ("results add R --limit busy", 2, "is written as NAME=VALUE"),
        ("results add R --limit busy=-1", 2, "a limit is a whole number"),
        ("results add R --effect busy=later:1:busy:more", 2, "an effect is written as"),
        ("script add S --questions none", 1, "none"),
        ("script add S --questions bad.json", 1, "bad.json is no JSON"),
        ("script add S --questions object.json", 1, "must hold a JSON list"),
        ("script add S --questions latin", 1, "no text in UTF-8"),
        ("dialer add D --lines many", 2, "--lines"),
        ("dialer set x", 2, "nothing to change"),
    ],
)
def test_what_makes_no_part(run: Run, peer: Peer, words: str, status: int, said: str) -> None:
    Path("bad.json").write_text("[")
    Path("object.json").write_text("{}")
    Path("latin").write_bytes(b"\xff")
    ran = run(*words.split(), *KEY, "--url", peer.url)
    assert (ran.status, ran.out, said in ran.err, peer.asked) == (status, "", True, [])
