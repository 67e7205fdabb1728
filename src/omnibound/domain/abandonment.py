"""How many of the people who answered a campaign's calls found nobody there. Pure. Times: microseconds UTC.

A call counts where a person has answered it: machines, faxes and modems do not. The rules of the United States (47 CFR
64.1200) look at 30 days of a campaign, those of Ofcom of 2010 at 24 hours.
"""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from omnibound.domain.flow import DAY
from omnibound.domain.status import Reason

_CONNECTED: Final = (Reason.ANSWERED, Reason.OPTED_OUT)
"""They had an agent, or heard what they were called for."""
_ANSWERED: Final = (*_CONNECTED, Reason.ABANDONED, Reason.HUNG_UP, Reason.LOST)
"""A person answered. Who hung up before anybody was there was not abandoned."""

WINDOWS: Final[Mapping[str, int]] = {"day": DAY, "month": 30 * DAY}
"""How far each looks back from now."""


class Abandonment(Struct, frozen=True, gc=False, kw_only=True):
    """Calls that ended from `since` on and before `until`: `answered` by a person, `connected`, `abandoned`."""

    since: int
    until: int
    answered: int = 0
    connected: int = 0
    abandoned: int = 0

    @property
    def percent(self) -> float:
        """Of the answered calls those that were abandoned, to three decimals; 0 where none was answered."""
        return round(100 * self.abandoned / self.answered, 3) if self.answered else 0.0


def abandonment(reasons: Mapping[Reason, int], since: int, until: int) -> Abandonment:
    """Of calls by how they ended."""
    return Abandonment(
        since=since, until=until, answered=_sum(reasons, _ANSWERED), connected=_sum(reasons, _CONNECTED),
        abandoned=reasons.get(Reason.ABANDONED, 0),
    )  # fmt: skip


def _sum(reasons: Mapping[Reason, int], wanted: tuple[Reason, ...]) -> int:
    return sum(reasons.get(reason, 0) for reason in wanted)
