"""The network as a program runs it, and the page that tells of it."""

import asyncio
import socket
from pathlib import Path

import msgspec
import pytest

from omnibound.simulators.sip import SipNetwork, SipSettings, magic_table, serve

pytestmark = pytest.mark.anyio

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "simulators.md"


async def test_it_says_where_it_listens() -> None:
    told: asyncio.Queue[str] = asyncio.Queue()
    serving = asyncio.ensure_future(serve(SipSettings(), told.put_nowait))
    async with asyncio.timeout(5):
        line = await told.get()
    assert line.startswith("simulated telephone network listens on 127.0.0.1:")
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)


@pytest.mark.parametrize("kind", [socket.SOCK_DGRAM, socket.SOCK_STREAM])
async def test_port_that_is_taken(kind: socket.SocketKind) -> None:
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(OSError, match="in use"):
            await SipNetwork(SipSettings(port=taken.getsockname()[1])).start()


async def test_counts_that_there_are_not() -> None:
    async with SipNetwork() as network:
        with pytest.raises(ValueError, match="no such count"):
            await network.until(dialled=1)


def test_page_has_the_numbers_and_the_settings() -> None:
    page = PAGE.read_text()
    assert magic_table() in page
    section = page.partition("## Telephone network")[2]
    named = [f"`{field.name}`" for field in msgspec.structs.fields(SipSettings)]
    assert [name for name in named if name not in section] == []
