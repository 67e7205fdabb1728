"""Who is excluded from a campaign, and when the others are due: judged anew when the campaign is changed. Pure."""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from msgspec.structs import replace

from omnibound.domain.bulk import PARKED, real_due
from omnibound.domain.calendar import NEVER
from omnibound.domain.campaign import Campaign
from omnibound.domain.campaign_flow import FOREVER
from omnibound.domain.due import Dues
from omnibound.domain.filters import excluded
from omnibound.domain.live import Live, Stage
from omnibound.domain.member import ALL_BITS, GONE_BIT, PROGRESS_BITS, Member, Progress, Result, Stand
from omnibound.domain.status import Reason

_OTHER_BITS: Final = (ALL_BITS & ~PROGRESS_BITS) | GONE_BIT


class Judged(NamedTuple):
    """Somebody who waits, as they are to wait from now on."""

    live: Live
    result: Result


def blocked_by(keys: Iterable[str], blocked: Mapping[str, Reason]) -> Reason | None:
    """Why the first of these numbers that is blocked is; None: none is. `blocked`: those that are, by their keys."""
    return next((blocked[key] for key in keys if key in blocked), None)


def exclusion(campaign: Campaign, member: Member, blocked: Reason | None) -> str:
    """Why somebody is excluded, in a word; empty: they are not. `blocked`: why one of their numbers is.

    Only campaigns that are dialled exclude: of the others who is blocked is found when they are called.
    """
    if not campaign.dialled:
        return ""
    if blocked is not None:
        return blocked.name.lower()
    fits = bool(campaign.excluded) and excluded(campaign.excluded, member.attributes)
    return Reason.FILTERED.name.lower() if fits else ""


def judged(dues: Dues, member: Member, live: Live, why: str) -> Judged | None:
    """How an open member stands that waits in the store; None: as it does. `why`: see `exclusion`.

    Whose hours do not come any more is left: they are told so when they are called.
    """
    due, progress = NEVER if why else dues.of(member), Progress.FILTERED if why else Progress.NOT_HANDLED
    waits = live.stage is Stage.WAITING and member.stand.progress in {Progress.NOT_HANDLED, Progress.FILTERED}
    moves = progress is not member.stand.progress
    if not waits or not (moves or (due != NEVER and max(real_due(live.due_at), dues.now) != due)):
        return None
    return Judged(_due(live, due), _result(member, due, progress, why, dues.now) if moves else _later(member, due))


def _due(live: Live, due: int) -> Live:
    """Due at another instant; one that is held back stays so. Its step is over as much later as it is due."""
    lasts = live.step_until - real_due(live.due_at)
    # What lasts as long as the campaign does would else end while it is excluded for a second time.
    lasts = FOREVER if lasts >= FOREVER >> 2 else lasts
    parked = PARKED if live.due_at >= PARKED else 0
    return replace(live, due_at=due + parked, step_until=due + lasts, version=live.version + 1)


def _result(member: Member, due: int, progress: Progress, why: str, now: int) -> Result:
    # The network's word for the last call stays.
    detail = why if member.reason is None else None
    return Result(member.id, Stand(progress=progress).pack(), _OTHER_BITS, detail, due, now)


def _later(member: Member, due: int) -> Result:
    """Nobody changed them: pauses go by when they were changed last."""
    return Result(member.id, 0, ALL_BITS, None, due, member.changed_at)
