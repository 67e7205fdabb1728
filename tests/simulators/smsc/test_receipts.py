import asyncio
import re
from typing import Any

import pytest

from omnibound.simulators.smsc import Smsc, SmscSettings
from omnibound.wire import smpp
from omnibound.wire.smpp import constants as c
from tests.simulators.smsc.esme import bound

pytestmark = pytest.mark.anyio

AT_ONCE = SmscSettings(delay=0)


async def test_whole_receipt() -> None:
    async with Smsc(AT_ONCE) as smsc, bound(smsc) as esme:
        name = await esme.accepted("41790000123", short_message=b"Hello \x00 how are you today?")
        command, status, _, body = await esme.read()
    deliver = smpp.read_deliver(body)
    text = deliver.short_message.decode()
    minutes = re.findall(r"date:(\d{10})", text)
    assert (command, status, len(minutes)) == (c.DELIVER_SM, 0, 2)
    assert deliver == smpp.Deliver(
        source="41790000123", source_ton=1, source_npi=1, destination="Omnibound", destination_ton=5, destination_npi=0,
        esm_class=c.ESM_RECEIPT, short_message=smpp.write_receipt(
            name, "DELIVRD", submitted=minutes[0], done=minutes[1], text="Hello . how are you "),
    )  # fmt: skip


@pytest.mark.parametrize(
    "fields",
    [
        {"data_coding": 8, "short_message": b"\0A"},
        {"data_coding": 4, "short_message": b"\1\2"},
        {"esm_class": c.ESM_UDHI, "short_message": b"\5\0\3\1\2\1Hello"},
    ],
)
async def test_receipt_does_not_quote_what_is_no_plain_text(fields: dict[str, Any]) -> None:
    async with Smsc(AT_ONCE) as smsc, bound(smsc) as esme:
        await esme.accepted("1", **fields)
        assert (await esme.receipt()).text == ""


@pytest.mark.parametrize("form", ["text", "tlv", "both"])
async def test_forms(form: Any) -> None:
    async with Smsc(SmscSettings(delay=0, receipts=form)) as smsc, bound(smsc) as esme:
        name = await esme.accepted("1902")
        body = (await esme.read())[3]
    deliver, told = smpp.read_deliver(body), smpp.deliver_receipt(body)
    assert told is not None
    assert (told.id, told.state) == (name, "UNDELIV")
    assert bool(deliver.short_message) is (form != "tlv")
    assert (told.network_type, told.network_code) == ((0, 0) if form == "text" else (3, 27))


@pytest.mark.parametrize(
    ("ids", "receipt_ids", "answer", "receipt"),
    [
        ("hex", "same", r"[0-9A-F]+", "{0}"),
        ("hex", "decimal", r"[0-9A-F]+", "{1}"),
        ("decimal", "hex", r"\d+", "{2:X}"),
        ("decimal", "decimal", r"\d+", "{0}"),
        ("uuid", "same", r"[0-9a-f]{8}-.{27}", "{0}"),
    ],
)
async def test_ids(ids: Any, receipt_ids: Any, answer: str, receipt: str) -> None:
    async with Smsc(SmscSettings(delay=0, ids=ids, receipt_ids=receipt_ids)) as smsc, bound(smsc) as esme:
        first, told = await esme.accepted("1"), await esme.receipt()
        second = await esme.accepted("1")
    assert re.fullmatch(answer, first)
    assert first != second
    as_hex = int(first, 16) if ids == "hex" else 0
    as_decimal = int(first) if ids == "decimal" else 0
    assert told.id == receipt.format(first, as_hex, as_decimal)


async def test_receipt_first_for_everything() -> None:
    async with Smsc(SmscSettings(delay=60, receipt_first=True)) as smsc, bound(smsc) as esme:
        esme.submit("1")
        esme.submit("1902")
        pdus = await esme.read_many(4)
    assert sorted(pdu[0] for pdu in pdus[:2]) in ([c.DELIVER_SM] * 2, [c.DELIVER_SM, c.SUBMIT_SM_RESP])
    assert sorted(pdu[0] for pdu in pdus) == [c.DELIVER_SM] * 2 + [c.SUBMIT_SM_RESP] * 2


async def test_receipt_does_not_overtake_a_slow_response() -> None:
    async with Smsc(SmscSettings(delay=0, response_delay=0.03)) as smsc, bound(smsc) as esme:
        esme.submit("1")
        esme.submit("1905")
        assert [pdu[0] for pdu in await esme.read_many(5)] == [c.SUBMIT_SM_RESP] * 2 + [c.DELIVER_SM] * 3


async def test_data_sm_gets_a_receipt_too() -> None:
    async with Smsc(AT_ONCE) as smsc, bound(smsc) as esme:
        message = smpp.Submit(source="1", destination="2904", registered_delivery=1, short_message=b"Hi")
        sequence = esme.ask(c.DATA_SM, smpp.write_data(message))
        command, status, answered, body = await esme.read()
        assert (command, status, answered) == (c.DATA_SM_RESP, 0, sequence)
        told = await esme.receipt()
        assert (told.id, told.error, told.text) == (smpp.submit_resp(body), "001", "Hi")
        assert smsc.messages()[0].text == "Hi"


