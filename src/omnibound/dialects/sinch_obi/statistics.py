"""How the calls of campaigns went, for clients of later releases: all of them, and those of a day (UTC)."""

from typing import Final

from omnibound.dialects.sinch_obi.query import StatisticsWish
from omnibound.dialects.sinch_obi.words import OVER, WORDS
from omnibound.dialects.sinch_obi.writing import Written
from omnibound.domain.account import Account
from omnibound.domain.status import Reason
from omnibound.ports.calls import FOR_EVER
from omnibound.services.read_calls import Calls
from omnibound.services.view_campaigns import View

Told = list[tuple[View, Written]]

_R = Reason
TAKEN: Final = frozenset(
    (
        _R.ANSWERED, _R.HUNG_UP, _R.MACHINE_LEFT, _R.MACHINE, _R.FAX, _R.MODEM, _R.OPTED_OUT, _R.ABANDONED, _R.LOST,
        _R.SUCCESS, _R.REFUSAL, _R.WRONG_PERSON, _R.AUTO_ATTENDANT, _R.WRONG_NUMBER, _R.REDIAL, _R.AGAIN,
    )
)  # fmt: skip
"""Ends of calls that somebody or something took."""


async def add_statistics(calls: Calls, account: Account, told: Told, wish: StatisticsWish) -> Told:
    """The campaigns with their statistics; where agents are named only those whose calls they have taken."""
    found: Told = []
    for view, written in told:
        statistics = await _of(calls, account, view, wish)
        if statistics:
            found.append((view, {**written, "statistics": statistics}))
        elif not wish.agents:
            found.append((view, written))
    return found


async def _of(calls: Calls, account: Account, view: View, wish: StatisticsWish) -> Written:
    spans = {"daily": (wish.day, wish.end)} | ({"total": (0, FOR_EVER)} if wish.total else {})
    told: Written = {}
    for name, (since, until) in spans.items():
        reasons = await calls.reasons(account, view.campaign.id, since, until, wish.agents)
        if reasons:
            told[name] = _written(reasons)
    return told


def _written(reasons: dict[Reason, int]) -> Written:
    """How many calls, how many of them somebody or something took, and how many by each callResult."""
    results: dict[str, int] = {}
    for reason, number in reasons.items():
        word = WORDS[reason].result or OVER
        results[word] = results.get(word, 0) + number
    return {
        "calls": sum(reasons.values()),
        "answered": sum(number for reason, number in reasons.items() if reason in TAKEN),
        "callResults": dict(sorted(results.items())),
    }
