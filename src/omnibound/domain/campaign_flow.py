"""How a campaign tries to reach a person: its steps, rounds, and what each reason leads to."""

from collections.abc import Iterable, Mapping
from typing import Final

from omnibound.domain.campaign import CHANNEL, Campaign, Kind, PriorityOrder
from omnibound.domain.flow import HOUR, SECOND, Effect, Flow, Move, Step
from omnibound.domain.member import MOST_NUMBERS, UNRANKED
from omnibound.domain.outbound import BUSY, MACHINE, NOT_REACHED, REDIAL, STANDARD, ResultSet
from omnibound.domain.status import Reason

FOREVER: Final = 1 << 61
"""The validity of calls that only the campaign's end or its operator ends."""

_R = Reason
_LATER: Final = (_R.BUSY, _R.NO_ANSWER, _R.UNREACHABLE, _R.REJECTED, _R.MACHINE, _R.ABANDONED, _R.LOST_RINGING)
"""The next round may do better."""
_DEAD: Final = (
    _R.INVALID_NUMBER, _R.BARRED, _R.FAX, _R.MODEM, _R.MEDIA_REFUSED, _R.WRONG_NUMBER, _R.BAD_ADDRESS,
)  # fmt: skip
"""The number is of no use."""
_OVER: Final = (_R.BLOCKED, _R.DO_NOT_DISTURB, _R.FILTERED, _R.EXPIRED, _R.CLOSED, _R.NO_CONTENT)
_ABANDONED_WAIT: Final = 72 * HOUR
_PAUSE: Final = 600 * SECOND

_CHARGES: Final[Mapping[Reason, str]] = {
    _R.BUSY: BUSY,
    **dict.fromkeys((_R.NO_ANSWER, _R.UNREACHABLE, _R.REJECTED, _R.LOST_RINGING), NOT_REACHED),
    _R.MACHINE: MACHINE,
    **dict.fromkeys((_R.ABANDONED, _R.REDIAL, _R.SKIPPED), REDIAL),
}
"""What another round after a reason uses up."""

_STOPS: Final = (_R.REFUSAL, _R.WRONG_PERSON, _R.AUTO_ATTENDANT, _R.AGENT_REJECTED)


def flow_of(campaign: Campaign) -> Flow:
    """What all deliveries of a campaign go by, as it is now."""
    if campaign.flow is not None:
        return campaign.flow
    return _dialled(campaign, campaign.results or STANDARD) if campaign.dialled else _plain(campaign)


def lane_of(campaign: Campaign, priority: int) -> str:
    """Where a campaign's people of a priority wait for its dialer; lanes sort as their priorities do."""
    return f"{lanes_of(campaign.account, campaign.id)}{priority:06d}"


def lanes_of(account: int, campaign: str) -> str:
    """What the names of all lanes of a campaign begin with."""
    return f"{LANES}{account}:{campaign}:"


def read_lane(lane: str) -> tuple[int, str]:
    """The account and the campaign of a lane."""
    _, account, campaign, _ = lane.split(":")
    return int(account), campaign


def in_order(lanes: Iterable[str], order: PriorityOrder) -> list[str]:
    """Lanes of one campaign as they are served. Who has no priority comes last, whatever the order."""
    ranked = sorted(lanes, reverse=order is PriorityOrder.DESCENDING)
    return sorted(ranked, key=lambda lane: lane.endswith(_LAST))


_LAST: Final = f":{UNRANKED:06d}"
LANES: Final = "dial:"
"""What the names of all lanes begin with; no channel's does."""


def _plain(campaign: Campaign) -> Flow:
    """One step, a round an attempt; what a trunk or a window does not allow is tried again within the step.

    A call that was lost after its answer is held: only a person knows what was said (REDIAL, AGAIN).
    """
    pauses = {_R.ABANDONED: _ABANDONED_WAIT, **campaign.pauses}
    return Flow(
        steps=(Step(channel=CHANNEL, sender=campaign.caller, validity=campaign.lasts, connector=campaign.trunk),),
        rounds=campaign.attempts,
        pause=campaign.pause,
        effects={
            **{reason: Effect(move=Move.LATER, wait=pauses.get(reason, campaign.pause)) for reason in _LATER},
            **dict.fromkeys(_DEAD, Effect(move=Move.STRIKE)),
            **dict.fromkeys(_OVER, Effect(move=Move.STOP)),
            _R.LOST: Effect(move=Move.HOLD),
            _R.REDIAL: Effect(move=Move.LATER, wait=campaign.pause),
            _R.AGAIN: Effect(move=Move.AGAIN),
        },
        otherwise=Effect(move=Move.STOP),
        retry_for=campaign.lasts,
        receipt_wait=0,
        report_steps=True,
    )


def _dialled(campaign: Campaign, results: ResultSet) -> Flow:
    """A step a number, and as many rounds as the limits allow in all."""
    waits = {reason: results.pauses.get(charge, campaign.pause) for reason, charge in _CHARGES.items()}
    if not campaign.reserves:
        waits[_R.ABANDONED] = _ABANDONED_WAIT
    return Flow(
        steps=tuple(
            Step(channel=CHANNEL, sender=campaign.caller, validity=FOREVER, connector=campaign.trunk, address=place)
            for place in range(MOST_NUMBERS)
        ),
        rounds=1 + sum(results.limits.values()),
        pause=campaign.pause,
        effects={
            **{
                reason: Effect(move=Move.LATER, wait=waits[reason], charge=charge)
                for reason, charge in _CHARGES.items()
            },
            **dict.fromkeys((*_DEAD, _R.UNKNOWN), Effect(move=Move.STRIKE)),
            **dict.fromkeys(_STOPS, Effect(move=Move.STOP)),
            _R.ANSWERED: Effect(move=Move.HOLD if campaign.kind is Kind.QUEUE else Move.DONE),
            _R.LOST: Effect(move=Move.HOLD),
            _R.AGAIN: Effect(move=Move.AGAIN, charge=REDIAL),
            _R.NO_CONTENT: Effect(move=Move.NEXT),
            **results.effects,
        },
        otherwise=Effect(move=Move.STOP),
        limits=dict(results.limits),
        retry_for=FOREVER,
        receipt_wait=0,
        report_steps=True,
        dialled=True,
    )
