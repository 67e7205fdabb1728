"""How many binds a channel has, which rate, and by which settings it goes on, while it runs."""

import asyncio
from typing import Any

import pytest

from omnibound.channels.base import Deps
from omnibound.channels.smpp import build
from omnibound.domain.errors import Invalid
from omnibound.domain.facts import Accepted, Link, Receipt, Returned, Unknown
from omnibound.ports import Share
from omnibound.wire.smpp import constants as c
from omnibound.wire.smpp import read_submit
from tests.channels.smpp.peers import LOOPS, Carrier, Core, attempts, clock, joined, settings
from tests.channels.smpp.test_session import receipt_of

pytestmark = pytest.mark.anyio


def names(channel: Any) -> list[str]:
    return [bind["name"] for bind in channel.condition()["binds"]]


@LOOPS
async def test_binds_are_added_and_leave_in_place() -> None:
    async with joined(binds=1, window=10) as (channel, core, carrier, first):
        await channel.resize(Share(3, 3))
        await core.until(lambda: channel.room() == 30)
        assert names(channel) == ["a/transceiver-1", "a/transceiver-2", "a/transceiver-3"]
        await channel.resize(Share(1, 3))
        assert (channel.room(), channel.up(), channel.share) == (10, True, Share(1, 3))
        assert [len(link.all(c.UNBIND)) for link in carrier.connections] == [0, 1, 1]
        await channel.send(attempts(2))
        assert len(await core.get(Accepted, 2)) == 2
        assert len(first.all(c.SUBMIT_SM)) == 2
    assert [link.up for link in core.of(Link)] == [True, False], "the connector as a whole was up all the time"


async def test_a_bind_that_leaves_waits_for_its_answers_and_hears_its_receipts() -> None:
    async with joined(binds=2, window=5) as (channel, core, carrier, _):
        await carrier.connected(2)
        await core.until(lambda: channel.room() == 10)
        carrier.on_submit = None
        await channel.send(attempts(10))
        for link in carrier.connections:
            await link.expect(c.SUBMIT_SM, 5)
        leaving = asyncio.create_task(channel.resize(Share(1, 2)))
        await asyncio.sleep(0)
        assert (channel.room(), len(channel._binds.senders)) == (0, 1)
        gone = next(
            link for link in carrier.connections if link is not link_of(carrier, channel._binds.senders[0].number)
        )
        for each in gone.all(c.SUBMIT_SM)[:4]:
            carrier.accept(gone, each)
        await core.get(Accepted, 4)
        gone.deliver(9, receipt_of("1"))
        await core.get(Receipt)
        await gone.expect(c.DELIVER_SM_RESP)
        assert not leaving.done(), "one answer is missing"
        carrier.accept(gone, gone.all(c.SUBMIT_SM)[4])
        await leaving
        assert (len(core.of(Accepted)), len(core.of(Unknown)), len(gone.all(c.UNBIND))) == (5, 0, 1)
        await gone.closed.wait()


def link_of(carrier: Carrier, number: int) -> Any:
    """Binds connect in their order here."""
    return carrier.connections[number - 1]


async def test_what_a_leaving_bind_does_not_hear_of_is_unknown() -> None:
    async with joined(window=5) as (channel, core, carrier, link):
        carrier.on_submit = None
        await channel.send(attempts(2))
        await link.expect(c.SUBMIT_SM, 2)
        channel.stop_s = 0.05
        await channel.resize(Share(0, 1))
        assert [(each.delivery, each.why) for each in core.of(Unknown)] == [
            (1, "stopped before an answer came"),
            (2, "stopped before an answer came"),
        ]
        assert link.all(c.UNBIND)


async def test_without_binds_it_serves_nothing_and_says_so() -> None:
    async with joined(rate=100) as (channel, core, _, _):
        await channel.resize(Share(0, 1))
        assert (channel.room(), channel.up(), channel.share) == (0, False, Share(0, 1))
        condition = channel.condition()
        assert (condition["why"], condition["binds"], condition["window"]) == ("not held here", [], 0)
        await channel.send(attempts(1))
        assert [each.why for each in await core.get(Returned)] == ["no room"]
        await channel.resize(Share(1, 1))
        await core.until(channel.up)
        await channel.send(attempts(1))
        await core.get(Accepted)
        assert [(link.up, link.why) for link in core.of(Link)] == [
            (True, "bound"),
            (False, "not held here"),
            (False, "not connected yet"),
            (True, "bound"),
        ]


async def test_a_share_before_the_start_is_kept() -> None:
    carrier, core = Carrier(), Core()
    await carrier.start()
    channel = build(settings(carrier.port, binds=4, rate=100), Deps("a", clock))
    await channel.resize(Share(1, 4))
    await channel.start(core.emit, core.wake)
    await core.until(channel.up)
    assert (len(carrier.connections), channel.condition()["rate"]) == (1, 25)
    await channel.stop()
    await carrier.stop()


async def test_the_rate_goes_with_the_binds() -> None:
    async with joined(binds=2, rate=1000) as (channel, _, _, _):
        rates: list[Any] = []
        for share in (Share(2, 2), Share(1, 2), Share(2, 4), Share(1, 4)):
            await channel.resize(share)
            rates.append(channel.condition()["rate"])
        assert rates == [1000, 500, 500, 250]


async def test_a_pair_leaves_together() -> None:
    async with joined(bind="transmitter+receiver", binds=2) as (channel, _, carrier, _):
        await carrier.connected(4)
        await channel.resize(Share(1, 2))
        unbound = [link.role for link in carrier.connections if link.all(c.UNBIND)]
        assert sorted(unbound) == sorted([c.BIND_TRANSMITTER, c.BIND_RECEIVER])
        assert len(names(channel)) == 2


