"""How what failed for now is tried again within its step: by whom, how long after, how often. Times: microseconds."""

from msgspec import Struct

from omnibound.domain.call_outcome import TRUNK
from omnibound.domain.flow import MINUTE, SECOND
from omnibound.domain.status import Reason


class Patience(Struct, frozen=True, gc=False, kw_only=True):
    """`first` is the first wait, which doubles up to `most`; a wait that a provider asks for is the least."""

    first: int = SECOND
    most: int = MINUTE
    turns: int = 1
    """Before how many waits all other connectors that are up are tried at once, one after another; 0: never."""
    once: bool = False
    """Tried by one other connector at once, or not at all: the second refusal stands."""
    whole: bool = False
    """Until the validity of the step ends, with a last try just before it; else as long as `Flow.retry_for` says."""
    told: bool = False
    """When the validity ends, this is told for the reason, rather than that it has ended."""
    counted: bool = True
    """False: no connector was asked, so that neither the next wait nor the next connector depends on it."""


USUAL = Patience()
_TRUNK = Patience(first=30 * SECOND, most=10 * MINUTE, turns=1_000, whole=True, told=True)
_REFUSED_HERE = Patience(once=True)

PATIENCE: dict[Reason, Patience] = {
    **dict.fromkeys(TRUNK, _TRUNK),
    **dict.fromkeys((Reason.BARRED, Reason.MEDIA_REFUSED), _REFUSED_HERE),
    Reason.NO_CONTENT: Patience(turns=0),
    **dict.fromkeys(
        (Reason.CLOSED, Reason.BLOCKED, Reason.DO_NOT_DISTURB, Reason.FILTERED),
        Patience(turns=0, whole=True, counted=False),
    ),
}
"""Of reasons after which trying again may help; all others are USUAL."""
