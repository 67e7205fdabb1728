"""A story in words: what only happens late, and what is not known any more."""

import pytest
from msgspec.structs import replace

from omnibound.api.deliveries import write_outcome, write_story
from omnibound.domain.flow import MINUTE, Flow, Step
from omnibound.domain.live import Event, Live, Note, Outcome, Said, Stage
from omnibound.domain.message import Addresses, Content, Delivery, Message
from omnibound.domain.status import MEANINGS, Reason, Status
from omnibound.services.read_deliveries import Story

AT = 1_700_000_000_000_000
FLOW = Flow(steps=(Step(channel="PUSH", sender="app", validity=MINUTE), Step(channel="SMS", sender="us")))
MESSAGE = Message(id=1, account=1, flow=FLOW, content={"SMS": Content(text="Hi")}, created_at=AT)
DELIVERY = Delivery(id=2, message=1, account=1, to=Addresses(phone="1", more={"VIBER": "v"}), ref="mine")
LIVE = Live(2, 1, 1, 2, Stage.WAITING, 1, 0, 3, 1, AT, 2**62)
OUTCOME = Outcome(2, 1, 3, Status.EXPIRED, Reason.NO_RECEIPT, "gsm:27", 1, 0, "sms-a", 2, AT, AT)


def story(live: Live | None = None, events: tuple[Event, ...] = (), outcomes: tuple[Outcome, ...] = ()) -> Story:
    return Story("public", DELIVERY, MESSAGE, live, list(events), list(outcomes))


def test_what_came_after_the_end_stands_beside_the_outcome() -> None:
    late = replace(
        OUTCOME, late=Status.DELIVERED, late_at=AT + 1, twice=True, ambiguous=True, exhausted=True, seen_at=AT
    )
    told = write_outcome(late, FLOW)
    assert (told.status, told.reason, told.meaning) == ("expired", "no_receipt", MEANINGS[Reason.NO_RECEIPT].words)
    assert (told.late, told.twice, told.ambiguous, told.exhausted) == ("delivered", True, True, True)
    assert (str(told.late_at), str(told.seen_at)) == ("2023-11-14 22:13:20.000001+00:00", "2023-11-14 22:13:20+00:00")
    assert (told.channel, told.detail, told.parts) == ("SMS", "gsm:27", 2)


def test_outcomes_of_steps_stand_apart_from_the_last_one() -> None:
    step = replace(OUTCOME, attempt=1, step=0, final=False)
    told = write_story(story(None, (), (step, OUTCOME)))
    assert told.outcome == write_outcome(OUTCOME, FLOW)
    assert told.steps == [write_outcome(step, FLOW)]
    assert (told.status, told.own_id, told.to.more) == ("expired", "mine", {"VIBER": "v"})


@pytest.mark.parametrize(
    ("live", "outcomes", "status"),
    [
        (LIVE, (), "pending"),
        (replace(LIVE, stage=Stage.SENT), (), "sent"),
        (replace(LIVE, stage=Stage.HELD), (), "sent"),
        (None, (replace(OUTCOME, status=Status.DELIVERED),), "delivered"),
        (None, (replace(OUTCOME, status=Status.DELIVERED, seen_at=AT),), "seen"),
        (None, (replace(OUTCOME, status=Status.FAILED, seen_at=AT),), "failed"),
        (None, (), "pending"),
    ],
)
def test_status(live: Live | None, outcomes: tuple[Outcome, ...], status: str) -> None:
    assert write_story(story(live, (), outcomes)).status == status


def test_state_of_one_that_waits_for_ever() -> None:
    state = write_story(story(LIVE)).state
    assert state is not None
    assert (state.stage, state.priority, state.channel, state.round, state.step_until) == (
        "waiting",
        "bulk",
        "SMS",
        0,
        None,
    )


def test_a_line_of_a_step_that_is_not_known_any_more() -> None:
    event = Event(2, 1, -1, AT, Said.DELIVERED, Status.DELIVERED, Reason.DELIVERED, "", "push-a", 0, Note.LATE)
    line = write_story(story(None, (event,))).timeline[0]
    assert (line.step, line.channel, line.said, line.note) == (None, "", "delivered", "late")


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_has_words(reason: Reason) -> None:
    assert write_outcome(replace(OUTCOME, reason=reason), FLOW).meaning
