"""A channel's life with a carrier over a real socket."""

import asyncio
from collections import Counter
from typing import Any

import pytest

from omnibound.channels.base import Deps, build_channel, kind_named
from omnibound.channels.smpp import Smpp, build
from omnibound.channels.smpp.patience import BackOff
from omnibound.domain.errors import Invalid
from omnibound.domain.facts import Accepted, Failed, Failure, Inbound, Link, Receipt, Returned, Unknown
from omnibound.domain.status import Reason, Status
from omnibound.wire.smpp import Deliver, pdu, read_bind, read_submit, write_data, write_message, write_receipt
from omnibound.wire.smpp import constants as c
from tests.channels.smpp.peers import LOOPS, Carrier, Connection, Core, attempts, clock, joined, message, settings

pytestmark = pytest.mark.anyio
LONG = "word " * 80


def receipt_of(name: str, word: str = "DELIVRD") -> Deliver:
    text = write_receipt(name, word, submitted="2611210000", done="2611210001")
    return Deliver(esm_class=c.ESM_RECEIPT, short_message=text)


def test_it_is_found_by_its_kind() -> None:
    table = {"name": "a", "kind": "smpp", "host": "h", "system_id": "s"}
    assert isinstance(build_channel(table, Deps("a", clock)), Smpp)
    assert kind_named("smpp").settings is type(settings())


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"system_id": "Ł"}, "system_id"),
        ({"submit_errors": {"0x45": "nonsense"}}, "submit_errors"),
        ({"submit_errors": {"x": "refused"}}, "submit_errors"),
        ({"tls": True, "tls_ca": "/no/such/file"}, "tls_ca"),
    ],
)
def test_wrong_settings_are_refused(wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        build(settings(**wrong), Deps("a", clock))
    assert caught.value.field == field


@LOOPS
async def test_sent_accepted_delivered() -> None:
    async with joined() as (channel, core, _, link):
        assert (channel.room(), channel.room(0.8), channel.ahead()) == (200, 160, 200)
        await channel.send(attempts(3))
        accepted = await core.get(Accepted, 3)
        assert [(a.delivery, a.attempt, a.connector, a.carrier, a.provider_ids) for a in accepted] == [
            (1, 1, "a", "a", ("1",)),
            (2, 1, "a", "a", ("2",)),
            (3, 1, "a", "a", ("3",)),
        ]
        sent = [read_submit(body) for *_, body in await link.expect(c.SUBMIT_SM, 3)]
        assert [submit.destination for submit in sent] == ["41790000001", "41790000002", "41790000003"]
        link.deliver(7, receipt_of("2"))
        (receipt,) = await core.get(Receipt)
        assert (receipt.carrier, receipt.provider_id, receipt.status) == ("a", "2", Status.DELIVERED)
        assert (receipt.reason, receipt.detail, receipt.raw) == (Reason.DELIVERED, "", "")
        assert [pdu[1:3] for pdu in await link.expect(c.DELIVER_SM_RESP)] == [(0, 7)]
    assert [link.up for link in core.of(Link)] == [True, False]


# -- Binds -------------------------------------------------------------------------------------------------------


async def test_transmitter_and_receiver() -> None:
    async with joined(bind="transmitter+receiver", system_type="VMA") as (channel, core, carrier, _):
        await carrier.connected(2)
        by_role = {link.got[0][0]: link for link in carrier.connections}
        assert set(by_role) == {c.BIND_TRANSMITTER, c.BIND_RECEIVER}
        bind = read_bind(by_role[c.BIND_RECEIVER].got[0][3])
        assert (bind.system_id, bind.password, bind.system_type) == ("me", "secret", "VMA")
        await channel.send(attempts(2))
        await core.get(Accepted, 2)
        assert len(by_role[c.BIND_TRANSMITTER].all(c.SUBMIT_SM)) == 2
        by_role[c.BIND_RECEIVER].deliver(1, receipt_of("1"))
        await core.get(Receipt)
        assert channel.room() == 200


async def test_work_is_spread_over_binds() -> None:
    async with joined(binds=3, window=10) as (channel, core, carrier, _):
        carrier.on_submit = None
        await core.until(lambda: channel.room() == 30)
        await channel.send(attempts(12))
        for link in carrier.connections:
            await link.expect(c.SUBMIT_SM, 4)
        await channel.send(attempts(18, first=13))
        for link in carrier.connections:
            await link.expect(c.SUBMIT_SM, 10)
        assert channel.room() == 0
        told = {read_submit(body).destination for link in carrier.connections for *_, body in link.all(c.SUBMIT_SM)}
        assert len(told) == 30


async def test_a_wrong_password_is_tried_ever_more_rarely() -> None:
    carrier, core = Carrier(), Core()
    carrier.bind_status = c.RINVPASWD
    await carrier.start()
    channel = build(settings(carrier.port, reconnect_max_s=0.04), Deps("a", clock))
    began = asyncio.get_running_loop().time()
    await channel.start(core.emit, core.wake)
    await carrier.connected(4)
    assert asyncio.get_running_loop().time() - began >= 3 * 0.02
    assert (channel.up(), channel.room(), core.woken) == (False, 0, 0)
    assert {(link.up, link.why) for link in core.of(Link)} == {(False, "the carrier refuses the bind: ESME_RINVPASWD")}
    assert len(core.of(Link)) == 1
    carrier.bind_status = 0
    await core.until(channel.up)
    assert core.woken
    await channel.stop()
    await carrier.stop()


def test_the_back_off_doubles_up_to_its_longest() -> None:
    back_off = BackOff(settings(reconnect_min_s=1.0, reconnect_max_s=8.0))
    waits = [back_off.wait() for _ in range(6)]
    assert all(longest / 2 <= wait <= longest for wait, longest in zip(waits, [1, 2, 4, 8, 8, 8], strict=True))
    back_off.reset()
    assert back_off.wait() <= 1
    assert back_off.wait(hopeless=True) >= 4


@LOOPS
async def test_a_carrier_that_is_gone_and_comes_back() -> None:
    async with joined() as (channel, core, carrier, link):
        carrier.on_submit = None
        await channel.send(attempts(2))
        await link.expect(c.SUBMIT_SM, 2)
        await carrier.stop()
        unknown = await core.get(Unknown, 2)
        assert [(u.delivery, u.resend) for u in unknown] == [(1, True), (2, True)]
        assert unknown[0].why.startswith("link lost: ")
        assert (channel.up(), channel.room()) == (False, 0)
        await channel.send(attempts(1, first=3))
        assert [(r.delivery, r.why) for r in core.of(Returned)] == [(3, "no room")]
        carrier.on_submit = carrier.accept
        await carrier.start()
        await core.until(channel.up)
        await channel.send(attempts(1, first=4))
        assert [a.delivery for a in await core.get(Accepted)] == [4]


async def test_held_where_the_connector_says_so() -> None:
    async with joined(on_ambiguous="hold") as (channel, core, carrier, link):
        carrier.on_submit = None
        await channel.send(attempts())
        await link.expect(c.SUBMIT_SM)
        link.transport.abort()
        assert [(u.delivery, u.resend) for u in await core.get(Unknown)] == [(1, False)]
        assert channel.resend is False


async def test_the_carrier_unbinds_us() -> None:
    async with joined() as (channel, core, carrier, link):
        link.write(pdu(c.UNBIND, 5))
        assert [got[1:3] for got in await link.expect(c.UNBIND_RESP)] == [(0, 5)]
        await carrier.connected(2)
        await core.until(channel.up)
        assert "the carrier has unbound us" in {fact.why for fact in core.of(Link)}


async def test_a_carrier_that_forgot_the_bind_is_bound_again() -> None:
    async with joined() as (channel, core, carrier, _):
        carrier.on_submit = lambda link, got: link.answer(got, status=c.RINVBNDSTS)
        await channel.send(attempts())
        assert [r.why for r in await core.get(Returned)] == ["link_down smpp:0x04"]
        await carrier.connected(2)
        await core.until(channel.up)


# -- Enquiries ---------------------------------------------------------------------------------------------------


async def test_enquiries_are_asked_and_answered() -> None:
    async with joined(enquire_link_s=0.01) as (channel, _, _, link):
        await link.expect(c.ENQUIRE_LINK, 3)
        link.write(pdu(c.ENQUIRE_LINK, 41), pdu(c.ENQUIRE_LINK, 42))
        assert [got[2] for got in await link.expect(c.ENQUIRE_LINK_RESP, 2)] == [41, 42]
        assert channel.up()


async def test_a_silent_carrier_is_left() -> None:
    async with joined(enquire_link_s=0.02) as (channel, core, carrier, link):
        carrier.answer = lambda connection, got: None
        await link.expect(c.ENQUIRE_LINK)
        await core.until(lambda: any(fact.why == "no answer to enquire_link" for fact in core.of(Link)))
        del carrier.answer
        await core.until(channel.up)


# -- Windows and rates -------------------------------------------------------------------------------------------


async def test_the_window_is_never_exceeded() -> None:
    async with joined(window=4) as (channel, core, carrier, link):
        carrier.on_submit = None
        await channel.send(attempts(1, LONG))
        await channel.send(attempts(1, LONG, first=2))
        await channel.send(attempts(1, first=3))
        assert [(r.delivery, r.why) for r in await core.get(Returned)] == [(3, "no room")]
        first = await link.expect(c.SUBMIT_SM, 4)
        assert (len(first), channel.room()) == (4, 0)
        for got in first:
            carrier.accept(link, got)
        rest = (await link.expect(c.SUBMIT_SM, 6))[4:]
        for got in rest:
            carrier.accept(link, got)
        assert [(a.delivery, len(a.provider_ids)) for a in await core.get(Accepted, 2)] == [(1, 3), (2, 3)]
        assert channel.room() == 4


async def test_wake_when_there_is_room_again() -> None:
    async with joined(window=2) as (channel, core, carrier, link):
        carrier.on_submit = None
        await channel.send(attempts(2))
        before = core.woken
        assert channel.room() == 0
        carrier.accept(link, (await link.expect(c.SUBMIT_SM, 2))[0])
        await core.until(lambda: core.woken > before)
        assert channel.room() == 1


async def test_a_rate_is_kept_and_wakes() -> None:
    async with joined(rate=10) as (channel, core, _, _):
        assert (channel.room(), channel.ahead()) == (1, 1)
        await channel.send(attempts())
        await core.get(Accepted)
        woken = core.woken
        assert channel.room() == 0
        await core.until(lambda: core.woken > woken)
        assert channel.room() == 1


@pytest.mark.parametrize("status", [c.RTHROTTLED, c.RMSGQFUL])
async def test_throttling_pauses_the_bind(status: int) -> None:
    async with joined(throttle_pause_s=0.05) as (channel, core, carrier, _):
        carrier.on_submit = lambda link, got: link.answer(got, status=status)
        await channel.send(attempts(3))
        assert [r.delivery for r in await core.get(Returned, 3)] == [1, 2, 3]
        assert (channel.room(), channel.up()) == (0, False)
        (pause,) = [fact for fact in core.of(Link) if fact.throttled_until]
        assert (pause.up, pause.throttled_until > clock()) == (True, True)
        woken = core.woken
        carrier.on_submit = carrier.accept
        await core.until(lambda: core.woken > woken)
        assert (channel.room(), channel.up(), core.of(Link)[-1].throttled_until) == (200, True, 0)
        await channel.send(attempts(1, first=4))
        await core.get(Accepted)


async def test_a_throttled_part_goes_again_after_the_pause() -> None:
    seen: Counter[bytes] = Counter()

    def second_part_once(link: Connection, got: tuple[int, int, int, bytes]) -> None:
        text = read_submit(got[3]).short_message
        seen[text] += 1
        throttled = text[5] == 2 and seen[text] == 1
        link.answer(got, b"" if throttled else b"%d\0" % text[5], c.RTHROTTLED if throttled else 0)

    async with joined() as (channel, core, carrier, _):
        carrier.on_submit = second_part_once
        await channel.send(attempts(1, LONG))
        assert [a.provider_ids for a in await core.get(Accepted)] == [("1", "2", "3")]
        assert sorted(seen.values()) == [1, 1, 2]


async def test_no_answer_in_time_then_a_late_one() -> None:
    async with joined(response_timeout_s=0.03) as (channel, core, carrier, link):
        carrier.on_submit = None
        await channel.send(attempts(2))
        assert [(u.delivery, u.why) for u in await core.get(Unknown, 2)] == [(n, "no answer in time") for n in (1, 2)]
        assert channel.room() == 200
        link.answer(link.all(c.SUBMIT_SM)[1], b"late\0")
        assert [(a.delivery, a.provider_ids) for a in await core.get(Accepted)] == [(2, ("late",))]


# -- Long messages -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("way", "pdus"), [("udh", 3), ("udh16", 3), ("sar", 3), ("payload", 1)])
async def test_long_messages(way: str, pdus: int) -> None:
    async with joined(long_messages=way) as (channel, core, _, link):
        said = message(LONG)
        assert channel.parts(said) == pdus
        await channel.send(attempts(2, of=said))
        accepted = await core.get(Accepted, 2)
        assert [len(a.provider_ids) for a in accepted] == [pdus, pdus]
        assert len(await link.expect(c.SUBMIT_SM, 2 * pdus)) == 2 * pdus


async def test_what_cannot_be_sent_fails_and_the_others_go() -> None:
    async with joined() as (channel, core, _, _):
        bad = attempts(1, "x" * 50_000, first=2) + attempts(1, "", first=3)
        await channel.send([*attempts(1), *bad, *attempts(1, first=4)])
        failed = await core.get(Failed, 2)
        assert [(f.delivery, f.failure) for f in failed] == [
            (2, Failure(Reason.TOO_LONG)),
            (3, Failure(Reason.NO_CONTENT)),
        ]
        assert [a.delivery for a in await core.get(Accepted, 2)] == [1, 4]


# -- Receipts and commits ----------------------------------------------------------------------------------------


async def test_a_receipt_before_its_answer_comes_first() -> None:
    async with joined() as (channel, core, carrier, link):
        carrier.on_submit = None
        await channel.send(attempts())
        (got,) = await link.expect(c.SUBMIT_SM)
        answer = pdu(c.SUBMIT_SM_RESP, got[2], b"id\0")
        link.write(pdu(c.DELIVER_SM, 1, write_message(receipt_of("id"))), answer)
        await core.get(Accepted)
        assert [type(fact) for fact in core.facts[-2:]] == [Receipt, Accepted]


@LOOPS
async def test_acknowledged_after_the_commit_in_one_write() -> None:
    async with joined() as (_, core, _, link):
        core.gate.clear()
        deliver = write_message(receipt_of("x"))
        link.write(*[pdu(c.DELIVER_SM, number, deliver) for number in range(1, 6)], pdu(c.ENQUIRE_LINK, 9))
        await link.expect(c.ENQUIRE_LINK_RESP)
        assert (len(core.of(Receipt)), link.all(c.DELIVER_SM_RESP)) == (5, [])
        core.gate.set()
        assert [got[1:3] for got in await link.expect(c.DELIVER_SM_RESP, 5)] == [(0, n) for n in range(1, 6)]


async def test_what_is_not_committed_is_asked_for_again() -> None:
    async with joined() as (_, core, _, link):
        core.failing = True
        link.deliver(1, receipt_of("x"))
        link.write(pdu(c.DATA_SM, 2, write_data(receipt_of("y"))))
        assert [got[1:3] for got in await link.expect(c.DELIVER_SM_RESP)] == [(0x64, 1)]
        assert [got[1:3] for got in await link.expect(c.DATA_SM_RESP)] == [(0x64, 2)]
        core.failing = False
        link.deliver(3, receipt_of("x"))
        assert [got[1:3] for got in await link.expect(c.DELIVER_SM_RESP, 2)] == [(0x64, 1), (0, 3)]


async def test_outcomes_that_are_not_committed_are_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("omnibound.channels.smpp.session._AGAIN_S", 0.01)
    async with joined() as (channel, core, _, link):
        core.failing = True
        await channel.send(attempts())
        await core.get(Accepted)
        core.failing = False
        first, second = await core.get(Accepted, 2)
        assert first == second
        assert len(link.all(c.SUBMIT_SM)) == 1


async def test_inbound_messages_are_kept() -> None:
    async with joined(channel="SMS") as (_, core, _, link):
        link.deliver(1, Deliver(source="4179", destination="1234", short_message=b"STOP \x00"))
        (inbound,) = await core.get(Inbound)
        assert inbound == Inbound("a", "SMS", "4179", "1234", "STOP @", inbound.at)
        assert [got[1:3] for got in await link.expect(c.DELIVER_SM_RESP)] == [(0, 1)]


# -- Stopping ----------------------------------------------------------------------------------------------------


async def test_stop_waits_for_answers_and_unbinds() -> None:
    async with joined() as (channel, core, carrier, link):
        carrier.on_submit = None
        channel.stop_s = 10
        await channel.send(attempts(2))
        sent = await link.expect(c.SUBMIT_SM, 2)
        stopping = asyncio.create_task(channel.stop())
        await asyncio.sleep(0)
        assert (channel.room(), channel.up()) == (0, False)
        await channel.send(attempts(1, first=3))
        assert [(r.delivery, r.why) for r in await core.get(Returned)] == [(3, "stopping")]
        for got in sent:
            carrier.accept(link, got)
        await stopping
        assert [a.delivery for a in core.of(Accepted)] == [1, 2]
        assert [len(link.all(c.UNBIND)), core.of(Unknown), core.of(Link)[-1].up] == [1, [], False]
        await link.closed.wait()


async def test_stop_gives_back_what_is_not_answered() -> None:
    async with joined() as (channel, core, carrier, link):
        carrier.on_submit = None
        channel.stop_s = 0.01
        await channel.send(attempts(2))
        await link.expect(c.SUBMIT_SM, 2)
        await channel.stop()
        assert [(u.delivery, u.why) for u in core.of(Unknown)] == [(n, "stopped before an answer came") for n in (1, 2)]
        await channel.stop()


async def test_stop_without_a_carrier() -> None:
    core = Core()
    channel = build(settings(9), Deps("a", clock))
    await channel.start(core.emit, core.wake)
    await core.get(Link)
    await channel.stop()
    assert core.of(Link)[-1].up is False


# -- For people --------------------------------------------------------------------------------------------------


async def test_condition() -> None:
    async with joined(rate=100) as (channel, core, _, link):
        link.deliver(1, Deliver(esm_class=4, short_message=b"id:7 stat:SHRUGGED err:000"))
        await core.get(Receipt)
        assert channel.condition() == {
            "up": True,
            "why": "bound",
            "window": 200,
            "busy": 0,
            "rate": 100,
            "throttled_until": 0,
            "binds": [
                {"name": "a/transceiver-1", "role": "transceiver", "bound": True, "why": "bound", "pending": 0,
                 "throttled_until": 0}
            ],
            "counts": {"strange answers": 0},
            "unknown_words": {"SHRUGGED": 1},
            "trace": False,
        }  # fmt: skip
        assert "secret" not in repr(channel.condition())


async def test_trace_on_and_off() -> None:
    async with joined(trace=True) as (channel, core, _, link):
        await channel.send(attempts())
        await core.get(Accepted)
        channel.trace(False)
        await channel.send(attempts(1, first=2))
        await core.get(Accepted, 2)
        seen = channel.exchanges()
        assert [(one.out, one.command, one.status) for one in seen] == [
            (True, "bind_transceiver", "ESME_ROK"),
            (False, "bind_transceiver_resp", "ESME_ROK"),
            (True, "submit_sm", "ESME_ROK"),
            (False, "submit_sm_resp", "ESME_ROK"),
        ]
        assert b"secret".hex() not in "".join(one.body for one in seen)
        assert b"***".hex() in seen[0].body
        assert seen[2].body == link.all(c.SUBMIT_SM)[0][3].hex()
        channel.trace(True)
        link.write(pdu(c.ENQUIRE_LINK, 4))
        await link.expect(c.ENQUIRE_LINK_RESP)
        assert [one.command for one in channel.exchanges()[4:]] == ["enquire_link", "enquire_link_resp"]
