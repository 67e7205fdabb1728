"""Parts that campaigns are made of and share: dialers, queues, call results, schedules, scripts."""

from typing import Protocol

from omnibound.domain.agent import Agent
from omnibound.domain.outbound import Dialer, Queue, ResultSet, Schedule, Script

Part = Dialer | Queue | ResultSet | Schedule | Script | Agent


class PartStore(Protocol):
    """Each account's own. A kind is `dialer`, `queue`, `results`, `schedule`, `script` or `agent`: what a part is."""

    async def add(self, account: int, kind: str, part: Part) -> None:
        """A new one under its id. Raises Taken when the account has one of the kind with it."""
        ...

    async def put(self, account: int, kind: str, part: Part) -> bool:
        """Replace the one with its id; whether there was one."""
        ...

    async def one(self, account: int, kind: str, id_: str) -> Part | None:
        """By its id."""
        ...

    async def page(self, account: int, kind: str, after: str, limit: int) -> list[Part]:
        """Those after an id, in the order of the ids."""
        ...

    async def remove(self, account: int, kind: str, id_: str) -> bool:
        """It is no more; whether it was there."""
        ...
