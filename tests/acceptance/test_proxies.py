"""Who asks through a proxy: `X-Forwarded-For` is believed of proxies that the configuration names, of nobody else."""

from base64 import b64encode

import pytest

from tests.acceptance.client import Client
from tests.acceptance.processes import run
from tests.acceptance.stage import Stage

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.time_limit(120)]

OFFICE = "203.0.113.7"
FORGED = f"{OFFICE}, 198.51.100.1"
"""A stranger says that he is the office; the proxy adds whom it sees."""


@pytest.fixture(scope="module")
def engine() -> str:
    """No database has a part in it."""
    return "sqlite"


def basic(name: str, password: str) -> str:
    return f"Basic {b64encode(f'{name}:{password}'.encode()).decode()}"


@pytest.mark.parametrize(
    ("trusted", "office", "forged"),
    [(["192.0.2.1", "127.9.9.9/8"], 200, 403), (["192.0.2.1"], 403, 403), ([], 403, 403)],
)
async def test_a_key_of_one_address(stage: Stage, trusted: list[str], office: int, forged: int) -> None:
    server, client = await stage.serve(tables={"security": {"trusted_proxies": trusted}})
    owner = (await run("account", "add", "owner", "--data", str(server.folder), "--json")).json()
    signed = {"Authorization": basic(owner["username"], owner["password"])}
    key = {"name": "k", "allowedIPs": [OFFICE]}
    made = await client.ask("POST", "/settings/1/accounts/_/api-keys", key, headers=signed)
    assert made.status == 201, made
    theirs = Client(server.url, made.body["publicApiKey"])
    server.clients.append(theirs)
    for said, expected in ((OFFICE, office), (FORGED, forged)):
        answer = await theirs.ask("GET", "/omni/1/scenarios", headers={"X-Forwarded-For": said})
        assert answer.status == expected, (said, answer)
    assert (await theirs.ask("GET", "/omni/1/scenarios")).status == 403
