"""What stands where a connector was that is not configured any more, as long as something waits for it alone."""

from collections.abc import Callable
from typing import Literal

from omnibound.domain.message import Attempt, Message
from omnibound.ports import Channel, Emit, Share

WHY = "it is not configured any more"


class Gone:
    """A connector that is never up, by the name of the one that was. What waits for it waits until another comes."""

    slots = 0
    share = Share(1, 1)

    def __init__(self, was: Channel) -> None:
        self.name = was.name
        self.channel = was.channel
        self.carrier = was.carrier
        self.resend = was.resend
        self.waiting: Callable[[], int] = lambda: 0
        """How many wait for it."""
        self.confirms: Literal["device", "provider", "accept"] = was.confirms

    def room(self, share: float = 1.0) -> int:
        """None."""
        return 0

    def ahead(self) -> int:
        """None."""
        return 0

    def parts(self, message: Message) -> int:
        """Nobody knows any more."""
        return 1

    async def start(self, emit: Emit, wake: Callable[[], None]) -> None:
        """There is nobody to connect to."""

    async def send(self, attempts: list[Attempt]) -> None:
        """Never called: there is no room."""
        raise RuntimeError(WHY)

    async def resize(self, share: Share) -> None:
        """There is nothing to share."""

    def amend(self, settings: object) -> bool:
        """Never: it has to be replaced."""
        return False

    async def stop(self, linger_s: float = 0) -> None:
        """There is nothing to close."""

    def up(self) -> bool:
        """Never."""
        return False

    def condition(self) -> dict[str, object]:
        """See ports.Channel. `waiting` is 0: it is there for late receipts only, and no trouble."""
        return {"up": False, "why": WHY, "waiting": self.waiting()}

    def trace(self, on: bool) -> None:
        """There is nothing to keep."""
