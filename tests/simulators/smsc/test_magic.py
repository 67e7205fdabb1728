from pathlib import Path
from typing import Any

import pytest

from omnibound.simulators.smsc import MAGIC, Smsc, SmscSettings, magic_table
from omnibound.wire import smpp
from omnibound.wire.smpp import constants as c
from tests.simulators.smsc.esme import bound

pytestmark = pytest.mark.anyio

DOCS = Path(__file__).parents[3] / "docs" / "reference" / "simulators.md"

RECEIPTS = {
    "900": [("DELIVRD", "000")],
    "902": [("UNDELIV", "027")],
    "903": [("EXPIRED", "000")],
    "904": [("UNDELIV", "001")],
    "905": [("DELIVRD", "000"), ("DELIVRD", "000")],
    "906": [],
    "907": [("UNKNOWN", "000")],
    "912": [("DELIVRD", "000"), ("UNDELIV", "027")],
    "913": [("REJECTD", "013")],
    "914": [("ENROUTE", "000"), ("DELIVRD", "000")],
    "915": [("UNDELIV", "032")],
    "916": [("PERHAPS", "000")],
    "123": [("DELIVRD", "000")],
}


@pytest.mark.parametrize("digits", RECEIPTS)
async def test_receipts(digits: str) -> None:
    async with Smsc(SmscSettings(delay=0.006)) as smsc, bound(smsc) as esme:
        name = await esme.accepted(f"41790000{digits}")
        told = [await esme.receipt() for _ in RECEIPTS[digits]]
        await smsc.until(outstanding=0, accepted=1)
    assert [(one.id, one.word, one.error) for one in told] == [(name, *one) for one in RECEIPTS[digits]]
    assert smsc.counts["receipts"] == smsc.counts["sent"] == len(told)


@pytest.mark.parametrize(("digits", "status"), [("901", c.RINVDSTADR), ("918", c.RSYSERR)])
async def test_refused(digits: str, status: int) -> None:
    async with Smsc() as smsc, bound(smsc) as esme:
        for _ in range(2):
            sequence = esme.submit(f"41790000{digits}")
            assert await esme.read() == (c.SUBMIT_SM_RESP, status, sequence, b"")
    assert (smsc.counts["refused"], smsc.counts["accepted"]) == (2, 0)
    assert smsc.statuses == {smpp.status_name(status): 2}


@pytest.mark.parametrize(("digits", "status"), [("908", c.RTHROTTLED), ("919", c.RMSGQFUL)])
async def test_refused_the_first_time_for_each_number(digits: str, status: int) -> None:
    async with Smsc(SmscSettings(delay=60)) as smsc, bound(smsc) as esme:
        statuses: list[int] = []
        for number in ("1", "1", "2", "2", "1"):
            esme.submit(number + digits)
            statuses.append((await esme.read())[1])
    assert statuses == [status, 0, status, 0, 0]


async def test_receipt_before_the_response() -> None:
    async with Smsc(SmscSettings(delay=60)) as smsc, bound(smsc) as esme:
        esme.submit("41790000909")
        receipt, response = await esme.read_many(2)
    told = smpp.deliver_receipt(receipt[3])
    assert told is not None
    assert (receipt[0], response[0]) == (c.DELIVER_SM, c.SUBMIT_SM_RESP)
    assert told.id == smpp.submit_resp(response[3])


async def test_response_lost() -> None:
    async with Smsc(SmscSettings(delay=0)) as smsc, bound(smsc) as esme:
        esme.submit("41790000910")
        told = await esme.receipt()
        assert (told.state, told.id) == ("DELIVRD", smsc.messages()[0].id)
        assert smsc.counts["unanswered"] == 1


@pytest.mark.parametrize(("digits", "accepted"), [("911", 1), ("917", 2)])
async def test_link_drops_behind_what_was_answered(digits: str, accepted: int) -> None:
    async with Smsc(SmscSettings(delay=0.01)) as smsc:
        async with bound(smsc) as esme:
            octets = [
                smpp.pdu(c.SUBMIT_SM, number, body)
                for number, body in enumerate([_plain("1"), _plain(f"1{digits}"), _plain("2")], 10)
            ]
            esme.send(b"".join(octets))
            pdus, _ = smpp.split(await esme.gone())
        assert [(command, status, sequence) for command, status, sequence, _ in pdus] == [(c.SUBMIT_SM_RESP, 0, 10)]
        async with bound(smsc) as esme:
            found = {(await esme.receipt()).id for _ in range(accepted)}
            await smsc.until(outstanding=0)
        assert found == {one.id for one in smsc.messages()}
        assert [one.destination for one in smsc.messages()] == ["1", f"1{digits}"][:accepted]


def _plain(destination: str) -> bytes:
    return smpp.write_message(smpp.Submit(destination=destination, registered_delivery=1))


async def test_late_after_ten_delays() -> None:
    async with Smsc(SmscSettings(delay=0.02)) as smsc, bound(smsc) as esme:
        late, soon = await esme.accepted("1900"), await esme.accepted("1")
        assert [(await esme.receipt()).id, (await esme.receipt()).id] == [soon, late]


@pytest.mark.parametrize(
    ("validity", "word"),
    [(b"", "DELIVRD"), (b"000000000001000R", "EXPIRED"), (b"000001000000000R", "DELIVRD"), (b"x" * 16, "DELIVRD")],
)
async def test_late_message_expires_when_its_validity_ends(validity: bytes, word: str) -> None:
    delay = 2 if word == "EXPIRED" else 0.001
    async with Smsc(SmscSettings(delay=delay)) as smsc, bound(smsc) as esme:
        name = await esme.accepted("1900", validity=validity)
        told = await esme.receipt()
    assert (told.id, told.word) == (name, word)


async def test_magic_can_be_left_out() -> None:
    async with Smsc(SmscSettings(delay=0, magic=False)) as smsc, bound(smsc) as esme:
        for digits in MAGIC:
            name = await esme.accepted(f"1{digits}")
            told = await esme.receipt()
            assert (told.id, told.word) == (name, "DELIVRD")


REGISTERED: list[tuple[dict[str, Any], list[str]]] = [
    ({"destination": "1", "registered_delivery": 0}, []),
    ({"destination": "1902", "registered_delivery": 0}, []),
    ({"destination": "1", "registered_delivery": 2}, []),
    ({"destination": "1902", "registered_delivery": 2}, ["UNDELIV"]),
    ({"destination": "1905", "registered_delivery": 2}, []),
    ({"destination": "1", "registered_delivery": 3}, ["DELIVRD"]),
    ({"destination": "1902", "registered_delivery": 3}, []),
    ({"destination": "1", "registered_delivery": 0x11}, ["DELIVRD"]),
]


@pytest.mark.parametrize(("fields", "words"), REGISTERED)
async def test_receipts_only_where_asked_for(fields: dict[str, Any], words: list[str]) -> None:
    async with Smsc(SmscSettings(delay=0)) as smsc, bound(smsc) as esme:
        await esme.accepted(**fields)
        assert [(await esme.receipt()).word for _ in words] == words
        await smsc.until(outstanding=0)
    assert smsc.counts["receipts"] == len(words)


def test_every_number_is_documented() -> None:
    assert magic_table() in DOCS.read_text()
    assert magic_table().count("\n") == len(MAGIC) + 2


def test_every_setting_is_documented() -> None:
    text = DOCS.read_text()
    assert [name for name in SmscSettings.__struct_fields__ if f"`{name}`" not in text] == []
