"""The demonstration's client: what it asks over HTTP, and how a delivery's story is printed."""

import asyncio
from typing import Any

import aiohttp

REPORT_S = 20
"""How long a report is waited for."""


class Client:
    """Asks the server over a session that has its address and its password."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        """The body of the answer. Raises aiohttp.ClientError where it is no success."""
        async with self._session.request(method, path, json=body) as answer:
            answer.raise_for_status()
            return await answer.json()

    async def say(self, method: str, path: str, text: str) -> None:
        """The same with a word as its body, and no answer but that it is done."""
        async with self._session.request(method, path, data=text, headers={"Content-Type": "text/plain"}) as answer:
            answer.raise_for_status()

    async def report(self, message_id: str) -> dict[str, Any] | None:
        """The report of a message, as soon as it is there; None where none comes."""
        try:
            async with asyncio.timeout(REPORT_S):
                while not (rows := (await self.ask("GET", f"/omni/1/reports?messageId={message_id}"))["results"]):  # noqa: ASYNC110 - a client polls
                    await asyncio.sleep(0.05)
        except TimeoutError:
            return None
        return rows[0]

    async def story(self, message_id: str) -> str:
        """What happened, a line an event."""
        told = await self.ask("GET", f"/api/v1/deliveries/{message_id}")
        return "\n".join(f"   {line_of(event)}" for event in told["timeline"])


def line_of(event: dict[str, Any]) -> str:
    """An event without what is empty."""
    words = [event["at"], event["channel"], event["connector"], event["said"], event["reason"], event["detail"]]
    return "  ".join(str(word) for word in words if word)


def line_of_report(report: dict[str, Any] | None) -> str:
    """What a report says; that there is none, if there is none."""
    if report is None:
        return f"   none has come within {REPORT_S} seconds"
    status, error = report["status"], report["error"]
    return f"   {report['channel']} {status['name']} ({status['description']}), error {error['name']}"
