"""The log against a look at everything: any mix of filters, whatever is filed and whatever is not."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from omnibound.domain.account import Account
from omnibound.domain.errors import Throttled
from omnibound.domain.flow import DAY, HOUR
from omnibound.domain.logs import FOREVER, LogFilter
from omnibound.domain.status import Reason
from omnibound.services import read_logs
from omnibound.services.read_logs import Logs
from tests.services.log_world import ANNA, BERTA, BULKS, EMAILS, NOW, PHONES, REASONS, World, open_world

MESSAGES = 400


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def filled(runner: asyncio.Runner, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    async def make() -> World:
        world = open_world(tmp_path_factory.mktemp("logs"))
        await world.fill(MESSAGES)
        return world

    world = runner.run(make())
    yield world
    runner.run(world.store.close())


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = open_world(tmp_path, seed=2)
    yield world
    await world.store.close()


async def told(world: World, account: Account, wish: LogFilter) -> list[str]:
    return [row.message_id for row in await world.logs.read(account, wish)]


def ended_for(*reasons: Reason | None) -> LogFilter:
    return LogFilter(kind=lambda _, reason: reason in reasons)


instants = st.integers(NOW - 60 * HOUR, NOW)
wishes = st.builds(
    LogFilter,
    sender=st.sampled_from(["", "", "Shop", "Bank", "app", "a@shop.example", "nobody"]),
    to=st.sampled_from(["", "", *PHONES[:5], EMAILS[0], EMAILS[1].upper(), "41"]),
    bulks=st.lists(st.sampled_from([*BULKS[1:], "winter"]), max_size=2).map(tuple),
    channel=st.sampled_from(["", "", "SMS", "VIBER", "PUSH", "EMAIL", "VOICE"]),
    kind=st.none()
    | st.sets(st.sampled_from([None, *REASONS])).map(lambda reasons: lambda _, reason: reason in reasons),
    since=st.just(0) | instants,
    until=st.just(FOREVER) | instants,
    limit=st.integers(1, 60) | st.just(1000),
)


@settings(max_examples=300)
@given(wish=wishes, account=st.sampled_from([ANNA, BERTA]))
def test_any_mix_of_filters(filled: World, runner: asyncio.Runner, wish: LogFilter, account: Account) -> None:
    assert runner.run(told(filled, account, wish)) == filled.truth(account, wish)


@given(data=st.data())
def test_messages_by_their_ids(filled: World, runner: asyncio.Runner, data: st.DataObject) -> None:
    texts = [fact.text for fact in filled.facts.values()]
    named = data.draw(st.lists(st.sampled_from(texts) | st.just("nobody-made-it"), min_size=1, max_size=8).map(tuple))
    wish = replace(data.draw(wishes), message_ids=named)
    assert runner.run(told(filled, ANNA, wish)) == filled.truth(ANNA, wish)


SINGLE = {
    "all": LogFilter(limit=1000),
    "pending": ended_for(None),
    "delivered": ended_for(Reason.DELIVERED),
    "to": LogFilter(to=PHONES[0]),
    "mail in other letters": LogFilter(to=EMAILS[0].swapcase()),
    "bulk": LogFilter(bulks=("summer",)),
    "sender": LogFilter(sender="Bank"),
    "channel": LogFilter(channel="VIBER"),
    "a day": LogFilter(since=NOW - DAY, until=NOW - DAY // 2),
}


@pytest.mark.parametrize("name", SINGLE)
def test_each_filter_finds_something_filed_and_something_not(filled: World, runner: asyncio.Runner, name: str) -> None:
    """Else the properties above could hold for nothing."""
    wish = replace(SINGLE[name], limit=1000)
    found = runner.run(filled.logs.read(ANNA, wish))
    waiting = {id_ for touch in runner.run(filled.store.logs.touches(FOREVER, 10**6)) for id_ in touch.deliveries}
    late = [row for row in found if row.standing.delivery.id in waiting]
    assert 0 < len(late) < len(found)
    assert [row.message_id for row in found] == filled.truth(ANNA, wish)


@pytest.mark.parametrize("own", [True, False])
def test_nobody_sees_what_is_anothers(filled: World, runner: asyncio.Runner, own: bool) -> None:
    hers = [fact for fact in filled.facts.values() if fact.account == BERTA.id and fact.at > NOW - DAY]
    texts = tuple(fact.text for fact in hers if fact.text.startswith("own-") == own)[:20]
    assert runner.run(told(filled, ANNA, LogFilter(message_ids=texts))) == []
    assert set(runner.run(told(filled, BERTA, LogFilter(message_ids=texts)))) == set(texts) != set()


def test_of_a_network_nobody_is_known(filled: World, runner: asyncio.Runner) -> None:
    texts = tuple(fact.text for fact in filled.facts.values())[:5]
    assert runner.run(told(filled, ANNA, LogFilter(network="22801"))) == []
    assert runner.run(told(filled, ANNA, LogFilter(network="22801", message_ids=texts))) == []


def test_a_row_tells_what_its_step_says(filled: World, runner: asyncio.Runner) -> None:
    (row,) = runner.run(filled.logs.read(ANNA, replace(SINGLE["channel"], limit=1)))
    fact = next(fact for fact in filled.facts.values() if fact.text == row.message_id)
    assert (row.shelf, row.text) == (("VIBER", "Shop", fact.reason), "by VIBER")
    assert (row.to, row.bulk, row.at) == (fact.to[0], fact.bulk, fact.at)
    assert (row.currency, row.price, row.mcc_mnc) == ("EUR", 0.0, "")


def test_a_short_stroke_finds_the_same(filled: World, runner: asyncio.Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many strokes one after the other: nothing is left out or told twice where one ends."""
    monkeypatch.setattr(read_logs, "FEW", 1)
    monkeypatch.setattr(read_logs, "MANY", 2)
    for limit in (1, 3, 50, 1000):
        for name, wish in SINGLE.items():
            one = replace(wish, limit=limit)
            assert runner.run(told(filled, ANNA, one)) == filled.truth(ANNA, one), (name, limit)


@pytest.mark.anyio
async def test_filing_changes_no_answer(world: World) -> None:
    await world.fill(30)
    before = {name: await told(world, ANNA, wish) for name, wish in SINGLE.items()}
    await world.file()
    assert await world.store.logs.touches(FOREVER, 10) == []
    assert {name: await told(world, ANNA, wish) for name, wish in SINGLE.items()} == before


@pytest.mark.anyio
async def test_reading_takes_nothing_and_is_throttled_by_account(world: World) -> None:
    now = [NOW]
    limited = Logs(world.store.logs, world.store.deliveries, world.ids, lambda: now[0], (2, 60))
    await world.fill(3)
    first, again = [await limited.read(ANNA, LogFilter()) for _ in range(2)]
    assert first == again != []
    with pytest.raises(Throttled) as refused:
        await limited.read(ANNA, LogFilter())
    assert refused.value.retry_after == 60
    await limited.read(BERTA, LogFilter())
    now[0] += 61_000_000
    assert len(await limited.read(ANNA, LogFilter())) == len(first)
