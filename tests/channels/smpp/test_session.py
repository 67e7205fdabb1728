"""A channel's life with a carrier over a real socket."""

import pytest

from omnibound.domain.facts import Accepted, Link, Receipt
from omnibound.domain.status import Reason, Status
from omnibound.wire.smpp import Deliver, read_submit, write_receipt
from omnibound.wire.smpp import constants as c
from tests.channels.smpp.peers import attempts, joined

pytestmark = pytest.mark.anyio


async def test_sent_accepted_delivered() -> None:
    async with joined() as (channel, core, _, link):
        assert (channel.room(), channel.room(0.8), channel.ahead()) == (200, 160, 200)
        await channel.send(attempts(3))
        accepted = await core.get(Accepted, 3)
        assert [(a.delivery, a.attempt, a.connector, a.carrier, a.provider_ids) for a in accepted] == [
            (1, 1, "a", "a", ("1",)), (2, 1, "a", "a", ("2",)), (3, 1, "a", "a", ("3",)),
        ]  # fmt: skip
        sent = [read_submit(body) for *_, body in await link.expect(c.SUBMIT_SM, 3)]
        assert [submit.destination for submit in sent] == ["41790000001", "41790000002", "41790000003"]
        text = write_receipt("2", "DELIVRD", submitted="2611210000", done="2611210001")
        link.deliver(7, Deliver(esm_class=c.ESM_RECEIPT, short_message=text))
        (receipt,) = await core.get(Receipt)
        assert (receipt.carrier, receipt.provider_id, receipt.status) == ("a", "2", Status.DELIVERED)
        assert (receipt.reason, receipt.detail, receipt.raw) == (Reason.DELIVERED, "", "")
        assert [pdu[1:3] for pdu in await link.expect(c.DELIVER_SM_RESP)] == [(0, 7)]
    assert [link.up for link in core.of(Link)] == [True, False]
