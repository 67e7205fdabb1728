"""Campaigns in the store: their account's, changed one after another; members, their results, suppression."""

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace

from omnibound.domain.action import Action, Deed, Request, Speech
from omnibound.domain.bulk import Stop, Target
from omnibound.domain.calendar import Calendar, Hours
from omnibound.domain.campaign import Campaign, State
from omnibound.domain.changes import Changes, Suppressed
from omnibound.domain.errors import Forbidden
from omnibound.domain.member import Doing, Member, Mode, Progress, Stand, Traits
from omnibound.domain.status import Reason
from omnibound.ports import Taken
from omnibound.ports.campaigns import Suppression
from omnibound.store import campaigns
from omnibound.store.opened import OpenedStore
from tests.store import nouns

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
        1, speech=Speech(ssml="<p>a</p>", voice="v"), custom={"a": [1, None, "ż"]}, external="Ä1", not_before=9,
        traits=Traits(priority=3, mode=Mode.PREVIEW, preview_s=5, agent="a", zone="Europe/Warsaw"), due_at=7,
        stand=Stand(progress=Progress.MAX_CALLS, doing=Doing.HELD, closed=True, reason=Reason.BUSY, entry=9, tries=2,
        last_number=3), detail="sip:486", answers=(("q", "a"),),
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
    busy, over = {"reason": Reason.BUSY, "tries": 1}, {"closed": True, "reason": Reason.ANSWERED, "tries": 2}
    first = nouns.result(1, 10, "sip:486", **busy)
    await store.record(Changes(results=[first, nouns.result(2, 10, **busy)]))
    last = nouns.result(1, 20, "sip:200", **over)
    again = nouns.result(1, 15, "sip:486", reason=Reason.BUSY, tries=9)
    await store.record(Changes(results=[again, last, nouns.result(99, 1, reason=Reason.BUSY)]))
    assert await store.campaigns.members(1, "winter", 0, 9) == [
        replace(member(1), stand=Stand(**over), detail="sip:200", due_at=20, changed_at=20),
        replace(member(2), stand=Stand(**busy), due_at=10, changed_at=10),
        member(3),
    ]
    counted = await store.campaigns.counts(1, "winter")
    assert sorted(counted, key=str) == [(False, Reason.BUSY, 1), (False, None, 1), (True, Reason.ANSWERED, 1)]
    assert await store.campaigns.counts(1, "spring") == []


async def test_members_are_counted_where_they_stand_by_every_commit(store: OpenedStore) -> None:
    stands: dict[tuple[bool, Reason | None], int] = {}
    some = [member(1), member(2), member(3, stand=Stand(closed=True, reason=Reason.BLOCKED))]
    await store.record(Changes(members=some))
    await store.record(Changes(members=[replace(member(4), account=2), replace(member(5), campaign="spring")]))
    busy = [nouns.result(id_, 10, reason=Reason.BUSY, tries=1) for id_ in (1, 2)]
    over = nouns.result(1, 20, closed=True, reason=Reason.ANSWERED, tries=2)
    first = store.record(Changes(results=busy))
    again = store.record(Changes(results=[over, nouns.result(99, 1, closed=True, reason=Reason.BUSY)]))
    born = store.record(Changes(members=[member(6)], results=[nouns.result(6, 9, reason=Reason.LOST)]))
    await asyncio.gather(first, again, born)
    for closed, reason, n in await store.campaigns.counts(1, "winter"):
        stands[closed, reason] = n
    assert stands == {
        (True, Reason.BLOCKED): 1, (False, Reason.BUSY): 1, (True, Reason.ANSWERED): 1, (False, Reason.LOST): 1,
    }  # fmt: skip
    assert await store.campaigns.counts(2, "winter") == [(False, None, 1)]
    assert await store.campaigns.counts(1, "spring") == [(False, None, 1)]


async def test_those_that_are_open_by_pages(store: OpenedStore) -> None:
    some = [member(1), member(2, stand=Stand(closed=True, reason=Reason.BUSY)), member(3), member(4)]
    await store.record(Changes(members=some))
    assert await store.campaigns.open_members(1, "winter", 0, 2) == [some[0], some[2]]
    assert await store.campaigns.open_members(1, "winter", 3, 2) == [some[3]]
    assert await store.campaigns.open_members(2, "winter", 0, 2) == []


