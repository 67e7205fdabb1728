"""Simulated carriers as processes of their own."""

import asyncio
import json
from pathlib import Path
from typing import Any

import aiohttp

from tests.acceptance.processes import Process


class Smsc:
    """`omnibound simulate smsc`; `ask` speaks its control lines. It keeps its ports over a restart."""

    def __init__(self, name: str, folder: Path, options: dict[str, Any]) -> None:
        self._name = name
        self._folder = folder
        self._options = options
        self.port = 0
        self._control = 0
        self.process = self._process(0, 0)

    def _process(self, port: int, control: int) -> Process:
        own = [word for name, value in self._options.items() for word in (f"--{name.replace('_', '-')}", str(value))]
        ports = ("--port", str(port), "--control-port", str(control))
        return Process(self._name, self._folder, ("simulate", "smsc", *ports, *own))

    async def start(self) -> None:
        """Listen."""
        await self.process.start()
        told = await self.process.said(r"listens on [^:\s]+:(\d+), control lines on port (\d+)")
        self.port, self._control = int(told[1]), int(told[2])

    async def again(self) -> None:
        """Listen once more where it did; nothing is remembered."""
        self.process.path.unlink()
        self.process = self._process(self.port, self._control)
        await self.start()

    async def ask(self, do: str, **members: Any) -> dict[str, Any]:
        """One control line and its answer."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._control, limit=1 << 26)
        try:
            writer.write(json.dumps({"do": do, **members}).encode() + b"\n")
            answer = json.loads(await reader.readline())
        finally:
            writer.close()
        assert answer.pop("ok"), answer
        return answer

    async def reach(self, seconds: float = 10, **counts: int) -> dict[str, int]:
        """Wait until its counts are that high."""
        answer = await self.ask("until", counts=counts, seconds=seconds)
        assert answer["reached"], f"the carrier has {answer['counts']}, not {counts}"
        return answer["counts"]

    async def counts(self) -> dict[str, int]:
        """What has happened so far."""
        return (await self.ask("counts"))["counts"]

    async def numbers(self) -> dict[str, int]:
        """Destination -> how often a message for it arrived."""
        return (await self.ask("numbers"))["numbers"]

    async def messages(self, last: int = 10) -> list[dict[str, Any]]:
        """The last messages, the newest last."""
        return (await self.ask("messages", last=last))["messages"]

    async def set(self, **settings: Any) -> None:
        """Be otherwise from now on."""
        await self.ask("set", **settings)

    def connector(self, name: str = "carrier-a", **members: Any) -> str:
        """A connector's table for it."""
        table = {
            "name": name, "kind": "smpp", "channel": "SMS", "host": "127.0.0.1", "port": self.port,
            "system_id": "tester", "password": "secret8", "reconnect_min_s": 0.1, "error_family": "gsm", **members,
        }  # fmt: skip
        return toml_table("connectors", table)


class Fcm:
    """`omnibound simulate http --provider fcm`."""

    def __init__(self, name: str, folder: Path) -> None:
        self.credentials = folder / f"{name}-account.json"
        words = ("--port", "0", "--provider", "fcm", "--credentials", str(self.credentials))
        self.process = Process(name, folder, ("simulate", "http", *words))
        self.url = ""

    async def start(self) -> None:
        """Listen."""
        await self.process.start()
        self.url = (await self.process.said(r"fcm at (http://\S+)"))[1]

    async def messages(self) -> list[dict[str, Any]]:
        """What it took, the oldest first."""
        async with aiohttp.ClientSession() as session, session.get(f"{self.url}/_simulator/messages") as answer:
            return [each["message"] for each in (await answer.json())["messages"]]

    def connector(self, name: str = "push-a", **members: Any) -> str:
        """A connector's table for it."""
        table = {
            "name": name, "kind": "fcm", "channel": "PUSH", "base_url": self.url, "token_url": f"{self.url}/token",
            "credentials": str(self.credentials), **members,
        }  # fmt: skip
        return toml_table("connectors", table)


def toml_table(name: str, members: dict[str, Any]) -> str:
    """A table of an array of tables."""
    lines = [f"{key} = {json.dumps(value)}" for key, value in members.items()]
    return "\n".join([f"[[{name}]]", *lines, ""])
