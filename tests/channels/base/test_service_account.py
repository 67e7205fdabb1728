import asyncio
import json
from base64 import urlsafe_b64decode
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from omnibound.channels.base.service_account import (
    GRANT,
    TokenRefused,
    TokenSource,
    TokenUnavailable,
    assertion,
    read_account,
    read_key,
)
from omnibound.domain.errors import Invalid
from omnibound.simulators.google_oauth import make_account
from tests.channels.kit import DROP, FakeClock, Seen, answer, provided, refused_url

pytestmark = pytest.mark.anyio

ACCOUNT = make_account("http://localhost/token")
EC_KEY = generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
SECOND = 1_000_000


def unbase64(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@pytest.fixture
async def session() -> AsyncGenerator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


class Tokens:
    """A token endpoint that numbers the tokens it gives, and a source that uses it."""

    def __init__(self) -> None:
        self.given = 0
        self.reply: Any = None
        self.clock = FakeClock()

    def __call__(self, _seen: Seen) -> bytes:
        self.given += 1
        granted = {"access_token": f"token-{self.given}", "expires_in": 3600}
        return answer(200, json.dumps(granted).encode()) if self.reply is None else self.reply

    def source(self, url: str) -> TokenSource:
        return TokenSource(read_account(ACCOUNT), "scope", self.clock, f"{url}/token")


def test_assertion_is_signed_and_says_who_asks_for_what() -> None:
    account = read_account(ACCOUNT)
    key = read_key(account)
    header, claims, signature = assertion(account, key, "https://x/token", "a b", 1000).split(".")
    assert json.loads(unbase64(header)) == {"alg": "RS256", "typ": "JWT", "kid": ACCOUNT["private_key_id"]}
    assert json.loads(unbase64(claims)) == {
        "iss": ACCOUNT["client_email"],
        "scope": "a b",
        "aud": "https://x/token",
        "iat": 1000,
        "exp": 4600,
    }
    public = key.public_key()
    public.verify(unbase64(signature), f"{header}.{claims}".encode(), PKCS1v15(), SHA256())
    with pytest.raises(InvalidSignature):
        public.verify(unbase64(signature), f"{header}.{claims}x".encode(), PKCS1v15(), SHA256())


def test_account_from_file_or_members(tmp_path: Path) -> None:
    path = tmp_path / "account.json"
    path.write_text(json.dumps(ACCOUNT))
    assert read_account(str(path)) == read_account(ACCOUNT)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"client_email": "", "private_key": "x"}', "\x00"])
def test_not_an_account(tmp_path: Path, content: str) -> None:
    path = tmp_path / "account.json"
    path.write_text(content)
    with pytest.raises(Invalid, match="not a service account"):
        read_account(str(path))


@pytest.mark.parametrize("key", ["", "nonsense", ACCOUNT["private_key"][:200], EC_KEY])
def test_not_a_key(key: str) -> None:
    with pytest.raises(Invalid):
        read_key(read_account(ACCOUNT | {"private_key": key}))


async def test_token_is_kept_until_five_minutes_before_its_end(session: aiohttp.ClientSession) -> None:
    tokens = Tokens()
    async with provided(tokens) as provider:
        source = tokens.source(provider.url)
        assert await source.token(session) == "token-1"
        assert b"grant_type=" in provider.seen[0].body
        assert GRANT.rpartition(":")[2].encode() in provider.seen[0].body
        tokens.clock.now += 3299 * SECOND
        assert await source.token(session) == "token-1"
        tokens.clock.now += 1 * SECOND
        assert await source.token(session) == "token-2"


async def test_one_refresh_at_a_time(session: aiohttp.ClientSession) -> None:
    tokens = Tokens()
    async with provided(tokens) as provider:
        source = tokens.source(provider.url)
        assert set(await asyncio.gather(*(source.token(session) for _ in range(50)))) == {"token-1"}
        assert tokens.given == 1


async def test_forget_only_the_present_token(session: aiohttp.ClientSession) -> None:
    tokens = Tokens()
    async with provided(tokens) as provider:
        source = tokens.source(provider.url)
        await source.token(session)
        source.forget("another")
        assert await source.token(session) == "token-1"
        source.forget("token-1")
        assert await source.token(session) == "token-2"


async def test_a_token_still_good_serves_while_the_endpoint_is_down(session: aiohttp.ClientSession) -> None:
    tokens = Tokens()
    async with provided(tokens) as provider:
        source = tokens.source(provider.url)
        await source.token(session)
        tokens.reply = answer(503)
        tokens.clock.now += 3400 * SECOND
        assert await source.token(session) == "token-1"
        tokens.clock.now += 200 * SECOND
        with pytest.raises(TokenUnavailable):
            await source.token(session)


async def test_a_failure_is_heard_by_all_who_wait_and_asked_again_later(session: aiohttp.ClientSession) -> None:
    tokens = Tokens()
    tokens.reply = answer(500)
    async with provided(tokens) as provider:
        source = tokens.source(provider.url)
        said = await asyncio.gather(*(source.token(session) for _ in range(20)), return_exceptions=True)
        assert {type(each) for each in said} == {TokenUnavailable}
        assert tokens.given == 1
        tokens.reply = None
        tokens.clock.now += 2 * SECOND
        assert await source.token(session) == "token-2"


@pytest.mark.parametrize(
    ("reply", "word"),
    [
        (answer(400, b'{"error": "invalid_grant"}'), "invalid_grant"),
        (answer(401, b'{"error": "invalid_client"}'), "invalid_client"),
        (answer(403, b"<html>"), "http:403"),
    ],
)
async def test_refused(session: aiohttp.ClientSession, reply: bytes, word: str) -> None:
    tokens = Tokens()
    tokens.reply = reply
    async with provided(tokens) as provider:
        with pytest.raises(TokenRefused) as raised:
            await tokens.source(provider.url).token(session)
        assert raised.value.word == word


@pytest.mark.parametrize("reply", [DROP, answer(200), answer(200, b"{}"), answer(500, b"x"), answer(302), answer(429)])
async def test_unavailable(session: aiohttp.ClientSession, reply: bytes) -> None:
    tokens = Tokens()
    tokens.reply = reply
    async with provided(tokens) as provider:
        with pytest.raises(TokenUnavailable):
            await tokens.source(provider.url).token(session)


async def test_unreachable(session: aiohttp.ClientSession) -> None:
    with pytest.raises(TokenUnavailable):
        await Tokens().source(refused_url()).token(session)
