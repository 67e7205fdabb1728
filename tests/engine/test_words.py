"""Every kind of fact in the words of the lifecycle: whole words, and none missing."""

from typing import get_args

import pytest

from omnibound.domain.facts import Accepted, Failed, Failure, HandOver, Receipt, Returned, Unknown
from omnibound.domain.live import Said, Word
from omnibound.domain.status import MEANINGS, Reason, Status
from omnibound.engine.words import ON_THE_WAY, of_acceptance, of_hand_over, of_receipt

KEY = (77, 3, "c1")
AT = 1_800_000_000_000_000

HAND_OVERS: list[tuple[HandOver, Word]] = [
    (
        Accepted(*KEY, "carrier", ("a",), AT),
        Word(Said.ACCEPTED, 3, AT, Reason.ACCEPTED, connector="c1", parts=1),
    ),
    (
        Accepted(*KEY, "carrier", ("a", "b", "c"), AT, final=True),
        Word(Said.ACCEPTED, 3, AT, Reason.ACCEPTED, connector="c1", parts=3),
    ),
    (
        Accepted(*KEY, "carrier", (), AT),
        Word(Said.ACCEPTED, 3, AT, Reason.ACCEPTED, connector="c1", parts=1),
    ),
    (
        Failed(*KEY, Failure(Reason.REFUSED, "smpp:0x0b"), AT),
        Word(Said.FAILED, 3, AT, Reason.REFUSED, "smpp:0x0b", "c1", retry=False),
    ),
    (
        Failed(*KEY, Failure(Reason.REFUSED, retry=True, after=5), AT),
        Word(Said.FAILED, 3, AT, Reason.REFUSED, "", "c1", retry=True, after=5),
    ),
    (
        Failed(*KEY, Failure(Reason.THROTTLED, "http:429", after=9), AT),
        Word(Said.FAILED, 3, AT, Reason.THROTTLED, "http:429", "c1", retry=True, after=9),
    ),
    (
        Failed(*KEY, Failure(Reason.THROTTLED, retry=False), AT),
        Word(Said.FAILED, 3, AT, Reason.THROTTLED, "", "c1", retry=False),
    ),
    (
        Returned(*KEY, "no room", AT),
        Word(Said.RETURNED, 3, AT, Reason.LINK_DOWN, "no room", "c1"),
    ),
    (
        Unknown(*KEY, "time-out", AT),
        Word(Said.UNKNOWN, 3, AT, Reason.AMBIGUOUS, "time-out", "c1", retry=True),
    ),
    (
        Unknown(*KEY, "time-out", AT, resend=False),
        Word(Said.UNKNOWN, 3, AT, Reason.AMBIGUOUS, "time-out", "c1", retry=False),
    ),
]


@pytest.mark.parametrize(("fact", "word"), HAND_OVERS, ids=lambda each: type(each).__name__)
def test_hand_overs(fact: HandOver, word: Word) -> None:
    assert of_hand_over(fact) == word


def test_every_kind_of_hand_over_is_in_the_table() -> None:
    assert {type(fact) for fact, _ in HAND_OVERS} == set(get_args(HandOver))


@pytest.mark.parametrize("reason", Reason)
def test_a_failure_is_tried_again_as_its_reason_says(reason: Reason) -> None:
    word = of_hand_over(Failed(*KEY, Failure(reason), AT))
    assert word == Word(Said.FAILED, 3, AT, reason, "", "c1", retry=MEANINGS[reason].retry)


def test_an_acceptance_that_is_all() -> None:
    fact = Accepted(*KEY, "carrier", ("a", "b"), AT, final=True)
    assert of_acceptance(fact) == Word(Said.DELIVERED, 3, AT, Reason.DELIVERED, "operator", "c1")


RECEIPTS = {
    Status.PENDING: Said.ENROUTE,
    Status.SENT: Said.ENROUTE,
    Status.DELIVERED: Said.DELIVERED,
    Status.SEEN: Said.SEEN,
    Status.EXPIRED: Said.EXPIRED,
    Status.FAILED: Said.UNDELIVERED,
    Status.CANCELLED: Said.UNDELIVERED,
}


@pytest.mark.parametrize("status", Status)
def test_receipts(status: Status) -> None:
    receipt = Receipt("carrier", "id", status, Reason.HANDSET_FULL, "gsm:32", AT, "raw")
    assert of_receipt(receipt, 5, 2, "c9") == Word(
        RECEIPTS[status], 5, AT, Reason.HANDSET_FULL, "gsm:32", "c9", part=2, parts=1, retry=False, after=0
    )


def test_after_what_another_receipt_is_expected() -> None:
    on_the_way = {status for status, said in RECEIPTS.items() if said in ON_THE_WAY}
    assert on_the_way == {Status.PENDING, Status.SENT}
