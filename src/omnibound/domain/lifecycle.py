"""How a delivery lives, from its first step to its outcome. Pure functions of one value; tables: `ageing`, `moves`."""

from typing import NamedTuple

from msgspec.structs import replace

from omnibound.domain.afterwards import after_end
from omnibound.domain.ageing import AGES, line
from omnibound.domain.flow import Effect, Flow, Move
from omnibound.domain.live import Event, Live, Note, Outcome, Past, Said, Stage, Word
from omnibound.domain.moves import MOVES, backoff, is_barred, is_last, last_failure, next_living, retry
from omnibound.domain.status import Reason, Status, end_status

__all__ = ["AGES", "MOVES", "Next", "after_end", "backoff", "begin", "due_word", "move"]


class Next(NamedTuple):
    """What one word leads to. `live` is None when the delivery has ended; `outcomes` has at most one final one.

    A word that changes nothing gives the very same `live` back; any other one with a version greater by one.
    """

    live: Live | None
    events: tuple[Event, ...]
    outcomes: tuple[Outcome, ...] = ()


_P, _S, _D, _SEEN = Status.PENDING, Status.SENT, Status.DELIVERED, Status.SEEN
_E, _F = Status.EXPIRED, Status.FAILED

_ENDS = frozenset((Move.DONE, Move.STOP))
_REFUSALS = frozenset((Said.FAILED, Said.SKIPPED))
_STRIKE = Effect(move=Move.STRIKE)
_RETRIED = frozenset((Said.FAILED, Said.UNKNOWN, Said.UNDELIVERED))


# --- how it begins ----------------------------------------------------------------------------------------------------


def begin(live: Live, flow: Flow, skipped: dict[int, Reason], now: int) -> Next:
    """The first step of a new delivery. `skipped` are the steps that cannot be tried, by index, and why.

    The clock of the first step starts at `live.due_at`. Each skipped step uses up a number of an attempt, so that no
    other attempt is mistaken for it. A delivery without any step to try ends at once.
    """
    if not skipped:
        return Next(_first(live, flow, 0, 0, live.attempt), ())
    words = [
        Word(Said.SKIPPED, number, now, skipped[step]) for number, step in enumerate(sorted(skipped), live.attempt)
    ]
    steps = dict(zip(sorted(skipped), words, strict=True))
    events = tuple(line(live.id, step, word, _F, Note.NONE) for step, word in steps.items())
    struck = sum(1 << step for step in skipped)
    first = next_living(struck, flow, -1)
    final = len(flow.steps) - 1 if first is None else -1
    outcomes = tuple(
        _outcome(replace(live, step=step, attempt=word.attempt), word, final=step == final)
        for step, word in steps.items()
        if step == final or flow.report_steps
    )
    begun = None if first is None else _first(live, flow, first, struck, live.attempt + len(words))
    return Next(begun, events, outcomes)


def _first(live: Live, flow: Flow, step: int, struck: int, attempt: int) -> Live:
    until = live.due_at + flow.steps[step].validity
    return Live(
        live.id, live.message, live.account, live.cls, Stage.WAITING, step, 0, attempt, 0, live.due_at, until,
        struck=struck, channel=live.channel if flow.dialled else flow.steps[step].channel,
    )  # fmt: skip


# --- what is said of it -----------------------------------------------------------------------------------------------


def due_word(live: Live, now: int) -> Word:
    """What our clock says of a delivery whose instant has come: expired unsent, or no receipt in time."""
    reason, detail = last_failure(live) if live.stage is Stage.WAITING else (Reason.NO_RECEIPT, "")
    return Word(Said.DUE, live.attempt, now, reason, detail, live.connector)


def move(live: Live, flow: Flow, word: Word, now: int, others: int = 0) -> Next:
    """What a delivery does when something is said of one of its attempts.

    `others` is how many other connectors could take its step now: a retry is at once until each had its turn.
    """
    said = word.said
    if said is Said.RESULT or said is Said.LAST:
        return _person_says(live, flow, word, now)
    if word.attempt != live.attempt:
        return _earlier_attempt(live, flow, word)
    stage = live.stage
    if stage is Stage.HELD:
        aged, note = AGES[_D, said]
        return Next(live, (line(live.id, live.step, word, aged, note),))
    aged, note = AGES[_P if stage is Stage.WAITING else _S, said]
    if aged is _S or aged is _P:
        if said is Said.UNKNOWN and word.retry and stage is Stage.WAITING and not is_barred(live):
            return _failed(live, flow, word, _E, note, now, others)
        return _stays(live, flow, word, aged, note)
    if aged is _D or aged is _SEEN:
        return _arrived(live, flow, word, aged, note, now)
    if said is Said.DUE and now < (live.step_until if stage is Stage.WAITING else live.due_at):
        return Next(live, ())
    return _failed(live, flow, word, aged, note, now, others)


