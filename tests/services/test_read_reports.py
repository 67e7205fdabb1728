"""Reports and stories of deliveries, found by our ids and by the client's own."""

import pytest

from omnibound.domain.account import Account
from omnibound.domain.changes import Changes, Reportable
from omnibound.domain.errors import NotFound
from omnibound.domain.flow import DAY
from omnibound.domain.live import Live, Outcome
from omnibound.domain.message import Addresses
from omnibound.domain.order import Placed
from omnibound.domain.status import Reason, Status
from omnibound.services.refs import LOOKUP_DAYS, day_of, ref_hash
from tests.services.conftest import House, people, person

pytestmark = pytest.mark.anyio


async def end(house: House, lives: list[Live], step: int = 0) -> None:
    """As the engine would: all delivered."""
    now = house.clock.now
    outcomes = [
        Outcome(live.id, live.account, 1, Status.DELIVERED, Reason.DELIVERED, "d", step, 0, "c1", 2, now, now)
        for live in lives
    ]
    reports = [Reportable(each.account, each.delivery, 1, ("PUSH", "SMS")[step]) for each in outcomes]
    await house.store.record(
        Changes(ended=[(live.id, live.version) for live in lives], outcomes=outcomes, reports=reports)
    )


async def delivered(house: House, account: Account, *refs: str, step: int = 1, **wishes: object) -> Placed:
    placed = await house.place(account, [person(str(410 + n), ref=ref) for n, ref in enumerate(refs)], **wishes)
    await end(house, list(house.born[-1][2]), step)
    return placed


async def test_a_report_tells_all(house: House) -> None:
    anna = await house.account()
    placed = await delivered(house, anna, "", bulk="B", callback_data="cb")
    (report,) = await house.reports.take(anna)
    assert (report.message_id, report.bulk, report.channel, report.sender) == (
        placed.rows[0].message_id, "B", "SMS", "from-SMS",
    )  # fmt: skip
    assert (report.to, report.addresses) == ("410", Addresses(phone="410"))
    assert (report.callback_data, report.many) == ("cb", True)
    assert (report.outcome.status, report.outcome.parts, report.currency) == (Status.DELIVERED, 2, anna.currency)
    assert await house.reports.take(anna) == []


async def test_a_report_names_the_address_that_was_used(house: House) -> None:
    anna = await house.account()
    await house.place(anna, [person("410", push="device"), person("411")])
    await end(house, list(house.born[-1][2]), step=0)
    assert [(each.channel, each.to) for each in await house.reports.take(anna)] == [("PUSH", "device"), ("PUSH", "411")]


async def test_found_by_our_id_and_by_the_clients(house: House) -> None:
    anna, bert = await house.account(), await house.account("bert")
    placed = await delivered(house, anna, "", "mine")
    ours = placed.rows[0].message_id
    for id_ in (ours, "mine"):
        assert await house.reports.take(bert, message_id=id_) == []
        assert [each.message_id for each in await house.reports.take(anna, message_id=id_)] == [id_]
        assert await house.reports.take(anna, message_id=id_) == []
    assert await house.reports.take(anna, message_id="nothing") == []


async def test_another_accounts_delivery_has_no_story(house: House) -> None:
    anna, bert = await house.account(), await house.account("bert")
    placed = await delivered(house, anna, "", "mine")
    for row in placed.rows:
        story = await house.deliveries.story(anna, row.message_id)
        assert (story.live, story.delivery.to, len(story.outcomes)) == (None, row.to, 1)
        with pytest.raises(NotFound):
            await house.deliveries.story(bert, row.message_id)
    with pytest.raises(NotFound):
        await house.deliveries.story(anna, "nothing")


async def test_two_accounts_may_use_the_same_id(house: House) -> None:
    anna, bert = await house.account(), await house.account("bert")
    for account in (anna, bert):
        await delivered(house, account, "same")
    for account in (bert, anna):
        (report,) = await house.reports.take(account, message_id="same")
        assert report.outcome.account == account.id


async def test_an_id_used_again_after_two_days_names_the_newest(house: House) -> None:
    anna = await house.account()
    await delivered(house, anna, "again")
    house.clock.now += 2 * DAY
    await delivered(house, anna, "again")
    newest = house.born[-1][2][0].id
    assert await house.reports.find(anna, "again") == newest
    house.clock.now += LOOKUP_DAYS * DAY
    assert await house.reports.find(anna, "again") == newest
    house.clock.now += DAY
    assert await house.reports.find(anna, "again") is None


async def test_limits_bulks_and_channels(house: House) -> None:
    anna = await house.account()
    await delivered(house, anna, "a", "b", "c", bulk="B")
    await delivered(house, anna, "d", step=0)
    assert [each.message_id for each in await house.reports.take(anna, limit=1)] == ["a"]
    assert [each.message_id for each in await house.reports.take(anna, channel="PUSH")] == ["d"]
    assert [each.message_id for each in await house.reports.take(anna, bulk="B", message_id="c")] == ["c"]
    assert [each.message_id for each in await house.reports.take(anna, bulk="B")] == ["b"]


async def test_a_bulk_id_used_for_several_orders(house: House) -> None:
    anna = await house.account()
    for refs in (["a", "b"], ["x"], ["c"]):
        await delivered(house, anna, *refs, bulk="" if refs == ["x"] else "B")
    assert [each.message_id for each in await house.reports.take(anna, bulk="B")] == ["a", "b", "c"]


async def test_earlier_hand_outs_again(house: House) -> None:
    anna = await house.account()
    await delivered(house, anna, "a", "b", "c")
    first = await house.reports.take(anna, limit=2)
    second = await house.reports.take(anna)
    again, cursor = await house.reports.again(anna, 0, 1)
    assert again == first
    assert (await house.reports.again(anna, cursor, 10))[0] == second
    assert (await house.reports.again(anna, cursor + 1, 10)) == ([], cursor + 1)


async def test_many_reports_come_in_order(house: House) -> None:
    anna = await house.account()
    placed = await house.place(anna, people(300))
    await end(house, list(house.born[-1][2]))
    taken = await house.reports.take(anna, limit=1_000)
    assert [each.message_id for each in taken] == [row.message_id for row in placed.rows]


def test_hashes_and_days() -> None:
    hashes = {ref_hash(str(n)) for n in range(1_000)}
    assert len(hashes) == 1_000
    assert all(-(1 << 63) <= each < 1 << 63 for each in hashes)
    assert (day_of(DAY - 1), day_of(DAY)) == (0, 1)
