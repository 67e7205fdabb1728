"""The result of a call was named wrongly, and is named anew: what follows then. Pure. Times: microseconds UTC.

What followed from the wrong one is taken back by going on from how the delivery stood while its result was awaited.
That is not kept: it follows from the outcomes of the rounds before (they are told for each of them).
"""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from omnibound.domain.campaign import Campaign
from omnibound.domain.campaign_flow import lane_of
from omnibound.domain.errors import TooLate
from omnibound.domain.flow import DAY, Flow, Move
from omnibound.domain.lifecycle import Next, move
from omnibound.domain.live import Event, Live, Note, Outcome, Said, Stage, Word
from omnibound.domain.member import Member, Progress
from omnibound.domain.message import Class

LATEST: Final = 7 * DAY
"""How long after it was named the result of somebody may be changed who is not called any more."""

_NAMED: Final = frozenset((Note.NONE, Note.CHANGED))


class Named(Struct, frozen=True, kw_only=True):
    """What is stored of a delivery: `live` None where it has ended, its outcomes and timeline, each in order."""

    live: Live | None
    message: int
    outcomes: Sequence[Outcome]
    timeline: Sequence[Event]


def check_named(named: Named, member: Member, now: int) -> Outcome:
    """The last result, which may still be changed. Raises TooLate."""
    live = named.live
    last = named.outcomes[-1] if named.outcomes else None
    if member.stand.progress is Progress.GONE:
        raise TooLate("this person was taken out of the campaign", "result")
    if last is None or not _is_named(named.timeline, last):
        raise TooLate("no result of the last call was named that could be changed", "result")
    if live is not None and live.stage is not Stage.WAITING:
        raise TooLate("the person is being called", "result")
    if live is None and now - last.done_at > LATEST:
        raise TooLate("the result was named more than a week ago", "result")
    return last


def _is_named(timeline: Sequence[Event], last: Outcome) -> bool:
    """Whether a person, or the end of wrap-up, has named it."""
    return any(e.said is Said.RESULT and e.attempt == last.attempt and e.note in _NAMED for e in timeline)


def corrected(campaign: Campaign, flow: Flow, member: Member, named: Named, word: Word, by: str) -> tuple[Live, Next]:
    """How it stood before the last result, and what follows from this one. `by`: who names it.

    `word` is of the attempt of the last outcome, which `check_named` has allowed.
    """
    before = _held(campaign, flow, member, named)
    following = move(before, flow, word, word.at)
    events = tuple(_told(event, named.outcomes[-1], by) for event in following.events)
    after = following.live
    if after is not None and named.live is not None:
        # What was tried since and rang nowhere has used up numbers of attempts.
        after = replace(after, attempt=max(after.attempt, named.live.attempt))
    return before, Next(after, events, following.outcomes)


def _told(event: Event, was: Outcome, by: str) -> Event:
    earlier = " ".join(filter(None, (was.reason.name.lower(), was.detail)))
    return Event(
        event.delivery, event.attempt, event.step, event.at, event.said, event.status, event.reason,
        f"{event.detail} was {earlier} by {by}".strip(), event.connector, event.part, Note.CHANGED,
    )  # fmt: skip


def _held(campaign: Campaign, flow: Flow, member: Member, named: Named) -> Live:
    *earlier, last = named.outcomes
    live = named.live
    return Live(
        member.id, named.message, member.account, int(Class.NORMAL), Stage.HELD, last.step, last.round, last.attempt, 0,
        0, 0, sent_at=last.sent_at, connector=last.connector, parts=last.parts, struck=_struck(flow, member, earlier),
        ambiguous=last.ambiguous, charges=_charges(flow, earlier), past=live.past if live else (),
        version=live.version if live else 0, channel=lane_of(campaign, member.priority),
    )  # fmt: skip


def _struck(flow: Flow, member: Member, earlier: Sequence[Outcome]) -> int:
    """A bit for each number that there is not, or that is dead."""
    there = len(member.numbers)
    dead = {outcome.step for outcome in earlier if flow.effect(outcome.reason).move is Move.STRIKE}
    return sum(1 << step for step in range(len(flow.steps)) if step >= there or step in dead)


def _charges(flow: Flow, earlier: Sequence[Outcome]) -> dict[str, int]:
    """What the rounds before have used up."""
    used: dict[str, int] = {}
    for outcome in earlier:
        effect = flow.effect(outcome.reason)
        names = (effect.charge, "again" if effect.move is Move.AGAIN else "")
        for name in filter(None, names):
            used[name] = used.get(name, 0) + 1
    return used
