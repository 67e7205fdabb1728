"""Announcements: uploaded, looked up, heard again, dropped; what is no audio or too big leaves nothing."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from omnibound.services.keep_announcements import Announcements
from tests.api.house import ALADDIN, JAFAR, House
from tests.asgi import Answer, call
from tests.voice.speech.conftest import audio_file

pytestmark = pytest.mark.anyio
ALL = "/api/v1/announcements"
ID = "5b7c78389fe80f7b60af688989"


async def upload(house: House, query: str, data: bytes, kind: str = "audio/wav", **more: Any) -> Answer:
    return await house.call("POST", f"{ALL}?{query}", data, **{"Content-Type": kind}, **more)


def files(house: House) -> list[str]:
    folder = Path(house.running.config.data) / "announcements"
    return sorted(path.suffix for path in folder.iterdir()) if folder.exists() else []


async def listed(house: House, **more: Any) -> list[str]:
    return [each["id"] for each in (await house.call("GET", ALL, **more)).json()["announcements"]]


@pytest.mark.parametrize(("kind", "media"), [("WAV", "audio/wav"), ("MP3", "audio/mpeg"), ("OGG", "audio/ogg")])
async def test_upload_read_hear_and_drop(house: House, kind: str, media: str) -> None:
    data = audio_file(kind, 1.0, rate=44_100, channels=2)
    made = await upload(house, f"id={ID}&name=Dzie%C5%84%20dobry", data, media)
    assert made.status == 201
    told = made.json()
    assert {**told, "seconds": 1, "created_at": "..."} == {
        "id": ID, "name": "Dzień dobry", "seconds": 1, "octets": len(data), "created_at": "...",
    }  # fmt: skip
    assert told["seconds"] == pytest.approx(1, abs=0.12)
    assert (await house.call("GET", f"{ALL}/{ID}")).json() == told
    assert (await house.call("GET", ALL)).json() == {"announcements": [told]}
    heard = await house.call("GET", f"{ALL}/{ID}/audio")
    assert (heard.status, heard.headers["content-type"]) == (200, "audio/wav")
    samples, rate = soundfile.read(io.BytesIO(heard.body))
    assert (rate, len(samples) / rate) == (8000, told["seconds"])
    middle = np.abs(np.fft.rfft(samples[1000:7000]))
    assert np.argmax(middle) * 8000 / 6000 == pytest.approx(440, abs=2)
    head = await house.call("HEAD", f"{ALL}/{ID}/audio")
    assert (head.status, head.body, head.headers["content-length"]) == (200, b"", str(len(heard.body)))
    assert (await house.call("DELETE", f"{ALL}/{ID}")).status == 204
    assert (await house.call("GET", f"{ALL}/{ID}/audio")).status == 404
    assert (await listed(house), files(house)) == ([], [])


async def test_an_id_is_made_where_none_is_given(house: House) -> None:
    told = (await upload(house, "", audio_file("WAV"))).json()
    assert (len(told["id"]), int(told["id"], 16) > 0, told["name"]) == (24, True, "")


async def test_an_id_is_an_accounts_own_and_given_once(house: House) -> None:
    data = audio_file("WAV")
    assert (await upload(house, "id=a", data)).status == 201
    assert (await upload(house, "id=a", data, headers=JAFAR)).status == 201
    again = await upload(house, "id=a", audio_file("WAV", 2))
    assert (again.status, again.json()["field"]) == (400, "id")
    assert again.json()["detail"] == "there is an announcement with the id a already"
    assert (await house.call("GET", f"{ALL}/a")).json()["seconds"] == 1
    assert (await house.call("DELETE", f"{ALL}/a", headers=JAFAR)).status == 204
    assert (await house.call("GET", f"{ALL}/a/audio")).status == 200
    assert files(house) == [".clip", ".original"]


async def test_pages(house: House) -> None:
    for id_ in ("b", "d", "a", "c"):
        await upload(house, f"id={id_}", audio_file("WAV", 0.1))
    pages = [(await house.call("GET", f"{ALL}?limit=2&after={after}")).json() for after in ("", "b", "d")]
    assert [[each["id"] for each in page["announcements"]] for page in pages] == [["a", "b"], ["c", "d"], []]


@pytest.mark.parametrize(
    ("query", "data", "kind", "words"),
    [
        ("id=a", b"RIFF" + b"\0" * 1000, "audio/wav", "This is no audio file"),
        ("id=a", b"", "audio/wav", "This is no audio file"),
        ("id=a", b"--x\r\n", "multipart/form-data; boundary=x", "send the audio itself as the body"),
        ("id=a", b"{}", "application/json", "send the audio itself as the body"),
        ("id=..", None, "audio/wav", "an id has 1 to 64 letters"),
        ("id=a%2Fb", None, "audio/wav", "an id has 1 to 64 letters"),
        (f"id={'a' * 65}", None, "audio/wav", "Expected `str` of length <= 64"),
        (f"name={'a' * 201}", None, "audio/wav", "Expected `str` of length <= 200"),
        ("colour=red", None, "audio/wav", "Object contains unknown field `colour`"),
    ],
)
async def test_what_is_wrong_is_refused(house: House, query: str, data: bytes | None, kind: str, words: str) -> None:
    answer = await upload(house, query, audio_file("WAV") if data is None else data, kind)
    assert (answer.status, answer.json()["detail"][: len(words)]) == (400, words)
    assert (await listed(house), files(house)) == ([], [])


@pytest.fixture
def most(house: House) -> int:
    announcements: Announcements = house.running.services.announcements
    announcements.most_octets = 100_000
    return announcements.most_octets


@pytest.mark.parametrize("chunked", [False, True])
async def test_what_is_too_big_is_refused_early(house: House, most: int, chunked: bool) -> None:
    taken = 0

    def pieces() -> Iterator[bytes]:
        nonlocal taken
        for _ in range(10_000):
            taken += 10_000
            yield b"x" * 10_000

    headers = ALADDIN if chunked else {**ALADDIN, "Content-Length": "100000000"}
    answer = await call(house.app, "POST", ALL, headers, list(pieces())[:20] if chunked else [b"x"])
    assert (answer.status, answer.json()["detail"]) == (413, "at most 100000 octets are taken (0.1 MB)")
    assert (await listed(house), files(house)) == ([], [])


async def test_a_body_that_ends_too_early(house: House) -> None:
    class Short(dict[str, str]):
        pass

    data = audio_file("WAV")

    async def app(scope: Any, receive: Any, send: Any) -> None:
        first = await receive()

        async def cut() -> Any:
            return first.pop("once", None) or {"type": "http.disconnect"}

        first["once"] = {"type": "http.request", "body": data[:5000], "more_body": True}
        await house.app(scope, cut, send)

    answer = await call(app, "POST", ALL, dict(ALADDIN), data)
    assert (answer.status, answer.json()["detail"]) == (400, "the body ended too early")
    assert files(house) == []


async def test_files_that_are_gone_are_told(house: House) -> None:
    await upload(house, "id=a", audio_file("WAV"))
    for path in (Path(house.running.config.data) / "announcements").iterdir():
        path.unlink()
    answer = await house.call("GET", f"{ALL}/a/audio")
    assert (answer.status, answer.json()["detail"]) == (404, "the files of the announcement a are gone from the disk")
    assert (await house.call("DELETE", f"{ALL}/a")).status == 204
