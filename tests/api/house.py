"""A whole server over a real store, with ways out that the test answers for, and its native API to be called."""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from starlette.applications import Starlette

from omnibound import bootstrap
from omnibound.api import routes
from omnibound.api.base import ApiParts
from omnibound.bootstrap import Running, now_us, running
from omnibound.config import LAWLESS, Config, SecurityTable
from omnibound.domain.account import Account
from omnibound.domain.facts import Accepted, Failed, Failure
from omnibound.domain.ids import Mint
from omnibound.domain.message import Attempt, Message
from omnibound.domain.scenario import ScenarioStep
from omnibound.domain.status import Reason
from omnibound.ports import Emit, Share, Store
from omnibound.services.keep_accounts import Accounts
from omnibound.services.message_ids import MessageIds
from tests.api.schema import check_answer
from tests.asgi import Answer, call

ADMIN = {"Authorization": "App the operators' own"}


class Way:
    """A channel that takes everything, or with `refuse` nothing, and notes it."""

    resend = True
    attempt_id: Callable[[int, int], str]
    """As `Deps` has it; told as the server starts."""

    def __init__(
        self, name: str, channel: str, carrier: str = "", refuse: Reason | None = None, confirms: str = "device"
    ) -> None:
        self.name = name
        self.channel = channel
        self.carrier = carrier or name
        self.refuse = refuse
        self.confirms = confirms
        self.slots = 1
        self.share = Share(1, 1)
        self.sent: asyncio.Queue[Attempt] = asyncio.Queue()
        self.traced = False
        self._emit: Emit | None = None

    def room(self, share: float = 1.0) -> int:
        return 1000

    def ahead(self) -> int:
        return 100

    def parts(self, message: Message) -> int:
        return 1

    async def start(self, emit: Emit, wake: Callable[[], None]) -> None:
        self._emit = emit

    async def send(self, attempts: list[Attempt]) -> None:
        assert self._emit
        await self._emit([self._fact(attempt) for attempt in attempts])
        for attempt in attempts:
            self.sent.put_nowait(attempt)

    def _fact(self, attempt: Attempt) -> Accepted | Failed:
        key = (attempt.delivery, attempt.number, self.name)
        if self.refuse is not None:
            return Failed(*key, Failure(self.refuse, "test:27"), now_us())
        return Accepted(*key, self.carrier, (self.push_id(attempt),), now_us())

    def push_id(self, attempt: Attempt) -> str:
        return self.attempt_id(attempt.delivery, attempt.number)

    async def resize(self, share: Share) -> None:
        self.share = share

    def amend(self, settings: object) -> bool:
        return False

    async def stop(self, linger_s: float = 0) -> None:
        pass

    def up(self) -> bool:
        return True

    def condition(self) -> dict[str, object]:
        return {"up": True, "window": 7}

    def trace(self, on: bool) -> None:
        self.traced = on


class TracingWay(Way):
    """One that keeps exchanges."""

    def exchanges(self) -> list[object]:
        return [{"at": 1, "body": b"\x00\x01"}] if self.traced else []


def basic(username: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()}


ALADDIN = {"Authorization": "App aladdin-key"}
JAFAR = {"Authorization": "App jafar-key"}


class House:
    """The server's parts, two accounts in it, and calls to its API; every answer must look as the document says."""

    def __init__(self, parts: Running, ways: list[Any], accounts: Mapping[str, Account]) -> None:
        self.running = parts
        self.accounts = accounts
        api = ApiParts(
            ways, parts.worker.load, parts.worker.receiver.emit, parts.store, now_us, ADMIN["Authorization"][4:]
        )
        self.app = Starlette(routes=routes(parts.services, api))

    async def call(
        self, method: str, target: str, body: Any = None, headers: Mapping[str, str] = ALADDIN, **more: str
    ) -> Answer:
        sent = {**headers, **more}
        data = b""
        if body is not None:
            data = body if isinstance(body, bytes) else msgspec.json.encode(body)
            sent = {"Content-Type": "application/json", **sent}
        answer = await call(self.app, method, target, sent, data)
        check_answer(method, target, answer)
        return answer

    async def scenario(self, *steps: str, account: str = "Aladdin", default: bool = True) -> str:
        given = tuple(ScenarioStep(channel=channel, sender=f"{channel} sender") for channel in steps)
        made = await self.running.services.scenarios.create(self.accounts[account], "a test's", given, default)
        return made.key

    async def settled(self) -> None:
        """Everything that was said is committed."""
        await self.running.worker.receiver.idle()


@asynccontextmanager
async def a_house(monkeypatch: pytest.MonkeyPatch, data: Path, *ways: Any) -> AsyncIterator[House]:
    """Opened over a data folder; drained at the end."""

    def build(_config: Config, _store: Store, ids: MessageIds, **_calls: Any) -> list[Any]:
        for way in ways:
            way.attempt_id = ids.attempt_text
        return list(ways)

    monkeypatch.setattr(bootstrap, "build_channels", build)
    security = SecurityTable(admin_key=ADMIN["Authorization"][4:])
    config = Config(data=str(data), security=security, law=LAWLESS)
    async with running(config) as parts:
        keep = Accounts(parts.store.accounts, Mint(1), now_us)
        for name in ("Aladdin", "Jafar"):
            if not await parts.store.accounts.by_username(name):
                await keep.add(name, api_key=f"{name.lower()}-key")
        accounts = {account.name: account for account in await parts.store.accounts.all()}
        yield House(parts, list(ways), accounts)
