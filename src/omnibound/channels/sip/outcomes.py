"""What the end of a call means."""

from typing import Final, NamedTuple

from omnibound.domain.call_outcome import By, CallEnd
from omnibound.domain.facts import Failure
from omnibound.domain.flow import SECOND
from omnibound.domain.status import Reason
from omnibound.wire.telephone import Ended, Refused


class _Meaning(NamedTuple):
    """Who ended it, and the status that says the same where no response did."""

    by: By = By.THEM
    sip: int = 0


_TAKEN = 200
_ENDS: dict[str, _Meaning] = {
    "setup_timeout": _Meaning(sip=408),
    "ring_timeout": _Meaning(By.CANCEL, 487),
    "cancelled": _Meaning(By.CANCEL, 487),
    "crossed": _Meaning(By.CANCEL, _TAKEN),
    "no_media": _Meaning(By.US, 488),
    "lost": _Meaning(By.LOST),
    "stopped": _Meaning(By.LOST),
    "longest": _Meaning(By.US),
}
"""The user agent's words for an end; those that are not here leave it to what came back."""

LOST = frozenset({"lost", "stopped"})

NOBODY: Final = 10 * SECOND
"""How long after a call is made for which no agent was there. It uses up nothing."""

_REFUSALS: dict[str, Failure] = {
    "nobody": Failure(Reason.CLOSED, "agent", retry=True, after=NOBODY),
    "no_number": Failure(Reason.INVALID_NUMBER, "", retry=False),
    # Another trunk may have other prefixes.
    "barred": Failure(Reason.BARRED, ""),
    "failed": Failure(Reason.TRUNK_FAILED, "", retry=True),
}


def end_of(ended: Ended, barred_trunk: bool = False) -> CallEnd:
    """An end in the words of the table that all telephones share."""
    meaning = _ENDS.get(ended.why, _Meaning(By.US if _is_ours(ended) else By.THEM))
    if ended.why == "no_media":
        return CallEnd(sip=meaning.sip, rang=ended.rang, by=meaning.by)
    sip = _TAKEN if ended.answered else meaning.sip or ended.sip
    return CallEnd(
        sip=sip, q850=0 if ended.answered else ended.q850, rang=ended.rang, by=meaning.by, barred_trunk=barred_trunk,
        opted_out=ended.opted_out, joined=ended.joined_at > 0, unserved=ended.unserved,
        heard=ended.heard, left=ended.left,
    )  # fmt: skip


def _is_ours(ended: Ended) -> bool:
    """Whether nothing was left to say: it was said, or a key asked us to hang up."""
    return ended.said or (ended.why, ended.who) == ("hung_up", "us")


def failure_of(ended: Ended, reason: Reason, detail: str) -> Failure:
    """Why a call that nobody took failed. A carrier's Retry-After is heeded.

    A call that may have rung before we lost it is not made again.
    """
    return Failure(reason, detail, False if ended.why in LOST else None, ended.retry_after * SECOND)


def refusal_of(refused: Refused) -> Failure | None:
    """Why a call was not even begun; None where there was no room for it."""
    return _REFUSALS.get(refused.kind)
