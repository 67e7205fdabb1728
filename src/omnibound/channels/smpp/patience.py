"""How long a bind waits: before the next try, and for a sign of life."""

import asyncio
import random
from collections.abc import Callable

from omnibound.channels.smpp.link import Link
from omnibound.channels.smpp.settings import Settings
from omnibound.wire.smpp import constants as c
from omnibound.wire.smpp import pdu


class BackOff:
    """Seconds until the next try: doubled each time up to the longest, less a random part so that binds spread."""

    def __init__(self, settings: Settings) -> None:
        self._shortest = settings.reconnect_min_s
        self._longest = settings.reconnect_max_s
        self._strikes = 0

    def wait(self, *, hopeless: bool = False) -> float:
        """The next wait; the longest at once where trying soon is hopeless."""
        wait = self._longest if hopeless else min(self._longest, self._shortest * 2 ** min(self._strikes, 30))
        self._strikes += 1
        return wait * random.uniform(0.5, 1.0)  # noqa: S311 - nothing secret

    def reset(self) -> None:
        """It worked."""
        self._strikes = 0


class Enquiry:
    """Sends an enquire_link each interval; a carrier that says nothing at all for one after that is gone."""

    def __init__(self, link: Link, interval_s: float, number: Callable[[], int]) -> None:
        """`number` gives sequence numbers."""
        self._link = link
        self.interval_s = interval_s
        self._number = number
        self._timer = asyncio.get_running_loop().call_later(interval_s, self._ask)

    def _ask(self) -> None:
        self._link.heard = False
        self._link.write(pdu(c.ENQUIRE_LINK, self._number()))
        self._timer = asyncio.get_running_loop().call_later(self.interval_s, self._check)

    def _check(self) -> None:
        if self._link.heard:
            self._ask()
        else:
            self._link.abort("no answer to enquire_link")

    def end(self) -> None:
        """Ask no more."""
        self._timer.cancel()
