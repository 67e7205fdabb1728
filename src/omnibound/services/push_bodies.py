"""What is pushed, written: each topic is read from its own place, in the format that the client chose."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

from omnibound.domain.account import Account
from omnibound.domain.errors import NotFound
from omnibound.domain.push import Push, Topic
from omnibound.ports import MemberFormat, ReportFormat, Written
from omnibound.services.read_inbound import Inbounds
from omnibound.services.read_members import MemberEvents
from omnibound.services.read_reports import Reports

F = TypeVar("F")
_Writes = Callable[[ReportFormat, Account, Sequence[Push]], Awaitable[bytes]]


class PushBodies:
    """`write` makes the body of what is pushed together. `account` finds an account by its id.

    `formats` and `member_formats` have who writes, by name.
    """

    def __init__(
        self, reports: Reports, inbound: Inbounds, events: MemberEvents,
        account: Callable[[int], Awaitable[Account]], formats: Mapping[str, ReportFormat],
        member_formats: Mapping[str, MemberFormat],
    ) -> None:  # fmt: skip
        self._reports = reports
        self._inbound = inbound
        self._events = events
        self._account = account
        self._formats = formats
        self._member_formats = member_formats
        self._writes: dict[Topic, _Writes] = {
            Topic.REPORT: self._write_reports,
            Topic.SEEN: self._write_seen,
            Topic.INBOUND: self._write_inbound,
        }

    async def write(self, topic: Topic, format_: str, account: int, pushes: Sequence[Push]) -> Written:
        """Of one account, topic and format. Raises NotFound where nobody writes the format."""
        if topic is Topic.MEMBER:
            return await self._write_member(_known(self._member_formats, format_), pushes[0])
        writer = _known(self._formats, format_)
        return Written(writer.content_type, await self._writes[topic](writer, await self._account(account), pushes))

    async def _write_reports(self, format_: ReportFormat, account: Account, pushes: Sequence[Push]) -> bytes:
        reports = await self._reports.told(account, _keys(pushes))
        return format_.write(reports) if reports else b""

    async def _write_seen(self, format_: ReportFormat, account: Account, pushes: Sequence[Push]) -> bytes:
        reports = await self._reports.told(account, _keys(pushes))
        return format_.write_seen(reports) if reports else b""

    async def _write_inbound(self, format_: ReportFormat, account: Account, pushes: Sequence[Push]) -> bytes:
        messages = await self._inbound.told(account, [push.delivery for push in pushes])
        return format_.write_inbound(messages, account.currency) if messages else b""

    async def _write_member(self, format_: MemberFormat, push: Push) -> Written:
        news = await self._events.told(push)
        return Written(format_.content_type, format_.write_member(news) if news else b"")


def _known(formats: Mapping[str, F], name: str) -> F:
    if name not in formats:
        raise NotFound(f"nobody writes the format {name}")
    return formats[name]


def _keys(pushes: Sequence[Push]) -> list[tuple[int, int]]:
    return [(push.delivery, push.attempt) for push in pushes]
