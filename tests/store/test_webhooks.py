"""Webhooks in the store, and what they add to a commit that tells of members."""

import pytest
from msgspec.structs import replace

from omnibound.domain.changes import Changes
from omnibound.domain.push import PUSHED_FOR, Asked, Push, Topic
from omnibound.domain.webhook import MemberEvent, Webhook
from omnibound.store.opened import OpenedStore
from tests.store import nouns
from tests.store.nouns import ACCOUNT, NOW

pytestmark = pytest.mark.anyio

CLOSED, RETRY = Asked(headers={"X-Key": "k"}, waits=(5, 10), only={"type": ["tts", None]}), Asked(waits=())


def webhook(application: str = "a", account: int = ACCOUNT, **other: object) -> Webhook:
    made = Webhook(
        account=account, application=application, url=f"http://{application}", format="f",
        requests={MemberEvent.CLOSED: CLOSED, MemberEvent.RETRY: RETRY}, settings={"url": "as given", "n": [1, None]},
    )  # fmt: skip
    return replace(made, **other)


def push(delivery: int, url: str, number: int, request: Asked, **other: object) -> Push:
    made = Push(ACCOUNT, delivery, 1, url, "f", NOW, NOW + PUSHED_FOR, 0, False, "", Topic.MEMBER, request, number)
    return replace(made, **other)


async def tell(store: OpenedStore, delivery: int, account: int = ACCOUNT, **other: object) -> None:
    outcome = replace(nouns.outcome(delivery, account=account), done_at=NOW, **other)
    await store.record(Changes(outcomes=[outcome], told=[outcome]))


async def waiting(store: OpenedStore) -> list[Push]:
    return await store.pushes.page(ACCOUNT, None, (0, 0, 0, 0), 100)


async def test_set_read_and_dropped(store: OpenedStore) -> None:
    assert await store.webhooks.one(ACCOUNT, "a") is None
    assert [await store.webhooks.put(each, 2) for each in (webhook(), webhook("b"), webhook("a", 8))] == [True] * 3
    assert await store.webhooks.one(ACCOUNT, "b") == webhook("b", number=1)
    assert not await store.webhooks.put(webhook("c"), 2)
    assert await store.webhooks.one(ACCOUNT, "c") is None
    assert await store.webhooks.put(webhook("a", url="http://other"), 2)
    assert await store.webhooks.one(ACCOUNT, "a") == webhook(url="http://other")
    assert [await store.webhooks.drop(ACCOUNT, "a") for _ in range(2)] == [True, False]
    assert await store.webhooks.put(webhook("c"), 2)
    assert await store.webhooks.one(ACCOUNT, "c") == webhook("c")
    assert await store.webhooks.one(8, "a") == webhook("a", 8)


async def test_each_event_is_a_push_to_each_webhook_that_wants_it(store: OpenedStore) -> None:
    await store.webhooks.put(webhook(), 9)
    await store.webhooks.put(webhook("b", requests={MemberEvent.CLOSED: RETRY}), 9)
    await tell(store, 5, final=False)
    await tell(store, 6, final=True)
    await tell(store, 7, account=8)
    assert await waiting(store) == [
        push(5, "http://a", 0, RETRY),
        push(6, "http://a", 1, CLOSED),
        push(6, "http://b", 3, RETRY),
    ]


async def test_what_is_set_counts_from_then_on(store: OpenedStore) -> None:
    await tell(store, 5)
    await store.webhooks.put(webhook(), 9)
    await tell(store, 6)
    await store.webhooks.put(webhook(url="http://new", requests={MemberEvent.CLOSED: RETRY}), 9)
    await tell(store, 7)
    await tell(store, 8, final=False)
    await store.webhooks.drop(ACCOUNT, "a")
    await tell(store, 9)
    assert await waiting(store) == [push(6, "http://a", 1, CLOSED), push(7, "http://new", 1, RETRY)]


async def test_told_again_it_is_the_same_push(store: OpenedStore) -> None:
    await store.webhooks.put(webhook(), 9)
    await tell(store, 6)
    tried = push(6, "http://a", 1, CLOSED, tries=1, why="HTTP 500", due_at=NOW + 5)
    await store.pushes.settle((), [tried])
    await tell(store, 6)
    outcome = replace(nouns.outcome(6), done_at=NOW)
    await store.record(Changes(told=[outcome, outcome]))
    assert await waiting(store) == [tried]


async def test_many_at_once(store: OpenedStore) -> None:
    await store.webhooks.put(webhook(), 9)
    outcomes = [replace(nouns.outcome(id_), done_at=NOW) for id_ in range(1, 51)]
    await store.record(Changes(told=outcomes))
    assert await waiting(store) == [push(id_, "http://a", 1, CLOSED) for id_ in range(1, 51)]
