"""The one error of this package."""


class SipError(ValueError):
    """Octets that are no SIP, or values that no message can carry; the only error that leaves this package.

    `status` is the SIP status to answer with, where an answer is possible.
    """

    def __init__(self, why: str, status: int = 400) -> None:
        super().__init__(why)
        self.status = status
