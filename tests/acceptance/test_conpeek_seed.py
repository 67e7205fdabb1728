"""Conpeek's samples as they are printed, to a SIPp and to a baresip: what their callees hear is what was to be said."""

import asyncio
import http.client
import json
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

import numpy as np
import pytest
import soundfile

from omnibound.voice.media import Clip
from omnibound.wire.rtp import Law, decode
from tests.acceptance.carriers import toml_table
from tests.acceptance.client import Client
from tests.acceptance.peers import Callee, Sound, baresip, likeness, read_sound, sipp
from tests.acceptance.processes import run, until
from tests.acceptance.stage import Server, Stage
from tests.acceptance.telephones import staged, voice_table
from tests.peers import needed

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.time_limit(180)]

CAMPAIGN = "5b7c389fe8df7b60af688989"
ANNOUNCEMENT = "5b7c78389fe80f7b60af688989"
VOICE_ID = "5b3c78874fe80o7c60af632189"
NUMBER, OTHER = "48987654321", "48123123123"
PATH = f"/voice_sms_campaign/{CAMPAIGN}/request_list"

CURL = r"""curl -X POST \
$CONPEEK_URL/voice_sms_campaign/5b7c389fe8df7b60af688989/request_list \
-H 'Authorization: '$CONPEEK_KEY \
-H 'Content-Type: application/json' \
-d '{"type": "announcement",
    "announcement_id": "5b7c78389fe80f7b60af688989",
    "data": [{"contact_number": "48987654321"}]
}'
"""
SAMPLE = {"type": "announcement", "announcement_id": ANNOUNCEMENT, "data": [{"contact_number": NUMBER}]}

ISSUE = {"issue_id": "XYZ-ABC-01"}
SSML = 'Here are <say-as interpret-as="characters">SSML</say-as> samples'
SPOKEN: dict[str, dict[str, Any]] = {
    "Witaj": {"text": "Witaj"},
    SSML: {"ssml": SSML},
    "Sprawa XYZ-ABC-01 czeka": {"text": "Sprawa {{ voice_sms.custom.issue_id }} czeka", "custom": ISSUE},
}
"""What is heard, as `omnibound say` takes it -> a request of type tts."""


class House(NamedTuple):
    """A product that calls over a trunk of somebody else's, and the campaign of the samples."""

    server: Server
    client: Client
    callee: Callee
    peer: str


@pytest.fixture(scope="module")
def engine() -> str:
    """Calls know nothing of the database; one will do."""
    return "sqlite"


def announcement(rate: int) -> Sound:
    """A tone that rises, so that no part of it is like another."""
    times = np.arange(int(1.5 * rate)) / rate
    return 0.5 * np.sin(2 * np.pi * (300 + 800 * times) * times)


@pytest.fixture(scope="module", params=["sipp", "baresip"])
async def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp(request.param)
    async with AsyncExitStack() as stack:
        peer = sipp(folder, "answers") if request.param == "sipp" else baresip(folder, (NUMBER, OTHER))
        callee = await stack.enter_async_context(peer)
        stage = await stack.enter_async_context(staged(folder, ""))
        voice = toml_table("voices", {"id": VOICE_ID, "engine": "espeak", "language": "pl"})
        # One line: baresip names what it has heard by the second in which the call began.
        server, client = await stage.serve(callee.trunk(lines=1), voice, tables=voice_table())
        await _made(stage, server, client)
        yield House(server, client, callee, request.param)


async def _made(stage: Stage, server: Server, client: Client) -> None:
    """The announcement and the campaign, with the ids that stand in the samples."""
    file = stage.folder / "announcement.wav"
    soundfile.write(file, announcement(44_100), 44_100)
    kept = ("--account", "acceptance", "--id", ANNOUNCEMENT, "--data", str(server.folder))
    asked = ("--api-key", client.key, "--url", server.url)
    made = await asyncio.gather(
        run("announcement", "add", str(file), *kept),
        run("campaign", "add", "Sample", "--id", CAMPAIGN, *asked),
    )
    for ran in (*made, await run("campaign", "start", CAMPAIGN, *asked)):
        assert ran.status == 0, ran.err


async def ended(house: House, ids: list[str]) -> list[dict[str, Any]]:
    """The requests, when all of them are closed."""

    async def look() -> list[dict[str, Any]]:
        told = [await house.client.get(f"/voice_sms_campaign/{CAMPAIGN}/request/{id_}") for id_ in ids]
        return [each["data"] for each in told if each["data"]["state"] == "CLOSED"]

    async def all_of_them() -> list[dict[str, Any]]:
        closed = await look()
        return closed if len(closed) == len(ids) else []

    return await until(all_of_them, "the requests are closed", 40)


def fate(request: dict[str, Any]) -> tuple[Any, ...]:
    return request["application_state"], request["call_state_reason"], request["close_reason"], request["contact_try"]


# --- the samples ------------------------------------------------------------------------------------------------------


async def by_curl(house: House) -> Any:
    """The command line, in a shell."""
    needed("curl", "curl")
    process = await asyncio.create_subprocess_exec(
        "sh", "-c", CURL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "CONPEEK_URL": house.server.url, "CONPEEK_KEY": house.client.key},
    )  # fmt: skip
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return json.loads(out)