def _stays(live: Live, flow: Flow, word: Word, aged: Status, note: Note) -> Next:
    waiting = live.stage is Stage.WAITING
    if word.said is Said.ACCEPTED and (waiting or not live.parts):
        event = line(live.id, live.step, word, aged, note if waiting else Note.LATE)
        return Next(_sent(live, flow, word, word.parts or 1, live.ambiguous), (event,))
    event = line(live.id, live.step, word, aged, note)
    if word.said is Said.UNKNOWN and waiting:
        # No parts: an acceptance that comes after all still tells how many there are.
        return Next(_sent(live, flow, word, live.parts, True), (event,))
    return Next(live, (event,))


def _sent(live: Live, flow: Flow, word: Word, parts: int, ambiguous: bool) -> Live:
    due = live.step_until
    if is_last(live, flow):
        due += flow.receipt_wait
    return Live(
        live.id, live.message, live.account, live.cls, Stage.SENT, live.step, live.round, live.attempt, live.tries, due,
        live.step_until, live.retry_until, word.at, word.connector, parts, live.done, live.struck, ambiguous,
        live.charges, live.past, live.version + 1, live.channel,
    )  # fmt: skip


def _person_says(live: Live, flow: Flow, word: Word, now: int) -> Next:
    if word.said is Said.LAST:
        return _bar(live, flow, word)
    effect = flow.effect(word.reason)
    # Of an attempt that is over only the end of all can follow, and who is held already cannot be held again.
    over = word.attempt != live.attempt and effect.move not in _ENDS
    if over or (effect.move is Move.HOLD and live.stage is Stage.HELD):
        return Next(live, (line(live.id, -1 if over else live.step, word, end_status(word.reason), Note.LATE),))
    event = line(live.id, live.step, word, end_status(word.reason), Note.NONE)
    left = live if live.stage is Stage.HELD else _leave(live, word)
    return _result(left, flow, word, event, effect, now)


_STATUS = {Stage.WAITING: _P, Stage.SENT: _S, Stage.HELD: _D}


def _bar(live: Live, flow: Flow, word: Word) -> Next:
    """The attempt under way runs out, and its receipts count; nothing follows it."""
    if is_barred(live):
        return Next(live, ())
    aged, note = AGES[_STATUS[live.stage], word.said]
    due = live.step_until + flow.receipt_wait if live.stage is Stage.SENT else live.due_at
    struck = live.struck | (1 << len(flow.steps)) - 1
    barred = replace(live, struck=struck, due_at=due, version=live.version + 1)
    return Next(barred, (line(live.id, live.step, word, aged, note),))


# --- what arrives -----------------------------------------------------------------------------------------------------


def _arrived(live: Live, flow: Flow, word: Word, aged: Status, note: Note, now: int) -> Next:
    parts = live.parts or word.parts
    if parts > 1:
        done = live.done | _bit(word, parts)
        if done == live.done:
            return Next(live, (line(live.id, live.step, word, _S, Note.DOUBLED),))
        if done != (1 << parts) - 1:
            # A part that has arrived was sent: nobody may hand it over once more.
            sent = _sent(live, flow, word, parts, live.ambiguous) if live.stage is Stage.WAITING else live
            some = replace(sent, parts=parts, done=done, version=live.version + 1)
            return Next(some, (line(live.id, live.step, word, _S, note),))
        live = replace(live, parts=parts, done=done)
    if not live.sent_at:
        # What has arrived was sent, whether or not anybody told.
        live = replace(live, sent_at=word.at)
    event = line(live.id, live.step, word, aged, note)
    effect = flow.effect(word.reason)
    if effect is flow.otherwise:
        # Nobody named this reason: that it has arrived is enough.
        return Next(None, (event,), (_outcome(live, word, status=aged),))
    return _result(live, flow, word, event, effect, now)