async def test_a_bind_that_is_not_up_leaves_first() -> None:
    async with joined(binds=1) as (channel, _, carrier, first):
        carrier.bind_status = c.RBINDFAIL
        await channel.resize(Share(2, 2))
        await carrier.connected(2)
        await channel.resize(Share(1, 2))
        assert (channel.up(), names(channel), first.all(c.UNBIND)) == (True, ["a/transceiver-1"], [])


async def test_who_is_cancelled_does_not_stop_the_leaving() -> None:
    async with joined(window=5) as (channel, core, carrier, link):
        carrier.on_submit = None
        await channel.send(attempts(1))
        (submit,) = await link.expect(c.SUBMIT_SM)
        waiting = asyncio.create_task(channel.resize(Share(0, 1)))
        await asyncio.sleep(0)
        waiting.cancel()
        carrier.accept(link, submit)
        await link.expect(c.UNBIND)
        assert [each.delivery for each in core.of(Accepted)] == [1]


async def test_stop_waits_for_what_leaves_already() -> None:
    async with joined(binds=2, window=1) as (channel, core, carrier, _):
        await carrier.connected(2)
        await core.until(lambda: channel.room() == 2)
        carrier.on_submit = None
        await channel.send(attempts(2))
        for link in carrier.connections:
            await link.expect(c.SUBMIT_SM)
        leaving = asyncio.create_task(channel.resize(Share(1, 2)))
        await asyncio.sleep(0)
        stopping = asyncio.create_task(channel.stop())
        await asyncio.sleep(0)
        for link in carrier.connections:
            carrier.accept(link, link.all(c.SUBMIT_SM)[0])
        await asyncio.gather(leaving, stopping)
        assert [len(link.all(c.UNBIND)) for link in carrier.connections] == [1, 1]
        assert (len(core.of(Accepted)), len(core.of(Unknown))) == (2, 0)


# -- Other settings ----------------------------------------------------------------------------------------------


async def test_settings_change_in_place() -> None:
    async with joined(window=10, rate=0) as (channel, core, _, link):
        given = {"window": 20, "rate": 100, "source_ton": 5, "on_ambiguous": "hold", "binds": 3, "trace": True}
        assert channel.amend(settings(channel._settings.port, **given))
        assert (channel.resend, channel.slots, channel.share) == (False, 3, Share(1, 1))
        condition = channel.condition()
        assert [condition[name] for name in ("window", "rate", "trace")] == [20, 100, True]
        await channel.send(attempts(1))
        await core.get(Accepted)
        (submit,) = link.all(c.SUBMIT_SM)
        assert read_submit(submit[3]).source_ton == 5
    assert [each.up for each in core.of(Link)] == [True, False]


async def test_a_narrower_window_waits_for_answers() -> None:
    async with joined(window=4) as (channel, core, carrier, link):
        carrier.on_submit = None
        await channel.send(attempts(4))
        submits = await link.expect(c.SUBMIT_SM, 4)
        assert channel.amend(settings(carrier.port, window=2))
        assert channel.room() == 0
        for each in submits[:3]:
            carrier.accept(link, each)
        await core.get(Accepted, 3)
        assert channel.room() == 1


async def test_errors_of_receipts_are_read_by_the_new_table() -> None:
    async with joined() as (channel, core, carrier, _):
        channel.amend(settings(carrier.port, submit_errors={"0x45": "throttled"}))
        carrier.on_submit = lambda there, got: there.answer(got, b"\0", 0x45)
        await channel.send(attempts(1))
        assert len(await core.get(Returned)) == 1


@pytest.mark.parametrize(
    "given",
    [
        {"port": 2},
        {"host": "localhost"},
        {"system_id": "other"},
        {"password": "other"},
        {"system_type": "VMA"},
        {"bind": "transmitter+receiver"},
        {"tls": True},
        {"carrier": "c"},
        {"channel": "MMS"},
    ],
)
async def test_another_address_or_credential_is_another_connector(given: dict[str, Any]) -> None:
    async with joined() as (channel, _, carrier, _):
        before = channel.condition()
        assert not channel.amend(settings(**{"port": carrier.port, "rate": 7, **given}))
        assert channel.condition() == before


async def test_nonsense_changes_nothing() -> None:
    async with joined() as (channel, _, carrier, _):
        with pytest.raises(Invalid):
            channel.amend(settings(carrier.port, rate=7, submit_errors={"x": "refused"}))
        assert channel.condition()["rate"] == 0


# -- Lingering ---------------------------------------------------------------------------------------------------


async def test_it_hears_receipts_while_it_lingers() -> None:
    async with joined() as (channel, core, _, link):
        await channel.send(attempts(1))
        await core.get(Accepted)
        ending = asyncio.create_task(channel.stop(linger_s=60))
        await asyncio.sleep(0)
        assert (channel.up(), channel.room()) == (False, 0)
        link.deliver(3, receipt_of("1"))
        assert [each.provider_id for each in await core.get(Receipt)] == ["1"]
        assert (await link.expect(c.DELIVER_SM_RESP))[0][2] == 3
        assert (link.all(c.UNBIND), ending.done()) == ([], False)
        await channel.stop()
        assert (len(link.all(c.UNBIND)), ending.done()) == (1, True)


async def test_lingering_ends_by_itself() -> None:
    async with joined() as (channel, _, _, link):
        await channel.stop(linger_s=0.02)
        assert link.all(c.UNBIND)
