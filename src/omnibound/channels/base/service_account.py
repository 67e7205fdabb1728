"""Google service accounts: a signed JWT is exchanged for an access token (RFC 7523)."""

import asyncio
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import aiohttp
import msgspec
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from omnibound.domain.errors import Invalid
from omnibound.ports import Clock

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
LIFETIME_S = 3600
"""How long an assertion is good for: Google takes at most an hour."""
EARLY_US = 300_000_000
"""A token is replaced this long before it expires."""
REST_US = 2_000_000
"""After a failure the token endpoint is left alone for this long."""

_Filled = Annotated[str, msgspec.Meta(min_length=1)]


class TokenRefused(Exception):
    """The token endpoint does not accept our credentials; `word` is its own code (`invalid_grant`)."""

    def __init__(self, word: str) -> None:
        super().__init__(f"no access token: {word}")
        self.word = word


class TokenUnavailable(Exception):
    """The token endpoint cannot be reached or answers nonsense; trying later may help."""


class ServiceAccount(msgspec.Struct, frozen=True, kw_only=True):
    """What we need of a service-account file. `private_key` is PEM (PKCS #8, RSA)."""

    client_email: _Filled
    private_key: _Filled
    token_uri: str = "https://oauth2.googleapis.com/token"
    private_key_id: str = ""
    project_id: str = ""


class _Granted(msgspec.Struct):
    access_token: _Filled
    expires_in: int = LIFETIME_S


class _RefusedBody(msgspec.Struct):
    error: str = ""


def read_account(credentials: str | Mapping[str, Any]) -> ServiceAccount:
    """A service account from the path of its JSON file, or from its members. Raises Invalid."""
    try:
        if isinstance(credentials, str):
            return msgspec.json.decode(Path(credentials).expanduser().read_bytes(), type=ServiceAccount)
        return msgspec.convert(dict(credentials), ServiceAccount)
    except OSError as error:
        raise Invalid(f"cannot read the service account: {error}", "credentials") from error
    except msgspec.MsgspecError as error:
        raise Invalid(f"this is not a service account: {error}", "credentials") from error


def read_key(account: ServiceAccount) -> RSAPrivateKey:
    """The account's key. Raises Invalid if it is no RSA key in PEM."""
    try:
        key = load_pem_private_key(account.private_key.encode(), password=None)
    except (ValueError, TypeError) as error:
        raise Invalid("the service account's private_key is not a PEM key", "credentials") from error
    if not isinstance(key, RSAPrivateKey):
        raise Invalid("the service account's private_key is not an RSA key", "credentials")
    return key


def assertion(account: ServiceAccount, key: RSAPrivateKey, audience: str, scope: str, now_s: int) -> str:
    """The signed JWT (RS256) that asks for a token. `now_s`: seconds UTC."""
    header = {"alg": "RS256", "typ": "JWT", "kid": account.private_key_id}
    claims = {
        "iss": account.client_email,
        "scope": scope,
        "aud": audience,
        "iat": now_s,
        "exp": now_s + LIFETIME_S,
    }
    signed = b".".join(_base64url(msgspec.json.encode(part)) for part in (header, claims))
    return b".".join((signed, _base64url(key.sign(signed, PKCS1v15(), SHA256())))).decode()


def _base64url(data: bytes) -> bytes:
    return urlsafe_b64encode(data).rstrip(b"=")


class TokenSource:
    """Access tokens of one account and scope, kept until 5 minutes before they expire; one refresh at a time."""

    def __init__(self, account: ServiceAccount, scope: str, clock: Clock, token_url: str = "") -> None:
        self._account = account
        self._key = read_key(account)
        self._scope = scope
        self._clock = clock
        self._url = token_url or account.token_uri
        self._token = ""
        self._expires = 0
        self._lock = asyncio.Lock()
        self._failure: TokenRefused | TokenUnavailable = TokenUnavailable("not asked for yet")
        self._rest_until = 0

    async def token(self, session: aiohttp.ClientSession) -> str:
        """A token that is still good. Raises TokenRefused or TokenUnavailable."""
        if self._clock() < self._expires - EARLY_US:
            return self._token
        async with self._lock:
            # Whoever waited for the lock finds what the one before has fetched.
            if self._clock() < self._expires - EARLY_US:
                return self._token
            return await self._refresh(session)

    def forget(self, token: str) -> None:
        """The provider does not take this token any more: fetch another one next time."""
        if token == self._token:
            self._token, self._expires = "", 0

    async def _refresh(self, session: aiohttp.ClientSession) -> str:
        if self._clock() >= self._rest_until:
            try:
                granted = await self._fetch(session)
            except (TokenRefused, TokenUnavailable) as error:
                # All who wait for the lock hear the same, without asking again one after another.
                self._failure, self._rest_until = error, self._clock() + REST_US
            else:
                self._token, self._expires = granted.access_token, self._clock() + granted.expires_in * 1_000_000
                return self._token
        if isinstance(self._failure, TokenUnavailable) and self._clock() < self._expires:
            return self._token
        raise self._failure.with_traceback(None)

    async def _fetch(self, session: aiohttp.ClientSession) -> _Granted:
        now_s = self._clock() // 1_000_000
        form = {
            "grant_type": GRANT,
            "assertion": assertion(self._account, self._key, self._url, self._scope, now_s),
        }
        try:
            async with session.post(self._url, data=form, allow_redirects=False) as answer:
                return _read_grant(answer.status, await answer.read())
        except (aiohttp.ClientError, TimeoutError) as error:
            raise TokenUnavailable(f"the token endpoint: {type(error).__name__}") from error


def _read_grant(status: int, body: bytes) -> _Granted:
    try:
        if status == 200:
            return msgspec.json.decode(body, type=_Granted)
        word = msgspec.json.decode(body, type=_RefusedBody).error
    except msgspec.MsgspecError:
        word = ""
    if status in (400, 401, 403):
        raise TokenRefused(word or f"http:{status}")
    raise TokenUnavailable(f"the token endpoint answered {status}")
