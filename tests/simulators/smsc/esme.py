"""A client that shows every PDU it gets, and does only what it is told."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from omnibound.simulators.smsc import Smsc
from omnibound.wire import smpp
from omnibound.wire.smpp import constants as c


class Esme:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.sequence = 0

    def send(self, octets: bytes) -> None:
        self.writer.write(octets)

    def ask(self, command: int, body: bytes = b"") -> int:
        self.sequence += 1
        self.send(smpp.pdu(command, self.sequence, body))
        return self.sequence

    async def read(self) -> smpp.Pdu:
        head = await self.reader.readexactly(16)
        rest = await self.reader.readexactly(int.from_bytes(head[:4]) - 16)
        return smpp.split(head + rest)[0][0]

    async def read_many(self, count: int) -> list[smpp.Pdu]:
        return [await self.read() for _ in range(count)]

    async def gone(self) -> bytes:
        """What is still read before the link ends."""
        try:
            return await self.reader.read(-1)
        except ConnectionError:
            return b""

    async def bind(self, command: int = c.BIND_TRANSCEIVER, system_id: str = "user", password: str = "pass") -> int:
        self.ask(command, smpp.write_bind(smpp.Bind(system_id=system_id, password=password)))
        answer, status, sequence, _ = await self.read()
        assert (answer, sequence) == (command | c.RESPONSE, self.sequence)
        return status

    def submit(self, destination: str, **fields: Any) -> int:
        return self.ask(c.SUBMIT_SM, submit(destination, **fields))

    async def accepted(self, destination: str, **fields: Any) -> str:
        """Submit, and give the message id."""
        sequence = self.submit(destination, **fields)
        command, status, answered, body = await self.read()
        assert (command, status, answered) == (c.SUBMIT_SM_RESP, 0, sequence)
        return smpp.submit_resp(body)

    async def receipt(self) -> smpp.ReceiptText:
        """The next PDU, a receipt, which is acknowledged."""
        command, _, sequence, body = await self.read()
        assert command == c.DELIVER_SM
        self.acknowledge(sequence)
        told = smpp.deliver_receipt(body)
        assert told is not None
        return told

    def acknowledge(self, *sequences: int) -> None:
        self.send(smpp.deliver_responses(sequences))

    async def close(self) -> None:
        self.writer.close()
        with contextlib.suppress(ConnectionError):
            await self.writer.wait_closed()


def submit(destination: str, **fields: Any) -> bytes:
    made = {"source": "Omnibound", "source_ton": 5, "short_message": b"Hello", "registered_delivery": 1, **fields}
    return smpp.write_message(smpp.Submit(destination=destination, **made))


@asynccontextmanager
async def linked(smsc: Smsc, **options: Any) -> AsyncGenerator[Esme]:
    """A link that is not bound."""
    reader, writer = await asyncio.open_connection("127.0.0.1", smsc.port, **options)
    esme = Esme(reader, writer)
    try:
        yield esme
    finally:
        await esme.close()


@asynccontextmanager
async def bound(
    smsc: Smsc, command: int = c.BIND_TRANSCEIVER, system_id: str = "user", password: str = "pass"
) -> AsyncGenerator[Esme]:
    async with linked(smsc) as esme:
        assert await esme.bind(command, system_id, password) == 0
        yield esme
