"""What is due is pushed, what is not accepted is tried again, and no address waits for another."""

from base64 import b64encode
from hashlib import sha256
from hmac import digest

import pytest

from omnibound.domain.flow import DAY, HOUR, MINUTE, SECOND
from omnibound.domain.push import PUSHED_FOR, Topic
from omnibound.reports.push import OVER_KEPT
from omnibound.store.opened import OpenedStore
from tests.reports.conftest import SECRET, START, Receiver, Rig, until

pytestmark = pytest.mark.anyio


async def test_accepted_and_gone(rig: Rig, receiver: Receiver) -> None:
    await rig.add(receiver.url + "/cb", *range(1, 31))
    await rig.push()
    assert await rig.left() == []
    assert sorted(receiver.told()) == [[id_] for id_ in range(1, 31)]
    assert {headers["Content-Type"] for _, headers, _ in receiver.got} == {"application/x-numbers"}
    assert receiver.most <= 8


async def test_a_push_is_signed(rig: Rig, receiver: Receiver) -> None:
    await rig.add(receiver.url + "/cb", 1)
    await rig.push()
    ((_, headers, body),) = receiver.got
    id_, at = headers["webhook-id"], headers["webhook-timestamp"]
    signature = b64encode(digest(SECRET, f"{id_}.{at}.".encode() + body, sha256)).decode()
    assert (at, headers["webhook-signature"]) == (str(START // SECOND), f"v1,{signature}")


async def test_a_batch_of_several(store: OpenedStore, receiver: Receiver) -> None:
    rig = Rig(store, batch=10)
    await rig.add(receiver.url + "/cb", *range(1, 26))
    await rig.add(receiver.url + "/cb", 30, account=8)
    await rig.push()
    await rig.push()
    await rig.pusher.stop()
    assert sorted(map(len, receiver.told())) == [1, 5, 10, 10]
    assert sorted(id_ for told in receiver.told() for id_ in told) == [*range(1, 26), 30]


async def test_each_topic_has_its_own_parcel_and_is_known_apart(store: OpenedStore, receiver: Receiver) -> None:
    """Of one delivery: neither takes the other's place, nor its id."""
    rig = Rig(store, batch=10)
    receiver.answers["/cb"] = 500
    for topic in Topic:
        await rig.add(receiver.url + "/cb", 1, 2, topic=topic)
    await rig.push()
    receiver.answers.clear()
    for _ in range(4):
        await rig.push(2 * MINUTE)
    await rig.pusher.stop()
    assert await rig.left() == []
    got = {
        str(told): headers["webhook-id"] for (_, headers, _), told in zip(receiver.got, receiver.told(), strict=True)
    }
    assert set(got) == {"[1, 2]", *[f"{{'{topic.name}': [1, 2]}}" for topic in Topic if topic is not Topic.REPORT]}
    assert len(set(got.values())) == len(Topic)


async def test_what_was_missed_together_stays_together(store: OpenedStore, receiver: Receiver) -> None:
    rig = Rig(store, batch=2)
    receiver.answers["/cb"] = 500
    await rig.add(receiver.url + "/cb", 1, 2)
    await rig.push()
    await rig.add(receiver.url + "/cb", 3)
    receiver.answers.clear()
    await rig.push(2 * MINUTE)
    await rig.pusher.stop()
    ids = {headers["webhook-id"]: told for (_, headers, _), told in zip(receiver.got, receiver.told(), strict=True)}
    assert sorted(receiver.told()) == [[1, 2], [1, 2], [3]]
    assert sorted(ids.values()) == [[1, 2], [3]]


async def test_retries_wait_longer_and_longer(rig: Rig, receiver: Receiver) -> None:
    """Retry n (from 0) waits 1 min + 1 min * n * n; the last try is when two days are over."""
    receiver.answers["/cb"] = 500
    await rig.add(receiver.url + "/cb", 1)
    tried: list[int] = []
    waits: list[int] = []
    while not tried or not (await rig.left())[0].over:
        await rig.push()
        (push,) = await rig.left()
        tried.append((rig.now - START) // MINUTE)
        assert (push.tries, push.why, len(receiver.got)) == (len(tried), "HTTP 500", len(tried))
        waits.append((push.due_at - rig.now) // MINUTE)
        rig.now = push.due_at - 1
        await rig.push()
        assert len(receiver.got) == len(tried)
        rig.now = push.due_at
    assert waits[:20] == [1 + n * n for n in range(20)]
    assert tried[-1] == PUSHED_FOR // MINUTE
    assert len({headers["webhook-id"] for _, headers, _ in receiver.got}) == 1
    assert len({headers["webhook-timestamp"] for _, headers, _ in receiver.got}) == len(tried)


async def test_500_for_an_hour_then_everything_comes(rig: Rig, receiver: Receiver) -> None:
    receiver.answers["/cb"] = 500
    await rig.add(receiver.url + "/cb", *range(1, 21))
    for _ in range(60):
        await rig.push(MINUTE)
    # One at a time is tried while it fails: the rest is not worn out.
    assert len(await rig.left()) == 20
    receiver.answers.clear()
    receiver.got.clear()
    await rig.push(HOUR)
    assert await rig.left() == []
    assert sorted(receiver.told()) == [[id_] for id_ in range(1, 21)]


async def test_what_is_given_up_stays_for_some_days(rig: Rig, receiver: Receiver) -> None:
    receiver.answers["/cb"] = 503
    await rig.add(receiver.url + "/cb", 1)
    await rig.push()
    await rig.push(PUSHED_FOR)
    assert [(push.over, push.tries, push.why) for push in await rig.left()] == [(True, 2, "HTTP 503")]
    await rig.push(OVER_KEPT - HOUR)
    assert len(await rig.left()) == 1
    await rig.push(2 * HOUR)
    assert await rig.left() == []
    assert len(receiver.got) == 2


async def test_what_could_not_be_tried_in_time_is_given_up_untried(rig: Rig, receiver: Receiver) -> None:
    await rig.add(receiver.url + "/cb", 1)
    await rig.push(3 * DAY)
    assert [(push.over, push.why) for push in await rig.left()] == [(True, "its time was over")]
    assert receiver.got == []


async def test_what_is_gone_from_the_store_is_not_pushed(rig: Rig, receiver: Receiver) -> None:
    await rig.add(receiver.url + "/cb", 1_001)
    await rig.push()
    assert (await rig.left(), receiver.got) == ([], [])


async def test_a_format_that_nobody_writes(rig: Rig, receiver: Receiver) -> None:
    await rig.add(receiver.url + "/cb", 1, format_="morse")
    await rig.push()
    assert [push.why for push in await rig.left()] == ["nobody writes the format morse"]


async def test_a_redirect_is_not_followed(rig: Rig, receiver: Receiver) -> None:
    receiver.answers["/cb"] = 302
    receiver.location = receiver.url + "/elsewhere"
    await rig.add(receiver.url + "/cb", 1)
    await rig.push()
    assert receiver.paths() == ["/cb"]
    assert [push.why for push in await rig.left()] == ["HTTP 302, a redirect, is not followed"]


async def test_a_private_address_is_not_connected_to(store: OpenedStore, receiver: Receiver) -> None:
    rig = Rig(store, allow=())
    await rig.add(receiver.url + "/cb", 1)
    await rig.push()
    await rig.pusher.stop()
    assert receiver.got == []
    assert [push.why for push in await rig.left()] == ["the address 127.0.0.1 is not allowed"]


async def test_dead_addresses_do_not_hold_back_a_live_one(store: OpenedStore, receiver: Receiver) -> None:
    """Twenty that never answer, each with plenty waiting; one that works gets everything meanwhile."""
    rig = Rig(store, at_once=8)
    for n in range(20):
        await rig.add(f"{receiver.url}/slow/{n}", *range(n * 20 + 1, n * 20 + 21))
    await rig.add(f"{receiver.url}/works", *range(500, 600))
    rig.pusher.start()

    async def all_there() -> bool:
        return receiver.paths().count("/works") == 100

    await until(all_there)
    assert sum(path.startswith("/slow") for path in receiver.paths()) == 20
    receiver.let_go.set()
    await rig.pusher.stop()


async def test_a_slow_receiver_is_tried_again(store: OpenedStore, receiver: Receiver) -> None:
    rig = Rig(store, timeout_ms=100)
    await rig.add(receiver.url + "/slow", 1)
    await rig.push()
    assert [(push.tries, push.why, push.due_at) for push in await rig.left()] == [
        (1, "no answer in time", START + MINUTE)
    ]
    receiver.let_go.set()
    await rig.push(MINUTE)
    await rig.pusher.stop()
    assert await rig.left() == []


async def test_more_addresses_than_one_look(
    store: OpenedStore, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("omnibound.reports.push.URLS", 7)
    monkeypatch.setattr("omnibound.reports.push.LANES_KEPT", 10)
    rig = Rig(store)
    for n in range(30):
        await rig.add(f"{receiver.url}/cb?n={n}", n + 1)
    for _ in range(10):
        await rig.push()
    await rig.pusher.stop()
    assert await rig.left() == []
    assert sorted(receiver.told()) == [[n + 1] for n in range(30)]


async def test_nothing_is_pushed_twice_while_the_loop_runs(rig: Rig, receiver: Receiver) -> None:
    rig.pusher.start()
    for n in range(20):
        await rig.add(receiver.url + "/cb", *range(n * 50 + 1, n * 50 + 51))

    async def nothing_left() -> bool:
        return not await rig.left()

    await until(nothing_left)
    assert sorted(id_ for (id_,) in receiver.told()) == list(range(1, 1_001))


async def test_stopping_keeps_the_rest(store: OpenedStore, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("omnibound.reports.push.STOP_S", 0.05)
    rig = Rig(store)
    await rig.add(receiver.url + "/slow", 1, 2)
    await rig.pusher.look()

    async def begun() -> bool:
        return bool(receiver.got)

    await until(begun)
    await rig.pusher.stop()
    assert [push.tries for push in await rig.left()] == [0, 0]
    receiver.let_go.set()
    again = Rig(store)
    await again.push()
    await again.pusher.stop()
    assert await again.left() == []
    assert len({headers["webhook-id"] for _, headers, _ in receiver.got}) == 2


async def test_a_fault_of_our_own_is_tried_again(rig: Rig, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(_url: str, _headers: object, _body: bytes) -> str:
        raise RuntimeError("broken")

    await rig.add(receiver.url + "/cb", 1)
    with monkeypatch.context() as patch:
        patch.setattr(rig.pusher._poster, "post", broken)
        await rig.push()
    assert [push.tries for push in await rig.left()] == [0]
    await rig.push(MINUTE)
    assert await rig.left() == []


async def test_what_became_of_posts_is_counted(rig: Rig, receiver: Receiver) -> None:
    await rig.add(receiver.url + "/well", 1, 2)
    await rig.add(receiver.url + "/ill", 3)
    receiver.answers["/ill"] = 500
    await rig.push()
    assert rig.pusher.counts == {"accepted": 2, "missed": 1, "given_up": 0}
    assert await rig.store.pushes.counts(10) == (1, 0)
    await rig.push(PUSHED_FOR + MINUTE)
    assert rig.pusher.counts == {"accepted": 2, "missed": 2, "given_up": 1}
    assert (await rig.store.pushes.counts(10), await rig.store.pushes.counts(0)) == ((0, 1), (0, 0))


async def test_an_address_that_fails_on_end_is_failing(rig: Rig, receiver: Receiver) -> None:
    url = receiver.url + "/ill"
    await rig.add(url, 1)
    await rig.add(receiver.url + "/well", 2)
    receiver.answers["/ill"] = 500
    seen: list[list[str]] = []
    for _ in range(3):
        await rig.push(2 * HOUR)
        seen.append(rig.pusher.failing())
    receiver.answers.clear()
    await rig.push(2 * HOUR)
    assert [*seen, rig.pusher.failing()] == [[], [], [url], []]
