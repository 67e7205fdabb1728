"""Campaigns in the store: their account's, changed one after another; members, their results, suppression."""

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace

from omnibound.domain.calendar import Calendar, Hours
from omnibound.domain.campaign import Action, Campaign, Deed, Member, Request, Result, Speech, State
from omnibound.domain.changes import Changes
from omnibound.domain.errors import Forbidden
from omnibound.domain.status import Reason
from omnibound.ports import Taken
from omnibound.store.opened import OpenedStore

pytestmark = pytest.mark.anyio

WINTER = Campaign(
    id="winter", account=1, name="Winter", caller="48221234567", trunk="a", speech=Speech(announcement="hello"),
    actions=(
        Action(on="1", do=Deed.PLAY, play=Speech(text="hi", voice="pl")),
        Action(on="end", do=Deed.HTTP, http=Request(url="https://a.example", headers={"a": "b"}, body="{}")),
    ),
    attempts=2, pause=7, pauses={Reason.BUSY: 3}, calendar=Calendar(hours=(Hours(begin=1, end=2, days=(0,)),)),
    priority=5, not_before=8, lasts=9, state=State.STARTED, created_at=4, changed_at=5,
)  # fmt: skip


def member(id_: int, **other: Any) -> Member:
    return Member(id=id_, account=1, campaign="winter", phone=f"48{id_:09}", created_at=3, changed_at=3, **other)


async def test_a_campaign_is_found_by_its_accounts_id(store: OpenedStore) -> None:
    await store.campaigns.add(WINTER)
    await store.campaigns.add(replace(WINTER, account=2, name="Other"))
    assert await store.campaigns.one(1, "winter") == WINTER
    assert await store.campaigns.one(2, "winter") == replace(WINTER, account=2, name="Other")
    assert await store.campaigns.one(1, "Winter") is None
    with pytest.raises(Taken):
        await store.campaigns.add(WINTER)


async def test_campaigns_by_pages(store: OpenedStore) -> None:
    made = [replace(WINTER, id=id_) for id_ in ("a", "b", "c")]
    for campaign in reversed(made):
        await store.campaigns.add(campaign)
    assert await store.campaigns.page(1, "", 2) == made[:2]
    assert await store.campaigns.page(1, "b", 2) == made[2:]
    assert await store.campaigns.page(2, "", 2) == []


async def test_changes_come_one_after_another(store: OpenedStore) -> None:
    await store.campaigns.add(WINTER)

    def one_more(campaign: Campaign) -> Campaign:
        return replace(campaign, priority=campaign.priority + 1)

    await asyncio.gather(*(store.campaigns.change(1, "winter", one_more) for _ in range(8)))
    assert await store.campaigns.one(1, "winter") == replace(WINTER, priority=13)
    assert await store.campaigns.change(1, "none", one_more) is None


async def test_a_change_that_is_refused_leaves_all_as_it_was(store: OpenedStore) -> None:
    await store.campaigns.add(WINTER)

    def refuse(_campaign: Campaign) -> Campaign:
        raise Forbidden("no")

    with pytest.raises(Forbidden):
        await store.campaigns.change(1, "winter", refuse)
    assert await store.campaigns.one(1, "winter") == WINTER


async def test_members_in_their_order_as_they_were(store: OpenedStore) -> None:
    whole = member(
        1, speech=Speech(ssml="<p>a</p>", voice="v"), custom={"a": [1, None, "ż"]}, priority=3, not_before=9,
        closed=True, reason=Reason.BUSY, detail="sip:486", exhausted=True, tries=2,
    )  # fmt: skip
    some = [whole, member(2), member(3)]
    others = [replace(member(4), account=2), replace(member(5), campaign="spring")]
    await store.record(Changes(members=[*some[::-1], *others]))
    assert await store.campaigns.members(1, "winter", 0, 2) == some[:2]
    assert await store.campaigns.members(1, "winter", 2, 2) == some[2:]
    assert await store.campaigns.members_at(1, "winter", 1, 5) == some[1:]
    assert await store.campaigns.members_of([3, 4, 99]) == {3: some[2], 4: others[0]}


async def test_the_last_result_of_a_member_counts(store: OpenedStore) -> None:
    await store.record(Changes(members=[member(1), member(2), member(3)]))
    first = Result(1, False, Reason.BUSY, "sip:486", False, 1, 10)
    await store.record(Changes(results=[first, Result(2, False, Reason.BUSY, "", False, 1, 10)]))
    last = Result(1, True, Reason.ANSWERED, "sip:200", False, 2, 20)
    await store.record(Changes(results=[replace(first, tries=9), last, Result(99, True, Reason.BUSY, "", True, 1, 1)]))
    assert await store.campaigns.members(1, "winter", 0, 9) == [
        replace(member(1), closed=True, reason=Reason.ANSWERED, detail="sip:200", tries=2, changed_at=20),
        replace(member(2), reason=Reason.BUSY, tries=1, changed_at=10),
        member(3),
    ]
    counted = await store.campaigns.counts(1, "winter")
    assert sorted(counted, key=str) == [(False, Reason.BUSY, 1), (False, None, 1), (True, Reason.ANSWERED, 1)]
    assert await store.campaigns.counts(1, "spring") == []


async def test_suppressed_numbers(store: OpenedStore) -> None:
    await store.campaigns.suppress(1, "VOICE", ["48111", "48222", "48111"], Reason.OPTED_OUT, 5)
    await store.campaigns.suppress(1, "VOICE", ["48111"], Reason.BLOCKED, 6)
    keys = ["48111", "48222", "48333"]
    assert await store.campaigns.suppressed(1, "VOICE", keys) == {"48111": Reason.OPTED_OUT, "48222": Reason.OPTED_OUT}
    assert await store.campaigns.suppressed(1, "SMS", keys) == {}
    assert await store.campaigns.suppressed(2, "VOICE", keys) == {}
    assert await store.campaigns.unsuppress(1, "VOICE", "48111")
    assert not await store.campaigns.unsuppress(1, "VOICE", "48111")
    assert await store.campaigns.suppressed(1, "VOICE", keys) == {"48222": Reason.OPTED_OUT}
