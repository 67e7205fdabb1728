"""Routes in the engine: who takes what, what has no route, who is sick, and what waits for them."""

from typing import Any

import pytest

from omnibound.domain.facts import Accepted, Fact, Failed, Failure
from omnibound.domain.flow import SECOND, Flow, Step
from omnibound.domain.health import Condition, Limits
from omnibound.domain.live import Live, Said, Stage, Word
from omnibound.domain.message import Addresses, Content, Delivery, Message
from omnibound.domain.routing import Plan, Route
from omnibound.domain.status import Reason
from omnibound.engine.book import Entry
from omnibound.engine.routes import NO_ROUTE, Routes
from omnibound.engine.sender import Sender
from tests.engine.conftest import ScriptedChannel

pytestmark = pytest.mark.anyio
NOW = 1_800_000_000 * SECOND
_ids = iter(range(1, 1 << 40))


def entry(phone: str = "48601", account: int = 1, sender: str = "", tries: int = 0, connector: str = "") -> Entry:
    flow = Flow(steps=(Step(channel="SMS", sender=sender),))
    message = Message(id=1, account=account, flow=flow, content={"SMS": Content(text="x")}, created_at=0)
    id_ = next(_ids) << 8
    live = Live(id_, 1, account, 0, Stage.WAITING, 0, 0, 4, tries, 0, 9, connector=connector)
    return Entry(live, Delivery(id=id_, message=1, account=account, to=Addresses(phone=phone)), message)


class Net:
    """Routes that follow a plan, over senders that do not run."""

    def __init__(self, *routes: Route, names: str = "abc") -> None:
        self.now = NOW
        self.refused: list[tuple[Entry, Word]] = []
        self.routes = Routes(self.refused.extend, lambda: self.now)
        self.channels = {name: ScriptedChannel(name) for name in names}
        self.senders = {name: self._sender(channel) for name, channel in self.channels.items()}
        for sender in self.senders.values():
            self.routes.add(sender)
        self.routes.switching.follow(Plan(routes), Limits())
        self.routes.switching.know({1: "anna", 2: "bob"})

    def _sender(self, channel: Any) -> Sender:
        def unused(*_: Any) -> Any:
            raise AssertionError("nothing is sent here")

        return Sender(channel, 1, lambda: self.now, unused, unused, unused)

    def goes(self, *entries: Entry) -> str:
        """Who takes each: `-` is nobody."""
        self.routes.enqueue(entries)
        who = {e: name for name, sender in self.senders.items() for e in sender.queue.waiting()}
        return "".join(who.get(each, "-") for each in entries)

    async def hear(self, name: str, answers: int, errors: int) -> None:
        facts: list[Fact] = [Accepted(1, 1, name, "c", ("x",), 1)] * (answers - errors)
        facts += [Failed(1, 1, name, Failure(Reason.PROVIDER_ERROR), 1)] * errors
        heard: list[Fact] = []

        async def emit(given: Any) -> None:
            heard.extend(given)

        await self.routes.listen(emit)(facts)
        assert heard == facts


def sms(connectors: str, **other: Any) -> Route:
    return Route(channel="SMS", connectors=tuple(connectors), **other)


async def test_each_goes_by_its_route() -> None:
    net = Net(sms("a", prefixes=("41",)), sms("b", prefixes=("48",)), sms("c", prefixes=("41",), accounts=("bob",)),
              sms("c", prefixes=("48",), senders=("X",)))  # fmt: skip
    assert net.goes(entry("4179"), entry("48601"), entry("4179", 2), entry("48601", sender="X"), entry("+4179")) == (
        "abcca"
    )
    assert net.refused == []


async def test_what_no_route_takes_is_refused() -> None:
    net = Net(sms("a", prefixes=("41",)))
    lost, taken = entry("33"), entry("4179")
    assert net.goes(lost, taken) == "-a"
    assert net.refused == [(lost, Word(Said.FAILED, 4, NOW, Reason.NO_ROUTE, NO_ROUTE))]
    gone = Net(sms("x"))
    assert gone.goes(entry()) == "-"
    assert len(gone.refused) == 1


async def test_a_connector_without_a_route_gets_nothing() -> None:
    net = Net(sms("a"))
    assert net.goes(*[entry() for _ in range(1_000)]) == "a" * 1_000


async def test_the_next_one_takes_it_when_a_link_is_down() -> None:
    net = Net(sms("ab"))
    first = [entry() for _ in range(3)]
    assert net.goes(*first) == "aaa"
    net.channels["a"].is_up = False
    net.routes.reroute("a")
    assert net.senders["b"].queue.size == 3
    net.channels["b"].is_up = False
    assert net.goes(entry()) == "a"


async def test_a_retry_goes_to_the_next_of_its_route() -> None:
    net = Net(sms("abc"))
    assert net.goes(*[entry(tries=1, connector=name) for name in "abcx"]) == "bcaa"
    net.channels["b"].is_up = False
    assert net.goes(entry(tries=1, connector="a")) == "c"


async def test_others_are_those_of_the_route() -> None:
    net = Net(sms("ab", prefixes=("48",)), sms("c"))
    assert [net.routes.others(entry("48"), "a"), net.routes.others(entry("33"), "c")] == [1, 0]
    net.channels["b"].is_up = False
    assert net.routes.others(entry("48"), "a") == 0


async def test_the_cheapest_of_each_number() -> None:
    net = Net(sms("ab", by="cost"))
    net.routes.switching.cost = lambda name, _channel, number: len(number) if name == "a" else 5
    assert net.goes(entry("4860"), entry("486011"), entry("48")) == "aba"


async def test_by_weight_whoever_can_shares() -> None:
    net = Net(sms("ab", by="weight", weights=(1, 3)))
    assert 150 < net.goes(*[entry() for _ in range(800)]).count("a") < 250
    net.channels["b"].is_up = False
    assert net.goes(entry(), entry(), entry()) == "aaa"


async def test_who_fails_too_often_rests_and_is_tried() -> None:
    net = Net(sms("ab"))
    waiting = [entry() for _ in range(5)]
    assert net.goes(*waiting) == "aaaaa"
    await net.hear("a", 20, 10)
    assert net.routes.switching.condition("a") is Condition.SICK
    assert (net.senders["a"].queue.size, net.senders["b"].queue.size) == (0, 5)
    assert net.goes(entry(), entry()) == "bb"
    net.now += 30 * SECOND
    assert net.goes(*[entry() for _ in range(15)]) == "a" * 10 + "b" * 5
    assert net.goes(entry()) == "b"
    await net.hear("a", 10, 0)
    assert (net.goes(entry()), net.routes.switching.condition("a")) == ("a", Condition.WELL)


async def test_where_all_are_sick_it_goes_all_the_same() -> None:
    net = Net(sms("ab"))
    await net.hear("a", 20, 20)
    await net.hear("b", 20, 20)
    assert net.goes(entry()) == "a"
    net.channels["a"].is_up = False
    assert net.goes(entry()) == "b"


async def test_who_has_no_route_is_not_watched() -> None:
    net = Net(sms("a"))
    await net.hear("c", 100, 100)
    assert net.routes.switching.condition("c") is Condition.WELL
    none = Net()
    await none.hear("a", 100, 100)
    assert none.goes(entry()) != "-"


async def test_another_plan_keeps_what_is_known() -> None:
    net = Net(sms("ab"))
    await net.hear("a", 20, 20)
    net.routes.switching.follow(Plan([sms("ac")]), Limits())
    assert net.goes(entry()) == "c"
    net.routes.switching.follow(Plan(), Limits())
    assert net.routes.switching.condition("a") is Condition.WELL
