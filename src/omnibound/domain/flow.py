"""A flow: which channels are tried, in which order, how often, and what each result leads to."""

from enum import IntEnum

from msgspec import Struct

from omnibound.domain.status import Reason

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

AFTER_OTHERS = -1
"""A `wait` that means: due at once, but after everybody who is in an earlier round."""


class Move(IntEnum):
    """What a result makes a delivery do next."""

    DONE = 0
    """It arrived: the end."""
    STOP = 1
    """Never try this person again here: the end."""
    NEXT = 2
    """The next step, now."""
    STRIKE = 3
    """This address is dead for good; then the next step."""
    LATER = 4
    """This round is over; wait, then the next round."""
    AGAIN = 5
    """The same address at once, at most `AGAIN_AT_MOST` times."""
    HOLD = 6
    """Wait for a person to say how it went."""


AGAIN_AT_MOST = 3


class Effect(Struct, frozen=True, gc=False, kw_only=True):
    """What a reason leads to. `wait` is in microseconds; `charge` names the counter in `Flow.limits` it uses up."""

    move: Move
    wait: int = 0
    charge: str = ""


class Step(Struct, frozen=True, gc=False, kw_only=True):
    """One way to try. `validity` is in microseconds; `address` picks among a person's several numbers.

    `connector` is the only one that may take it; empty: any of its channel.
    """

    channel: str
    sender: str = ""
    validity: int = 2 * DAY
    address: int = 0
    connector: str = ""


class Flow(Struct, frozen=True, gc=False, kw_only=True):
    """Ordered steps times rounds, and the table of effects.

    `pause` (microseconds) stands between two rounds; `retry_for` bounds the retries of temporary failures within one
    step; `receipt_wait` is how long after the last step's validity a receipt is still awaited. `report_steps` asks
    for an outcome of each step beside the last one. `dialled`: its deliveries wait in the lane they were born in, where
    a dialer claims them, instead of at their step's channel.
    """

    steps: tuple[Step, ...]
    rounds: int = 1
    pause: int = 0
    effects: dict[Reason, Effect] = {}
    otherwise: Effect = Effect(move=Move.NEXT)
    limits: dict[str, int] = {}
    retry_for: int = 10 * MINUTE
    receipt_wait: int = 5 * MINUTE
    report_steps: bool = False
    dialled: bool = False

    def effect(self, reason: Reason) -> Effect:
        """The line of the effect table for a reason."""
        return self.effects.get(reason) or DEFAULTS.get(reason) or self.otherwise


DEFAULTS: dict[Reason, Effect] = {
    **dict.fromkeys((Reason.DELIVERED, Reason.SEEN, Reason.SUCCESS), Effect(move=Move.DONE)),
    **dict.fromkeys((Reason.ANSWERED, Reason.HUNG_UP, Reason.MACHINE_LEFT), Effect(move=Move.DONE)),
    **dict.fromkeys((Reason.CANCELLED, Reason.OPTED_OUT, Reason.UNWANTED, Reason.MAX_CALLS), Effect(move=Move.STOP)),
}
"""What no flow needs to say: arriving ends it, and so does the word of a person to stop."""
