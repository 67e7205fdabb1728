"""A client of the served product: OMNI for messages and reports, the native API for everything else."""

import asyncio
import time
from collections.abc import Iterable
from typing import Any, NamedTuple

import aiohttp

from tests.acceptance.processes import PATIENCE_S

SMS = [{"from": "InfoSMS", "channel": "SMS"}]


class Answer(NamedTuple):
    """An HTTP answer."""

    status: int
    body: Any
    headers: dict[str, str]


class Client:
    """Asks with one account's key; an operator's with the operators'."""

    def __init__(self, url: str, key: str) -> None:
        self.url = url
        self.key = key
        self._session: aiohttp.ClientSession | None = None

    async def ask(
        self, method: str, path: str, body: Any = None, *, data: Any = None, headers: dict[str, str] | None = None
    ) -> Answer:
        """One request; an answer that is no JSON is text."""
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30))
        own = {"Authorization": f"App {self.key}", **(headers or {})}
        given = {"data": data} if data is not None else {"json": body}
        async with self._session.request(method, self.url + path, headers=own, **given) as answer:
            told = await (answer.json() if "json" in answer.content_type else answer.text())
            return Answer(answer.status, told, dict(answer.headers))

    async def close(self) -> None:
        """Close its connections."""
        if self._session:
            await self._session.close()
            self._session = None

    async def get(self, path: str) -> Any:
        """The body of a page that is there."""
        answer = await self.ask("GET", path)
        assert answer.status == 200, answer
        return answer.body

    async def scenario(self, flow: list[dict[str, str]] | None = None, default: bool = True) -> str:
        """Make a scenario; its key."""
        body = {"name": "acceptance", "flow": flow or SMS, "default": default}
        answer = await self.ask("POST", "/omni/1/scenarios", body)
        assert answer.status in (200, 201), answer
        return answer.body["key"]

    async def send(self, *numbers: str, **members: Any) -> list[dict[str, Any]]:
        """Send to these; the rows of the answer."""
        people = [{"to": {"phoneNumber": number}} for number in numbers]
        body = {"destinations": people, **({"sms": {"text": "hello"}} | members)}
        answer = await self.ask("POST", "/omni/1/advanced", body)
        assert answer.status == 200, answer
        return answer.body["messages"]

    async def send_one(self, number: str, **members: Any) -> str:
        """Send to one; the messageId."""
        (row,) = await self.send(number, **members)
        return row["messageId"]

    async def take(self) -> list[dict[str, Any]]:
        """The reports that wait."""
        return (await self.get("/omni/1/reports?limit=1000"))["results"]

    async def reports(
        self, ids: Iterable[str], seconds: float = PATIENCE_S, rows: int = 1
    ) -> dict[str, list[dict[str, Any]]]:
        """Take reports until each of these has so many; all that were taken, by messageId."""
        wanted = set(ids)
        found: dict[str, list[dict[str, Any]]] = {}
        deadline = time.monotonic() + seconds
        while True:
            taken = await self.take()
            for row in taken:
                found.setdefault(row["messageId"], []).append(row)
                if len(found[row["messageId"]]) >= rows:
                    wanted.discard(row["messageId"])
            if not wanted:
                return found
            assert time.monotonic() < deadline, f"{len(wanted)} without a report, such as {sorted(wanted)[:5]}"
            if len(taken) < 1000:
                await asyncio.sleep(0.03)

    async def report(self, message_id: str, seconds: float = PATIENCE_S) -> dict[str, Any]:
        """The one report of a message."""
        (row,) = (await self.reports([message_id], seconds))[message_id]
        return row

    async def story(self, message_id: str) -> dict[str, Any]:
        """All that is known of a delivery."""
        return await self.get(f"/api/v1/deliveries/{message_id}")

    async def earlier_reports(self) -> list[dict[str, Any]]:
        """Every report that was handed out, from the native API."""
        found: list[dict[str, Any]] = []
        after = 0
        while True:
            page = await self.get(f"/api/v1/reports?after={after}&limit=100")
            found += page["reports"]
            if page["next"] == after:
                return found
            after = page["next"]


def code(row: dict[str, Any]) -> tuple[str, int, int]:
    """Channel, status and error ids of a report."""
    return row["channel"], row["status"]["id"], row["error"]["id"]
