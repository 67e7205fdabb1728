"""Recordings by address: a real server, and addresses that must not be reached."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from omnibound.domain.errors import Invalid, Unavailable
from tests.voice.speech.conftest import PL, Make, alike, audio_file, seconds

pytestmark = pytest.mark.anyio
SEED = str(PL["id"])
LOOPBACK = ("127.0.0.0/8",)


class Files:
    """An HTTP server: what it answers for a path, and what it was asked for."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, bytes]] = {}
        self.asked: list[str] = []
        self.url = ""

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = (await reader.readuntil(b"\r\n\r\n")).decode().split(" ")[1]
        self.asked.append(path)
        status, body = self.answers.get(path, (404, b""))
        head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\nLocation: /bell\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        writer.close()


@pytest.fixture
async def files() -> AsyncIterator[Files]:
    made = Files()
    async with await asyncio.start_server(made.talk, "127.0.0.1", 0) as server:
        made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        made.answers = {"/bell": (200, audio_file("MP3", 2.0)), "/chime": (200, audio_file("WAV", 1.0))}
        yield made


async def test_a_recording_is_fetched_once(booth: Make, files: Files) -> None:
    made = booth(allow=LOOPBACK)
    ssml = f'<audio src="{files.url}/bell"/>'
    first, *_ = await asyncio.gather(*[made.hear(SEED, ssml=ssml) for _ in range(5)])
    assert seconds(first) == pytest.approx(2, abs=0.15)
    await made.hear(SEED, ssml=ssml + '<break time="1s"/>')
    assert files.asked == ["/bell"]
    files.answers["/bell"] = files.answers["/chime"]
    made.studio._fetcher._known.clear()
    assert seconds(await made.hear(SEED, ssml=ssml)) == pytest.approx(1, abs=0.03)


WRONG = {
    "is not there": ("/none", Unavailable, "/none answered 404"),
    "is elsewhere": ("/moved", Unavailable, "/moved answered 302"),
    "is no audio": ("/page", Invalid, "This is no audio file"),
    "is too big": ("/big", Invalid, "/big has more than 1 MB"),
}


@pytest.mark.parametrize("name", WRONG)
async def test_a_recording_that(booth: Make, files: Files, name: str) -> None:
    path, kind, words = WRONG[name]
    files.answers |= {"/moved": (302, b""), "/page": (200, b"<html>"), "/big": (200, b"x" * 1_100_000)}
    made = booth(allow=LOOPBACK)
    with pytest.raises(kind, match=words):
        await made.hear(SEED, ssml=f'<audio src="{files.url}{path}"/>')
    assert list(made.folder.iterdir()) == []


async def test_what_is_said_instead(booth: Make, files: Files) -> None:
    made = booth(allow=LOOPBACK)
    instead = await made.hear(SEED, ssml=f'<audio src="{files.url}/none">nie ma</audio>')
    assert alike(instead, await made.hear(SEED, text="nie ma"))


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://127.0.0.1:9/x.wav", "the address 127.0.0.1 is not allowed"),
        ("HTTP://[::1]/x.wav", "the address ::1 is not allowed"),
        ("http://169.254.169.254/latest", "the address 169.254.169.254 is not allowed"),
        ("https://localhost/x.wav", "localhost leads to the address .* which is not allowed"),
        ("http://", "is no address"),
        ("http://a:b/", "is no address"),
    ],
)
async def test_addresses_that_must_not_be_reached(booth: Make, url: str, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        await booth().hear(SEED, ssml=f'<audio src="{url}">instead</audio>')


async def test_nobody_there(booth: Make) -> None:
    with pytest.raises(Unavailable, match="does not answer"):
        await booth(allow=LOOPBACK).hear(SEED, ssml='<audio src="http://127.0.0.1:1/x.wav"/>')
