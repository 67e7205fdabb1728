import asyncio
import contextlib
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnibound.simulators.smsc import Smsc, SmscSettings
from omnibound.simulators.smsc.reading import read_light
from omnibound.wire import smpp
from omnibound.wire.smpp import constants as c
from tests.simulators.smsc.esme import Esme, bound, linked, submit

pytestmark = pytest.mark.anyio

NO_RECEIPTS = SmscSettings(delay=60)


async def test_octet_by_octet() -> None:
    async with Smsc(NO_RECEIPTS) as smsc, bound(smsc) as esme:
        for octet in smpp.pdu(c.SUBMIT_SM, 5, submit("123")) + smpp.pdu(c.ENQUIRE_LINK, 6):
            esme.send(bytes((octet,)))
            await esme.writer.drain()
            await asyncio.sleep(0)
        answers = await esme.read_many(2)
    assert [pdu[:3] for pdu in answers] == [(c.SUBMIT_SM_RESP, 0, 5), (c.ENQUIRE_LINK_RESP, 0, 6)]


async def test_order_of_answers_is_that_of_the_questions() -> None:
    async with Smsc(NO_RECEIPTS) as smsc, bound(smsc) as esme:
        commands = [c.SUBMIT_SM, c.SUBMIT_SM, c.ENQUIRE_LINK, c.SUBMIT_SM, c.DATA_SM, c.ENQUIRE_LINK]
        bodies = {
            c.SUBMIT_SM: submit("1"),
            c.DATA_SM: smpp.write_data(smpp.Submit(destination="1", short_message=b"x")),
        }
        esme.send(b"".join([smpp.pdu(one, at, bodies.get(one, b"")) for at, one in enumerate(commands)]))
        answers = await esme.read_many(len(commands))
    assert [(pdu[0], pdu[2]) for pdu in answers] == [(one | c.RESPONSE, at) for at, one in enumerate(commands)]


@pytest.mark.parametrize("command", [0x99, c.QUERY_SM, c.CANCEL_SM, c.SUBMIT_MULTI, c.OUTBIND, c.DELIVER_SM])
async def test_unknown_command(command: int) -> None:
    async with Smsc() as smsc, bound(smsc) as esme:
        sequence = esme.ask(command, b"whatever")
        assert await esme.read() == (c.GENERIC_NACK, c.RINVCMDID, sequence, b"")
        assert smsc.counts["broken"] == 1


async def test_answers_to_nothing_are_passed_over() -> None:
    async with Smsc() as smsc, bound(smsc) as esme:
        for command in (c.ENQUIRE_LINK_RESP, c.GENERIC_NACK, c.SUBMIT_SM_RESP, c.DELIVER_SM_RESP):
            esme.ask(command, b"x")
        sequence = esme.ask(c.ENQUIRE_LINK)
        assert await esme.read() == (c.ENQUIRE_LINK_RESP, 0, sequence, b"")


@pytest.mark.parametrize("length", [b"\0\0\0\x0f", b"\xff\xff\xff\xff", b"\0\1\0\1"])
async def test_impossible_length_ends_the_link_behind_what_was_whole(length: bytes) -> None:
    async with Smsc() as smsc, bound(smsc) as esme:
        esme.send(smpp.pdu(c.ENQUIRE_LINK, 7) + length + bytes(12))
        pdus, _ = smpp.split(await esme.gone())
    assert pdus == [(c.ENQUIRE_LINK_RESP, 0, 7, b""), (c.GENERIC_NACK, c.RINVCMDLEN, 0, b"")]
    assert smsc.counts["broken"] == 1


WHOLE = submit("123")
BROKEN: list[tuple[int, bytes, int]] = [
    (c.SUBMIT_SM, b"", c.RINVMSGLEN),
    (c.SUBMIT_SM, WHOLE[:-1], c.RINVMSGLEN),
    (c.SUBMIT_SM, WHOLE[:20], c.RINVMSGLEN),
    (c.SUBMIT_SM, WHOLE + b"\4", c.RINVOPTPARSTREAM),
    (c.SUBMIT_SM, WHOLE + b"\4\x24\0\5x", c.RINVOPTPARSTREAM),
    (c.SUBMIT_SM, submit(""), c.RINVDSTADR),
    (c.DATA_SM, b"", c.RINVMSGLEN),
    (c.DATA_SM, smpp.write_data(smpp.Submit()), c.RINVDSTADR),
    (c.DATA_SM, smpp.write_data(smpp.Submit(destination="1")) + b"x", c.RINVOPTPARSTREAM),
]


