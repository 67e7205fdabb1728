"""A simulated Firebase Cloud Messaging, HTTP v1: checks what the real one checks (firebase.google.com, fcm/rest/v1).

`POST /token` grants access for a JWT signed by the simulator's service account; `POST /v1/projects/P/messages:send`
takes a message. A registration token decides what becomes of its message by how it begins:

  unregistered  404 UNREGISTERED                 unavailable  503 UNAVAILABLE
  invalid       400 INVALID_ARGUMENT             internal     500 INTERNAL
  mismatch      403 SENDER_ID_MISMATCH           quota        429 QUOTA_EXCEEDED, Retry-After: 1
  strange       400 with a word that FCM has not  garbage     200 and a page of HTML
  slow, slow250 taken; told 5 s, 250 ms later    drop         the connection is closed without an answer

Every other one is taken. `GET /_simulator/messages[?after=N]` shows what was taken (the last 10,000), DELETE forgets
it; `GET /_simulator/credentials` is the service account's file; `POST /_simulator/expire` ends all access tokens.
"""

import re
import secrets
import time
from collections import deque
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from omnibound.simulators.google_oauth import Authority
from omnibound.simulators.http import drop, linger

PROVIDER = "fcm"

KEPT = 10_000
_MOST_BYTES = 4096
_LONGEST_TTL_S = 2_419_200
_SLOW_S = 5.0
_RESERVED_KEY = re.compile(r"from$|message_type$|google\.|gcm\.notification\.")
_TTL = re.compile(r"(\d{1,12})(\.\d{1,9})?s")
_FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
_BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"


class Refusal(NamedTuple):
    """An error as FCM tells it: HTTP status, the general word, its own word, the text."""

    http: int
    status: str
    code: str
    text: str
    retry_after: str = ""