async def test_suppressions_by_pages(store: OpenedStore) -> None:
    await store.campaigns.suppress(1, "VOICE", ["48333", "48111", "481"], Reason.OPTED_OUT, 5)
    await store.campaigns.suppress(2, "VOICE", ["48222"], Reason.BLOCKED, 6)
    listed = [Suppression(key, Reason.OPTED_OUT, 5) for key in ("481", "48111", "48333")]
    assert await store.campaigns.suppressions(1, "VOICE", "", 2) == listed[:2]
    assert await store.campaigns.suppressions(1, "VOICE", "48111", 2) == listed[2:]
    assert await store.campaigns.suppressions(1, "SMS", "", 2) == []


async def test_one_suppressed_number(store: OpenedStore) -> None:
    await store.campaigns.suppress(1, "VOICE", ["48111"], Reason.OPTED_OUT, 5)
    assert await store.campaigns.suppression(1, "VOICE", "48111") == Suppression("48111", Reason.OPTED_OUT, 5)
    for other in ((1, "VOICE", "4811"), (1, "SMS", "48111"), (2, "VOICE", "48111")):
        assert await store.campaigns.suppression(*other) is None


async def test_a_campaign_is_erased_with_all_that_was_written_of_it(
    store: OpenedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(campaigns, "ERASED", 2)
    await store.campaigns.add(WINTER)
    await store.campaigns.add(replace(WINTER, id="spring"))
    for name, at in (("winter", 100), ("spring", 200)):
        whole = nouns.reported(at + 1, at + 2, at + 3, of=at)
        whole.messages = [replace(each, account=1, bulk=f"campaign:{name}") for each in whole.messages]
        whole.members = [replace(member(at + n), campaign=name, external=str(n)) for n in (1, 2, 3)]
        whole.reports = []
        # One of somebody who has gone already.
        whole.calls = [nouns.call(at + n, account=1, campaign=name) for n in (1, 4, 5)]
        await store.record(whole)
    stop = Stop(target=Target(1, "campaign:winter"), cancelled=True)
    await store.bulks.put(stop)
    rounds = [await store.campaigns.erase(1, "winter", "campaign:winter") for _ in range(6)]
    assert rounds == [True, True, True, True, True, False]
    assert await store.campaigns.one(1, "winter") is None
    assert await store.campaigns.counts(1, "winter") == []
    assert await store.bulks.stop(stop.target) is None
    for name in ("member_texts", "externals", "traits", "tallies"):
        assert {campaign for (campaign,) in await nouns.table(store, f"SELECT campaign FROM {name}")} == {"spring"}
    calls = await nouns.table(store, "SELECT delivery FROM calls ORDER BY 1")
    assert [id_ for (id_,) in calls] == [201, 204, 205]
    for name in ("messages", "deliveries", "outcomes", "members"):
        column = "delivery" if name == "outcomes" else "id"
        left = await nouns.table(store, f"SELECT {column} FROM {name} ORDER BY 1")
        assert [id_ for (id_,) in left] == [200] if name == "messages" else [201, 202, 203]
    assert await store.campaigns.one(1, "spring") == replace(WINTER, id="spring")
    assert await store.campaigns.counts(1, "spring") == [(False, None, 3)]


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


async def test_numbers_are_suppressed_by_what_a_call_changes(store: OpenedStore) -> None:
    await store.campaigns.suppress(1, "VOICE", ["48111"], Reason.BLOCKED, 5)
    for _ in range(2):
        # The second time it is told again, and somebody else had a number before.
        rows = [Suppressed(1, "VOICE", key, Reason.OPTED_OUT, 6) for key in ("48111", "48222", "48222")]
        await store.record(Changes(suppressed=rows))
    assert await store.campaigns.suppressions(1, "VOICE", "", 9) == [
        Suppression("48111", Reason.BLOCKED, 5), Suppression("48222", Reason.OPTED_OUT, 6),
    ]  # fmt: skip
