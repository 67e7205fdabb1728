"""What a delivery does next: which step, in which round, when. None is the end. All times: microseconds UTC."""

from collections.abc import Callable

from msgspec.structs import replace

from omnibound.domain.flow import AFTER_OTHERS, AGAIN_AT_MOST, SECOND, Effect, Flow, Move
from omnibound.domain.live import Live, Said, Stage, Word
from omnibound.domain.patience import PATIENCE, USUAL, Patience
from omnibound.domain.status import Reason

ELSEWHERE, NOT_BEFORE = "elsewhere", "not before"
"""Charges of a step: the one other connector after a refusal; until when a provider that was left asked to wait."""

FAILURE = "failure "
"""Another one, before the network's code: why the step failed last. It counts nothing, but holds the reason."""

_OF_A_STEP = (ELSEWHERE, NOT_BEFORE, FAILURE)

LAST_TRY = SECOND
"""How long before the end of its step's validity a delivery is tried for the last time."""


def _end(live: Live, flow: Flow, effect: Effect, word: Word, now: int) -> Live | None:
    return None


def _next_step(live: Live, flow: Flow, effect: Effect, word: Word, now: int) -> Live | None:
    step = next_living(live.struck, flow, live.step)
    if step is None:
        return _next_round(live, flow, effect, word, now)
    return _go(live, flow, step, live.round, now)


def _strike(live: Live, flow: Flow, effect: Effect, word: Word, now: int) -> Live | None:
    live = replace(live, struck=live.struck | 1 << live.step)
    if not live.round:
        # The first round began with the first step, so all before this one have had their turn in it.
        return _next_step(live, flow, effect, word, now)
    step = _cyclic(live.struck, flow, live.step)
    return None if step is None else _go(live, flow, step, live.round, now)


def _next_round(live: Live, flow: Flow, effect: Effect, word: Word, now: int) -> Live | None:
    step = _cyclic(live.struck, flow, live.step)
    if step is None or live.round + 1 >= flow.rounds:
        return None
    return _go(live, flow, step, live.round + 1, now + _wait(flow, effect, word))


def _again(live: Live, flow: Flow, effect: Effect, word: Word, now: int) -> Live | None:
    used = live.charges.get("again", 0) + 1
    if used > AGAIN_AT_MOST or is_barred(live):
        return _next_round(live, flow, effect, word, now)
    return _go(replace(live, charges={**live.charges, "again": used}), flow, live.step, live.round, now)


def _hold(live: Live, flow: Flow, effect: Effect, word: Word, now: int) -> Live | None:
    return replace(live, stage=Stage.HELD, due_at=0, version=live.version + 1)


MOVES: dict[Move, Callable[[Live, Flow, Effect, Word, int], Live | None]] = {
    Move.DONE: _end,
    Move.STOP: _end,
    Move.NEXT: _next_step,
    Move.STRIKE: _strike,
    Move.LATER: _next_round,
    Move.AGAIN: _again,
    Move.HOLD: _hold,
}
"""What a delivery does next. Total."""


def backoff(id_: int, turn: int, patience: Patience = USUAL) -> int:
    """The wait before a retry in microseconds: the first one doubling, and up to half of it more, by the delivery."""
    base = min(patience.most, patience.first << min(turn, 6))
    # Ids of one order differ only above their lowest 8 bits, so the spread is read from the middle of the product.
    return base + base * (((id_ * 2654435761 + turn * 2246822519) >> 16) % 1024) // 2048


def retry(live: Live, flow: Flow, word: Word, now: int, others: int) -> Live | None:
    """The same step once more, of so many `others` that are up by another connector; None: it is not tried again."""
    patience = PATIENCE.get(word.reason, USUAL)
    if is_barred(live) or (patience.once and (not others or ELSEWHERE in live.charges)):
        return None
    until = live.step_until if patience.whole else live.retry_until or min(live.step_until, now + flow.retry_for)
    turn, place = divmod(live.tries, others + 1)
    at_once = patience.once or (turn < patience.turns and place < others)
    waits = turn if turn < patience.turns else live.tries - others * patience.turns
    due = now if at_once else _after_wait(live, word, patience, waits, now, until)
    if due >= until:
        return None
    charges = _failed_by(live.charges, word) if patience.told else live.charges
    if patience.once:
        charges = {**charges, ELSEWHERE: 1}
    if at_once and word.after:
        charges = {**charges, NOT_BEFORE: now + word.after}
    return replace(
        live, stage=Stage.WAITING, attempt=live.attempt + 1, tries=live.tries + patience.counted, due_at=due,
        retry_until=until, connector=word.connector, sent_at=0, parts=0, done=0, charges=charges,
        version=live.version + 1,
    )  # fmt: skip


def _after_wait(live: Live, word: Word, patience: Patience, waits: int, now: int, until: int) -> int:
    due = now + backoff(live.id, waits, patience)
    if patience.whole and now < until - LAST_TRY < due:
        due = until - LAST_TRY
    return max(due, now + word.after, live.charges.get(NOT_BEFORE, 0))


def _failed_by(charges: dict[str, int], word: Word) -> dict[str, int]:
    kept = {name: used for name, used in charges.items() if not name.startswith(FAILURE)}
    return {**kept, FAILURE + word.detail: int(word.reason)}


def last_failure(live: Live) -> tuple[Reason, str]:
    """Why its step was tried in vain until its validity ended, and the network's code; EXPIRED if nothing says so."""
    for name, reason in live.charges.items():
        if name.startswith(FAILURE):
            return Reason(reason), name.removeprefix(FAILURE)
    return Reason.EXPIRED, ""


def next_living(struck: int, flow: Flow, step: int) -> int | None:
    """The first step after `step` that is not struck, within the round."""
    step += 1
    while struck >> step & 1:
        step += 1
    return step if step < len(flow.steps) else None


def is_barred(live: Live) -> bool:
    """Whether nothing may follow the attempt under way: only then its own step is struck."""
    return bool(live.struck >> live.step & 1)


def is_last(live: Live, flow: Flow) -> bool:
    """Whether nothing is left to try after the attempt under way."""
    left = next_living(live.struck, flow, live.step) is not None or live.round + 1 < flow.rounds
    return not left or is_barred(live)


def _cyclic(struck: int, flow: Flow, step: int) -> int | None:
    count = len(flow.steps)
    return next((i % count for i in range(step + 1, step + 1 + count) if not struck >> i % count & 1), None)


def _wait(flow: Flow, effect: Effect, word: Word) -> int:
    # A person who names a time means it; a provider's wait is the least it asks for.
    if word.said is Said.RESULT and word.after:
        return word.after
    wait = 0 if effect.wait == AFTER_OTHERS else effect.wait or flow.pause
    return max(wait, word.after)


def _go(live: Live, flow: Flow, step: int, round_: int, due: int) -> Live:
    charges = live.charges
    if charges:
        charges = {name: used for name, used in charges.items() if not name.startswith(_OF_A_STEP)}
    return replace(
        live, stage=Stage.WAITING, step=step, round=round_, attempt=live.attempt + 1, tries=0, due_at=due,
        step_until=due + flow.steps[step].validity, retry_until=0, sent_at=0, parts=0, done=0, connector="",
        charges=charges, version=live.version + 1, channel=live.channel if flow.dialled else flow.steps[step].channel,
    )  # fmt: skip
