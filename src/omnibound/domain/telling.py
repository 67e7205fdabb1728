"""Outcomes with the reports that follow from them: to be pulled, and to be pushed where the client said so."""

from collections.abc import Sequence

from omnibound.domain.campaign import result_of
from omnibound.domain.changes import Changes, Reportable
from omnibound.domain.live import Outcome
from omnibound.domain.message import Message
from omnibound.domain.push import Notify, Pull, Topic, push_of


def tell(changes: Changes, message: Message, outcomes: Sequence[Outcome], now: int) -> None:
    """Add outcomes of one message's deliveries, and their reports, to what is written in one commit."""
    steps = message.flow.steps
    changes.outcomes += outcomes
    if message.campaign:
        # Its members tell how they stand, as often as they are asked: nobody takes a report.
        changes.results += map(result_of, outcomes)
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


def tell_seen(changes: Changes, notify: Notify, outcome: Outcome, now: int) -> None:
    """Add what tells that a delivery was seen. Such reports are pushed only."""
    changes.pushes.append(push_of(notify, outcome.account, outcome.delivery, outcome.attempt, now, Topic.SEEN))


def _pulled(notify: Notify, outcome: Outcome) -> bool:
    return notify.pull is Pull.ALL or (notify.pull is Pull.FINAL and outcome.final)
