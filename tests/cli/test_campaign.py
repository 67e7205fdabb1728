"""`omnibound campaign`: what it asks of a server, and what it tells of the answers."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Peer, Run

KEY = ("--api-key", "k")
COUNTS = {
    "waiting": 0, "answered": 2, "machine": 0, "busy": 1, "no_answer": 0, "failed": 0, "stopped": 0, "why": {},
    "progress": {"filtered": 0},
}  # fmt: skip


REQUESTS, SUPPRESSIONS = "/api/v1/campaigns/w/requests", "/api/v1/suppressions"
FINE: dict[str, object] = {"requests": [], "faults": [], "suppressed": 0}
WAITS = 0


def answers(peer: Peer, told: object, status: int = 200) -> None:
    peer.answer = (status, "application/json", json.dumps(told).encode())


def test_a_campaign_is_made(run: Run, peer: Peer) -> None:
    answers(peer, {"id": "winter"}, 201)
    words = ("--id", "winter", "--text", "Hi", "--hours", "09:00-17:00", "--attempts", "2", "--pause", "5")
    assert run("campaign", "add", "Winter", *words, *KEY, "--url", peer.url) == (0, "winter\n", "")
    ((target, headers, body),) = peer.asked
    assert (target, headers["authorization"]) == ("POST /api/v1/campaigns", "App k")
    assert json.loads(body) == {
        "id": "winter", "name": "Winter", "attempts": 2, "pause_s": 5.0, "speech": {"text": "Hi"},
        "hours": [{"begin": "09:00", "end": "17:00"}],
    }  # fmt: skip


WORDS: list[tuple[str, dict[str, object]]] = [
    ("--queue q --dialer default --mode preview --results r --script s --schedule h", {
        "queue": "q", "dialer": "default", "mode": "preview", "results": "r", "script": "s", "schedule": "h",
    }),
    ("--number 48123 --lines 5 --ring 20s --per-day 3 --end-at 2026-12-31T20:00:00Z", {
        "number": "48123", "lines": 5, "ring_s": 20.0, "per_day": 3, "end_at": "2026-12-31T20:00:00Z",
    }),
    ("--scenario k --message sms=Hi --message EMAIL=a=b --pace 100 --remarks x", {
        "scenario": "k", "message": {"SMS": {"text": "Hi"}, "EMAIL": {"text": "a=b"}}, "pace": 100, "remarks": "x",
    }),
    ("--exclude City='Bern' --exclude Age<18 --machine leave --farewell Sorry --kind queue", {
        "excluded": ["City='Bern'", "Age<18"], "machine": "leave", "farewell": {"text": "Sorry"}, "kind": "queue",
    }),
    ("--priority-order descending --no-reserve --queue q", {
        "priority_order": "descending", "reserve": False, "queue": "q",
    }),
    ("--exclude= --pause-after busy=5m --lasts-days 2 --priority 3", {
        "excluded": [], "pauses_s": {"busy": 300.0}, "lasts_days": 2.0, "priority": 3,
    }),
    ("--announcement a --voice v --caller 1 --hours Mon-Tue 09:00-10:00".replace("Tue 0", "Tue\u00a00"), {
        "speech": {"announcement": "a", "voice": "v"}, "caller": "1",
        "hours": [{"days": ["monday", "tuesday"], "begin": "09:00", "end": "10:00"}],
    }),
]  # fmt: skip


@pytest.mark.parametrize(("words", "body"), WORDS)
def test_what_a_campaign_may_have(run: Run, peer: Peer, words: str, body: dict[str, object]) -> None:
    answers(peer, {"id": "w"}, 201)
    given = [word.replace("\u00a0", " ") for word in words.split(" ")]
    assert run("campaign", "add", "Winter", *given, *KEY, "--url", peer.url) == (0, "w\n", "")
    assert json.loads(peer.asked.pop()[2]) == {"name": "Winter", **body}
    answers(peer, {"id": "w"})
    assert run("campaign", "set", "w", *given, *KEY, "--url", peer.url) == (0, "w: changed\n", "")
    assert json.loads(peer.asked.pop()[2]) == body


def test_a_campaign_is_copied(run: Run, peer: Peer) -> None:
    answers(peer, {"id": "d"}, 201)
    words = ("campaign", "copy", "w/1", "--name", "Again", "--id", "d")
    assert run(*words, *KEY, "--url", peer.url) == (0, "d\n", "")
    ((target, _, body),) = peer.asked
    assert (target, json.loads(body)) == ("POST /api/v1/campaigns/w%2F1/copy", {"name": "Again", "id": "d"})


def test_a_campaign_is_made_from_a_file(run: Run, peer: Peer) -> None:
    actions = [{"on": "9", "do": "opt_out"}]
    Path("menu.json").write_text(json.dumps({"actions": actions, "attempts": 5, "name": "x"}))
    answers(peer, {"id": "menu"}, 201)
    words = ("Menu", "--from", "menu.json", "--attempts", "2", *KEY, "--url", peer.url)
    assert run("campaign", "add", *words) == (0, "menu\n", "")
    assert json.loads(peer.asked[0][2]) == {"actions": actions, "attempts": 2, "name": "Menu"}


@pytest.mark.parametrize(("text", "words"), [("{", "is no JSON"), ("[]", "must hold a JSON object")])
def test_a_file_that_is_no_campaign(run: Run, peer: Peer, text: str, words: str) -> None:
    Path("menu.json").write_text(text)
    ran = run("campaign", "add", "Menu", "--from", "menu.json", *KEY, "--url", peer.url)
    assert (ran.status, words in ran.err, peer.asked) == (1, True, [])


def test_who_found_nobody_there(run: Run, peer: Peer) -> None:
    told = {"day": {"answered": 3, "abandoned": 1, "percent": 33.333}}
    answers(peer, told)
    ran = run("campaign", "abandoned", "w/1", *KEY, "--url", peer.url)
    assert (ran.status, json.loads(ran.out), ran.err) == (0, told, "")
    assert peer.asked[0][0] == "GET /api/v1/campaigns/w%2F1/abandonment"


@pytest.mark.parametrize("wish", ["start", "pause", "finish"])
def test_wishes(run: Run, peer: Peer, wish: str) -> None:
    answers(peer, {"id": "w/1", "state": "so"})
    assert run("campaign", wish, "w/1", *KEY, "--url", peer.url) == (0, "w/1: so\n", "")
    assert peer.asked[0][0] == f"POST /api/v1/campaigns/w%2F1/{wish}"


@pytest.mark.parametrize(("options", "again"), [((), "false"), (("--again",), "true")])
def test_release(run: Run, peer: Peer, options: tuple[str, ...], again: str) -> None:
    answers(peer, {"released": 3})
    assert run("campaign", "release", "w/1", *options, *KEY, "--url", peer.url) == (0, "3 released\n", "")
    assert peer.asked[0][0] == f"POST /api/v1/campaigns/w%2F1/release?again={again}"


def test_people_come_from_a_csv_file(run: Run, peer: Peer) -> None:
    Path("people.csv").write_text("\ufeffphone,name\r\n48123,Anna\r\n48124,Zoë\r\n", encoding="utf-8")
    answers(peer, FINE)
    ran = run("campaign", "call", "w", "people.csv", *KEY, "--url", peer.url)
    assert (ran.status, ran.out) == (0, "2 added, 0 wrong\n")
    assert [asked[0] for asked in peer.asked] == [f"POST {REQUESTS}/check", f"POST {REQUESTS}"]
    for asked in peer.asked:
        assert json.loads(asked[2]) == {
            "requests": [{"phone": "48123", "custom": {"name": "Anna"}}, {"phone": "48124", "custom": {"name": "Zoë"}}]
        }


WRONG = 'name,number\nAnna,48123\nBert,12\n"Cid\nDee",48124\nEve,48125,more\nFay,48126\n'
LINES = (
    "line 3: `number` must be an international number of 4 to 15 digits, not '12'\n"
    "line 4: text: line 1: no\n"
    "line 6: has more columns than the head of the file\n"
)


@pytest.mark.parametrize(
    ("options", "status", "out", "added"),
    [
        ((), 1, "", False),
        (("--dry-run",), 1, "2 could be added, 3 wrong\n", False),
        (("--skip-wrong",), 0, "2 added, 3 wrong\n", True),
    ],
)
def test_lines_that_are_wrong_are_told(
    run: Run, peer: Peer, options: tuple[str, ...], status: int, out: str, added: bool
) -> None:
    Path("people.csv").write_text(WRONG)
    answers(peer, {**FINE, "faults": [{"place": 1, "field": "text", "detail": "line 1: no"}]})
    words = ("campaign", "call", "w", "people.csv", "--column", "number", *options)
    ran = run(*words, *KEY, "--url", peer.url)
    assert (ran.status, ran.out, LINES in ran.err) == (status, out, True)
    paths = [f"POST {REQUESTS}/check", *([f"POST {REQUESTS}"] if added else [])]
    assert [asked[0] for asked in peer.asked] == paths
    if added:
        assert [each["phone"] for each in json.loads(peer.asked[1][2])["requests"]] == ["48123", "48126"]


def test_a_dry_run_of_a_good_file_adds_nobody(run: Run, peer: Peer) -> None:
    Path("people.csv").write_text("phone\n48123\n")
    answers(peer, FINE)
    ran = run("campaign", "call", "w", "people.csv", "--dry-run", *KEY, "--url", peer.url)
    assert (ran.status, ran.out, len(peer.asked)) == (0, "1 could be added, 0 wrong\n", 1)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"number\n48123\n", "line 1: the head of the file has no column `phone`"),
        (b"", "line 1: the head of the file has no column `phone`"),
        (b'phone\n"48123', "is no CSV in UTF-8"),
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
    assert "w (started)" in ran.err
    assert "3/3" in ran.err
    assert json.loads(ran.out)["waiting_for"] == WAITS
    paths = ("", "/counts", "/waiting")
    assert [asked[0] for asked in peer.asked] == [f"GET /api/v1/campaigns/w{path}" for path in paths]


def test_what_is_given_is_changed_and_nothing_else(run: Run, peer: Peer) -> None:
    answers(peer, {"id": "w/1"})
    Path("more.json").write_text('{"closed": ["2026-12-24"], "name": "less"}')
    words = ("--name", "n", "--text", "t", "--voice", "v", "--hours", "09:00-17:00", "--pause", "5", "--trunk", "")
    ran = run("campaign", "set", "w/1", *words, "--from", "more.json", *KEY, "--url", peer.url)
    assert ran == (0, "w/1: changed\n", "")
    ((target, _, body),) = peer.asked
    assert target == "PATCH /api/v1/campaigns/w%2F1"
    assert json.loads(body) == {
        "name": "n", "trunk": "", "pause_s": 5.0, "speech": {"text": "t", "voice": "v"}, "closed": ["2026-12-24"],
        "hours": [{"begin": "09:00", "end": "17:00"}],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ((), 2, "nothing to change"),
        (("--hours", "9"), 2, "hours are written as 09:00-17:00"),
        (("--from", "none.json"), 1, "none.json"),
        (("--from", "bad.json"), 1, "bad.json is no JSON"),
        (("--from", "list.json"), 1, "list.json must hold a JSON object"),
    ],
)
def test_what_changes_nothing(run: Run, peer: Peer, words: tuple[str, ...], status: int, said: str) -> None:
    Path("bad.json").write_text("{")
    Path("list.json").write_text("[]")
    ran = run("campaign", "set", "w", *words, *KEY, "--url", peer.url)
    assert (ran.status, ran.out, said in ran.err, peer.asked) == (status, "", True, [])


def test_hours_are_taken_away(run: Run, peer: Peer) -> None:
    answers(peer, {"id": "w"})
    assert run("campaign", "set", "w", "--hours", "always", *KEY, "--url", peer.url).status == 0
    assert json.loads(peer.asked[0][2]) == {"hours": []}


def test_a_campaign_is_deleted(run: Run, peer: Peer) -> None:
    peer.answer = (204, "application/json", b"")
    assert run("campaign", "delete", "w/1", *KEY, "--url", peer.url) == (0, "w/1: deleted\n", "")
    assert peer.asked[0][0] == "DELETE /api/v1/campaigns/w%2F1"


def test_numbers_are_suppressed_and_let_go(run: Run, peer: Peer) -> None:
    Path("n.csv").write_text("phone,why\n+48 123,x\n48124,y\n")
    peer.answer = (204, "application/json", b"")
    assert run("campaign", "suppress", "n.csv", *KEY, "--url", peer.url) == (0, "2 suppressed\n", "")
    assert run("campaign", "unsuppress", "+48123", *KEY, "--url", peer.url).status == 0
    assert [asked[0] for asked in peer.asked] == [f"POST {SUPPRESSIONS}", f"DELETE {SUPPRESSIONS}/%2B48123"]
    assert json.loads(peer.asked[0][2]) == {"phones": ["+48 123", "48124"], "reason": "blocked"}
    run("campaign", "suppress", "n.csv", "--do-not-call", *KEY, "--url", peer.url)
    assert json.loads(peer.asked.pop()[2])["reason"] == "do_not_disturb"
    Path("n.csv").write_text("phone\n48123\nx\n")
    ran = run("campaign", "suppress", "n.csv", *KEY, "--url", peer.url)
    assert (ran.status, ran.out, len(peer.asked), "line 3" in ran.err) == (1, "", 2, True)


def test_suppressed_numbers_are_written_to_a_file(run: Run, peer: Peer) -> None:
    answers(peer, {"suppressions": []})
    assert run("campaign", "suppressed", "n.csv", *KEY, "--url", peer.url) == (0, "n.csv: 0 numbers\n", "")
    assert Path("n.csv").read_bytes() == b"phone,reason,at\r\n"
    assert peer.asked[0][0] == f"GET {SUPPRESSIONS}?after=&limit=10000"