MAGIC: dict[str, Refusal] = {
    "unregistered": Refusal(404, "NOT_FOUND", "UNREGISTERED", "Requested entity was not found."),
    "invalid": Refusal(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT", "This is not a valid FCM registration token"),
    "mismatch": Refusal(403, "PERMISSION_DENIED", "SENDER_ID_MISMATCH", "SenderId mismatch"),
    "quota": Refusal(429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED", "Quota exceeded.", "1"),
    "unavailable": Refusal(503, "UNAVAILABLE", "UNAVAILABLE", "The service is currently unavailable."),
    "internal": Refusal(500, "INTERNAL", "INTERNAL", "Internal error encountered."),
    "strange": Refusal(400, "FAILED_PRECONDITION", "MERCURY_RETROGRADE", "The stars do not allow it."),
}
"""What a registration token that begins so leads to."""


class _Strict(msgspec.Struct, forbid_unknown_fields=True):
    pass


class _Notification(_Strict):
    title: str = ""
    body: str = ""
    image: str = ""


class _AndroidNotification(_Strict):
    title: str = ""
    body: str = ""
    icon: str = ""
    color: str = ""
    sound: str = ""
    tag: str = ""
    image: str = ""
    click_action: str = ""
    channel_id: str = ""
    notification_count: int = 0
    default_sound: bool = False
    default_vibrate_timings: bool = False
    notification_priority: str = ""
    visibility: str = ""


class _Android(_Strict):
    collapse_key: str = ""
    priority: str = ""
    ttl: str = ""
    restricted_package_name: str = ""
    data: dict[str, str] = {}
    notification: _AndroidNotification | None = None
    fcm_options: dict[str, Any] = {}
    direct_boot_ok: bool = False


class _Apns(_Strict):
    headers: dict[str, str] = {}
    payload: dict[str, Any] = {}
    fcm_options: dict[str, Any] = {}


class _Webpush(_Strict):
    headers: dict[str, str] = {}
    data: dict[str, str] = {}
    notification: dict[str, Any] = {}
    fcm_options: dict[str, Any] = {}


class _Message(_Strict):
    token: str = ""
    topic: str = ""
    condition: str = ""
    data: dict[str, str] = {}
    notification: _Notification | None = None
    android: _Android | None = None
    apns: _Apns | None = None
    webpush: _Webpush | None = None
    fcm_options: dict[str, Any] = {}


class _Send(_Strict):
    message: _Message
    validate_only: bool = False


def check(body: bytes) -> _Send | Refusal:
    """The send request in a body, or what FCM says of it."""
    try:
        send = msgspec.json.decode(body, type=_Send)
    except msgspec.MsgspecError as error:
        return _invalid(f"Invalid JSON payload received. {error}", "")
    message = send.message
    if sum(map(bool, (message.token, message.topic, message.condition))) != 1:
        return _invalid("Recipient of the message is not set.")
    if any(map(_RESERVED_KEY.match, message.data)):
        return _invalid("Invalid data payload key")
    if message.android and not _is_ttl(message.android.ttl):
        return _invalid("Invalid TTL")
    if _size(message) > _MOST_BYTES:
        return _invalid("Android message is too big")
    return send


def _invalid(text: str, code: str = "INVALID_ARGUMENT") -> Refusal:
    return Refusal(400, "INVALID_ARGUMENT", code, text)


def _is_ttl(ttl: str) -> bool:
    given = _TTL.fullmatch(ttl or "0s")
    return given is not None and int(given[1]) <= _LONGEST_TTL_S


def _size(message: _Message) -> int:
    shown = message.notification or _Notification()
    notification = {"title": shown.title, "body": shown.body, "image": shown.image}
    pairs = [*message.data.items(), *((key, value) for key, value in notification.items() if value)]
    return sum(len((key + value).encode()) for key, value in pairs)


class Fcm:
    """One simulated FCM: what it was given, and who may give it more."""

    def __init__(self, base_url: str, credentials: Path | None = None) -> None:
        self.authority = Authority(f"{base_url}/token", credentials)
        self.accepted = 0
        self._messages: deque[dict[str, Any]] = deque(maxlen=KEPT)

    def routes(self) -> list[BaseRoute]:
        """Its pages."""
        return [
            Route("/token", self.authority.grant, methods=["POST"]),
            Route("/v1/projects/{project}/messages:send", self.send, methods=["POST"]),
            Route("/_simulator/messages", self.show, methods=["GET"]),
            Route("/_simulator/messages", self.forget, methods=["DELETE"]),
            Route("/_simulator/credentials", self.authority.show, methods=["GET"]),
            Route("/_simulator/expire", self.authority.expire, methods=["POST"]),
        ]

    async def send(self, request: Request) -> Response:
        """projects.messages.send"""
        if not self.authority.admits(request):
            return _answer(Refusal(401, "UNAUTHENTICATED", "", "Request had invalid authentication credentials."))
        project = request.path_params["project"]
        if project != self.authority.project:
            return _answer(Refusal(403, "PERMISSION_DENIED", "", f"Permission denied on project {project}"))
        checked = check(await request.body())
        if isinstance(checked, Refusal):
            return _answer(checked)
        return await self._become(request, checked, project)

    async def _become(self, request: Request, send: _Send, project: str) -> Response:
        kind, delay_ms = _magic(send.message.token)
        if kind in MAGIC:
            return _answer(MAGIC[kind])
        if kind == "drop":
            return await drop(request)
        if kind == "garbage":
            return Response("<!DOCTYPE html><title>Welcome</title>", media_type="text/html")
        answer = self._take(send, project)
        if kind == "slow":
            await linger(request, float(delay_ms) / 1000 if delay_ms else _SLOW_S)
        return answer

    def _take(self, send: _Send, project: str) -> Response:
        if send.validate_only:
            return _json({"name": f"projects/{project}/messages/fake_message_id"})
        self.accepted += 1
        name = f"projects/{project}/messages/{time.time_ns() // 1_000_000}%{secrets.token_hex(16)}"
        self._messages.append({"number": self.accepted, "name": name, "message": send.message})
        return _json({"name": name})

    async def show(self, request: Request) -> Response:
        """What was taken, the oldest first, and how many in all."""
        after = request.query_params.get("after", "0")
        first = int(after) if after.isascii() and after.isdigit() else 0
        return _json(
            {"accepted": self.accepted, "messages": [kept for kept in self._messages if kept["number"] > first]}
        )

    async def forget(self, _request: Request) -> Response:
        """Begin anew."""
        self.accepted = 0
        self._messages.clear()
        return Response(status_code=204)


def routes(base_url: str, credentials: Path | None = None) -> list[BaseRoute]:
    """A new simulated FCM's pages."""
    return Fcm(base_url, credentials).routes()


_BEGINS = re.compile(rf"({'|'.join([*MAGIC, 'slow', 'garbage', 'drop'])})(\d{{0,6}})")


def _magic(token: str) -> tuple[str, str]:
    found = _BEGINS.match(token)
    return (found[1], found[2]) if found else ("", "")


def _answer(refusal: Refusal) -> Response:
    details = [{"@type": _FCM_ERROR, "errorCode": refusal.code}] if refusal.code else []
    if refusal is MAGIC["invalid"]:
        violation = {"field": "message.token", "description": "Invalid registration token"}
        details.append({"@type": _BAD_REQUEST, "fieldViolations": [violation]})  # type: ignore[dict-item]
    error = {"code": refusal.http, "message": refusal.text, "status": refusal.status, "details": details}
    headers = {"Retry-After": refusal.retry_after} if refusal.retry_after else None
    return _json({"error": error}, refusal.http, headers)


def _json(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(msgspec.json.encode(value), status, headers, "application/json; charset=UTF-8")
