"""Over a network that loses, doubles and delays: every call still ends well, and once."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from omnibound.simulators.sip import Fate, SipNetwork, SipSettings
from omnibound.voice.signalling import AgentSettings, Answered, End, Ended, Event, Order, Times, UserAgent
from tests.voice.signalling.far_end import trunk_settings

pytestmark = pytest.mark.anyio

CALLS = 40
QUICK = Times(t1=0.02, t2=0.08, t4=0.1)
FATES = {
    "48500000001": Fate(meaning="answers"),
    "48500000002": Fate(meaning="busy", rings=(), status=486),
    "48500000003": Fate(meaning="hangs up", hang_up_after=0.05),
    "48500000004": Fate(meaning="reliable", rings=(183,), early=True, reliable=True),
}


class Road(asyncio.DatagramProtocol):
    """Between the two ends: about so much of what passes is lost, so much doubled, so much comes later."""

    def __init__(self, end: tuple[str, int], dice: random.Random, *, lost: float, doubled: float, late: float) -> None:
        self.end = end
        self.start = ("", 0)
        self._dice = dice
        self._lost, self._doubled, self._late = lost, doubled, late
        self._loop = asyncio.get_running_loop()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        to = self.start if addr == self.end else self.end
        if addr != self.end:
            self.start = addr
        if self._dice.random() < self._lost:
            return
        for _ in range(2 if self._dice.random() < self._doubled else 1):
            self._loop.call_later(0.05 if self._dice.random() < self._late else 0, self._pass, data, to)

    def _pass(self, data: bytes, to: tuple[str, int]) -> None:
        if not self._transport.is_closing():
            self._transport.sendto(data, to)


@asynccontextmanager
async def road(end: int, **losses: float) -> AsyncIterator[int]:
    loop = asyncio.get_running_loop()
    dice = random.Random(7)
    transport, _ = await loop.create_datagram_endpoint(
        lambda: Road(("127.0.0.1", end), dice, **losses), ("127.0.0.1", 0)
    )
    yield transport.get_extra_info("sockname")[1]
    transport.close()


@pytest.mark.parametrize(
    "losses",
    [
        {"lost": 0.0, "doubled": 1.0, "late": 0.0},
        {"lost": 0.0, "doubled": 0.0, "late": 0.5},
        {"lost": 0.15, "doubled": 0.0, "late": 0.0},
        {"lost": 0.1, "doubled": 0.3, "late": 0.3},
    ],
    ids=["doubled", "late", "lost", "all"],
)
async def test_every_call_ends_once(losses: dict[str, float]) -> None:
    events: dict[str, list[Event]] = {}
    all_ended = asyncio.Event()
    # The contact is the real port, so that ACK and BYE take the road only where `follow_contact` is off.
    settings = SipSettings(ring_s=0.02, t1=0.02)
    async with SipNetwork(settings, FATES) as network, road(network.port, **losses) as port:

        def tell(call: str, event: Event) -> None:
            events.setdefault(call, []).append(event)
            if isinstance(event, Answered) and call[-1] in "14":
                agent.hang_up(call)
            if sum(isinstance(found[-1], Ended) for found in events.values()) == CALLS:
                all_ended.set()

        own = AgentSettings(host="127.0.0.1", port=0, times=QUICK)
        trunk = trunk_settings(port, follow_contact=False, lines=CALLS, rate=1000)
        async with UserAgent(own, [trunk], tell) as agent:
            for number in range(CALLS):
                called = f"4850000000{number % 4 + 1}"
                agent.dial("t", Order(call_id=f"{number}-{called}", number=called, media_port=4000))
            async with asyncio.timeout(20):
                await all_ended.wait()
                await agent.idle()
            assert agent.trunk("t").in_use == 0
    ends = {call: [one for one in found if isinstance(one, Ended)] for call, found in events.items()}
    assert [call for call, found in ends.items() if len(found) != 1] == []
    counted = Counter((call[-1], found[0].why, found[0].who) for call, found in ends.items())
    assert counted[("2", End.REFUSED, "callee")] == CALLS // 4
    assert counted[("3", End.HUNG_UP, "callee")] == CALLS // 4
    assert counted[("1", End.HUNG_UP, "us")] == CALLS // 4
    assert counted[("4", End.HUNG_UP, "us")] == CALLS // 4
