"""A client that keeps sending while the server is killed and started again, and knows what it was promised."""

import asyncio
import itertools
from collections.abc import Iterator

import aiohttp

from tests.acceptance.client import Client
from tests.acceptance.processes import until

NUMBERS = 41_790_000_000
DUPLICATE = 23


def numbers(first: int = 0) -> Iterator[str]:
    """Destinations that mean nothing to the simulated carrier: the last three digits are below 900."""
    return (str(NUMBERS + (n // 900) * 1000 + n % 900) for n in itertools.count(first))


class Load:
    """Sends bulks until it is told to stop, or `most` are taken. `promised`: number by messageId, of what is taken.

    Every second bulk has ids of the client's own; it is sent again until an answer comes, as a careful client would.
    """

    def __init__(
        self, client: Client, size: int = 50, most: int = 20_000, first: int = 0, pause_s: float = 0.0
    ) -> None:
        self.promised: dict[str, str] = {}
        self.unanswered = 0
        self.refused = 0
        self.statuses: set[int] = set()
        self._client = client
        self._size = size
        self._most = most
        self._pause_s = pause_s
        """Between two requests of one connection: how fast a machine is does not say how much is sent."""
        # Without end: while the server is away more numbers are tried than it takes.
        self._numbers = numbers(first)
        self._stopping = False
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, at_once: int = 3) -> None:
        """Begin on so many connections."""
        self._tasks = [asyncio.create_task(self._run(own_ids=n % 2 == 1)) for n in range(at_once)]

    async def stop(self) -> None:
        """Send no more; what waits for an answer gets it first."""
        self._stopping = True
        await asyncio.gather(*self._tasks)

    async def drop(self) -> None:
        """Send no more, and wait for no answer: there is nobody to give one."""
        self._stopping = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def reached(self, promised: int) -> None:
        """Wait until so many were promised."""

        async def look() -> bool:
            for task in self._tasks:
                if task.done():
                    task.result()
            return len(self.promised) >= promised

        await until(look, f"{promised} are promised", 60)

    async def _run(self, own_ids: bool) -> None:
        while not self._stopping and len(self.promised) < self._most:
            batch = list(itertools.islice(self._numbers, self._size))
            people = [
                {"to": {"phoneNumber": number}, **({"messageId": f"own-{number}"} if own_ids else {})}
                for number in batch
            ]
            await asyncio.sleep(self._pause_s)
            while not await self._offer(people) and own_ids:  # noqa: ASYNC110 - a client that asks again
                await asyncio.sleep(0.05)

    async def _offer(self, people: list[dict[str, object]]) -> bool:
        body = {"destinations": people, "sms": {"text": "hello"}}
        try:
            answer = await self._client.ask("POST", "/omni/1/advanced", body)
        except (aiohttp.ClientError, TimeoutError, OSError, RuntimeError):
            self.unanswered += 1
            await asyncio.sleep(0.05)
            return False
        self.statuses.add(answer.status)
        if answer.status != 200:
            self.refused += 1
            await asyncio.sleep(0.05)
            return False
        for row in answer.body["messages"]:
            assert row["status"]["id"] in (0, DUPLICATE), row
            self.promised[row["messageId"]] = row["to"]["phoneNumber"]
        return True
