"""One question to a trunk, for somebody who wants to see the answer: `Health` and `Registration` ask for themselves."""

import asyncio
from typing import Literal

import msgspec

from omnibound.voice.signalling.clock import Clock
from omnibound.voice.signalling.messages import Token
from omnibound.voice.signalling.standing import Series, granted
from omnibound.voice.signalling.transactions import Transactions
from omnibound.voice.signalling.trunks import Trunk
from omnibound.wire import sip

Question = Literal["options", "register", "unregister", "bindings"]
"""`bindings` is a REGISTER that changes nothing: it asks who is registered (RFC 3261, 10.2.3)."""


class Asked(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What came back. `status` 0: nothing, for the reason in `phrase`; `seconds` until then.

    `granted` is how long a registration holds (seconds), `bindings` who is registered.
    """

    status: int
    phrase: str
    seconds: float
    granted: int = 0
    bindings: tuple[str, ...] = ()


class Probe(Series):
    """Asks again only where a password is wanted, or a longer registration."""

    def __init__(
        self, trunk: Trunk, transactions: Transactions, clock: Clock, token: Token,
        question: Question, told: "asyncio.Future[Asked]",
    ) -> None:  # fmt: skip
        super().__init__(trunk, transactions, clock, token)
        self._question = question
        self._told = told
        self._seconds = trunk.settings.register_s if question == "register" else 0
        self._clock = clock
        self._began = clock.time()

    def begin(self) -> None:
        """Ask."""
        trunk = self.trunk
        if self._question == "options":
            self._ask("OPTIONS", trunk.address(), {"accept": "application/sdp"})
        elif self._question == "bindings":
            self._ask("REGISTER", trunk.registrar, {}, trunk.settings.username, reachable=False)
        else:
            headers = {"expires": str(self._seconds), "contact": f"{trunk.hop.contact};expires={self._seconds}"}
            self._ask("REGISTER", trunk.registrar, headers, trunk.settings.username)

    def _answered(self, response: sip.Response) -> None:
        least = sip.read_seconds(response, "min-expires") or 0
        if response.status == 423 and 0 < self._seconds < least:
            self._seconds = least
            self.begin()
            return
        registered = self._question != "options" and response.status < 300
        self._tell(
            Asked(
                status=response.status, phrase=response.phrase, seconds=self._passed,
                granted=(granted(response, self.trunk.hop.contact) or self._seconds) if registered else 0,
                bindings=tuple(response.members("contact")) if registered else (),
            )
        )  # fmt: skip

    def _unanswered(self, why: str) -> None:
        words = "it takes no connection" if why == "broken" else "it does not answer"
        self._tell(Asked(status=0, phrase=words, seconds=self._passed))

    @property
    def _passed(self) -> float:
        return self._clock.time() - self._began

    def _tell(self, asked: Asked) -> None:
        # Whoever asked may have lost patience.
        if not self._told.done():
            self._told.set_result(asked)

    def _ring(self, timer: str) -> None:
        """No timer is set."""
