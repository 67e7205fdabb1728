"""Conpeek's words: total over reasons, and those of the table that telephones and vendors share."""

import contextlib
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnibound.dialects.conpeek.errors import Faulty
from omnibound.dialects.conpeek.reading import read_list, read_one, read_show
from omnibound.dialects.conpeek.words import WORDS
from omnibound.dialects.conpeek.writing import PROPERTIES, write_date, write_request
from omnibound.domain.action import Speech
from omnibound.domain.bulk import PARKED
from omnibound.domain.campaign import Campaign
from omnibound.domain.live import Live, Stage
from omnibound.domain.member import Member, Progress, Stand
from omnibound.domain.status import Reason
from omnibound.services.place_requests import Standing

ROWS = json.loads((Path(__file__).parent.parent / "cases" / "voice" / "outcomes.json").read_text())["rows"]
CAMPAIGN = Campaign(id="c", account=1, name="C", speech=Speech(text="its own"))
MEMBER = Member(id=255, account=1, campaign="c", phone="48123", created_at=1_525_302_600_000_000)


def test_every_reason_has_its_words() -> None:
    assert set(WORDS) == set(Reason)


@pytest.mark.parametrize("row", ROWS, ids=[row["what"] for row in ROWS])
def test_a_row_of_the_table(row: dict[str, Any]) -> None:
    call, close = row["conpeek"]
    told = WORDS[Reason[row["reason"]]]
    # A lost call is never closed by itself.
    assert (told.call, close and told.close) == (call, close)


def live(stage: Stage, due_at: int = 0) -> Live:
    return Live(255, 1, 1, 1, stage, 0, 0, 1, 0, due_at, 0)


@pytest.mark.parametrize(
    ("stand", "state", "expected"),
    [
        ({}, live(Stage.WAITING), ("OPEN", "NEW", "WAITING", None, None)),
        ({}, live(Stage.SENT), ("PROCESSING", "NEW", "CALLING", None, None)),
        ({"reason": Reason.BUSY, "tries": 1}, live(Stage.WAITING), ("OPEN", "RETRY", "WAITING", "BUSY", None)),
        ({"reason": Reason.BUSY, "tries": 1}, live(Stage.SENT), ("PROCESSING", "RETRY", "CALLING", "BUSY", None)),
        (
            {"reason": Reason.BUSY, "tries": 3, "closed": True, "progress": Progress.MAX_CALLS}, None,
            ("CLOSED", "CLOSED", "CALL_ENDED", "BUSY", "MAX_CONTACT_TRY"),
        ),
        ({"reason": Reason.ANSWERED, "tries": 1, "closed": True}, None,
         ("CLOSED", "CLOSED", "CALL_ENDED", None, "SUCCESS")),
        ({"reason": Reason.BLOCKED, "closed": True}, None, ("CLOSED", "CLOSED", None, None, "BLOCKED")),
        ({"reason": Reason.LOST}, live(Stage.HELD), ("OPEN", "RETRY", "WAITING", "FAILED", None)),
    ],
)  # fmt: skip
def test_how_a_request_stands(stand: dict[str, Any], state: Live | None, expected: tuple[Any, ...]) -> None:
    member = msgspec.structs.replace(MEMBER, stand=Stand(**stand))
    told = write_request(Standing(member, state), CAMPAIGN)
    names = ("state", "application_state", "call_state", "call_state_reason", "close_reason")
    assert tuple(told[name] for name in names) == expected
    assert set(told) == PROPERTIES
    assert (told["id"], told["type"], told["text"]) == ("0000000000000000000000ff", "tts", "its own")


def test_dates() -> None:
    told = write_request(Standing(MEMBER, live(Stage.WAITING, 1_525_302_600_000_000 + PARKED)), CAMPAIGN)
    assert told["process_not_before"] == told["created_date"] == "2018-05-02 23:10:00"
    assert (told["closed_date"], write_date(0), write_date(1 << 62)) == (None, None, None)


wild = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(["data", "type", "announcement_id", "contact_number", "text", "ssml", "custom"])
likely = st.dictionaries(NAMES, wild | st.lists(st.dictionaries(NAMES, wild, max_size=4), max_size=3), max_size=4)


@settings(max_examples=150)
@given(st.binary(max_size=60) | likely.map(lambda body: json.dumps(body).encode("utf-8", "surrogatepass")))
def test_whatever_the_body_it_is_read_or_refused(body: bytes) -> None:
    for read in (lambda: read_list(body, 2), lambda: read_one(body)):
        with contextlib.suppress(Faulty):
            assert all(request.speech is not None for request in read())


@settings(max_examples=100)
@given(st.dictionaries(st.sampled_from(["limit", "offset", "filter", "exclude"]), st.text() | wild.map(json.dumps)))
def test_whatever_the_query_it_is_read_or_refused(query: dict[str, str]) -> None:
    with contextlib.suppress(Faulty):
        assert 0 <= read_show(query, PROPERTIES).limit <= 10_000


def test_a_list_that_is_too_long() -> None:
    body = json.dumps({"type": "none", "data": [{"contact_number": "48123"}] * 3}).encode()
    assert len(read_list(body, 3)) == 3
    with pytest.raises(Faulty) as caught:
        read_list(body, 2)
    assert caught.value.status == 413
