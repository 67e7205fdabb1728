import pytest

from omnibound.simulators.smsc import Smsc, SmscSettings
from omnibound.wire import smpp
from omnibound.wire.smpp import constants as c
from omnibound.wire.sms_reading import decode_text, split_header
from tests.simulators.smsc.esme import bound

pytestmark = pytest.mark.anyio

TEXTS = [
    ("STOP", 1),
    ("", 1),
    ("Zażółć gęślą jaźń", 1),
    ("x" * 161, 2),
    ("ż" * 71, 2),
    ("€" * 400, 6),
    ("\U0001f600" * 40, 2),
]


@pytest.mark.parametrize(("text", "count"), TEXTS)
async def test_what_a_phone_says(text: str, count: int) -> None:
    async with Smsc(SmscSettings(system_id="user")) as smsc, bound(smsc) as esme:
        assert smsc.say("+41 79 302 67 27", "Omnibound", text) == count
        told: list[str] = []
        for number in range(1, count + 1):
            command, _, sequence, body = await esme.read()
            deliver = smpp.read_deliver(body)
            assert command == c.DELIVER_SM
            assert smpp.deliver_receipt(body) is None
            assert (deliver.source, deliver.source_ton) == ("41793026727", 1)
            assert (deliver.destination, deliver.destination_ton) == ("Omnibound", 5)
            octets = deliver.short_message
            if deliver.esm_class & c.ESM_UDHI:
                header, octets = split_header(octets)
                assert header
                assert (header.total, header.number) == (count, number)
            told.append(decode_text(octets, deliver.data_coding) or "")
            esme.acknowledge(sequence)
        assert "".join(told) == text
        await smsc.until(inbound=count, acknowledged=count, outstanding=0)


async def test_it_waits_for_a_bind() -> None:
    async with Smsc(SmscSettings(system_id="user")) as smsc:
        smsc.say("1234567", "2", "early")
        async with bound(smsc) as esme:
            assert smpp.read_deliver((await esme.read())[3]).short_message == b"early"


async def test_one_has_to_say_for_whom_where_there_are_two() -> None:
    async with Smsc() as smsc:
        with pytest.raises(ValueError, match="which system_id"):
            smsc.say("1", "2", "x")
        async with bound(smsc, system_id="a"):
            assert smsc.say("1", "2", "x") == 1
            async with bound(smsc, system_id="b"):
                with pytest.raises(ValueError, match="there are 2"):
                    smsc.say("1", "2", "x")
                assert smsc.say("1", "2", "x", "b") == 1


async def test_parts_in_any_order() -> None:
    async with Smsc(SmscSettings(system_id="user")) as smsc, bound(smsc) as esme:
        assert smsc.say("1", "2", "x" * 400, parts=(3, 1), reference=77) == 2
        headers = [split_header(smpp.read_deliver((await esme.read())[3]).short_message)[0] for _ in range(2)]
        assert [(h.reference, h.total, h.number) for h in headers if h] == [(77, 3, 3), (77, 3, 1)]
        with pytest.raises(ValueError, match="parts 1 to 3"):
            smsc.say("1", "2", "x" * 400, parts=(4,))
