"""What the benchmarks of pushes fill a store with, and that their receiver counts right."""

import asyncio
from pathlib import Path

import aiohttp
import pytest

from omnibound.bootstrap import opened
from omnibound.cli.bench import pushes
from omnibound.cli.bench.sink import Sink, sink
from omnibound.cli.bench.sink_process import Receiver, Tally
from omnibound.config import Config

pytestmark = pytest.mark.anyio


async def test_a_store_is_filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pushes, "BULK", 10)
    await pushes.fill(tmp_path, 25, "http://sink/")
    async with opened(Config(data=str(tmp_path))) as store:
        (account,) = await store.accounts.all()
        waits = await store.pushes.page(account.id, None, (0, 0, 0, 0), 100)
        assert (len(waits), {push.url for push in waits}) == (25, {"http://sink/"})
        rows = await store.reports.rows([(push.delivery, push.attempt) for push in waits])
        assert len({delivery.id for delivery, _ in rows}) == 25
        assert len(await store.reports.take(account.id, 1, bulk="", delivery=0, channel="", limit=100)) == 25


class Written(asyncio.Transport):
    """Keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.out = b""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.out += bytes(data)


@pytest.mark.parametrize("size", [1, 7, 1_000])
def test_a_receiver_counts_however_it_is_cut(size: int) -> None:
    tally, transport = Tally(), Written()
    receiver = Receiver(tally)
    receiver.connection_made(transport)
    body = b'{"results":[{"messageId":"a"},{"messageId":"b"}]}'
    stream = b"".join(b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body) for _ in range(3))
    for at in range(0, len(stream), size):
        receiver.data_received(stream[at : at + size])
    assert (tally.posts, tally.reports, transport.out.count(b"200 OK")) == (3, 6, 3)
    assert 0 < tally.first <= tally.last


@pytest.mark.slow
async def test_a_sink_is_a_process() -> None:
    async with sink() as receiver, aiohttp.ClientSession() as session:
        for _ in range(2):
            async with session.post(receiver.url, data=b'{"results":[{"messageId":"a"}]}') as answer:
                assert answer.status == 200
        told = await Sink(receiver.url).told(2, 10)
    assert (told["posts"], told["reports"]) == (2, 2)