@pytest.mark.parametrize(("command", "body", "status"), BROKEN)
async def test_broken_body_spares_its_neighbours(command: int, body: bytes, status: int) -> None:
    async with Smsc(NO_RECEIPTS) as smsc, bound(smsc) as esme:
        good = smpp.pdu(c.SUBMIT_SM, 5, WHOLE)
        esme.send(good + smpp.pdu(command, 6, body) + good)
        answers = await esme.read_many(3)
        assert sorted((pdu[2], pdu[1]) for pdu in answers) == [(5, 0), (5, 0), (6, status)]
        assert (smsc.counts["accepted"], smsc.counts["broken"]) == (2, 1)


async def test_broken_bind() -> None:
    async with Smsc() as smsc, linked(smsc) as esme:
        esme.ask(c.BIND_TRANSCEIVER, b"user")
        assert await esme.read() == (c.BIND_TRANSCEIVER_RESP, c.RINVMSGLEN, 1, b"")


OCTETS = st.binary(max_size=64)


@given(
    st.builds(
        smpp.Submit,
        service_type=st.sampled_from(["", "CMT"]),
        source=st.text("0123456789Ab+", max_size=20),
        source_ton=st.integers(0, 255),
        destination=st.text("0123456789", min_size=1, max_size=20),
        destination_npi=st.integers(0, 255),
        esm_class=st.integers(0, 255),
        validity=st.sampled_from([b"", b"000000001000000R"]),
        registered_delivery=st.integers(0, 255),
        data_coding=st.integers(0, 255),
        short_message=OCTETS,
        tlvs=st.dictionaries(st.integers(0, 65535), OCTETS, max_size=3),
    )
)
def test_light_reading_sees_what_whole_reading_sees(message: smpp.Submit) -> None:
    sender, recipient, *rest = read_light(c.SUBMIT_SM, smpp.write_message(message))
    assert sender == bytes((message.source_ton, message.source_npi)) + message.source.encode() + b"\0"
    kind = bytes((message.destination_ton, message.destination_npi))
    assert recipient == kind + message.destination.encode() + b"\0"
    assert rest == [message.esm_class, message.registered_delivery, message.data_coding, message.short_message]


@given(st.sampled_from([c.SUBMIT_SM, c.DATA_SM]), st.binary(max_size=80))
def test_light_reading_raises_its_own_error_only(command: int, body: bytes) -> None:
    with contextlib.suppress(smpp.PduError):
        read_light(command, body)


async def test_fuzz() -> None:
    """No octets at all end anything but their own link, and nothing is raised into the loop."""
    raised: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: raised.append(context))
    dice = random.Random(7)
    async with Smsc(SmscSettings(delay=0, resend_s=0.01)) as smsc:
        for _ in range(60):
            async with linked(smsc) as esme:
                if dice.random() < 0.7:
                    await esme.bind()
                for _ in range(20):
                    esme.send(_noise(dice))
                esme.ask(c.UNBIND)
                await esme.gone()
        async with bound(smsc, system_id="calm") as esme:
            name = await esme.accepted("1")
            assert (await esme.receipt()).id == name
            smsc.messages(10_000)
    assert raised == []


def _noise(dice: random.Random) -> bytes:
    command = dice.choice([*c.COMMAND_NAMES, dice.getrandbits(32)])
    body = bytearray(dice.choice([submit(str(dice.randrange(10**6))), WHOLE, dice.randbytes(dice.randrange(90))]))
    for _ in range(dice.randrange(4)):
        if body:
            body[dice.randrange(len(body))] = dice.randrange(256)
    if dice.random() < 0.02:
        return dice.randbytes(dice.randrange(40))
    return smpp.pdu(command, dice.randrange(1000), bytes(body), dice.choice([0, 0, 0, dice.getrandbits(32)]))


async def test_client_that_reads_no_answers_is_not_read_either() -> None:
    async with Smsc(NO_RECEIPTS) as smsc, bound(smsc) as esme:
        esme.writer.transport.pause_reading()  # pyright: ignore[reportAttributeAccessIssue]
        chunk = smpp.pdu(c.SUBMIT_SM, 1, submit("1")) * 2_000
        sent = 0
        with contextlib.suppress(TimeoutError):
            while sent < 500:
                esme.send(chunk)
                sent += 1
                await asyncio.wait_for(esme.writer.drain(), 0.3)
        assert 0 < sent < 500
        assert smsc.counts["accepted"] < sent * 2_000
        esme.writer.transport.resume_reading()  # pyright: ignore[reportAttributeAccessIssue]
        reading = asyncio.create_task(read_away(esme))
        await smsc.until(accepted=sent * 2_000)
        reading.cancel()


async def read_away(esme: Esme) -> None:
    while await esme.reader.read(1 << 20):
        pass
