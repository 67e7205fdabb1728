import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnibound.channels.base.service_account import GRANT, assertion, read_account, read_key
from omnibound.channels.fcm import SCOPE
from omnibound.simulators.fcm import KEPT, MAGIC, Refusal, check
from omnibound.simulators.google_oauth import make_account
from omnibound.simulators.http import make_app, providers, running, serve

pytestmark = pytest.mark.anyio

SEND = "/v1/projects/simulated-project/messages:send"


class Client:
    """Somebody who talks to the simulator."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self.session = session
        self.url = url
        self.token = ""

    async def grant(self, **changed: Any) -> tuple[int, Any]:
        account = read_account(await self.read("/_simulator/credentials"))
        key = read_key(read_account(changed["account"]) if "account" in changed else account)
        made = assertion(
            account, key, changed.get("audience", f"{self.url}/token"), changed.get("scope", SCOPE), changed["now_s"]
        )
        form = {"grant_type": changed.get("grant_type", GRANT), "assertion": changed.get("assertion", made)}
        async with self.session.post("/token", data=form) as said:
            return said.status, await said.json()

    async def read(self, path: str) -> Any:
        async with self.session.get(path) as said:
            return await said.json()

    async def send(self, message: Any, path: str = SEND, token: str | None = None) -> tuple[int, Any, Any]:
        headers = {"Authorization": f"Bearer {self.token if token is None else token}"}
        async with self.session.post(path, json={"message": message}, headers=headers) as said:
            return said.status, said.headers, await said.json(content_type=None)


def now_s() -> int:
    import time

    return int(time.time())


@pytest.fixture(scope="module")
async def client() -> AsyncGenerator[Client]:
    async with running(["fcm"]) as url, aiohttp.ClientSession(url) as session:
        made = Client(session, url)
        made.token = (await made.grant(now_s=now_s()))[1]["access_token"]
        yield made


async def test_token_is_granted_for_the_account(client: Client) -> None:
    status, said = await client.grant(now_s=now_s())
    assert (status, said.keys()) == (200, {"access_token", "expires_in", "token_type"})


STRANGER = make_account("http://localhost/token")


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"account": STRANGER}, "invalid_grant"),
        ({"audience": "https://oauth2.example.com/token"}, "invalid_grant"),
        ({"scope": "https://www.googleapis.com/auth/drive"}, "invalid_grant"),
        ({"now_s": 1_000_000}, "invalid_grant"),
        ({"now_s": now_s() + 3000}, "invalid_grant"),
        ({"assertion": ""}, "invalid_grant"),
        ({"assertion": "a.b.c"}, "invalid_grant"),
        ({"assertion": "e30.e30.AA"}, "invalid_grant"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
    ],
)
async def test_token_is_refused(client: Client, changed: dict[str, Any], word: str) -> None:
    status, said = await client.grant(**{"now_s": now_s(), **changed})
    assert (status, said["error"]) == (400, word)


async def test_taken_and_kept(client: Client) -> None:
    message = {"token": "phone", "notification": {"title": "T", "body": "B"}, "data": {"k": "v"}}
    before = (await client.read("/_simulator/messages"))["accepted"]
    status, _, said = await client.send(message)
    assert (status, list(said)) == (200, ["name"])
    kept = await client.read(f"/_simulator/messages?after={before}")
    assert kept["accepted"] == before + 1
    (last,) = kept["messages"]
    assert (last["name"], last["message"]["token"], last["message"]["data"]) == (said["name"], "phone", {"k": "v"})
    assert await client.read("/fcm/_simulator/messages") == await client.read("/_simulator/messages")


@pytest.mark.parametrize("kind", MAGIC)
async def test_magic_refusals(client: Client, kind: str) -> None:
    expected = MAGIC[kind]
    status, headers, said = await client.send({"token": f"{kind}-1"})
    error = said["error"]
    assert (status, error["code"], error["status"]) == (expected.http, expected.http, expected.status)
    assert error["details"][0]["errorCode"] == expected.code
    assert headers.get("Retry-After", "") == expected.retry_after


async def test_magic_drop_closes_the_connection(client: Client) -> None:
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await client.send({"token": "drop1"})


async def test_magic_slow_and_garbage(client: Client) -> None:
    began = asyncio.get_running_loop().time()
    assert (await client.send({"token": "slow100x"}))[0] == 200
    assert asyncio.get_running_loop().time() - began >= 0.1
    with pytest.raises(json.JSONDecodeError):
        await client.send({"token": "garbage"})


@pytest.mark.parametrize("token", ["", "wrong", "Bearer"])
async def test_without_access(client: Client, token: str) -> None:
    status, _, said = await client.send({"token": "x"}, token=token)
    assert (status, said["error"]["status"]) == (401, "UNAUTHENTICATED")


async def test_another_project(client: Client) -> None:
    status, _, said = await client.send({"token": "x"}, "/v1/projects/other/messages:send")
    assert (status, said["error"]["status"]) == (403, "PERMISSION_DENIED")


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"token": "x", "topic": "y"},
        {"token": 7},
        {"token": "x", "colour": "red"},
        {"token": "x", "data": {"n": 1}},
        {"token": "x", "data": {"from": "me"}},
        {"token": "x", "data": {"k": "v" * 4096}},
        {"token": "x", "notification": {"body": "ż" * 2048}},
        {"token": "x", "android": {"ttl": "5"}},
        {"token": "x", "android": {"ttl": "2419201s"}},
        "text",
    ],
)
def test_what_fcm_refuses(message: Any) -> None:
    checked = check(json.dumps({"message": message}).encode())
    assert isinstance(checked, Refusal)
    assert (checked.http, checked.status) == (400, "INVALID_ARGUMENT")


@pytest.mark.parametrize("message", [{"token": "x", "data": {"k": "v" * 4095}}, {"topic": "t"}])
def test_what_fcm_takes(message: Any) -> None:
    assert not isinstance(check(json.dumps({"message": message}).encode()), Refusal)


@given(st.binary(max_size=200))
def test_any_body_is_checked(body: bytes) -> None:
    check(body)


async def test_forgets_on_delete(client: Client) -> None:
    await client.send({"token": "x"})
    async with client.session.delete("/_simulator/messages") as said:
        assert said.status == 204
    assert await client.read("/_simulator/messages") == {"accepted": 0, "messages": []}
    assert KEPT == 10_000


async def test_credentials_are_kept_in_their_file(tmp_path: Path) -> None:
    path = tmp_path / "sub" / "account.json"
    keys: list[str] = []
    for _ in range(2):
        async with running(["fcm"], credentials=path) as url:
            account = json.loads(path.read_text())
            assert account["token_uri"] == f"{url}/token"
            keys.append(account["private_key"])
    assert keys[0] == keys[1]
    path.write_text("{}")
    with pytest.raises(ValueError, match="not a service account"):
        make_app(["fcm"], credentials=path)


def test_unknown_providers_are_named() -> None:
    assert "fcm" in providers()
    for names in (["pigeon"], []):
        with pytest.raises(ValueError, match=r"there are: .*fcm"):
            make_app(names)


async def test_serve_tells_its_address_and_ends_when_cancelled() -> None:
    told: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(serve(0, ["fcm"], started=told.set_result))
    async with aiohttp.ClientSession(await told) as session, session.get("/_simulator/messages") as said:
        assert said.status == 200
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.slow
def test_serve_ends_on_a_signal() -> None:
    code = "import asyncio; from omnibound.simulators.http import serve; "
    code += "asyncio.run(serve(0, ['fcm'], started=lambda url: print(url, flush=True)))"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    with process, process.stdout:
        assert process.stdout.readline().startswith("http://127.0.0.1:")
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) in (0, -signal.SIGTERM)