def _earlier_attempt(live: Live, flow: Flow, word: Word) -> Next:
    aged, note = AGES[_E, word.said]
    past = next((p for p in live.past if p.attempt == word.attempt), None)
    if past is None:
        return Next(live, (line(live.id, -1, word, aged, note),))
    event = line(live.id, past.step, word, aged, note)
    if word.said is Said.ACCEPTED and not past.parts:
        return Next(_with_past(live, past, replace(past, parts=word.parts or 1, sent_at=word.at)), (event,))
    if not aged.arrived:
        return Next(live, (event,))
    parts = past.parts or word.parts or 1
    done = past.done | (_bit(word, parts) if parts > 1 else 1)
    if done == past.done:
        return Next(live, (line(live.id, past.step, word, _E, Note.DOUBLED),))
    effect = flow.effect(word.reason)
    if done == (1 << parts) - 1 and (effect.move in _ENDS or effect is flow.otherwise):
        return Next(None, (event,), (_late_outcome(live, past, word, aged, parts),))
    some = line(live.id, past.step, word, _E if done != (1 << parts) - 1 else aged, note)
    return Next(_with_past(live, past, replace(past, parts=parts, done=done)), (some,))


def _with_past(live: Live, past: Past, now: Past) -> Live:
    return replace(live, past=tuple(now if p is past else p for p in live.past), version=live.version + 1)


def _late_outcome(live: Live, past: Past, word: Word, aged: Status, parts: int) -> Outcome:
    return Outcome(
        live.id, live.account, word.attempt, aged, word.reason, word.detail, past.step, past.round, word.connector,
        parts, past.sent_at or word.at, word.at, live.ambiguous, seen_at=word.at if aged is _SEEN else 0,
    )  # fmt: skip


def _bit(word: Word, parts: int) -> int:
    return 1 << word.part if 0 <= word.part < parts else 0


# --- what fails -------------------------------------------------------------------------------------------------------


def _failed(live: Live, flow: Flow, word: Word, aged: Status, note: Note, now: int, others: int) -> Next:
    event = line(live.id, live.step, word, aged, note)
    left = _leave(live, word)
    if word.retry and word.said in _RETRIED:
        again = retry(left, flow, word, now, others)
        if again:
            return Next(again, (event,))
    effect = flow.effect(word.reason)
    if word.said is Said.SKIPPED and effect.move not in _ENDS:
        # It will not be possible in a later round either.
        effect = _STRIKE
    return _result(left, flow, word, event, effect, now)


def _leave(live: Live, word: Word) -> Live:
    """The attempt is over for us. Unless it surely never left it may still arrive, so it is remembered."""
    if live.stage is Stage.WAITING and word.said in _REFUSALS:
        return live
    ambiguous = live.ambiguous or word.said is Said.UNKNOWN
    past = Past(live.attempt, live.step, live.parts, live.done, live.sent_at, live.round)
    return replace(live, past=(*live.past, past), ambiguous=ambiguous)


# --- what follows from a result ---------------------------------------------------------------------------------------


def _result(live: Live, flow: Flow, word: Word, event: Event, effect: Effect, now: int) -> Next:
    if effect.charge:
        used = live.charges.get(effect.charge, 0) + 1
        live = replace(live, charges={**live.charges, effect.charge: used})
        if used > flow.limits.get(effect.charge, used):
            return Next(None, (event,), (_outcome(live, word, exhausted=True),))
    following = MOVES[effect.move](live, flow, effect, word, now)
    if following is None:
        return Next(None, (event,), (_outcome(live, word, exhausted=effect.move in (Move.LATER, Move.AGAIN)),))
    if flow.report_steps and effect.move is not Move.HOLD:
        return Next(following, (event,), (_outcome(live, word, final=False),))
    return Next(following, (event,))


# --- small things -----------------------------------------------------------------------------------------------------


def _outcome(
    live: Live, word: Word, final: bool = True, exhausted: bool = False, status: Status | None = None
) -> Outcome:
    if status is None:
        status = end_status(word.reason)
    return Outcome(
        live.id, live.account, live.attempt, status, word.reason, word.detail, live.step, live.round,
        word.connector or live.connector, max(live.parts, 1), live.sent_at, word.at, live.ambiguous, exhausted, final,
        seen_at=word.at if word.said is Said.SEEN and status.arrived else 0,
    )  # fmt: skip
