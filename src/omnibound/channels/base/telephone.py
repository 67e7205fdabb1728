"""What connectors that call need: a telephone, and somebody who says what is to be said."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from omnibound.domain.facts import Failure
from omnibound.domain.message import Attempt
from omnibound.wire.telephone import Chosen, Dial, Ear, Script, Trunk

Speak = Callable[[Attempt], Awaitable[Script | Failure]]
"""What an attempt is to say, spoken; or why it cannot be."""

Heed = Callable[[Chosen], Awaitable[None]]
"""Does what a choice asks of the server. Returns once that is committed; the same choice may come again."""


class Telephone(Protocol):
    """Makes calls over trunks, in a process of its own."""

    def attach(self, trunk: str, ear: Ear) -> None:
        """Tell this one of the trunk's calls from now on."""
        ...

    def trunk(self, name: str) -> Trunk:
        """How a trunk is now."""
        ...

    def dial(self, dial: Dial) -> None:
        """Make a call; asked again by itself where the process or the connection dies before it was heard of."""
        ...

    def ack(self, numbers: list[int]) -> None:
        """What these events mean is committed."""
        ...
