"""What people press in calls of campaigns, with real phones that press keys and a real server that is asked."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from msgspec.structs import replace

from omnibound.simulators.sip import ANSWERED, SipNetwork
from omnibound.voice.media import Clip
from omnibound.wire.rtp import Law, decode
from tests.acceptance.client import Client
from tests.acceptance.conftest import Fresh
from tests.acceptance.processes import until
from tests.acceptance.receiver import Receiver, receiver
from tests.acceptance.stage import Server, Stage
from tests.acceptance.telephones import VOICE, network_of, staged, trunk, voice_table

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.time_limit(180)]

MENU = "To hear more press one. To hear this again press two. To be called back press three. Never again: nine."
MORE = "This is the second clip."
ANNA, BEN, CAROL, DAN = "48600100201", "48600100202", "48600100203", "48600100204"
ANSWER_S = 2.0
"""After so long everybody has heard something, and nobody all of it."""
TABLES = {"security": {"allow_private": ["127.0.0.0/8"]}}


class House(NamedTuple):
    """A product that calls, and a web server of its client's."""

    network: SipNetwork
    server: Server
    client: Client
    web: Receiver

    def presses(self, number: str, *keys: tuple[float, str]) -> None:
        self.network.fates[number] = replace(ANSWERED, keys=keys)

    async def campaign(self, id_: str, actions: list[dict[str, Any]], *phones: str, text: str = MENU) -> None:
        """A campaign that calls these, started."""
        body = {"id": id_, "name": "C", "pause_s": 0, "attempts": 1, "speech": {"text": text}, "actions": actions}
        made = await self.client.ask("POST", "/api/v1/campaigns", body)
        assert made.status == 201, made
        asked = {"requests": [{"phone": phone, "custom": {"name": 'A & "B"'}} for phone in phones]}
        path = f"/api/v1/campaigns/{id_}"
        assert (await self.client.ask("POST", f"{path}/requests", asked)).status == 202
        assert (await self.client.ask("POST", f"{path}/start")).status == 200

    async def reasons(self, id_: str) -> dict[str, str]:
        """How the campaign's people ended, once all have."""

        async def look() -> bool:
            return (await self.client.get(f"/api/v1/campaigns/{id_}/counts"))["waiting"] == 0

        await until(look, "nobody waits any more", 90)
        answer = await self.client.ask("GET", f"/api/v1/campaigns/{id_}/results")
        lines = [line.split(",") for line in answer.body.splitlines()[1:]]
        return {line[1]: line[3] for line in lines}

    async def asked(self, count: int) -> None:
        """Wait until the web server was asked so often."""

        async def look() -> bool:
            return len(self.web.got) >= count

        await until(look, f"{count} requests", 60)


@pytest.fixture(scope="module")
def engine() -> str:
    """Calls know little of the database; one will do."""
    return "sqlite"


@pytest.fixture
async def stage(tmp_path: Path, fresh: Fresh) -> AsyncIterator[Stage]:
    async with staged(tmp_path, await fresh()) as made:
        yield made


@pytest.fixture
async def house(stage: Stage) -> AsyncIterator[House]:
    async with network_of() as network, receiver() as web:
        server, client = await stage.serve(trunk(network), tables={**voice_table(), **TABLES}, flow=VOICE)
        yield House(network, server, client, web)


def menu(web: Receiver) -> list[dict[str, Any]]:
    body = '{"name": "{{ voice_sms.name }}", "key": "{{ call.key }}", "digits": "{{ call.digits }}"}'
    http = {"url": f"{web.url}/back/{{{{ voice_sms.name }}}}", "headers": {"X-Id": "{{ voice_sms.id }}"}, "body": body}
    return [
        {"on": "1", "do": "play", "play": {"text": MORE}},
        {"on": "2", "do": "repeat"},
        {"on": "3", "do": "http", "http": http},
        {"on": "9", "do": "opt_out"},
    ]


def clips_of(server: Server) -> tuple[Clip, Clip]:
    """MENU and MORE as they were rendered: the second is shorter."""
    found = [Clip.load(path) for path in (server.folder / "speech").rglob("*.clip")]
    second, first = sorted(found, key=lambda clip: clip.samples)
    return first, second