# -- Held until acknowledged ---------------------------------------------------------------------------------------


async def test_receipts_go_to_a_receiver_not_to_the_transmitter() -> None:
    send, receive = c.BIND_TRANSMITTER, c.BIND_RECEIVER
    async with Smsc(AT_ONCE) as smsc, bound(smsc, send) as sender, bound(smsc, receive) as receiver:
        name = await sender.accepted("1")
        assert (await receiver.receipt()).id == name


async def test_receipts_wait_for_a_receiver() -> None:
    async with Smsc(AT_ONCE) as smsc, bound(smsc, c.BIND_TRANSMITTER) as sender:
        names = [await sender.accepted(str(number)) for number in range(10)]
        async with bound(smsc, c.BIND_RECEIVER) as receiver:
            assert [(await receiver.receipt()).id for _ in names] == names
            await smsc.until(outstanding=0)


async def test_unacknowledged_receipts_come_again_on_the_next_bind() -> None:
    async with Smsc(AT_ONCE) as smsc:
        async with bound(smsc) as killed:
            names = [await killed.accepted(str(number)) for number in range(5)]
            pdus = await killed.read_many(5)
            killed.acknowledge(pdus[1][2])
            await smsc.until(acknowledged=1)
            killed.writer.transport.abort()
        async with bound(smsc) as again:
            found = [(await again.receipt()).id for _ in range(4)]
            await smsc.until(outstanding=0)
    assert found == [names[0], *names[2:]]
    assert (smsc.counts["receipts"], smsc.counts["sent"], smsc.counts["resent"]) == (5, 9, 4)


async def test_unacknowledged_receipts_go_to_another_bind_at_once() -> None:
    async with Smsc(AT_ONCE) as smsc, bound(smsc, c.BIND_RECEIVER) as stays:
        async with bound(smsc) as goes:
            names = [await goes.accepted("1"), await goes.accepted("1")]
            await smsc.until(sent=2)
        found = {(await stays.receipt()).id for _ in names}
        await smsc.until(outstanding=0)
    assert found == set(names)


@pytest.mark.parametrize("answer", ["none", "error", "nack", "of another"])
async def test_receipt_is_sent_again_until_it_is_acknowledged(answer: str) -> None:
    async with Smsc(SmscSettings(delay=0, resend_s=0.02)) as smsc, bound(smsc) as esme:
        name = await esme.accepted("1")
        for _ in range(3):
            _, _, sequence, body = await esme.read()
            told = smpp.deliver_receipt(body)
            assert told is not None
            assert told.id == name
            bad = {
                "error": smpp.deliver_responses([sequence], c.RX_T_APPN),
                "nack": smpp.pdu(c.GENERIC_NACK, sequence, b"", c.RINVCMDID),
                "of another": smpp.deliver_responses([sequence + 1000]),
            }
            esme.send(bad.get(answer, b""))
        assert (await esme.receipt()).id == name
        await smsc.until(outstanding=0)
    assert (smsc.counts["resent"], smsc.counts["acknowledged"]) == (3, 1)
    assert smsc.counts["declined"] == (3 if answer in ("error", "nack") else 0)


async def test_deliver_window() -> None:
    async with Smsc(SmscSettings(delay=0, deliver_window=2)) as smsc, bound(smsc) as esme:
        for number in range(5):
            esme.submit(str(number))
        answers = await esme.read_many(7)
        await smsc.until(receipts=5)
        assert smsc.counts["sent"] == 2
        esme.acknowledge(*[pdu[2] for pdu in answers if pdu[0] == c.DELIVER_SM])
        assert len(await esme.read_many(2)) == 2


async def test_two_receivers_share() -> None:
    async with Smsc(SmscSettings(delay=0.02)) as smsc, bound(smsc) as one, bound(smsc) as two:
        for number in range(10):
            one.submit(str(number))
        await one.read_many(10)
        await smsc.until(sent=10)
        found = [await asyncio.wait_for(esme.receipt(), 5) for esme in (one, two)]
        assert all(found)


async def test_two_system_ids_do_not_mix() -> None:
    async with Smsc(AT_ONCE) as smsc, bound(smsc, system_id="a") as a, bound(smsc, system_id="b") as b:
        mine, yours = await a.accepted("1"), await b.accepted("2")
        assert ((await a.receipt()).id, (await b.receipt()).id) == (mine, yours)
        waiting = await a.accepted("3", registered_delivery=1)
        await a.close()
        await smsc.until(acknowledged=2)
        smsc.say("1", "2", "for b", "b")
        deliver = smpp.read_deliver((await b.read())[3])
        assert deliver.short_message == b"for b"
        async with bound(smsc, system_id="a") as again:
            assert (await again.receipt()).id == waiting
    assert [one.system_id for one in smsc.messages()] == ["a", "b", "a"]
