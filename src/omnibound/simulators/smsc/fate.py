"""What becomes of a message: how its submit is answered, and which receipts follow."""

import msgspec

from omnibound.wire.smpp import constants as c


class Report(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One receipt, `after` so many times the delay. `state` is message_state (SMPP 3.4, 5.2.28), `error` GSM's code."""

    word: str
    state: int
    error: int = 0
    after: float = 1

    @property
    def good(self) -> bool:
        """No news of a failure: what registered_delivery (5.2.17) counts as success."""
        return self.state in (1, 2, 6)


class Fate(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """`meaning` is for the documentation; the rest for the carrier."""

    meaning: str
    status: int = c.ROK
    """The answer to the submit; a message not answered with 0 is not taken."""
    once: bool = False
    """The bad status is only the first answer for a number."""
    answered: bool = True
    drops_link: bool = False
    taken: bool = True
    receipt_first: bool = False
    reports: tuple[Report, ...] = ()


DELIVERED = Report(word="DELIVRD", state=2)
EXPIRED = Report(word="EXPIRED", state=3)
