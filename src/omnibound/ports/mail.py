"""What connectors that send mail ask of the server: ids that nobody can make up, and who wants no mail."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from omnibound.domain.status import Reason


class Unwanted(NamedTuple):
    """An address that an account must not write to any more. `at`: microseconds UTC."""

    account: int
    address: str
    reason: Reason
    at: int


class Back(NamedTuple):
    """What came back for a delivery: its address is not written to any more. `at`: microseconds UTC."""

    delivery: int
    reason: Reason
    at: int


class Mailing(Protocol):
    """The server, as mail needs it."""

    def bounce_id(self, delivery: int, number: int) -> str:
        """The id of an attempt in the address to which its mail comes back."""
        ...

    def bounced(self, id_: str) -> tuple[int, int] | None:
        """(delivery, number) behind such an id; None if it is not one of ours."""
        ...

    def leaving_id(self, account: int, address: str) -> str:
        """What an address shows to get no more mail from an account."""
        ...

    async def suppressed(self, account: int, addresses: Sequence[str]) -> dict[str, Reason]:
        """Those of these addresses that must not be written to, as they are given, and why."""
        ...

    async def suppress(self, unwanted: Sequence[Unwanted]) -> None:
        """Never write to these again. Returns once that is committed."""
        ...

    async def suppress_back(self, back: Sequence[Back]) -> None:
        """The same for the addresses of these deliveries, as far as they are known still."""
        ...


class PlainMailing:
    """Hides nothing and remembers nothing: for whoever looks at a connector without a server."""

    def bounce_id(self, delivery: int, number: int) -> str:
        """See Mailing."""
        return f"{delivery:x}-{number}"

    def bounced(self, id_: str) -> tuple[int, int] | None:
        """See Mailing."""
        delivery, _, number = id_.partition("-")
        try:
            return int(delivery, 16), int(number)
        except ValueError:
            return None

    def leaving_id(self, account: int, address: str) -> str:
        """See Mailing."""
        return f"{account}-{address}"

    async def suppressed(self, account: int, addresses: Sequence[str]) -> dict[str, Reason]:
        """See Mailing."""
        return {}

    async def suppress(self, unwanted: Sequence[Unwanted]) -> None:
        """See Mailing."""

    async def suppress_back(self, back: Sequence[Back]) -> None:
        """See Mailing."""
