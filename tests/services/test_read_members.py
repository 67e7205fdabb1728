"""What applications are told of members: how they stood at the event, though they stand otherwise by now."""

import pytest
from msgspec.structs import replace

from omnibound.domain.calendar import NEVER
from omnibound.domain.campaign import Campaign
from omnibound.domain.changes import Changes
from omnibound.domain.live import Live, Stage
from omnibound.domain.member import Member, Progress, Stand
from omnibound.domain.push import Asked, Push, Topic
from omnibound.domain.standing import ended
from omnibound.domain.status import Reason
from omnibound.domain.webhook import MemberEvent, MemberNews, event_of, push_number
from omnibound.services.read_members import MemberEvents
from tests.services.conftest import START, House
from tests.store import nouns

pytestmark = pytest.mark.anyio

CAMPAIGN = Campaign(id="c", account=nouns.ACCOUNT, name="C")
MEMBER = Member(id=5, account=nouns.ACCOUNT, campaign="c", phone="48123", custom={"a": 1}, created_at=1)
ONLY = {"type": ["tts"]}


def push(event: MemberEvent, attempt: int = 1, member: int = 5) -> Push:
    number = push_number(3, event)
    return Push(
        nouns.ACCOUNT, member, attempt, "u", "f", 1, 2, topic=Topic.MEMBER, request=Asked(only=ONLY), number=number
    )


async def called(house: House, *attempts: tuple[Reason, bool], stage: Stage = Stage.WAITING) -> Live:
    """A campaign with a member that was called so often; its delivery waits for the next attempt."""
    await house.store.campaigns.add(CAMPAIGN)
    waits = nouns.live(5, attempt=len(attempts) + 1, stage=stage)
    changes = nouns.born(waits)
    changes.members.append(MEMBER)
    for index, (reason, final) in enumerate(attempts):
        at = START + index
        outcome = nouns.outcome(5, attempt=index + 1, done_at=at, final=final)
        outcome = replace(outcome, reason=reason, round=index, detail=f"d{index}", exhausted=final)
        changes.outcomes.append(outcome)
        changes.results.append(ended(outcome))
    await house.store.record(changes)
    return waits


def stood(attempt: int, reason: Reason, *, closed: bool, due_at: int = START) -> Member:
    at, detail = START + attempt - 1, f"d{attempt - 1}"
    progress = Progress.MAX_CALLS if closed else Progress.NOT_HANDLED
    stand = Stand(progress=progress, closed=closed, reason=reason, tries=attempt, last_number=1)
    return replace(MEMBER, stand=stand, detail=detail, due_at=due_at, changed_at=at)


async def test_an_attempt_in_vain_while_the_next_one_waits(house: House) -> None:
    waits = await called(house, (Reason.BUSY, False))
    told = await MemberEvents(house.store).told(push(MemberEvent.RETRY))
    assert told == MemberNews(
        event=MemberEvent.RETRY, at=START, member=stood(1, Reason.BUSY, closed=False), live=waits, campaign=CAMPAIGN,
        only=ONLY,
    )  # fmt: skip


async def test_what_came_since_is_not_told(house: House) -> None:
    await called(house, (Reason.BUSY, False), (Reason.NO_ANSWER, True))
    events = MemberEvents(house.store)
    first, last = await events.told(push(MemberEvent.RETRY)), await events.told(push(MemberEvent.CLOSED, 2))
    assert first is not None
    assert last is not None
    busy = stood(1, Reason.BUSY, closed=False, due_at=NEVER)
    assert (first.member, first.at, first.live) == (busy, START, None)
    over = stood(2, Reason.NO_ANSWER, closed=True, due_at=NEVER)
    assert (last.member, last.at, last.live) == (over, START + 1, None)


async def test_a_call_under_way_does_not_wait(house: House) -> None:
    await called(house, (Reason.BUSY, False), stage=Stage.SENT)
    told = await MemberEvents(house.store).told(push(MemberEvent.RETRY))
    assert told is not None
    assert told.live is None


async def test_whose_outcome_is_cleared_away_is_told_as_it_is(house: House) -> None:
    await called(house, (Reason.BUSY, False))
    told = await MemberEvents(house.store).told(push(MemberEvent.CLOSED, 9))
    assert told is not None
    before = stood(1, Reason.BUSY, closed=False)
    assert (told.member, told.at) == (replace(before, stand=replace(before.stand, closed=True)), START)


async def test_who_is_no_more_is_not_told_of(house: House) -> None:
    assert await MemberEvents(house.store).told(push(MemberEvent.CLOSED)) is None
    await house.store.record(Changes(members=[MEMBER]))
    assert await MemberEvents(house.store).told(push(MemberEvent.CLOSED)) is None


@pytest.mark.parametrize("event", MemberEvent)
def test_a_number_has_its_event(event: MemberEvent) -> None:
    assert event_of(push_number(9, event)) is event
