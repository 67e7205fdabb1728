"""`omnibound campaign why`: one line that says it all."""

import json
from typing import Any

import pytest

from tests.cli.conftest import Peer, Run

PLAIN = {"id": "0" * 24, "external_id": "a/7", "cause": "due", "until": None, "since": None, "detail": ""}


@pytest.mark.parametrize(
    ("told", "line"),
    [
        ({}, "due"),
        ({"cause": "law", "until": "2026-11-21T07:00:00Z"}, "law until 2026-11-21 07:00:00Z"),
        (
            {"cause": "blocked", "since": "2026-11-20T23:00:00.250000Z", "detail": "opted_out"},
            "blocked since 2026-11-20 23:00:00Z (opted_out)",
        ),
        ({"cause": "filtered", "detail": "City = Rome"}, "filtered (City = Rome)"),
    ],
)
def test_why(run: Run, peer: Peer, told: dict[str, Any], line: str) -> None:
    peer.answer = (200, "application/json", json.dumps({**PLAIN, **told}).encode())
    assert run("campaign", "why", "w/1", "a/7", "--api-key", "k", "--url", peer.url) == (0, f"{line}\n", "")
    assert peer.asked[0][0] == "GET /api/v1/campaigns/w%2F1/members/a%2F7/why"
