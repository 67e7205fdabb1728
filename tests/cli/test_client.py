"""The commands that are clients: what they ask, what they show, and what they say when nothing good comes back."""

import json
from typing import Any

import pytest

from tests.cli.conftest import Peer, Run

ASKED: list[tuple[list[str], str, Any]] = [
    (
        ["send", "41", "42", "--sms", "text", "--push", "pushed", "--scenario", "S"],
        "POST /omni/1/advanced",
        {
            "destinations": [{"to": {"phoneNumber": "41"}}, {"to": {"phoneNumber": "42"}}],
            "sms": {"text": "text"}, "push": {"text": "pushed"}, "scenarioKey": "S",
        },
    ),
    (
        ["send", "41"],
        "POST /omni/1/advanced",
        {"destinations": [{"to": {"phoneNumber": "41"}}], "sms": None, "push": None, "scenarioKey": None},
    ),
    (["report", "take"], "GET /omni/1/reports?limit=50", None),
    (["report", "take", "--limit", "3", "--bulk", "B 1"], "GET /omni/1/reports?limit=3&bulkId=B+1", None),
    (["report", "again"], "GET /api/v1/reports?after=0&limit=50", None),
    (["report", "again", "--after", "9", "--limit", "1"], "GET /api/v1/reports?after=9&limit=1", None),
    (["report", "show", "abc"], "GET /api/v1/deliveries/abc", None),
    (["report", "show", "a/b?c#d %e"], "GET /api/v1/deliveries/a%2Fb%3Fc%23d%20%25e", None),
]  # fmt: skip


@pytest.mark.parametrize(("words", "line", "body"), ASKED)
def test_what_is_asked_and_shown(run: Run, peer: Peer, words: list[str], line: str, body: Any) -> None:
    peer.answer = (200, "application/json", b'{"a":[1,"x"]}')
    ran = run(*words, "--url", f"{peer.url}/", "--api-key", "k")
    assert (ran.status, ran.err, json.loads(ran.out)) == (0, "", {"a": [1, "x"]})
    (asked,) = peer.asked
    assert asked[0] == line
    assert asked[1]["authorization"] == "App k"
    assert (json.loads(asked[2]) if asked[2] else None) == body


def test_url_and_key_from_the_environment(run: Run, peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMNIBOUND_URL", peer.url)
    monkeypatch.setenv("OMNIBOUND_API_KEY", "from outside")
    assert run("report", "take").status == 0
    assert peer.asked[0][1]["authorization"] == "App from outside"


def test_no_content_is_nothing(run: Run, peer: Peer) -> None:
    peer.answer = (200, "application/json", b"")
    assert run("report", "take", "--url", peer.url, "--api-key", "k").out == "null\n"


def test_letters_of_all_kinds_are_shown(run: Run, peer: Peer) -> None:
    peer.answer = (200, "application/json", '{"text":"Grüße ż"}'.encode())
    assert "Grüße ż" in run("report", "take", "--url", peer.url, "--api-key", "k").out


FAILS: list[tuple[tuple[int, str, bytes], str]] = [
    ((401, "application/json", b'{"no":1}'), 'GET /omni/1/reports: 401 {"no":1}'),
    ((404, "text/plain", b"Not Found"), "GET /omni/1/reports: 404 Not Found"),
    ((500, "text/html", b"<p>"), "GET /omni/1/reports: 500 <p>"),
    ((304, "application/json", b""), "GET /omni/1/reports: 304"),
    ((200, "text/html", b"<p>hello"), "GET /omni/1/reports: what answers at URL does not speak JSON"),
    ((200, "application/json", b"{oops"), "GET /omni/1/reports: what answers at URL does not speak JSON"),
]


@pytest.mark.parametrize(("answer", "words"), FAILS)
def test_answers_that_are_none(run: Run, peer: Peer, answer: tuple[int, str, bytes], words: str) -> None:
    peer.answer = answer
    ran = run("report", "take", "--url", peer.url, "--api-key", "k")
    assert (ran.status, ran.out) == (1, "")
    assert ran.err.strip() == f"omnibound: {words.replace('URL', peer.url)}"


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "nonsense", "http://[::1", "http://127.0.0.1:99999", "ftp://x/"])
@pytest.mark.parametrize("words", [["send", "41"], ["report", "take"], ["report", "show", "x"]])
def test_nobody_answers(run: Run, url: str, words: list[str]) -> None:
    ran = run(*words, "--url", url, "--api-key", "k")
    assert (ran.status, ran.out) == (1, "")
    assert ran.err.startswith(f"omnibound: no server answers at {url}: ")


def test_a_key_that_no_header_can_carry(run: Run, peer: Peer) -> None:
    ran = run("report", "take", "--url", peer.url, "--api-key", "k\r\nX-Other: 1")
    assert (ran.status, ran.out, peer.asked) == (1, "", [])
