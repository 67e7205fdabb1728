"""Whether a trunk carries calls: what a 403 means, when an alarm is raised, and when it is over."""

import logging
from typing import Any

import pytest

from omnibound.channels.sip.standing import IN_A_ROW, LATELY, Alarm, Standing
from omnibound.domain.call_outcome import TRUNK
from omnibound.domain.facts import Failed, Failure, Link
from omnibound.domain.flow import SECOND
from omnibound.domain.status import Reason
from omnibound.wire.telephone import Answered, Ended
from tests.channels.sip.test_connector import NOW, House, head

START = 1_800_000_000_000_000


def after(*reasons: Reason) -> Standing:
    standing = Standing("t")
    for number, reason in enumerate(reasons):
        standing.ended(reason, "sip:1", START + number)
    return standing


B, F, A = Reason.BARRED, Reason.TRUNK_FAILED, Reason.TRUNK_AUTH
BUSY, NUMBER, MEDIA, LOST = Reason.BUSY, Reason.INVALID_NUMBER, Reason.MEDIA_REFUSED, Reason.LOST


@pytest.mark.parametrize(
    ("reasons", "doubtful"),
    [
        ((), True), ((LOST,), True), ((BUSY,), False), ((NUMBER,), False), ((MEDIA,), False),
        ((Reason.ANSWERED, *[B] * (IN_A_ROW - 1)), False), ((Reason.ANSWERED, *[B] * IN_A_ROW), True),
        ((BUSY, *[F] * IN_A_ROW), True), ((BUSY, *[B, F, A, B] * 2, BUSY), False), ((BUSY, B, LOST, B, B, B), False),
    ],
)  # fmt: skip
def test_what_speaks_for_a_trunk(reasons: tuple[Reason, ...], doubtful: bool) -> None:
    assert after(*reasons).doubtful(START + SECOND) is doubtful


def test_a_call_speaks_for_it_for_some_minutes() -> None:
    standing = after(BUSY)
    assert [standing.doubtful(START + late) for late in (LATELY, LATELY + 1)] == [False, True]


@pytest.mark.parametrize("reason", sorted(TRUNK), ids=lambda reason: reason.name)
def test_alarm(reason: Reason, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    standing = after(reason, LOST, B, reason)
    word = reason.name.lower()
    assert standing.alarm == Alarm(reason=word, detail="sip:1", since=START, calls=2)
    standing.ended(BUSY, "sip:486", START + 9)
    assert standing.alarm is None
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("ERROR", f"trunk_alarm: connector t carries no calls: {word} sip:1"),
        ("WARNING", "trunk_alarm_over: connector t carries calls again; 2 failed"),
    ]


def test_one_failure_among_calls_is_no_alarm() -> None:
    assert after(BUSY, *[F] * (IN_A_ROW - 1)).alarm is None
    assert after(BUSY, *[F] * IN_A_ROW).alarm == Alarm(
        reason="trunk_failed", detail="sip:1", since=START + IN_A_ROW, calls=1
    )
    assert after(B, B, B, B, B, B).alarm is None


def refused(number: int, sip: int) -> Ended:
    return Ended(**{**head(number, f"{number}-1"), "at": START + number}, why="refused", who="callee", sip=sip)


@pytest.mark.anyio
async def test_403_is_the_numbers_only_where_others_are_carried() -> None:
    house = await House().start()
    for number, sip in enumerate((403, 486, 403, 403, 403, 403, 403, 403, 404, 403), 1):
        house.channel.heard(refused(number, sip))
    failures = [fact.failure for fact in await house.facts(20) if isinstance(fact, Failed)]
    auth, barred = Failure(Reason.TRUNK_AUTH, "sip:403"), Failure(Reason.BARRED, "sip:403")
    busy, nobody = Failure(Reason.BUSY, "sip:486"), Failure(Reason.INVALID_NUMBER, "sip:404")
    assert failures == [auth, busy, *[barred] * IN_A_ROW, auth, nobody, barred]
    await house.channel.stop()


@pytest.mark.anyio
async def test_alarm_is_seen_until_a_call_is_taken() -> None:
    house = await House().start()

    def alarm() -> Any:
        return house.channel.condition()["alarm"]

    assert alarm() is None
    house.channel.heard(refused(1, 503))
    assert alarm() == {"reason": "trunk_failed", "detail": "sip:503", "since": START + 1, "calls": 1}
    house.channel.heard(Answered(**head(2), rang=True))
    assert alarm() is None
    assert house.heard.of(Link) == house.heard.of(Link)[:1]
    await house.channel.stop()


@pytest.mark.anyio
async def test_trunk_that_fails_after_it_rang_is_left_as_one_that_fails_before() -> None:
    house = await House().start()
    told = Ended(**head(1), why="refused", who="callee", sip=503, rang=True, retry_after=7)
    house.channel.heard(told)
    facts = [fact for fact in await house.facts(2) if isinstance(fact, Failed)]
    assert facts == [Failed(1, 1, "t", Failure(Reason.TRUNK_FAILED, "sip:503", after=7 * SECOND), NOW + 1)]
    await house.channel.stop()
