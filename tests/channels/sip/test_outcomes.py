"""What the end of a call means to the engine: a table, and total over the user agent's words."""

from typing import Any, NamedTuple

import pytest

from omnibound.channels.sip.outcomes import end_of, failure_of, refusal_of
from omnibound.domain.call_outcome import outcome_of
from omnibound.domain.facts import Failure
from omnibound.domain.status import MEANINGS, Reason
from omnibound.voice.signalling import End
from omnibound.wire.telephone import Ended, Refused


def ended(why: str, who: str = "callee", **members: Any) -> Ended:
    return Ended(number=1, call="7-1", trunk="t", at=5, why=why, who=who, **members)


class Row(NamedTuple):
    what: str
    ended: Ended
    reason: Reason
    detail: str


ROWS = [
    Row("all was said", ended("hung_up", "us", answered=True, said=True), Reason.ANSWERED, "sip:200"),
    Row("a key asked us to hang up", ended("hung_up", "us", answered=True), Reason.ANSWERED, "sip:200"),
    Row("never again", ended("hung_up", "us", answered=True, opted_out=True), Reason.OPTED_OUT, "sip:200"),
    Row("never again, and gone", ended("hung_up", answered=True, opted_out=True), Reason.OPTED_OUT, "sip:200"),
    Row("never again, and lost", ended("lost", "us", answered=True, opted_out=True), Reason.LOST, ""),
    Row("they hang up early", ended("hung_up", answered=True), Reason.HUNG_UP, "sip:200"),
    Row("their cause after the answer", ended("hung_up", answered=True, q850=16), Reason.HUNG_UP, "sip:200"),
    Row("nothing was heard of them", ended("rtp_timeout", answered=True), Reason.HUNG_UP, "sip:200"),
    Row("the longest call", ended("longest", "us", answered=True), Reason.ANSWERED, "sip:200"),
    Row("joined, they hang up", ended("hung_up", answered=True, joined_at=7), Reason.ANSWERED, "sip:200"),
    Row("joined, the agent hangs up", ended("hung_up", "us", answered=True, joined_at=7), Reason.ANSWERED, "sip:200"),
    Row("joined, and they fall silent", ended("rtp_timeout", answered=True, joined_at=7), Reason.ANSWERED, "sip:200"),
    Row("joined, and lost", ended("lost", "us", answered=True, joined_at=7), Reason.LOST, ""),
    Row("gone before anybody took them", ended("hung_up", answered=True), Reason.HUNG_UP, "sip:200"),
    Row("nobody in time", ended("hung_up", "us", answered=True, unserved=True), Reason.ABANDONED, "sip:200"),
    Row(
        "nobody in time, farewell whole",
        ended("hung_up", "us", answered=True, unserved=True, said=True),
        Reason.ABANDONED,
        "sip:200",
    ),
    Row("nobody in time, they hang up", ended("hung_up", answered=True, unserved=True), Reason.ABANDONED, "sip:200"),
    Row(
        "the agent's telephone died",
        ended("hung_up", "us", answered=True, joined_at=7, unserved=True),
        Reason.ABANDONED,
        "sip:200",
    ),
    Row(
        "nobody in time, never again",
        ended("hung_up", "us", answered=True, unserved=True, opted_out=True),
        Reason.OPTED_OUT,
        "sip:200",
    ),
    Row("busy", ended("refused", sip=486, q850=17), Reason.BUSY, "sip:486"),
    Row("busy by its cause", ended("refused", sip=480, q850=17), Reason.BUSY, "q850:17"),
    Row("declined", ended("refused", sip=603, rang=True), Reason.REJECTED, "sip:603"),
    Row("no such number", ended("refused", sip=404), Reason.INVALID_NUMBER, "sip:404"),
    Row("nobody answers", ended("ring_timeout", "us", rang=True), Reason.NO_ANSWER, "sip:487"),
    Row("answered as we gave up", ended("crossed", "us", rang=True), Reason.ABANDONED, "sip:487"),
    Row("nothing rings", ended("setup_timeout", "trunk"), Reason.TRUNK_TIMEOUT, "sip:408"),
    Row("no reply", ended("no_reply", "trunk"), Reason.TRUNK_TIMEOUT, ""),
    Row("cannot be reached", ended("unreachable", "trunk"), Reason.TRUNK_TIMEOUT, ""),
    Row("overloaded", ended("refused", "trunk", sip=503), Reason.TRUNK_FAILED, "sip:503"),
    Row("wrong password", ended("bad_credentials", "trunk", sip=407), Reason.TRUNK_AUTH, "sip:407"),
    Row("nothing in common", ended("no_media", "us", answered=True), Reason.MEDIA_REFUSED, "sip:488"),
    Row("lost while it rang", ended("lost", "us", rang=True), Reason.LOST_RINGING, ""),
    Row("lost after the answer", ended("lost", "us", answered=True), Reason.LOST, ""),
    Row("stopped", ended("stopped", "us", answered=True), Reason.LOST, ""),
]


@pytest.mark.parametrize("row", ROWS, ids=[row.what for row in ROWS])
def test_end(row: Row) -> None:
    assert outcome_of(end_of(row.ended)) == (row.reason, row.detail)


@pytest.mark.parametrize("why", End)
@pytest.mark.parametrize("answered", [False, True])
def test_every_word_has_a_meaning(why: End, answered: bool) -> None:
    reason, _ = outcome_of(end_of(ended(why, answered=answered)))
    assert reason in MEANINGS


@pytest.mark.parametrize(
    ("end", "temporary", "after"),
    [
        (ended("refused", "trunk", sip=503, retry_after=5), True, 5_000_000),
        (ended("refused", sip=486), False, 0),
        (ended("refused", sip=488), True, 0),
        (ended("refused", sip=403), True, 0),
        (ended("lost", "us", rang=True), False, 0),
    ],
    ids=["the carrier's doing", "busy", "nothing in common", "not allowed", "lost"],
)
def test_whether_it_is_tried_again(end: Ended, temporary: bool, after: int) -> None:
    failure = failure_of(end, *outcome_of(end_of(end)))
    assert (failure.temporary, failure.after) == (temporary, after)


@pytest.mark.parametrize(
    ("kind", "failure"),
    [
        ("busy", None),
        ("nobody", Failure(Reason.CLOSED, "agent", retry=True, after=10_000_000)),
        ("no_number", Failure(Reason.INVALID_NUMBER, "", retry=False)),
        ("barred", Failure(Reason.BARRED, "")),
        ("failed", Failure(Reason.TRUNK_FAILED, "", retry=True)),
    ],
)
def test_refusal(kind: Any, failure: Failure | None) -> None:
    assert refusal_of(Refused("7-1", "t", kind, "why")) == failure
