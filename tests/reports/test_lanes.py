"""Lanes, pools and parcels, without any clock or socket."""

from omnibound.domain.flow import MINUTE, SECOND
from omnibound.domain.push import Push, Topic
from omnibound.reports.lanes import Lane, Parcel, Pool, parcels

NOW = 1_800_000_000_000_000


def push(delivery: int, account: int = 7, format_: str = "f", due_at: int = NOW, tries: int = 0) -> Push:
    return Push(account, delivery, 1, "u", format_, due_at, NOW + MINUTE, tries)


def parcel(*deliveries: int) -> Parcel:
    return Parcel(7, Topic.REPORT, "f", tuple(push(each) for each in deliveries))


def lane(name: str, *packed: Parcel, proven: bool = False) -> Lane:
    made = Lane(name)
    made.proven = proven
    made.take(packed)
    return made


def shape(pushes: list[Push], size: int) -> list[list[int]]:
    return [[each.delivery for each in packed.pushes] for packed in parcels(pushes, size)]


def test_a_parcel_is_of_one_account_and_one_format() -> None:
    given = [push(1), push(2, account=8), push(3, format_="g"), push(4), push(5), push(6)]
    assert shape(given, 3) == [[1, 4, 5], [6], [3], [2]]
    assert shape(given, 1) == [[1], [4], [5], [6], [3], [2]]
    assert shape([], 3) == []


def test_what_was_missed_together_is_packed_together() -> None:
    given = [
        push(1),
        push(2, due_at=NOW + 1, tries=1),
        push(3, due_at=NOW + 2, tries=1),
        push(4, due_at=NOW + 1, tries=1),
    ]
    assert shape(given, 10) == [[1], [2, 4], [3]]


def test_a_lane_that_is_not_proven_has_one_parcel_at_a_time() -> None:
    new = lane("u", parcel(1))
    assert (new.wants(NOW, 8), new.idle(NOW)) == (False, False)
    new.waiting.clear()
    new.accepted(parcel(1))
    assert (new.proven, new.wants(NOW, 8), new.idle(NOW)) == (True, True, True)


def test_failing_it_rests_longer_and_longer() -> None:
    dead = Lane("u")
    now, rests = NOW, list[int]()
    for _ in range(9):
        dead.take([parcel(1)])
        dead.waiting.clear()
        dead.missed(parcel(1), now)
        assert not dead.wants(now, 8)
        rests.append((dead.rest_until - now) // SECOND)
        now = dead.rest_until
        assert dead.wants(now, 8)
    assert rests == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_many_misses_at_one_instant_are_one_rest() -> None:
    dead = lane("u", parcel(1), parcel(2), parcel(3), proven=True)
    dead.waiting.clear()
    for id_ in (1, 2, 3):
        dead.missed(parcel(id_), NOW)
    assert (dead.rest_until, dead.rests, dead.busy) == (NOW + SECOND, 1, set())


def test_one_odd_report_does_not_stop_the_rest() -> None:
    works = lane("u", parcel(1), parcel(2), parcel(3), parcel(4), proven=True)
    for _ in range(3):
        works.missed(works.waiting.popleft(), NOW)
        works.missed(parcel(99), NOW)
        works.accepted(parcel(98))
    assert (works.proven, [each.pushes[0].delivery for each in works.waiting]) == (True, [4])


def test_what_waits_goes_back_when_it_fails() -> None:
    fails = lane("u", parcel(1), parcel(2, 3), proven=True)
    for _ in range(3):
        fails.missed(parcel(99), NOW)
    assert (fails.proven, list(fails.waiting), fails.busy) == (False, [], set())


def test_lanes_take_turns() -> None:
    pool = Pool(5)
    first = lane("a", parcel(1), parcel(2), parcel(3), proven=True)
    second = lane("b", parcel(4), proven=True)
    for each in (first, second, first):
        pool.queue(each)
    turns: list[str] = []
    while following := pool.next(8):
        turns.append(following[0].url)
    assert (turns, pool.free) == (["a", "b", "a", "a"], 1)


def test_a_pool_is_bounded_and_so_is_each_lane() -> None:
    pool = Pool(2)
    one = lane("a", parcel(1), parcel(2), parcel(3), proven=True)
    pool.queue(one)
    assert pool.next(1) is not None
    assert pool.next(1) is None
    other = lane("b", parcel(4), parcel(5), proven=True)
    pool.queue(other)
    assert pool.next(1) is not None
    assert (pool.next(1), pool.free) == (None, 0)
    one.posting -= 1
    pool.free += 1
    pool.queue(one)
    following = pool.next(1)
    assert following is not None
    assert following[1] == parcel(2)


def test_a_lane_without_parcels_has_no_turn() -> None:
    pool = Pool(1)
    pool.queue(lane("a"))
    assert pool.next(1) is None
