"""A simulated Google token endpoint: a service account of its own, and access for the JWTs signed by it (RFC 7523)."""

import os
import secrets
import time
from base64 import urlsafe_b64decode
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from starlette.requests import Request
from starlette.responses import Response

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
SCOPES = frozenset(
    {"https://www.googleapis.com/auth/firebase.messaging", "https://www.googleapis.com/auth/cloud-platform"}
)
LIFETIME_S = 3600
_SKEW_S = 300
_PROJECT = "simulated-project"


class _Header(msgspec.Struct):
    alg: str
    typ: str = "JWT"


class _Claims(msgspec.Struct):
    iss: str
    scope: str
    aud: str
    iat: int
    exp: int


def make_account(token_uri: str, project: str = _PROJECT) -> dict[str, str]:
    """A service account with a new RSA key, in the members that Google's JSON files have."""
    key = generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return {
        "type": "service_account",
        "project_id": project,
        "private_key_id": secrets.token_hex(20),
        "private_key": pem,
        "client_email": f"omnibound@{project}.iam.gserviceaccount.com",
        "client_id": str(secrets.randbelow(10**21)),
        "token_uri": token_uri,
    }


def write_account(path: Path, token_uri: str, project: str = _PROJECT) -> dict[str, str]:
    """Make a service account and write its file, which only its owner may read. Raises OSError."""
    account = make_account(token_uri, project)
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(path, account)
    return account


def _write(path: Path, account: dict[str, str]) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(account), indent=2))


class Authority:
    """Gives out access tokens and knows them again.

    Its account is that of the file `credentials`, made if there is none and kept to the present `token_uri`; without
    a path it makes one for itself, to be fetched from its own page. Raises ValueError if the file is none.
    """

    def __init__(self, token_uri: str, credentials: Path | None = None) -> None:
        self._account = _read_or_make(token_uri, credentials)
        self._key = _public_key(self._account)
        self._tokens: dict[str, float] = {}

    @property
    def project(self) -> str:
        """The project that the account belongs to."""
        return self._account["project_id"]

    def admits(self, request: Request) -> bool:
        """Whether a request bears a token of ours that has not expired."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return scheme == "Bearer" and self._tokens.get(token, 0) > time.time()

    async def grant(self, request: Request) -> Response:
        """Answer a request for a token."""
        form = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
        if form.get("grant_type") != GRANT:
            return _refuse("unsupported_grant_type", "Invalid grant_type")
        fault = self._fault(form.get("assertion", ""), f"{request.url.scheme}://{request.url.netloc}")
        if fault:
            return _refuse("invalid_grant", fault)
        self._forget_expired()
        token = f"ya29.{secrets.token_urlsafe(48)}"
        self._tokens[token] = time.time() + LIFETIME_S
        return _json({"access_token": token, "expires_in": LIFETIME_S - 1, "token_type": "Bearer"})

    async def show(self, request: Request) -> Response:
        """The service account's file, its token endpoint being the one beside this page."""
        here = str(request.url).rpartition("/_simulator/")[0]
        return _json({**self._account, "token_uri": f"{here}/token"})

    async def expire(self, _request: Request) -> Response:
        """Make all tokens invalid, as if an hour had gone by."""
        self._tokens.clear()
        return Response(status_code=204)

    def _forget_expired(self) -> None:
        now = time.time()
        self._tokens = {token: until for token, until in self._tokens.items() if until > now}

    def _fault(self, assertion: str, origin: str) -> str:
        """What is wrong with an assertion, empty if nothing is."""
        signed, _, signature = assertion.rpartition(".")
        header, _, claims = signed.partition(".")
        try:
            if msgspec.json.decode(_unbase64(header), type=_Header).alg != "RS256":
                return "Invalid JWT: the algorithm is not RS256."
            self._key.verify(_unbase64(signature), signed.encode(), PKCS1v15(), SHA256())
            return self._wrong_claim(msgspec.json.decode(_unbase64(claims), type=_Claims), origin)
        except InvalidSignature:
            return "Invalid JWT Signature."
        except (ValueError, msgspec.MsgspecError):
            return "Invalid JWT: it cannot be read."

    def _wrong_claim(self, claims: _Claims, origin: str) -> str:
        now = time.time()
        account = self._account
        wrongs = {
            "Invalid issuer: not this service account.": claims.iss != account["client_email"],
            "Invalid scope.": not SCOPES & set(claims.scope.split()),
            "Invalid audience.": claims.aud != account["token_uri"] and not claims.aud.startswith(f"{origin}/"),
            "Invalid JWT: it is not a short-lived token of a reasonable time.": not (
                claims.iat - _SKEW_S <= now < claims.exp <= claims.iat + LIFETIME_S
            ),
        }
        return next((text for text, wrong in wrongs.items() if wrong), "")


def _read_or_make(token_uri: str, credentials: Path | None) -> dict[str, str]:
    if credentials is None:
        return make_account(token_uri)
    if not credentials.exists():
        return write_account(credentials, token_uri)
    account = msgspec.json.decode(credentials.read_bytes(), type=dict[str, str])
    missing = {"project_id", "private_key", "client_email", "token_uri"} - account.keys()
    if missing:
        raise ValueError(f"{credentials} is not a service account: it lacks {', '.join(sorted(missing))}")
    if account["token_uri"] != token_uri:
        account["token_uri"] = token_uri
        _write(credentials, account)
    return account


def _public_key(account: dict[str, str]) -> RSAPublicKey:
    key = load_pem_private_key(account["private_key"].encode(), password=None)
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("the service account's private_key is not an RSA key")
    return key.public_key()


def _unbase64(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _refuse(word: str, text: str) -> Response:
    return _json({"error": word, "error_description": text}, 400)


def _json(value: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status, media_type="application/json")
