"""The other side of a trunk, played by a test message by message over a real socket; and a clock that a test moves."""

import asyncio
import heapq
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from omnibound.voice.signalling import AgentSettings, Event, Order, TrunkSettings, UserAgent
from omnibound.wire import sip

PATIENCE_S = 10
SDP = sip.write_session(sip.Local(address="127.0.0.1", port=7000, formats=sip.offered(("PCMU",)), id=7))
MEDIA = sip.Media(address="127.0.0.1", port=7000, codec="PCMU", payload=0, dtmf=101, ptime=20, noise=13)


class HandClock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0
        self._numbers = itertools.count()
        self._due: list[tuple[float, int, _Alarm]] = []

    def time(self) -> float:
        return self.now

    def call_later(self, delay: float, callback: Callable[..., object], /, *args: object) -> "_Alarm":
        alarm = _Alarm(callback, args)
        heapq.heappush(self._due, (self.now + delay, next(self._numbers), alarm))
        return alarm

    def move(self, seconds: float) -> None:
        """Ring what is due until then, each at its own time."""
        end = self.now + seconds
        while self._due and self._due[0][0] <= end:
            self.now, _, alarm = heapq.heappop(self._due)
            alarm.ring()
        self.now = end

    @property
    def waiting(self) -> int:
        return sum(not alarm.cancelled for _, _, alarm in self._due)


class _Alarm:
    def __init__(self, callback: Callable[..., object], args: tuple[object, ...]) -> None:
        self.cancelled = False
        self._callback = callback
        self._args = args

    def cancel(self) -> None:
        self.cancelled = True

    def ring(self) -> None:
        if not self.cancelled:
            self._callback(*self._args)


class FarEnd(asyncio.DatagramProtocol):
    """Keeps what comes in a queue; sends what the test makes up."""

    def __init__(self) -> None:
        self.heard: asyncio.Queue[sip.Request | sip.Response] = asyncio.Queue()
        self.source: tuple[str, int] = ("", 0)

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.port = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.source = addr
        if data.strip():
            self.heard.put_nowait(sip.read(data))

    async def hear(self, method: str) -> sip.Request:
        """The next message, which has to be this request."""
        async with asyncio.timeout(PATIENCE_S):
            message = await self.heard.get()
        assert isinstance(message, sip.Request), message
        assert message.method == method, message
        return message

    async def hear_answer(self) -> sip.Response:
        """The next message, which has to be a response."""
        async with asyncio.timeout(PATIENCE_S):
            message = await self.heard.get()
        assert isinstance(message, sip.Response), message
        return message

    def send(self, message: sip.Request | sip.Response) -> None:
        self.transport.sendto(sip.write(message), self.source)

    def answer(
        self, request: sip.Request, status: int, tag: str = "far", body: bytes = b"", **headers: str
    ) -> sip.Response:
        """Answer a request; header names with underscores."""
        response = sip.respond(request, status, tag, body=body)
        found = {"contact": f"<sip:far@127.0.0.1:{self.port}>", **headers}
        if body:
            found["content_type"] = "application/sdp"
        response.headers.update({name.replace("_", "-"): [value] for name, value in found.items()})
        self.send(response)
        return response

    def request(
        self, invite: sip.Request, method: str, number: int = 1, tag: str = "far", body: bytes = b"", **headers: str
    ) -> sip.Request:
        """Send a request of ours inside the dialog that `invite` began."""
        branch = f"z9hG4bKfar{method}{number}{tag}"
        found = {
            "via": f"SIP/2.0/UDP 127.0.0.1:{self.port};branch={branch}", "from": f"{invite.get('to')};tag={tag}",
            "to": invite.get("from"), "call-id": invite.call_id, "cseq": f"{number} {method}",
            "contact": f"<sip:far@127.0.0.1:{self.port}>",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }  # fmt: skip
        uri = sip.read_addresses(invite.headers["contact"])[0].uri
        request = sip.Request(
            method=method, uri=str(uri), headers={name: [value] for name, value in found.items()}, body=body
        )
        self.send(request)
        return request

    async def nothing(self) -> None:
        """Nothing more has come by now: a message of ours is answered, and was the first to be."""
        probe = sip.Request(
            method="OPTIONS",
            uri="sip:probe@127.0.0.1",
            headers={
                "via": [f"SIP/2.0/UDP 127.0.0.1:{self.port};branch=z9hG4bKprobe{next(_PROBES)}"],
                "from": ["<sip:probe@far>;tag=probe"], "to": ["<sip:probe@near>"], "call-id": [f"probe{next(_PROBES)}"],
                "cseq": [f"{next(_PROBES)} OPTIONS"],
            },
        )  # fmt: skip
        self.send(probe)
        answer = await self.hear_answer()
        assert answer.call_id == probe.call_id, answer


async def until(condition: Callable[[], object]) -> None:
    """Wait for what tells nobody of itself."""
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110 - there is no event for it
            await asyncio.sleep(0.001)


_PROBES = itertools.count(1)


class Talk(msgspec.Struct):
    """A user agent with one trunk, and who is at its other end."""

    agent: UserAgent
    far: FarEnd
    clock: HandClock
    events: asyncio.Queue[tuple[str, Event]]

    async def event(self) -> Event:
        async with asyncio.timeout(PATIENCE_S):
            return (await self.events.get())[1]

    def dial(self, call_id: str = "c1", **order: Any) -> None:
        assert self.agent.dial("t", Order(call_id=call_id, number="48221234567", media_port=4000, **order))

    @property
    def in_use(self) -> int:
        return self.agent.trunk("t").in_use

    async def answered(self, **headers: str) -> sip.Request:
        """Dial, answer, hear the ACK; gives the INVITE."""
        self.dial()
        invite = await self.far.hear("INVITE")
        self.far.answer(invite, 200, body=SDP, **headers)
        await self.far.hear("ACK")
        await self.event()
        return invite


def trunk_settings(port: int, **changes: Any) -> TrunkSettings:
    """A trunk at that port that is trusted, and not asked whether it is there."""
    usual = {"name": "t", "host": "127.0.0.1", "port": port, "lines": 10, "rate": 100, "options_s": 0}
    return msgspec.convert({**usual, **changes}, TrunkSettings)


@asynccontextmanager
async def talking(
    agent: dict[str, Any] | None = None, more: dict[str, Any] | None = None, **trunk: Any
) -> AsyncIterator[Talk]:
    """A user agent on a clock of its own, and its far end."""
    loop = asyncio.get_running_loop()
    transport, far = await loop.create_datagram_endpoint(FarEnd, ("127.0.0.1", 0))
    clock = HandClock()
    events: asyncio.Queue[tuple[str, Event]] = asyncio.Queue()
    settings = AgentSettings(host="127.0.0.1", port=0, **(agent or {}))
    user_agent = UserAgent(
        settings, [trunk_settings(**{"port": far.port, **trunk})], lambda call, event: events.put_nowait((call, event)),
        clock=clock, **(more or {}),
    )  # fmt: skip
    await user_agent.start()
    far.source = ("127.0.0.1", user_agent.port)
    try:
        yield Talk(user_agent, far, clock, events)
    finally:
        for call_id in user_agent._calls.ids:  # pyright: ignore[reportPrivateUsage] - a test may leave calls up
            user_agent._calls._by_id.pop(call_id)  # pyright: ignore[reportPrivateUsage]
        await user_agent.stop()
        transport.close()
