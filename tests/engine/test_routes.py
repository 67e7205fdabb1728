"""Which connector takes what: by what waits for each, those that are up, and another one after a failure."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnibound.domain.flow import Flow, Step
from omnibound.domain.live import Live, Said, Stage, Word
from omnibound.domain.message import Addresses, Content, Delivery, Message
from omnibound.domain.status import Reason
from omnibound.engine.book import Entry
from omnibound.engine.routes import SPREAD, Routes
from omnibound.engine.sender import Sender
from tests.engine.conftest import ScriptedChannel

pytestmark = pytest.mark.anyio
NOW = 5
_ids = iter(range(1, 1 << 40))


def entries(
    count: int, channel: str = "SMS", account: int = 1, cls: int = 0, tries: int = 0, connector: str = "", by: str = ""
) -> list[Entry]:
    flow = Flow(steps=(Step(channel=channel, connector=by),))
    message = Message(id=1, account=account, flow=flow, content={channel: Content(text="x")}, created_at=0)
    made: list[Entry] = []
    for _ in range(count):
        id_ = next(_ids)
        live = Live(id_, 1, account, cls, Stage.WAITING, 0, 0, 4, tries, 0, 9, connector=connector)
        made.append(Entry(live, Delivery(id=id_, message=1, account=account, to=Addresses(phone="1")), message))
    return made


class Net:
    """Routes over senders that do not run, so that what waits for each can be seen."""

    def __init__(self, *channels: ScriptedChannel) -> None:
        self.refused: list[tuple[Entry, Word]] = []
        self.routes = Routes(self.refused.extend, lambda: NOW)
        self.senders = {each.name: self._sender(each) for each in channels}
        for sender in self.senders.values():
            self.routes.add(sender)

    def _sender(self, channel: Any) -> Sender:
        def unused(*_: Any) -> Any:
            raise AssertionError("nothing is sent here")

        return Sender(channel, 1, lambda: NOW, unused, unused, unused)

    def waits(self) -> dict[str, int]:
        return {name: sender.queue.size for name, sender in self.senders.items()}

    def woken(self) -> set[str]:
        return {name for name, sender in self.senders.items() if sender._woken.is_set()}


def net(*names: str, down: str = "") -> Net:
    channels = [ScriptedChannel(name) for name in names]
    for channel in channels:
        channel.is_up = channel.name not in down
    return Net(*channels)


async def test_what_there_is() -> None:
    built = Net(ScriptedChannel("a"), ScriptedChannel("p", "PUSH"), ScriptedChannel("b"))
    routes = built.routes
    assert [sender.channel.name for sender in routes.senders()] == ["a", "b", "p"]
    assert [routes.others(entries(1, each)[0], "a") for each in ("SMS", "PUSH", "VIBER")] == [1, 1, 0]
    assert routes.others(entries(1, by="b")[0], "a") == 0
    assert [routes.carries(each) for each in ("SMS", "PUSH", "VIBER")] == [True, True, False]
    routes.enqueue([*entries(2), *entries(3, "PUSH")])
    assert (routes.channels(), routes.senders("VIBER")) == (["SMS", "PUSH"], [])
    assert [routes.waiting(), *map(routes.waiting, ("SMS", "PUSH", "VIBER"))] == [5, 2, 3, 0]
    assert [routes.taken(each) for each in ("SMS", "PUSH", "VIBER")] == [0, 0, 0]
    built.senders["p"].queue.take(lambda _share: 2)
    assert (routes.waiting(), routes.taken("SMS"), routes.taken("PUSH")) == (3, 0, 2)


async def test_each_waits_for_a_connector_of_its_channel() -> None:
    built = Net(ScriptedChannel("s"), ScriptedChannel("p", "PUSH"), ScriptedChannel("v", "VIBER"))
    texts, pushes = entries(3), entries(2, "PUSH")
    built.routes.enqueue([*texts[:1], *pushes, *texts[1:]])
    assert built.waits() == {"s": 3, "p": 2, "v": 0}
    assert set(built.senders["p"].queue.waiting()) == set(pushes)
    assert (built.woken(), built.refused) == ({"s", "p"}, [])


async def test_what_nobody_carries_is_refused() -> None:
    built, lost = net("a"), entries(2, "VIBER")
    lost[0].requeued = True
    built.routes.enqueue([*lost, *entries(1)])
    word = Word(Said.FAILED, 4, NOW, Reason.NO_ROUTE, "VIBER")
    assert built.refused == [(lost[0], word), (lost[1], word)]
    assert (lost[0].requeued, built.waits()) == (False, {"a": 1})


async def test_a_bulk_is_spread_in_pieces() -> None:
    built = net("a", "b", "c")
    built.routes.enqueue(entries(6 * SPREAD + 1))
    assert sorted(built.waits().values()) == [2 * SPREAD, 2 * SPREAD, 2 * SPREAD + 1]
    assert built.woken() == {"a", "b", "c"}


async def test_who_has_less_waiting_gets_it() -> None:
    built = net("a", "b")
    built.senders["a"].queue.put(entries(300))
    built.routes.enqueue(entries(100))
    assert built.waits() == {"a": 300, "b": 100}


async def test_who_is_down_gets_nothing_unless_all_are() -> None:
    built = net("a", "b", down="a")
    built.routes.enqueue(entries(3 * SPREAD))
    assert built.waits() == {"a": 0, "b": 3 * SPREAD}
    all_down = net("a", "b", down="ab")
    all_down.routes.enqueue(entries(2 * SPREAD))
    assert all_down.waits() == {"a": SPREAD, "b": SPREAD}
    alone = net("a", down="a")
    alone.routes.enqueue(entries(1))
    assert alone.waits() == {"a": 1}


@pytest.mark.parametrize(
    ("tries", "connector", "down", "goes"),
    [(1, "a", "", "b"), (1, "b", "", "a"), (0, "a", "", "a"), (1, "a", "b", "a"), (1, "x", "", "a"), (2, "a", "", "b")],
)
async def test_a_retry_goes_elsewhere_if_it_can(tries: int, connector: str, down: str, goes: str) -> None:
    built = net("a", "b", down=down)
    built.routes.enqueue(entries(1, tries=tries, connector=connector))
    assert {name for name, count in built.waits().items() if count} == {goes}


@pytest.mark.parametrize(
    ("failed", "down", "goes"),
    [
        ("a", "", "b"),
        ("b", "", "c"),
        ("c", "", "a"),
        ("a", "b", "c"),
        ("c", "a", "b"),
        ("b", "ac", "b"),
        ("x", "", "a"),
    ],
)
async def test_each_connector_has_its_turn(failed: str, down: str, goes: str) -> None:
    built = net("a", "b", "c", down=down)
    built.senders["b"].queue.put(entries(50))
    built.routes.enqueue(retried := entries(1, tries=3, connector=failed))
    assert {name for name, sender in built.senders.items() if retried[0] in sender.queue.waiting()} == {goes}


@pytest.mark.parametrize("down", ["", "a", "ab"])
async def test_only_the_connector_that_is_named_takes_it(down: str) -> None:
    built = net("a", "b", "c", down=down)
    tried, fresh = entries(1, by="a", tries=2, connector="a"), entries(2 * SPREAD, by="a")
    built.routes.enqueue([*tried, *fresh, *entries(1)])
    assert built.waits()["a"] >= len(fresh) + 1
    built.routes.reroute("a")
    assert {*tried, *fresh} <= set(built.senders["a"].queue.waiting())
    assert [built.routes.others(entry, "a") for entry in tried] == [0]


async def test_a_connector_that_is_not_there_is_told_by_its_name() -> None:
    built, lost = Net(ScriptedChannel("s"), ScriptedChannel("p", "PUSH")), entries(1, by="p")
    built.routes.enqueue(lost)
    assert built.refused == [(lost[0], Word(Said.FAILED, 4, NOW, Reason.NO_ROUTE, "p"))]


async def test_others_are_those_that_are_up() -> None:
    routes = net("a", "b", "c", down="c").routes
    assert [routes.others(entries(1)[0], name) for name in ("a", "b", "c", "")] == [1, 1, 2, 2]


async def test_retries_that_avoid_different_connectors_are_parted() -> None:
    built = net("a", "b")
    avoids_a, avoids_b = entries(3, tries=1, connector="a"), entries(2, tries=1, connector="b")
    built.routes.enqueue([*avoids_a, *avoids_b])
    assert {name: set(sender.queue.waiting()) for name, sender in built.senders.items()} == {
        "a": set(avoids_b), "b": set(avoids_a),
    }  # fmt: skip


# -- when a link is down -----------------------------------------------------------------------------------------


def down(built: Net, name: str) -> None:
    channel: Any = built.senders[name].channel
    channel.is_up = False
    built.routes.reroute(name)


async def test_what_waits_goes_to_the_fellows() -> None:
    built, held = net("a", "b", "c"), entries(3 * SPREAD)
    built.senders["a"].queue.put(held)
    down(built, "a")
    assert built.waits()["a"] == 0
    assert sorted(built.waits().values()) == [0, SPREAD, 2 * SPREAD]
    moved = [entry for name in "bc" for entry in built.senders[name].queue.waiting()]
    assert set(moved) == set(held)


@pytest.mark.parametrize("others", ["", "b"])
async def test_without_a_fellow_that_is_up_they_stay(others: str) -> None:
    built, held = net("a", *others, down=others), entries(3)
    built.senders["a"].queue.put(held)
    down(built, "a")
    assert built.waits()["a"] == 3


async def test_a_fellow_of_another_channel_is_none() -> None:
    built = Net(ScriptedChannel("a"), ScriptedChannel("p", "PUSH"))
    built.senders["a"].queue.put(entries(3))
    down(built, "a")
    assert built.waits() == {"a": 3, "p": 0}


async def test_the_order_of_each_account_and_class_is_kept() -> None:
    built = net("a", "b")
    lined = {(account, cls): entries(5, account=account, cls=cls) for account in (1, 2) for cls in (0, 2)}
    for each in lined.values():
        built.senders["a"].queue.put(each)
    down(built, "a")
    moved = [entry for _ in range(50) for entry in built.senders["b"].queue.take(lambda share: int(10 * share))]
    for (account, cls), each in lined.items():
        assert [entry for entry in moved if (entry.live.account, entry.live.cls) == (account, cls)] == each


groups = st.lists(
    st.tuples(st.integers(1, 450), st.integers(1, 3), st.integers(0, 2), st.integers(0, 1), st.sampled_from("abc")),
    min_size=1, max_size=6,
)  # fmt: skip


@given(groups=groups, unlucky=st.lists(st.sampled_from("abc"), max_size=3))
def test_nobody_is_lost_or_doubled(groups: list[tuple[int, int, int, int, str]], unlucky: list[str]) -> None:
    built = net("a", "b", "c")
    everybody = [
        entry
        for count, account, cls, tries, avoided in groups
        for entry in entries(count, account=account, cls=cls, tries=tries, connector=avoided)
    ]
    built.routes.enqueue(everybody)
    for name in unlucky:
        down(built, name)
    waiting = Counter(entry.live.id for sender in built.senders.values() for entry in sender.queue.waiting())
    assert waiting == Counter(entry.live.id for entry in everybody)
    assert built.routes.waiting() == len(everybody)
    up = [name for name in "abc" if name not in unlucky]
    if up:
        assert sum(built.waits()[name] for name in up) == len(everybody)
