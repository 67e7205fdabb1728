"""A way out, as the engine sees it; and the clock."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Literal, Protocol

from omnibound.domain.facts import Fact
from omnibound.domain.message import Attempt, Message

Clock = Callable[[], int]
"""Now, in microseconds UTC."""

Emit = Callable[[Sequence[Fact]], Awaitable[None]]
"""Takes a list of facts at once, in order; what it returns is awaited to know that they are committed."""


class Channel(Protocol):
    """A configured way out. It keeps no queue of its own: what is not written yet waits in the engine's queue."""

    name: str
    """The connector's name in the configuration."""
    channel: str
    """The channel it carries: SMS, PUSH, ..."""
    resend: bool
    """Whether an ambiguous attempt is sent again (`on_ambiguous`), or held for a receipt."""
    confirms: Literal["device", "provider", "accept"]
    """Who says that an attempt has arrived: the app, the provider in a receipt, or nobody after acceptance."""
    carrier: str
    """Shared by all connectors whose provider ids are of one space."""

    def room(self, share: float = 1.0) -> int:
        """How many parts it can write now, by window and rate; with `share` below 1 the rest of both stays free."""
        ...

    def ahead(self) -> int:
        """How many parts may be handed over (committed as about to go) before there is room for them.

        About what it writes in 20 ms: enough to keep a window full, too little to make an urgent message wait.
        """
        ...

    def parts(self, message: Message) -> int:
        """How many parts an attempt with this message's content has here."""
        ...

    async def start(self, emit: Emit, wake: Callable[[], None]) -> None:
        """Connect and stay connected. `wake` is called whenever room has grown from nothing."""
        ...

    async def send(self, attempts: list[Attempt]) -> None:
        """Write them all. Each comes back exactly once through `emit`: Accepted, Failed, Returned or Unknown."""
        ...

    async def stop(self) -> None:
        """Wait for the window (at most 10 s), give back the rest as Unknown, and close."""
        ...

    def up(self) -> bool:
        """Whether it is connected and not told to pause."""
        ...

    def condition(self) -> dict[str, object]:
        """How it is, for people: link, window, rate, counts. No secrets."""
        ...

    def trace(self, on: bool) -> None:
        """Switch the trace of what is exchanged with the provider on or off; secrets are blanked in it."""
        ...
