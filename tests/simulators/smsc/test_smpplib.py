"""Against an independent client."""

import asyncio
from typing import Any

import pytest

from omnibound.simulators.smsc import Smsc, SmscSettings

smpplib_client: Any = pytest.importorskip("smpplib.client")
smpplib_exceptions: Any = pytest.importorskip("smpplib.exceptions")

pytestmark = pytest.mark.anyio

FIELDS: dict[str, Any] = {
    "source_addr_ton": 5, "source_addr": "Omnibound", "dest_addr_ton": 1, "dest_addr_npi": 1,
    "short_message": b"Hello", "registered_delivery": True,
}  # fmt: skip


class Theirs:
    """Blocking, so that it lives in a thread."""

    def __init__(self, port: int, password: str = "pass") -> None:
        self.ids: list[str] = []
        self.receipts: list[bytes] = []
        self.client = smpplib_client.Client("127.0.0.1", port, timeout=5, allow_unknown_opt_params=True)
        self.client.logger.disabled = True
        self.client.set_message_sent_handler(lambda pdu: self.ids.append(pdu.message_id.decode()))
        self.client.set_message_received_handler(lambda pdu: self.receipts.append(pdu.short_message))
        self.password = password

    def send(self, destinations: list[str], receipts: int) -> None:
        self.client.connect()
        try:
            self.client.bind_transceiver(system_id="user", password=self.password)
            for destination in destinations:
                self.client.send_message(destination_addr=destination, **FIELDS)
            while len(self.receipts) < receipts:
                self.client.read_once()
            self.client.unbind()
        finally:
            self.client.disconnect()


@pytest.mark.parametrize("form", ["text", "both"])
async def test_they_send_and_get_receipts(form: Any) -> None:
    async with Smsc(SmscSettings(system_id="user", password="pass", delay=0.01, receipts=form)) as smsc:
        theirs = Theirs(smsc.port)
        await asyncio.to_thread(theirs.send, ["41790000001", "41790000902", "41790000905"], 4)
        kept = smsc.messages()
    assert theirs.ids == [one.id for one in kept]
    words = sorted(receipt.split(b"stat:")[1].split()[0] for receipt in theirs.receipts)
    assert words == [b"DELIVRD", b"DELIVRD", b"DELIVRD", b"UNDELIV"]
    assert [one.text for one in kept] == ["Hello"] * 3
    assert smsc.counts["acknowledged"] == 4


async def test_they_are_refused_with_a_wrong_password() -> None:
    async with Smsc(SmscSettings(system_id="user", password="pass")) as smsc:
        with pytest.raises(smpplib_exceptions.PDUError, match="14"):
            await asyncio.to_thread(Theirs(smsc.port, "wrong").send, [], 0)
