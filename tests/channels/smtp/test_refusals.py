"""A relay's words as reasons: tables, total."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnibound.channels.smtp.refusals import CODES, DETAILS, SUBJECTS, failure_of, is_dead, reason_of
from omnibound.domain.facts import Failure
from omnibound.domain.status import Reason
from omnibound.wire.smtp import Reply

R = Reason
MINUTE = 60_000_000

WORDS: list[tuple[int, str, Failure]] = [
    (550, "5.1.1", Failure(R.UNKNOWN_SUBSCRIBER, "smtp:5.1.1", False)),
    (550, "5.1.2", Failure(R.INVALID_ADDRESS, "smtp:5.1.2", False)),
    (551, "5.1.6", Failure(R.UNREGISTERED, "smtp:5.1.6", False)),
    (553, "5.1.8", Failure(R.INVALID_SENDER, "smtp:5.1.8", False)),
    (550, "5.2.1", Failure(R.SERVICE_BARRED, "smtp:5.2.1", False)),
    (552, "5.2.2", Failure(R.HANDSET_FULL, "smtp:5.2.2", False)),
    (452, "4.2.2", Failure(R.HANDSET_FULL, "smtp:4.2.2", True, MINUTE)),
    (552, "5.3.4", Failure(R.TOO_LONG, "smtp:5.3.4", False)),
    (451, "4.4.1", Failure(R.UNDELIVERED, "smtp:4.4.1", True, MINUTE)),
    (450, "4.7.1", Failure(R.REFUSED, "smtp:4.7.1", True, MINUTE)),
    (554, "5.7.1", Failure(R.REFUSED, "smtp:5.7.1", False)),
    (550, "5.7.26", Failure(R.INVALID_SENDER, "smtp:5.7.26", False)),
    (530, "5.7.0", Failure(R.PROVIDER_AUTH, "smtp:5.7.0", True, MINUTE)),
    (452, "4.3.1", Failure(R.THROTTLED, "smtp:4.3.1", True, MINUTE)),
    (421, "4.7.0", Failure(R.THROTTLED, "smtp:4.7.0", True, MINUTE)),
    (554, "5.3.2", Failure(R.REFUSED, "smtp:5.3.2", False)),
    (550, "5.9.9", Failure(R.UNKNOWN, "smtp:5.9.9", False)),
    (550, "", Failure(R.UNDELIVERED, "smtp:550", False)),
    (450, "", Failure(R.ABSENT_SUBSCRIBER, "smtp:450", True, MINUTE)),
    (599, "", Failure(R.REFUSED, "smtp:599", False)),
    (499, "", Failure(R.PROVIDER_ERROR, "smtp:499", True, MINUTE)),
]


@pytest.mark.parametrize(("code", "enhanced", "failure"), WORDS)
def test_words(code: int, enhanced: str, failure: Failure) -> None:
    assert failure_of(Reply(code, enhanced, "words"), MINUTE) == failure


@given(code=st.integers(400, 599), subject=st.integers(0, 99), detail=st.integers(0, 999), bare=st.booleans())
def test_every_refusal_means_something(code: int, subject: int, detail: int, bare: bool) -> None:
    enhanced = "" if bare else f"{code // 100}.{subject}.{detail}"
    failure = failure_of(Reply(code, enhanced, ""), MINUTE)
    assert failure.temporary is (code < 500 or failure.reason is R.PROVIDER_AUTH)
    assert failure.detail == f"smtp:{enhanced or code}"


def test_tables_say_what_calls_and_pushes_do_not() -> None:
    told = {*SUBJECTS.values(), *DETAILS.values(), *CODES.values()}
    assert all(reason < R.ANSWERED for reason in told)
    assert R.LINK_DOWN not in told
    assert reason_of("5.99.99") is R.UNKNOWN


@pytest.mark.parametrize(
    ("code", "enhanced", "dead"),
    [
        (550, "5.1.1", True), (550, "5.1.2", True), (550, "5.2.1", True), (550, "", False), (450, "4.1.1", False),
        (552, "5.2.2", False), (550, "5.7.1", False), (553, "", False),
    ],
)  # fmt: skip
def test_whom_nobody_writes_to_again(code: int, enhanced: str, dead: bool) -> None:
    assert is_dead(failure_of(Reply(code, enhanced, ""), 0)) is dead


def test_what_is_said_of_the_sender() -> None:
    assert failure_of(Reply(550, "5.1.1", ""), 0, of_sender=True).reason is R.INVALID_SENDER
    assert failure_of(Reply(554, "5.7.1", ""), 0, of_sender=True).reason is R.REFUSED
