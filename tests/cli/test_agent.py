"""`omnibound agent`: what is asked of the server, and what is printed."""

import json
from typing import Any

import pytest

from tests.cli.conftest import Peer, Run

ANN = "A" * 32
OUT = {"id": ANN, "name": "Ann", "state": "free", "address": "201", "why": "", "member": ""}


@pytest.mark.parametrize(
    ("words", "told", "printed", "asked", "body"),
    [
        (
            ("add", "Ann", "--address", "201", "--trunk", "t", "--queue", "Q", "--queue", "R"), OUT, ANN,
            "POST /api/v1/agents", {"name": "Ann", "address": "201", "trunk": "t", "queues": ["Q", "R"], "id": ""},
        ),
        (("on", ANN), OUT, f"{ANN}: free", f"POST /api/v1/agents/{ANN}/sign-on", {"ready": True}),
        (("on", ANN, "--away"), OUT, f"{ANN}: free", f"POST /api/v1/agents/{ANN}/sign-on", {"ready": False}),
        (("off", "a/b"), {**OUT, "state": "off"}, f"{ANN}: off", "POST /api/v1/agents/a%2Fb/sign-off", None),
        (("ready", ANN), OUT, f"{ANN}: free", f"POST /api/v1/agents/{ANN}/ready", {"ready": True}),
        (("ready", ANN, "--no"), {**OUT, "state": "away"}, f"{ANN}: away", f"POST /api/v1/agents/{ANN}/ready",
         {"ready": False}),
        (("hang-up", ANN), {**OUT, "state": "talking"}, f"{ANN}: talking", f"POST /api/v1/agents/{ANN}/hang-up", None),
        (("remove", ANN), None, f"{ANN}: removed", f"DELETE /api/v1/agents/{ANN}", None),
        (
            ("result", "c", "p 7", "Redial", "--at", "2999-01-01T10:00:00Z", "--agent", ANN),
            {"member": "m", "progress": "not_handled", "next_at": "2999-01-01T10:00:00Z"},
            "m: not_handled, again at 2999-01-01T10:00:00Z", "POST /api/v1/campaigns/c/members/p%207/result",
            {"result": "Redial", "at": "2999-01-01T10:00:00Z", "agent": ANN},
        ),
        (
            ("result", "c", "p", "Successful"), {"member": "m", "progress": "handled", "next_at": None}, "m: handled",
            "POST /api/v1/campaigns/c/members/p/result", {"result": "Successful", "at": None, "agent": ""},
        ),
        (
            ("change-result", "c", "p", "Refusal", "--by", "Zoë"),
            {"member": "m", "progress": "handled", "next_at": None}, "m: handled",
            "PUT /api/v1/campaigns/c/members/p/result", {"result": "Refusal", "at": None, "by": "Zoë"},
        ),
    ],
)  # fmt: skip
def test_commands(run: Run, peer: Peer, words: tuple[str, ...], told: Any, printed: str, asked: str, body: Any) -> None:
    peer.answer = (204, "text/plain", b"") if told is None else (200, "application/json", json.dumps(told).encode())
    assert run("agent", *words, "--api-key", "k", "--url", peer.url) == (0, f"{printed}\n", "")
    assert (peer.asked[0][0], json.loads(peer.asked[0][2] or "null")) == (asked, body)


def test_list(run: Run, peer: Peer) -> None:
    pages = [[{**OUT, "member": "m"}], [{**OUT, "id": "B" * 32, "state": "off", "why": "refused 486"}], []]
    peer.answers = [(200, "application/json", json.dumps({"agents": page}).encode()) for page in pages]
    assert run("agent", "list", "--api-key", "k", "--url", peer.url).out.splitlines() == [
        f"{ANN}\tAnn\tfree\t201\tm", f"{'B' * 32}\tAnn\toff\t201\trefused 486",
    ]  # fmt: skip
    assert [asked for asked, _, _ in peer.asked][1] == f"GET /api/v1/agents?after={ANN}&limit=1000"
    peer.answers = [(200, "application/json", json.dumps({"agents": page}).encode()) for page in ([OUT], [])]
    assert json.loads(run("agent", "list", "--api-key", "k", "--url", peer.url, "--json").out) == {"agents": [OUT]}