async def by_python(house: House) -> Any:
    """What `requests` writes for the sample: an absolute path, so that a path of the base address is lost."""
    headers = {
        "User-Agent": "python-requests/2.32.3", "Accept-Encoding": "gzip, deflate", "Accept": "*/*",
        "Connection": "keep-alive", "Content-Type": "application/json", "Authorization": house.client.key,
    }  # fmt: skip
    url = urljoin(f"{house.server.url}/some/path", PATH)
    return await asyncio.to_thread(_post, url, headers, json.dumps(SAMPLE))


async def by_php(house: House) -> Any:
    """What PHP's curl writes for the sample, its base address with a slash at the end."""
    headers = {
        "Accept": "*/*", "Accept-Encoding": "deflate, gzip, br, zstd", "Authorization": house.client.key,
        "Content-Type": "application/json",
    }  # fmt: skip
    return await asyncio.to_thread(
        _post, f"{house.server.url}/{PATH}", headers, json.dumps(SAMPLE, separators=(",", ":"))
    )


def _post(url: str, headers: dict[str, str], body: str) -> Any:
    """Only these headers, in this order."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=30)
    path = url.partition(parts.netloc)[2]
    connection.putrequest("POST", path, skip_accept_encoding=True)
    for name, value in {**headers, "Content-Length": str(len(body))}.items():
        connection.putheader(name, value)
    connection.endheaders(body.encode())
    answer = connection.getresponse()
    assert answer.status == 200, answer.read()
    told = json.loads(answer.read())
    connection.close()
    return told


async def test_samples_are_heard(house: House) -> None:
    before = len(house.callee.heard())
    answers = [await by(house) for by in (by_curl, by_python, by_php)]
    for answer in answers:
        (told,) = answer["data"]
        assert (told["contact_number"], told["type"], told["announcement_id"]) == (NUMBER, "announcement", ANNOUNCEMENT)
    closed = await ended(house, [answer["data"][0]["id"] for answer in answers])
    assert [fate(each) for each in closed] == [("CLOSED", None, "SUCCESS", 1)] * 3
    await heard(house, before, announcement(8_000), 3)


async def test_speech_is_heard(house: House) -> None:
    before = len(house.callee.heard())
    data = [{"contact_number": OTHER, "voice_definition_id": VOICE_ID, **request} for request in SPOKEN.values()]
    answer = await house.client.ask(
        "POST", PATH, {"type": "tts", "data": data}, headers={"Authorization": house.client.key}
    )
    assert answer.status == 200, answer
    closed = await ended(house, [each["id"] for each in answer.body["data"]])
    assert [fate(each) for each in closed] == [("CLOSED", None, "SUCCESS", 1)] * 3
    assert [each["custom"] for each in closed] == [None, None, ISSUE]
    clips = [spoken_clip(path) for path in (house.server.folder / "speech").rglob("*.clip")]
    for text, said in zip(SPOKEN, await asyncio.gather(*[spoken(house.server, text) for text in SPOKEN]), strict=True):
        # espeak-ng's phases depend on what it has said before: the same words, but not the same samples.
        clip = max(clips, key=lambda clip, said=said: same_words(clip, said))
        assert same_words(clip, said) > 0.9, text
        await heard(house, before, clip, 1)


async def heard(house: House, before: int, said: Sound, times: int) -> None:
    """Wait until the callee has heard this so often: its files are written some time after the call is over."""
    alike: list[float] = []

    async def look() -> bool:
        alike[:] = [round(likeness(each, said), 3) for each in house.callee.heard()[before:]]
        return sum(each > 0.95 for each in alike) == times

    try:
        await until(look, "it is heard", 5)
    except AssertionError:
        pytest.fail(f"the callee's recordings are like it by {alike}: {times} should be above 0.95")


def spoken_clip(path: Path) -> Sound:
    return decode(Clip.load(path).octets[Law.MU], Law.MU).astype(np.float64)


def same_words(one: Sound, other: Sound) -> float:
    """How much the spectra of two equally long sounds are alike, frame by frame of 20 ms; 0 if they are not as long."""
    if len(one) != len(other):
        return 0.0
    spectra = [np.abs(np.fft.rfft(each[: len(each) // 160 * 160].reshape(-1, 160))).ravel() for each in (one, other)]
    return float(spectra[0] @ spectra[1] / (np.linalg.norm(spectra[0]) * np.linalg.norm(spectra[1])))


async def spoken(server: Server, text: str) -> Sound:
    """What the voice makes of a text, without a telephone."""
    file = server.folder / f"said-{len(text)}.wav"
    ran = await run("say", text, "--voice", VOICE_ID, "--out", str(file), "--config", str(server.config))
    assert ran.status == 0, ran.err
    return read_sound(file)


HISS = 50
"""What a decoder may make of silence."""


async def test_request_that_says_nothing_is_called(house: House) -> None:
    before = len(house.callee.heard())
    body = {"type": "none", "data": [{"contact_number": NUMBER, "custom": ISSUE}]}
    answer = await house.client.ask("POST", PATH, body, headers={"Authorization": house.client.key})
    assert answer.status == 200, answer
    (closed,) = await ended(house, [answer.body["data"][0]["id"]])
    assert (closed["type"], *fate(closed)) == ("none", "CLOSED", None, "SUCCESS", 1)
    assert all(not (abs(each) > HISS).any() for each in house.callee.heard()[before:])
