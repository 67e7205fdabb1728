"""The engine over a real store, with channels that do what the test says and a clock that the test moves."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, Literal

import pytest

from omnibound.domain.changes import Changes
from omnibound.domain.facts import Accepted, Fact, Failed, Failure, Receipt, Returned, Unknown
from omnibound.domain.flow import MINUTE, Flow, Step
from omnibound.domain.ids import Mint
from omnibound.domain.lifecycle import begin
from omnibound.domain.live import Event, Live, Outcome, Stage
from omnibound.domain.message import Addresses, Attempt, Content, Delivery, Message
from omnibound.domain.push import Notify
from omnibound.domain.status import Reason, Status
from omnibound.engine.worker import EngineSettings, Worker
from omnibound.ports import Emit, Share
from omnibound.store.opened import OpenedStore, open_store

START = 1_800_000_000_000_000
ACCOUNT = 7
PATIENCE_S = 10.0


class ScriptedChannel:
    """Keeps what it was given; answers only when the test says so."""

    def __init__(self, name: str = "c1", channel: str = "SMS", resend: bool = True) -> None:
        self.name = name
        self.channel = channel
        self.resend = resend
        self.confirms: Literal["device", "provider", "accept"] = "provider"
        self.carrier = f"carrier-{name}"
        self.slots = 1
        self.share = Share(1, 1)
        self.window = 1_000
        self.is_up = True
        self.ahead_by = 10
        self.sent: list[Attempt] = []
        self.stopped = False
        self.before_send: Callable[[list[Attempt]], Awaitable[None]] | None = None
        self.emit: Emit = lambda _facts: asyncio.sleep(0)
        self.wake: Callable[[], None] = lambda: None
        self._open: dict[tuple[int, int], int] = {}

    def room(self, share: float = 1.0) -> int:
        return int(self.window * share) - sum(self._open.values()) if self.is_up else 0

    def ahead(self) -> int:
        return self.ahead_by

    def parts(self, message: Message) -> int:
        return int(message.content[self.channel].options.get("parts", 1)) if self.channel in message.content else 1

    async def start(self, emit: Emit, wake: Callable[[], None]) -> None:
        self.emit, self.wake = emit, wake

    async def send(self, attempts: list[Attempt]) -> None:
        if self.before_send:
            await self.before_send(attempts)
        self.sent += attempts
        self._open |= {(each.delivery, each.number): self.parts(each.message) for each in attempts}

    async def resize(self, share: Share) -> None:
        self.share = share

    def amend(self, settings: object) -> bool:
        return False

    async def stop(self, linger_s: float = 0) -> None:
        self.stopped = True

    def up(self) -> bool:
        return self.is_up

    def condition(self) -> dict[str, object]:
        return {}

    def trace(self, on: bool) -> None: ...

    # -- what the provider says

    def accepted(self, attempt: Attempt, *ids: str, final: bool = False) -> Accepted:
        self._open.pop((attempt.delivery, attempt.number), None)
        made = ids or (f"{self.name}-{attempt.delivery}-{attempt.number}",)
        return Accepted(attempt.delivery, attempt.number, self.name, self.carrier, made, START, final)

    def failed(self, attempt: Attempt, reason: Reason = Reason.REFUSED, **other: object) -> Failed:
        self._open.pop((attempt.delivery, attempt.number), None)
        return Failed(attempt.delivery, attempt.number, self.name, Failure(reason, **other), START)  # type: ignore[arg-type]

    def returned(self, attempt: Attempt) -> Returned:
        self._open.pop((attempt.delivery, attempt.number), None)
        return Returned(attempt.delivery, attempt.number, self.name, "throttled", START)

    def unknown(self, attempt: Attempt) -> Unknown:
        self._open.pop((attempt.delivery, attempt.number), None)
        return Unknown(attempt.delivery, attempt.number, self.name, "link died", START, self.resend)

    def receipt(self, id_: str, status: Status = Status.DELIVERED, reason: Reason = Reason.DELIVERED) -> Receipt:
        return Receipt(self.carrier, id_, status, reason, "", START)


class Rig:
    """One node's engine, whose loop of timers does not run: the test ticks."""

    def __init__(self, store: OpenedStore, *channels: ScriptedChannel, node: int = 1, **settings: Any) -> None:
        self.store = store
        self.channels = channels
        self.now = START
        self.mint = Mint(0)
        self.node = node
        self.worker = Worker(store, channels, node, lambda: self.now, EngineSettings(**settings))
        self.book = self.worker._book
        self.receiver = self.worker.receiver

    async def start(self) -> "Rig":
        self.worker._timers.start = lambda: None  # type: ignore[method-assign]
        self.worker._housekeeping.start = lambda: None  # type: ignore[method-assign]
        self.worker.dialer.start = lambda: None  # type: ignore[method-assign]
        self.worker.holds.start = lambda: None  # type: ignore[method-assign]
        await self.worker.start()
        return self

    async def tick(self, forward: int = 0) -> None:
        self.now += forward
        await self.worker._timers.tick()
        await self.quiet()

    async def quiet(self) -> None:
        """Until nothing moves any more."""
        for _ in range(4):
            await asyncio.sleep(0)
            await self.store.db.write()
            await self.receiver.idle()

    async def wait_for(self, done: Callable[[], bool]) -> None:
        deadline = asyncio.get_running_loop().time() + PATIENCE_S
        while not done():
            assert asyncio.get_running_loop().time() < deadline, "it did not come"
            await self.quiet()
            await asyncio.sleep(0.001)

    async def say(self, channel: ScriptedChannel, *facts: Fact) -> None:
        await channel.emit(facts)
        await self.quiet()

    async def send(
        self,
        count: int = 1,
        flow: Flow | None = None,
        cls: int = 0,
        account: int = ACCOUNT,
        owned: bool = True,
        due_in: int = 0,
        parts: int = 1,
        bulk: str = "",
        notify: Notify | None = None,
        campaign: str = "",
    ) -> list[int]:
        """Deliveries as `send_messages` bears them; their ids."""
        flow = flow or simple("SMS")
        first, *ids = self.mint.take(count + 1, self.now)
        content = {step.channel: Content(text="x", options={"parts": parts}) for step in flow.steps}
        message = Message(
            id=first, account=account, flow=flow, content=content, created_at=self.now, bulk=bulk, notify=notify,
            campaign=campaign,
        )  # fmt: skip
        deliveries = [
            Delivery(id=id_, message=first, account=account, to=Addresses(phone=f"41{n:07}"))
            for n, id_ in enumerate(ids)
        ]
        due = self.now + due_in
        bare = [Live(id_, first, account, cls, Stage.WAITING, 0, 0, 1, 0, due, 0) for id_ in ids]
        lives = [live for each in bare if (live := begin(each, flow, {}, self.now).live)]
        owner = self.node if owned else 0
        await self.store.record(
            Changes(messages=[message], deliveries=deliveries, born=[(live, owner) for live in lives])
        )
        self.worker.on_born(message, deliveries if owned else [], lives if owned else [], count)
        return ids

    async def sent(self, channel: ScriptedChannel, count: int) -> list[Attempt]:
        await self.wait_for(lambda: len(channel.sent) >= count)
        return channel.sent

    async def live(self, id_: int) -> Live | None:
        return await self.store.deliveries.live(id_)

    async def told(self, id_: int) -> list[str]:
        """The timeline in short."""
        return [f"{event.said.name} {event.status.name}" for event in await self.events(id_)]

    async def events(self, id_: int) -> list[Event]:
        return await self.store.deliveries.timeline(id_)

    async def end(self, id_: int) -> tuple[Status, Reason, int] | None:
        """How it ended: status, reason, step."""
        outcomes: list[Outcome] = await self.store.deliveries.outcomes(id_)
        return next(((each.status, each.reason, each.step) for each in outcomes if each.final), None)

    async def reports(self) -> int:
        return len(await self.store.reports.take(ACCOUNT, 1, bulk="", delivery=0, channel="", limit=10_000))

    async def close(self) -> None:
        """As a crash: nothing is waited for, nothing said to the store."""
        for sender in self.worker.routes.senders():
            sender._stopping = True
            sender.wake()
            if sender._nudge:
                sender._nudge.cancel()
            if sender._task:
                sender._task.cancel()
        await self.quiet()


def simple(*channels: str, minutes: int = 10) -> Flow:
    steps = tuple(Step(channel=channel, validity=minutes * MINUTE) for channel in channels)
    return Flow(steps=steps, receipt_wait=MINUTE)


DELIVERED = Status.DELIVERED, Reason.DELIVERED, 0


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[OpenedStore]:
    opened = open_store(tmp_path)
    yield opened
    await opened.close()


@pytest.fixture
def sms() -> ScriptedChannel:
    return ScriptedChannel()


@pytest.fixture
async def rig(store: OpenedStore, sms: ScriptedChannel) -> AsyncIterator[Rig]:
    rig = await Rig(store, sms).start()
    yield rig
    await rig.close()
