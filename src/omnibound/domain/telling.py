"""Outcomes with the reports that follow from them: to be pulled, and to be pushed where the client said so."""

from collections.abc import Sequence

from omnibound.domain.call import Call
from omnibound.domain.campaign import CHANNEL
from omnibound.domain.changes import Changes, Reportable, Suppressed
from omnibound.domain.live import Live, Outcome, Word
from omnibound.domain.message import Message
from omnibound.domain.moves import is_barred
from omnibound.domain.number import number_key
from omnibound.domain.push import Notify, Pull, Topic, push_of
from omnibound.domain.standing import ended, moved
from omnibound.domain.status import Reason


def tell(changes: Changes, message: Message, outcomes: Sequence[Outcome], now: int) -> None:
    """Add outcomes of one message's deliveries, and their reports, to what is written in one commit."""
    steps = message.flow.steps
    changes.outcomes += outcomes
    if message.campaign:
        # Its members tell how they stand, as often as they are asked: nobody takes a report.
        changes.told += outcomes
        return
    notify = message.notify
    if notify is not None:
        changes.pushes += [
            push_of(notify, o.account, o.delivery, o.attempt, now) for o in outcomes if o.final or notify.steps
        ]
        for outcome in outcomes:
            if outcome.seen_at:
                tell_seen(changes, notify, outcome, now)
        outcomes = [o for o in outcomes if _pulled(notify, o)]
    changes.reports += [Reportable(o.account, o.delivery, o.attempt, steps[o.step].channel) for o in outcomes]


def tell_member(changes: Changes, before: Live, after: Live | None, word: Word, outcomes: Sequence[Outcome]) -> None:
    """Add how the member of a campaign stands after a word that has changed its delivery."""
    if after is not None:
        changes.results.append(moved(before, after, word))
    elif outcomes:
        changes.results.append(ended(outcomes[-1], is_barred(before)))


def tell_call(changes: Changes, call: Call) -> None:
    """Add a call that is over. Who opted out in it is not called again: that is in the same commit."""
    changes.calls.append(call)
    if call.reason is Reason.OPTED_OUT:
        key = number_key(call.number)
        changes.suppressed.append(Suppressed(call.account, CHANNEL, key, Reason.OPTED_OUT, call.ended_at))


def tell_seen(changes: Changes, notify: Notify, outcome: Outcome, now: int) -> None:
    """Add what tells that a delivery was seen. Such reports are pushed only."""
    changes.pushes.append(push_of(notify, outcome.account, outcome.delivery, outcome.attempt, now, Topic.SEEN))


def _pulled(notify: Notify, outcome: Outcome) -> bool:
    return notify.pull is Pull.ALL or (notify.pull is Pull.FINAL and outcome.final)
