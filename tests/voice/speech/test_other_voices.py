"""Voices of other programs and of services: real processes, a real server."""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from omnibound.domain.errors import Unavailable
from tests.voice.speech.conftest import Make, audio_file, program, seconds

pytestmark = pytest.mark.anyio

ECHO = """
import io, sys, soundfile, numpy
text = sys.stdin.buffer.read().decode()
sys.stderr.write("noise " * 20000)
out = io.BytesIO()
soundfile.write(out, numpy.full(1600 * len(text), 0.25), 16000, format="WAV")
target = open(sys.argv[1], "wb") if len(sys.argv) > 1 else sys.stdout.buffer
target.write(out.getvalue())
"""
"""A tenth of a second for each character that it was given."""


def voice(command: list[str], **more: Any) -> dict[str, Any]:
    return {"id": "own", "engine": "command", "language": "pl", "command": command, **more}


@pytest.mark.parametrize("more", [[], ["{out}"]])
async def test_a_program_speaks(booth: Make, tmp_path: Path, more: list[str]) -> None:
    made = booth(voice([*program(tmp_path / "echo.py", ECHO), *more]))
    assert seconds(await made.hear("own", text="zażółć")) == pytest.approx(0.6, abs=0.03)


async def test_a_program_that_reads_ssml(booth: Make, tmp_path: Path) -> None:
    made = booth(voice(program(tmp_path / "echo.py", ECHO), input="ssml"))
    written = '<speak version="1.1" xmlns="http://www.w3.org/2001/10/synthesis" xml:lang="pl">a</speak>'
    assert seconds(await made.hear("own", text="a")) == pytest.approx(len(written) / 10, abs=0.03)


FATHER = """
import pathlib, subprocess
child = subprocess.Popen(["sleep", "600"])
pathlib.Path(__file__).with_suffix(".pid").write_text(str(child.pid))
child.wait()
"""

NUISANCES = {
    "fails": ("import sys; sys.stderr.write('no such model'); sys.exit(3)", "ended with 3: no such model$"),
    "writes nonsense": ("print('hello')", "the voice gave something else than audio"),
    "writes nothing": ("", "the voice gave something else than audio"),
    "speaks too long": (
        "import sys, soundfile, numpy; soundfile.write(sys.argv[1], numpy.zeros(61 * 8000), 8000, format='WAV')",
        "the voice spoke longer than 60 seconds",
    ),
    "hangs, and its child with it": (
        FATHER,
        "did not speak within 1 s",
    ),
    "writes without end": (
        "import sys\nwhile True: sys.stdout.buffer.write(b'x' * 1000000)",
        "the program gives too much audio",
    ),
}


@pytest.mark.parametrize("name", NUISANCES)
async def test_a_program_that(booth: Make, tmp_path: Path, name: str) -> None:
    text, words = NUISANCES[name]
    made = booth(voice([*program(tmp_path / "bad.py", text), "{out}"]), timeout_s=1 if "within" in words else 20)
    with pytest.raises(Unavailable, match=words):
        await made.hear("own", text="x" * 10_000)
    child = tmp_path / "bad.pid"
    if child.exists():
        await asyncio.to_thread(wait_until_gone, int(child.read_text()))
    assert list(made.folder.iterdir()) == []


def wait_until_gone(pid: int) -> None:
    """Wait until a process is no more, or is only waiting to be buried."""
    path = Path(f"/proc/{pid}/stat")
    until = time.monotonic() + 10
    while path.exists() and path.read_text().rpartition(")")[2].split()[0] != "Z":
        assert time.monotonic() < until
        time.sleep(0.01)


async def test_a_program_that_is_not_there(booth: Make) -> None:
    made = booth(voice(["/nowhere/at-all"]))
    with pytest.raises(Unavailable, match="/nowhere/at-all cannot be started: No such file or directory"):
        await made.hear("own", text="x")


STUB = """#!{python}
import json, sys, soundfile, numpy
words = sys.argv[1:]
json.dump([words[:-1], sys.stdin.read()], open(__file__ + ".asked", "w"))
soundfile.write(words[-1], numpy.full(8000, 0.25), 16000, format="WAV")
"""


