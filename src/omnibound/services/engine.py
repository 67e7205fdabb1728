"""What sending needs of the engine, as callables that `bootstrap` connects."""

from collections.abc import Awaitable, Callable, Sequence

from omnibound.domain.flow import Flow
from omnibound.domain.live import Live
from omnibound.domain.message import Class, Delivery, Message


async def _no_wait(_cls: Class, _count: int, _channel: str) -> None:
    """There is always room."""


def _nobody_told(message: Message, deliveries: Sequence[Delivery], lives: Sequence[Live], number: int) -> None:
    """Nobody waits for them here: they are claimed."""


def _nothing_held(account: int, campaign: str, flow: Flow) -> None:
    """Nothing of a campaign is held in memory here."""


class Engine:
    """What sending needs of the engine; `bootstrap` connects the real one."""

    def __init__(
        self,
        admit: Callable[[int], None] = lambda count: None,
        owner_for: Callable[[int, Class, int, str], tuple[int, int]] = lambda account, cls, count, channel: (0, 0),
        wait_for_room: Callable[[Class, int, str], Awaitable[None]] = _no_wait,
        on_born: Callable[[Message, Sequence[Delivery], Sequence[Live], int], None] = _nobody_told,
        release: Callable[[int], None] = lambda count: None,
        revise: Callable[[int, str, Flow], None] = _nothing_held,
    ) -> None:
        self.admit = admit
        """Raises Backlogged or Stopping when this many more cannot be taken; else they count until `release`."""
        self.release = release
        self.owner_for = owner_for
        """(this node's incarnation, how many of these it may own at once, given the channel of their first step)."""
        self.wait_for_room = wait_for_room
        """Waits a moment for a channel's room in memory: cheaper than to go through the store, and it slows a flood."""
        self.on_born = on_born
        """Told after the commit, of those that this node owns, and how many were born."""
        self.revise = revise
        """Told after the commit that the deliveries of an account's campaign follow this flow from now on."""
