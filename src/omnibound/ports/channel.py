"""A way out, as the engine sees it; and the clock."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, Literal, NamedTuple, Protocol

from omnibound.domain.facts import Fact
from omnibound.domain.message import Attempt, Message

Clock = Callable[[], int]
"""Now, in microseconds UTC."""

Emit = Callable[[Sequence[Fact]], Awaitable[None]]
"""Takes a list of facts at once, in order; what it returns is awaited to know that they are committed."""


class Share(NamedTuple):
    """How much of a connector this node holds: `binds` of `of`, which is all that it has in the whole cluster.

    Its rate goes with them, and for providers without binds its window too: two binds of three are two thirds.
    """

    binds: int
    of: int

    def rate(self, whole: float) -> float:
        """Parts a second here, where `whole` are allowed in the cluster. 0 stays 0: no limit."""
        return whole * self.binds / self.of


NOT_HELD: Final = "not held here"
"""Why a connector is not up on a node that holds none of its binds."""


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
    slots: int
    """Into how many binds it can be divided between nodes (`Share.of`): those of `smpp`; 12 of an HTTP provider's, so
    that up to four nodes, or six, get equal parts; 1 of what one node has to itself. `amend` may change it."""
    share: Share
    """What this node holds of it. From the start all: (slots, slots)."""

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

    async def resize(self, share: Share) -> None:
        """Hold so much of it from now on. May be called at any time, also before `start` and while it runs already.

        What it takes away counts before anything is awaited: nothing more is written there. Awaited are the answers of
        the binds that leave (at most 10 s; the rest comes back as Unknown), their commits and their unbinding: once it
        returns, another node may hold them. Those that are added come up by themselves.

        With no binds it serves nothing: `room` is 0, and `up` is False with the reason `NOT_HELD`, which a Link fact
        tells; another one tells when it is up again. Whatever waits for it belongs to nodes that hold some of it.
        """
        ...

    def amend(self, settings: Any) -> bool:
        """Go on by other settings of its kind, nothing interrupted. False, and nothing has changed: it has to be
        replaced by another channel, for what differs decides whom it speaks to, and as whom.

        `share` stays what it is: where `slots` is another number afterwards, whoever divides it resizes it.
        """
        ...

    async def stop(self, linger_s: float = 0) -> None:
        """Wait for the window (at most 10 s), give back the rest as Unknown, and close.

        With `linger_s` it hears for so many seconds more what the provider tells, before it closes; a second `stop`
        without it ends that wait.
        """
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