@pytest.mark.parametrize(
    ("engine", "more", "words"),
    [
        ("piper", {"model": "/models/pl.onnx"}, ["-m", "/models/pl.onnx", "-f"]),
        ("rhvoice", {"profile": "magda"}, ["-p", "magda", "-o"]),
    ],
)
async def test_programs_that_are_known(
    booth: Make, tmp_path: Path, engine: str, more: dict[str, str], words: list[str]
) -> None:
    stub = tmp_path / engine
    stub.write_text(STUB.format(python=sys.executable))
    stub.chmod(0o755)
    made = booth({"id": "v", "engine": engine, "language": "pl", "program": str(stub), **more})
    assert seconds(await made.hear("v", text="Dzień dobry")) == pytest.approx(0.5, abs=0.03)
    assert json.loads(stub.with_name(f"{engine}.asked").read_text()) == [words, "Dzień dobry"]


# -- Over HTTP ---------------------------------------------------------------------------------------------------

Answer = tuple[int, bytes]
Serve = Callable[[Answer], Awaitable["Service"]]


class Service:
    """A speech service that gives one answer and keeps what it was asked."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.asked: list[tuple[dict[str, str], bytes]] = []
        self.url = ""

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")[1:]
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        self.asked.append((headers, await reader.readexactly(int(headers["content-length"]))))
        status, body = self.answer
        head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\nConnection: close\r\n"
        location = "Location: http://127.0.0.1:1/\r\n" if status == 302 else ""
        writer.write((head + location + "\r\n").encode() + body)
        await writer.drain()
        writer.close()


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    servers: list[asyncio.Server] = []

    async def start(answer: Answer) -> Service:
        service = Service(answer)
        servers.append(await asyncio.start_server(service.talk, "127.0.0.1", 0))
        service.url = f"http://127.0.0.1:{servers[-1].sockets[0].getsockname()[1]}/speak"
        return service

    yield start
    for server in servers:
        server.close()
        await server.wait_closed()


@pytest.mark.parametrize("kind", ["WAV", "MP3", "OGG", "FLAC"])
async def test_a_service_speaks(booth: Make, serve: Serve, kind: str) -> None:
    service = await serve((200, audio_file(kind, 0.8, rate=24_000, channels=2)))
    headers = {"Authorization": "Bearer k"}
    made = booth({"id": "v", "engine": "http", "language": "pl", "url": service.url, "headers": headers})
    assert seconds(await made.hear("v", text="Dzień dobry")) == pytest.approx(0.8, abs=0.15)
    ((told, body),) = service.asked
    assert (told["authorization"], told["content-type"], told["content-language"], body.decode()) == (
        "Bearer k", "text/plain; charset=utf-8", "pl", "Dzień dobry",
    )  # fmt: skip


async def test_a_service_that_reads_json(booth: Make, serve: Serve) -> None:
    service = await serve((200, audio_file("WAV")))
    fields = {"model": "m", "response_format": "wav"}
    table = {"id": "v", "engine": "http", "language": "pl", "url": service.url, "text_field": "input", "fields": fields}
    await booth(table).hear("v", ssml='a <prosody rate="slow">b</prosody>')
    ((told, body),) = service.asked
    assert (told["content-type"], json.loads(body)) == ("application/json", {**fields, "input": "a b"})


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((500, b"out of voice"), "answered 500: out of voice$"),
        ((302, b""), "answered 302: $"),
        ((200, b"<html>"), "the voice gave something else than audio"),
        ((200, b""), "the voice gave something else than audio"),
    ],
)
async def test_a_service_that_fails(booth: Make, serve: Serve, answer: Answer, words: str) -> None:
    service = await serve(answer)
    made = booth({"id": "v", "engine": "http", "language": "pl", "url": service.url})
    with pytest.raises(Unavailable, match=words):
        await made.hear("v", text="x")


async def test_a_service_that_is_not_there(booth: Make) -> None:
    made = booth({"id": "v", "engine": "http", "language": "pl", "url": "http://127.0.0.1:1/"})
    with pytest.raises(Unavailable, match=r"http://127\.0\.0\.1:1/ does not answer"):
        await made.hear("v", text="x")


async def test_a_service_that_hangs(booth: Make) -> None:
    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_server(hang, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        made = booth({"id": "v", "engine": "http", "language": "pl", "url": url}, timeout_s=0.3)
        with pytest.raises(Unavailable, match=r"did not answer within 0\.3 s"):
            await made.hear("v", text="x")
