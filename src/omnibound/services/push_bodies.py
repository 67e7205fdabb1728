"""What is pushed, written: each topic is read from its own place, in the format that the client chose."""

from collections.abc import Awaitable, Callable, Sequence

from omnibound.domain.account import Account
from omnibound.domain.push import Topic
from omnibound.ports import ReportFormat
from omnibound.services.read_inbound import Inbounds
from omnibound.services.read_reports import Reports

Keys = Sequence[tuple[int, int]]
"""(delivery, attempt) of pushes."""


class PushBodies:
    """`write` makes the body of what is pushed together. `account` finds an account by its id."""

    def __init__(self, reports: Reports, inbound: Inbounds, account: Callable[[int], Awaitable[Account]]) -> None:
        self._reports = reports
        self._inbound = inbound
        self._account = account
        self._topics = {
            Topic.REPORT: self._write_reports,
            Topic.SEEN: self._write_seen,
            Topic.INBOUND: self._write_inbound,
        }

    async def write(self, format_: ReportFormat, topic: Topic, account: int, keys: Keys) -> bytes:
        """Empty if nothing of it is there any more."""
        return await self._topics[topic](format_, await self._account(account), keys)

    async def _write_reports(self, format_: ReportFormat, account: Account, keys: Keys) -> bytes:
        reports = await self._reports.told(account, keys)
        return format_.write(reports) if reports else b""

    async def _write_seen(self, format_: ReportFormat, account: Account, keys: Keys) -> bytes:
        reports = await self._reports.told(account, keys)
        return format_.write_seen(reports) if reports else b""

    async def _write_inbound(self, format_: ReportFormat, account: Account, keys: Keys) -> bytes:
        messages = await self._inbound.told(account, [id_ for id_, _ in keys])
        return format_.write_inbound(messages, account.currency) if messages else b""