def times_heard(sound: bytes, clip: Clip) -> int:
    """How often a phone has heard a clip from its beginning: of its first 0.5 s every place that is nearly the same."""
    heard, said = decode(sound, Law.MU).astype(float), decode(clip.octets[Law.MU][:4_000], Law.MU).astype(float)
    if len(heard) <= len(said):
        return 0
    size = len(heard) + len(said)
    products = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(said, size)), size)[: len(heard) - len(said)]
    sums = np.concatenate(([0.0], np.cumsum(heard**2)))
    norms = np.sqrt(sums[len(said) : -1] - sums[: -len(said) - 1])[: len(products)] * np.linalg.norm(said)
    places = np.flatnonzero(products > 0.95 * np.maximum(norms, 1.0))
    return 1 + int(np.count_nonzero(np.diff(places) > len(said))) if len(places) else 0


async def test_menu(house: House) -> None:
    for number, key in ((ANNA, "1"), (BEN, "2"), (CAROL, "3"), (DAN, "9")):
        house.presses(number, (ANSWER_S, key))
    await house.campaign("menu", menu(house.web), ANNA, BEN, CAROL, DAN)
    assert await house.reasons("menu") == {ANNA: "answered", BEN: "answered", CAROL: "answered", DAN: "opted_out"}
    calls = {call.number: call for call in house.network.calls()}
    first, second = clips_of(house.server)
    sounds = {number: call.sound[0] for number, call in calls.items()}
    heard = {number: (times_heard(sound, first), times_heard(sound, second)) for number, sound in sounds.items()}
    assert heard == {ANNA: (1, 1), BEN: (2, 0), CAROL: (1, 0), DAN: (1, 0)}
    # Who opted out is hung up on at once; who presses nothing more, after the wait.
    assert calls[DAN].seconds < ANSWER_S + 4 < ANSWER_S + 5 < calls[CAROL].seconds
    await house.asked(1)
    (got,) = house.web.got
    assert got.path == '/back/A & "B"'
    assert json.loads(got.body) == {"name": 'A & "B"', "key": "3", "digits": "3"}
    assert (got.headers["content-type"], len(got.headers["x-id"])) == ("application/json", 24)


async def test_who_opted_out_is_called_by_no_campaign(house: House) -> None:
    house.presses(DAN, (ANSWER_S, "9"))
    await house.campaign("first", menu(house.web), DAN)
    assert await house.reasons("first") == {DAN: "opted_out"}
    await house.campaign("second", menu(house.web), DAN)
    assert await house.reasons("second") == {DAN: "blocked"}
    assert house.network.tally.counts.invited == 1


async def test_end_asks(house: House) -> None:
    url = f"{house.web.url}/{{{{ call.key }}}}/{{{{ call.digits }}}}/{{{{ voice_sms.contact_number }}}}"
    house.presses(ANNA, (0.4, "4"), (0.7, "#"))
    actions = [{"on": "end", "do": "http", "http": {"url": url, "method": "GET"}}]
    await house.campaign("end", actions, ANNA, text="One two three four five six seven.")
    assert await house.reasons("end") == {ANNA: "answered"}
    await house.asked(1)
    (got,) = house.web.got
    assert (got.path, got.body) == (f"/end/4#/{ANNA}", b"")


async def test_key_is_heeded_though_the_server_is_away(house: House) -> None:
    house.presses(CAROL, (3.0, "3"))
    house.presses(DAN, (3.0, "9"))
    await house.campaign("menu", menu(house.web), CAROL, DAN)
    await house.network.tally.until({"acknowledged": 2})
    await house.server.kill()
    await house.network.tally.until({"ended": 2})
    await house.server.start()
    assert await house.reasons("menu") == {CAROL: "answered", DAN: "opted_out"}
    await house.asked(1)
    await house.campaign("again", menu(house.web), DAN)
    assert await house.reasons("again") == {DAN: "blocked"}
    assert len(house.web.got) == 1
