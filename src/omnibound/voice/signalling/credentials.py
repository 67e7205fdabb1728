"""A trunk's user name and password, and what it has asked them for (digest)."""

from typing import Final

import msgspec

from omnibound.voice.signalling.messages import Token
from omnibound.wire import sip
from omnibound.wire.sip import digest

_HEADERS: Final = {401: ("www-authenticate", "authorization"), 407: ("proxy-authenticate", "proxy-authorization")}
TRIES: Final = 2
"""How often one request is signed anew where the server says that its nonce was an old one."""


class _Known(msgspec.Struct, gc=False):
    challenge: digest.Challenge
    used: int = 0


class Credentials:
    """Remembers the last challenge of each kind, so that the next request carries its answer at once."""

    def __init__(self, username: str, password: str, token: Token) -> None:
        self._username = username
        self._password = password
        self._token = token
        self._known: dict[str, _Known] = {}

    def sign(self, request: sip.Request) -> sip.Request:
        """With an answer to the challenges of before; as it is where there were none."""
        headers = {name: [self._answer(known, request)] for name, known in self._known.items()}
        return msgspec.structs.replace(request, headers={**request.headers, **headers}) if headers else request

    def learn(self, response: sip.Response, answered: tuple[int, ...] = ()) -> bool:
        """Read the challenge of a 401 or 407, and whether it is worth signing again.

        `answered` are the statuses that this request has been signed anew for. Asked again after that, the password is
        wrong, unless the server says that its question was merely old (stale).
        """
        asked, header = _HEADERS[response.status]
        try:
            challenge = digest.best_challenge(response.headers.get(asked, []))
        except sip.SipError:
            return False
        self._known[header] = _Known(challenge)
        tries = answered.count(response.status)
        return bool(self._username) and tries < (TRIES if challenge.stale else 1)

    def _answer(self, known: _Known, request: sip.Request) -> str:
        known.used += 1
        asked = digest.Asked(
            method=request.method,
            uri=request.uri,
            username=self._username,
            password=self._password,
            cnonce=self._token(),
            count=known.used,
        )
        return digest.write_answer(known.challenge, asked)
