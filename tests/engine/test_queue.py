"""Who goes next: classes by share, accounts in turn, and nobody starves."""

from collections import Counter
from collections.abc import Callable

from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from omnibound.domain.flow import Flow, Step
from omnibound.domain.live import Live, Stage
from omnibound.domain.message import Addresses, Class, Content, Delivery, Message
from omnibound.engine.book import Entry
from omnibound.engine.queue import QUANTUM, Queue

_ids = iter(range(1, 1 << 40))


def entries(count: int, account: int = 1, cls: int = 0, parts: int = 1) -> list[Entry]:
    content = {"SMS": Content(options={"parts": parts})}
    message = Message(id=1, account=account, flow=Flow(steps=(Step(channel="SMS"),)), content=content, created_at=0)
    found = []
    for _ in range(count):
        id_ = next(_ids)
        live = Live(id_, 1, account, cls, Stage.WAITING, 0, 0, 1, 0, 0, 9)
        found.append(Entry(live, Delivery(id=id_, message=1, account=account, to=Addresses(phone="1")), message))
    return found


def cost(entry: Entry) -> int:
    return entry.message.content["SMS"].options["parts"]


def queue_of(*lists: list[Entry]) -> Queue:
    queue = Queue("c1", cost)
    for each in lists:
        queue.put(each)
    return queue


def window(room: int) -> Callable[[float], int]:
    return lambda share: int(room * share)


def by(field: str, taken: list[Entry]) -> Counter[int]:
    return Counter(getattr(entry.live, field) for entry in taken)


def test_urgent_first_and_shares_of_the_window() -> None:
    queue = queue_of(entries(500, cls=2), entries(500, cls=1))
    assert by("cls", queue.take(window(100))) == {1: 95}
    assert by("cls", queue_of(entries(500, cls=2)).take(window(100))) == {2: 80}
    assert by("cls", queue_of(entries(500, cls=0)).take(window(100))) == {0: 100}
    queue = queue_of(entries(500, cls=2), entries(10, cls=1), entries(20, cls=0))
    assert by("cls", queue.take(window(100))) == {0: 20, 1: 10, 2: 50}
    assert queue.size == 450


def test_what_is_left_for_the_urgent_stays_free() -> None:
    queue = queue_of(entries(95, cls=0), entries(9, cls=1), entries(9, cls=2))
    assert by("cls", queue.take(window(100))) == {0: 95}


def test_no_room_takes_nobody() -> None:
    queue = queue_of(entries(3))
    assert (queue.take(window(0)), queue.size) == ([], 3)


def test_accounts_take_turns() -> None:
    queue = queue_of(entries(10_000, account=1), entries(200, account=2), entries(60, account=3))
    taken = by("account", queue.take(window(4 * QUANTUM)))
    assert taken == {1: 2 * QUANTUM, 2: QUANTUM, 3: QUANTUM}


def test_an_accounts_own_stay_in_order() -> None:
    lined = entries(130)
    queue = queue_of(lined[:70], entries(100, account=2), lined[70:])
    taken = [each for _ in range(30) for each in queue.take(window(10)) if each.live.account == 1]
    assert taken == lined


def test_who_leaves_is_not_taken() -> None:
    lined = entries(5)
    queue = queue_of(lined)
    for entry in (lined[0], lined[3], lined[3]):
        queue.leave(entry)
    assert queue.size == 3
    assert set(queue.waiting()) == {lined[1], lined[2], lined[4]}
    assert queue.take(window(10)) == [lined[1], lined[2], lined[4]]
    assert (queue.size, queue.take(window(10))) == (0, [])


def test_who_leaves_and_comes_back_waits_once() -> None:
    (entry,) = lined = entries(1)
    queue = queue_of(lined)
    queue.leave(entry)
    queue.put(lined)
    assert (queue.size, len(queue.waiting())) == (1, 1)
    assert queue.take(window(10)) == [entry]
    assert queue.size == 0


@given(
    lines=st.lists(st.tuples(st.integers(1, 120), st.integers(1, 4), st.integers(0, 2)), min_size=1, max_size=8),
    rooms=st.lists(st.integers(1, 90), min_size=1, max_size=30),
)
def test_everybody_goes_once_and_nobody_is_lost(lines: list[tuple[int, int, int]], rooms: list[int]) -> None:
    everybody = [entries(count, account, cls) for account, (count, _, cls) in enumerate(lines)]
    queue = queue_of(*everybody)
    taken: list[Entry] = []
    for turn in range(2_000):
        taken += queue.take(window(rooms[turn % len(rooms)] + 1))
        if not queue.size:
            break
    whole = [entry for each in everybody for entry in each]
    assert len(taken) == len(whole)
    assert set(taken) == set(whole)


@example(count=2, room=51, flood=300)
@given(count=st.integers(2, 6), room=st.integers(1, 200), flood=st.integers(300, 3_000))
def test_nobody_starves_beside_a_flood(count: int, room: int, flood: int) -> None:
    """Whoever has a few waits at most a turn of each other account, however much another has put in before."""
    queue = queue_of(entries(flood, account=0), *[entries(5, account=n) for n in range(1, count)])
    taken: list[Entry] = []
    while len(taken) < count * QUANTUM + room:
        more = queue.take(window(room))
        taken += more
        if not more:
            break
    assert set(range(1, count)) <= {entry.live.account for entry in taken}
    assert all(by("account", taken)[n] == 5 for n in range(1, count))


def test_turns_are_counted_in_parts_also_when_room_is_small() -> None:
    queue = queue_of(entries(1_000, account=1, parts=10), entries(1_000, account=2))
    taken = [each for _ in range(200) for each in queue.take(window(1))]
    parts = {account: sum(cost(e) for e in taken if e.live.account == account) for account in (1, 2)}
    assert max(parts.values()) <= min(parts.values()) + 2 * QUANTUM


def due(at: int, entry: Entry) -> Entry:
    entry.live = replace(entry.live, due_at=at)
    return entry


def test_how_it_stands() -> None:
    """By class, who waits, and since when the first of all accounts does; who has left is not looked at."""
    first, second, other, urgent = (due(at, *entries(1, account, cls)) for at, account, cls in STANDING)
    queue = queue_of([first], [second], [other], [urgent])
    assert queue.standing() == {Class.URGENT: (1, 40), Class.NORMAL: (0, 0), Class.BULK: (3, 10)}
    queue.leave(first)
    assert queue.standing()[Class.BULK] == (3, 20)
    queue.leave(other)
    queue.leave(second)
    assert queue.standing()[Class.BULK][1] == 0
    queue.clear()
    assert set(queue.standing().values()) == {(0, 0)}


STANDING = [(10, 1, 2), (30, 1, 2), (20, 2, 2), (40, 1, 0)]
"""(due, account, class)"""
