"""The whole story of one delivery, in words."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from msgspec import Struct

from omnibound.api.base import Ask, to_date, word, words
from omnibound.api.calls import CallOut, write_call
from omnibound.api.people import AddressesOut, write_addresses
from omnibound.domain.flow import SECOND, Flow
from omnibound.domain.live import Event, Live, Note, Outcome, Said, Stage
from omnibound.domain.message import Class, Message
from omnibound.domain.status import MEANINGS, Reason, Status
from omnibound.services.read_calls import Kept
from omnibound.services.read_deliveries import Story

StatusWord = Annotated[str, words(Status)]
ReasonWord = Annotated[str, words(Reason)]


class StepOut(Struct, frozen=True, kw_only=True):
    """A step of the flow, as it was frozen when the message was taken."""

    channel: str
    sender: str
    validity_s: float


class ContentOut(Struct, frozen=True, kw_only=True):
    """What one channel says."""

    text: str
    subject: str
    options: dict[str, Any]


class MessageOut(Struct, frozen=True, kw_only=True):
    """What was sent, to however many people."""

    bulk: str
    created_at: datetime | None
    callback_data: str
    content: dict[str, ContentOut]
    steps: list[StepOut]
    rounds: int


class StateOut(Struct, frozen=True, kw_only=True):
    """Where an unfinished delivery stands. Steps count from 0, attempts from 1; `due_at` is when it moves next."""

    stage: Annotated[str, words(Stage)]
    step: int
    channel: str
    round: int
    attempt: int
    due_at: datetime | None
    step_until: datetime | None
    sent_at: datetime | None
    connector: str
    ambiguous: bool
    priority: Annotated[str, words(Class)]


class EventOut(Struct, frozen=True, kw_only=True):
    """A line of the timeline: what was said of an attempt, and its status then. `note` says what is odd about it."""

    at: datetime | None
    attempt: int
    step: int | None
    channel: str
    said: Annotated[str, words(Said)]
    status: StatusWord
    reason: ReasonWord
    meaning: str
    detail: str
    connector: str
    part: int
    note: Annotated[str, words(Note)]


class OutcomeOut(Struct, frozen=True, kw_only=True):
    """How the delivery (`final`) or one step of it ended, and what came afterwards.

    `late`: what was heard after the end and changes it; `twice`: another attempt arrived too; `ambiguous`: an attempt
    may have left or not when its link died.
    """

    status: StatusWord
    reason: ReasonWord
    meaning: str
    detail: str
    attempt: int
    step: int
    channel: str
    round: int
    connector: str
    parts: int
    sent_at: datetime | None
    done_at: datetime | None
    final: bool
    ambiguous: bool
    exhausted: bool
    late: StatusWord | None
    late_at: datetime | None
    twice: bool
    seen_at: datetime | None


class DeliveryOut(Struct, frozen=True, kw_only=True):
    """All that is known of a delivery. `state` is null when it has ended, `outcome` until then; `calls` are over."""

    id: str
    own_id: str
    to: AddressesOut
    status: StatusWord
    message: MessageOut
    state: StateOut | None
    timeline: list[EventOut]
    outcome: OutcomeOut | None
    steps: list[OutcomeOut]
    calls: list[CallOut]


async def read(ask: Ask[None, None]) -> DeliveryOut:
    """GET /api/v1/deliveries/{id}."""
    story = await ask.services.deliveries.story(ask.account, ask.place["id"])
    return write_story(story, await ask.services.calls.of(ask.account, story.delivery.id))


def write_story(story: Story, calls: Sequence[Kept] = ()) -> DeliveryOut:
    """A story as the API tells it."""
    flow = story.message.flow
    final = next((outcome for outcome in story.outcomes if outcome.final), None)
    return DeliveryOut(
        id=story.message_id,
        own_id=story.delivery.ref,
        to=write_addresses(story.delivery.to),
        status=word(_status(story.live, final)),
        message=_message(story.message),
        state=_state(story.live, flow) if story.live else None,
        timeline=[_event(event, flow) for event in story.events],
        outcome=write_outcome(final, flow) if final else None,
        steps=[write_outcome(outcome, flow) for outcome in story.outcomes if not outcome.final],
        calls=[write_call(call) for call in calls],
    )


def _status(live: Live | None, final: Outcome | None) -> Status:
    if final is not None:
        return Status.SEEN if final.status.arrived and final.seen_at else final.status
    return Status.SENT if live and live.stage is not Stage.WAITING else Status.PENDING


def _message(message: Message) -> MessageOut:
    flow = message.flow
    return MessageOut(
        bulk=message.bulk,
        created_at=to_date(message.created_at),
        callback_data=message.callback_data,
        content={
            channel: ContentOut(text=content.text, subject=content.subject, options=content.options)
            for channel, content in message.content.items()
        },
        steps=[StepOut(channel=s.channel, sender=s.sender, validity_s=s.validity / SECOND) for s in flow.steps],
        rounds=flow.rounds,
    )


def _state(live: Live, flow: Flow) -> StateOut:
    return StateOut(
        stage=word(Stage(live.stage)),
        step=live.step,
        channel=_channel(flow, live.step),
        round=live.round,
        attempt=live.attempt,
        due_at=to_date(live.due_at),
        step_until=to_date(live.step_until),
        sent_at=to_date(live.sent_at),
        connector=live.connector,
        ambiguous=live.ambiguous,
        priority=word(Class(live.cls)),
    )


def _event(event: Event, flow: Flow) -> EventOut:
    return EventOut(
        at=to_date(event.at),
        attempt=event.attempt,
        step=event.step if event.step >= 0 else None,
        channel=_channel(flow, event.step),
        said=word(event.said),
        status=word(event.status),
        reason=word(event.reason),
        meaning=MEANINGS[event.reason].words,
        detail=event.detail,
        connector=event.connector,
        part=event.part,
        note=word(event.note),
    )


def write_outcome(outcome: Outcome, flow: Flow) -> OutcomeOut:
    """An outcome as the API tells it."""
    return OutcomeOut(
        status=word(outcome.status),
        reason=word(outcome.reason),
        meaning=MEANINGS[outcome.reason].words,
        detail=outcome.detail,
        attempt=outcome.attempt,
        step=outcome.step,
        channel=_channel(flow, outcome.step),
        round=outcome.round,
        connector=outcome.connector,
        parts=outcome.parts,
        sent_at=to_date(outcome.sent_at),
        done_at=to_date(outcome.done_at),
        final=outcome.final,
        ambiguous=outcome.ambiguous,
        exhausted=outcome.exhausted,
        late=word(outcome.late) if outcome.late is not Status.PENDING else None,
        late_at=to_date(outcome.late_at),
        twice=outcome.twice,
        seen_at=to_date(outcome.seen_at),
    )


def _channel(flow: Flow, step: int) -> str:
    return flow.steps[step].channel if 0 <= step < len(flow.steps) else ""
