"""Pushes that are requests of their own: sent as they are, each alone, and tried again as they say."""

import pytest

from omnibound.domain.changes import Changes
from omnibound.domain.flow import SECOND
from omnibound.domain.push import PUSHED_FOR, RETRY_WAITS, Asked, Push, Topic
from omnibound.store.opened import OpenedStore
from tests.reports.conftest import ACCOUNT, START, Receiver, Rig

pytestmark = pytest.mark.anyio

SIGNED = {"webhook-id", "webhook-timestamp", "webhook-signature"}


async def ask(rig: Rig, url: str, *requests: Asked, topic: Topic = Topic.ACTION) -> None:
    pushes = [
        Push(ACCOUNT, 5, 1, url, "", rig.now, rig.now + PUSHED_FOR, topic=topic, request=request, number=number)
        for number, request in enumerate(requests)
    ]
    await rig.store.record(Changes(pushes=pushes))


async def test_sent_as_it_is(rig: Rig, receiver: Receiver) -> None:
    await ask(
        rig, receiver.url + "/a?b=1", Asked(method="PUT", headers={"X-A": "1", "Content-Type": "text/x"}, body="ż")
    )
    await rig.push()
    ((path, headers, body),) = receiver.got
    assert (path, headers["X-A"], headers["Content-Type"], body) == ("/a?b=1", "1", "text/x", "ż".encode())
    assert {name.lower() for name in headers} >= SIGNED
    assert await rig.left() == []


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
async def test_without_a_body(rig: Rig, receiver: Receiver, method: str) -> None:
    await ask(rig, receiver.url + "/a", Asked(method=method, body=""))
    await rig.push()
    ((_, headers, body),) = receiver.got
    assert (body, "Content-Type" in headers) == (b"", False)


async def test_its_own_signature_goes_before_ours(rig: Rig, receiver: Receiver) -> None:
    await ask(rig, receiver.url + "/a", Asked(headers={"Webhook-Signature": "mine"}, body="x"))
    await rig.push()
    ((_, headers, _),) = receiver.got
    signatures = [value for name, value in headers.items() if name.lower() == "webhook-signature"]
    assert signatures == ["mine"]


async def test_never_together_with_others(store: OpenedStore, receiver: Receiver) -> None:
    rig = Rig(store, batch=10)
    await rig.add(receiver.url + "/a", 1, 2, topic=Topic.ACTION)
    await ask(rig, receiver.url + "/a", *[Asked(body=str(n)) for n in range(3)])
    await rig.push()
    await rig.pusher.stop()
    assert sorted(body for _, _, body in receiver.got) == [b"0", b"1", b"2", b'{"ACTION":[1,2]}']
    assert len({headers["webhook-id"] for _, headers, _ in receiver.got}) == 4


async def test_a_format_may_write_the_body(rig: Rig, receiver: Receiver) -> None:
    await ask(rig, receiver.url + "/a", Asked(headers={"content-type": "text/y", "X-A": "1"}), topic=Topic.MEMBER)
    await rig.push()
    ((_, headers, body),) = receiver.got
    types = [value for name, value in headers.items() if name.lower() == "content-type"]
    assert (types, headers["X-A"], body) == (["text/y"], "1", b'{"MEMBER":[5]}')


async def test_tried_again_as_it_says(rig: Rig, receiver: Receiver) -> None:
    receiver.answers["/a"] = 500
    await ask(rig, receiver.url + "/a", Asked(body="x", waits=(10 * SECOND, 20 * SECOND)))
    dues: list[tuple[int, bool]] = []
    for forward in (0, 10, 20):
        await rig.push(forward * SECOND)
        (left,) = await rig.left()
        dues.append(((left.due_at - START) // SECOND, left.over))
    assert dues == [(10, False), (30, False), (30, True)]
    await rig.push(PUSHED_FOR // 2)
    assert len(receiver.got) == 3
    assert len({headers["webhook-id"] for _, headers, _ in receiver.got}) == 1


async def test_tried_once(rig: Rig, receiver: Receiver) -> None:
    receiver.answers["/a"] = 404
    await ask(rig, receiver.url + "/a", Asked(body="x", waits=()))
    await rig.push()
    (left,) = await rig.left()
    assert (left.over, left.tries, left.why) == (True, 1, "HTTP 404")


async def test_what_was_given_up_can_be_tried_again(rig: Rig, receiver: Receiver) -> None:
    receiver.answers["/a"] = 500
    await ask(rig, receiver.url + "/a", Asked(body="x", waits=()))
    await rig.push()
    receiver.answers.clear()
    rig.now += SECOND
    assert await rig.store.pushes.renew(ACCOUNT, rig.now, rig.now + PUSHED_FOR, 10) == 1
    await rig.push(2 * SECOND)
    assert (len(receiver.got), await rig.left()) == (2, [])


async def test_without_waits_it_is_the_usual_rule() -> None:
    assert Asked().waits == RETRY_WAITS


async def test_the_same_is_not_sent_twice(rig: Rig, receiver: Receiver) -> None:
    request = Asked(body="x")
    await ask(rig, receiver.url + "/a", request)
    await ask(rig, receiver.url + "/a", request)
    await rig.push()
    assert len(receiver.got) == 1


async def test_it_has_less_time_than_reports(rig: Rig, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("omnibound.reports.push.REQUEST_S", 0.1)
    await ask(rig, receiver.url + "/slow", Asked(body="x", waits=()))
    await rig.push()
    (left,) = await rig.left()
    assert (left.over, left.why) == (True, "no answer in time")


async def test_not_into_our_own_networks(store: OpenedStore, receiver: Receiver) -> None:
    rig = Rig(store, allow=())
    await ask(rig, receiver.url + "/a", Asked(body="x", waits=()))
    await rig.push()
    await rig.pusher.stop()
    (left,) = await rig.left()
    assert (left.over, left.why, receiver.got) == (True, "the address 127.0.0.1 is not allowed", [])
