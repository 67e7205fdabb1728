"""`omnibound alerts`: what it prints, and how it ends."""

import json
from typing import Any

import pytest

from tests.cli.conftest import Peer, Run

KEY = ("--api-key", "k")
ONE = {
    "rule": "links", "kind": "link_down", "subject": "carrier-a", "value": 1, "threshold": 0.5, "words": "refused",
    "since": "2026-11-21T18:59:00Z", "fired_at": "2026-11-21T19:00:00Z", "cleared_at": None,
}  # fmt: skip
LINE = "links\tcarrier-a\t2026-11-21T19:00:00Z\trefused\n"
HEAD = "state\trule\tsubject\tfired\twords\n"


def answers(peer: Peer, **told: Any) -> None:
    body = {"firing": [], "past": [], "undelivered": 0, "secret": "whsec_x", **told}
    peer.answer = (200, "application/json", json.dumps(body).encode())


@pytest.mark.parametrize(
    ("told", "words", "status", "out"),
    [
        ({}, (), 0, "nothing has fired\n"),
        ({"past": [ONE]}, (), 0, "nothing has fired\n"),
        ({"past": [ONE]}, ("--past",), 0, f"{HEAD}cleared\t{LINE}"),
        ({"firing": [ONE]}, (), 1, f"{HEAD}firing\t{LINE}"),
        ({"firing": [ONE], "undelivered": 3}, (), 1, f"{HEAD}firing\t{LINE}3 could not be told yet\n"),
    ],
)
def test_alerts(run: Run, peer: Peer, told: dict[str, Any], words: tuple[str, ...], status: int, out: str) -> None:
    answers(peer, **told)
    assert run("alerts", *KEY, *words, "--url", peer.url) == (status, out, "")
    ((target, headers, _),) = peer.asked
    assert (target, headers["authorization"]) == ("GET /api/v1/alerts", "App k")


def test_json(run: Run, peer: Peer) -> None:
    answers(peer, firing=[ONE])
    ran = run("alerts", *KEY, "--json", "--url", peer.url)
    assert (ran.status, json.loads(ran.out)["firing"]) == (1, [ONE])
