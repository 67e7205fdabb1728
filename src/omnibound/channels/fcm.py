"""Firebase Cloud Messaging, HTTP v1: pushes to Android, Apple and Web apps (firebase.google.com, fcm/rest/v1).

What `Content.options` may hold, at the top or in `notificationOptions`: title, isSilent, soundName, soundEnabled,
vibrationEnabled, badge, category, contentUrl (or image, imageUrl), customPayload, targetOnlyPrimaryDevices; and, given
to the app as data: webViewUrl, inAppStyle, inboxTopic. `Step.sender` is the application's code, the address a phone
number or a registration id: `find_devices` knows the provider's tokens that the account has for it.
"""

import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal, cast
from urllib.parse import quote

import msgspec

from omnibound.channels.base import Deps
from omnibound.channels.base.client import Headers, HttpSettings
from omnibound.channels.base.exchange import SECOND, Answer, Dead, NotSent, Request, Slow, Taken, Verdict, judge_status
from omnibound.channels.base.http import HttpChannel
from omnibound.channels.base.service_account import TokenRefused, TokenSource, TokenUnavailable, read_account
from omnibound.domain.errors import Invalid
from omnibound.domain.facts import Failure
from omnibound.domain.message import Attempt
from omnibound.domain.status import Reason

KIND = "fcm"
SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
OWN_ID = "omnibound_id"
"""The member of the data in which an app finds the id to report back with."""

_LONGEST_TTL_S = 2_419_200
_MOST_CHARACTERS = 4000
_MOST_BYTES = 4096
_RESERVED_KEY = re.compile(r"from$|message_type$|google\.|gcm\.notification\.")
_AS_DATA = ("webViewUrl", "inAppStyle", "inboxTopic")

_WORDS: dict[str, Reason] = {
    "UNREGISTERED": Reason.UNREGISTERED,
    "INVALID_ARGUMENT": Reason.INVALID_CONTENT,
    "SENDER_ID_MISMATCH": Reason.INVALID_SENDER,
    "UNAVAILABLE": Reason.PROVIDER_ERROR,
    "INTERNAL": Reason.PROVIDER_ERROR,
    "ABORTED": Reason.PROVIDER_ERROR,
    "DEADLINE_EXCEEDED": Reason.PROVIDER_TIMEOUT,
    "THIRD_PARTY_AUTH_ERROR": Reason.PROVIDER_AUTH,
    "UNAUTHENTICATED": Reason.PROVIDER_AUTH,
    "PERMISSION_DENIED": Reason.PROVIDER_AUTH,
    "NOT_FOUND": Reason.REFUSED,
    "FAILED_PRECONDITION": Reason.REFUSED,
}
"""FcmError.errorCode, and the words of error.status that come without one."""
_SLOW_WORDS = frozenset({"QUOTA_EXCEEDED", "RESOURCE_EXHAUSTED"})


class Settings(HttpSettings, frozen=True, kw_only=True):
    """`credentials`: the path of a service account's JSON file, or its members. `project`: empty for the account's own.

    `confirm`: whether FCM's acceptance ends a step as delivered, or the app's own report is awaited.
    """

    channel: str = "PUSH"
    credentials: str | dict[str, Any]
    project: str = ""
    base_url: Annotated[str, msgspec.Meta(pattern=r"^https?://[^\s/]+")] = "https://fcm.googleapis.com"
    token_url: Annotated[str, msgspec.Meta(pattern=r"^(https?://[^\s/]+.*)?$")] = ""
    confirm: Literal["accept", "device"] = "accept"


def build(settings: Settings, deps: Deps) -> "Fcm":
    """The channel. Raises Invalid if the service account cannot be read or names no project."""
    return Fcm(settings, deps)


class Fcm(HttpChannel):
    """One request a device; an attempt is taken when one device's is."""

    family = KIND

    def __init__(self, settings: Settings, deps: Deps) -> None:
        account = read_account(settings.credentials)
        project = settings.project or account.project_id
        if not project:
            raise Invalid("neither the connector nor its service account names a project", "project")
        super().__init__(settings, deps, secrets=(account.private_key,))
        self._tokens = TokenSource(account, SCOPE, deps.clock, settings.token_url)
        self._find_devices = deps.find_devices
        self._attempt_id = deps.attempt_id
        self.confirms = settings.confirm
        self._url = f"{settings.base_url.rstrip('/')}/v1/projects/{quote(project, safe='')}/messages:send"

    # -- Requests ------------------------------------------------------------------------------------------------

    async def requests(self, attempts: list[Attempt]) -> list[Sequence[Request] | Failure]:
        """A request for each device of each attempt; the devices of all are looked up together."""
        devices = await self._devices(attempts)
        tokens = [devices.get((*_owner(attempt), attempt.address)) for attempt in attempts]
        letters = self._letters(attempts)
        return [_for_devices(*each) for each in zip(attempts, tokens, letters, strict=True)]

    def _letters(self, attempts: list[Attempt]) -> list[Sequence[Request] | Failure]:
        """Each attempt's request before it is addressed: written once for all that say the same for as long."""
        if self.confirms == "device":
            return [self.one_request(attempt) for attempt in attempts]
        keys = [(id(attempt.content), attempt.until // SECOND) for attempt in attempts]
        written = {key: self.one_request(attempt) for key, attempt in dict(zip(keys, attempts, strict=True)).items()}
        return [written[key] for key in keys]

    def request(self, attempt: Attempt) -> Request | Failure:
        """The request without a device's token, which stands before the rest."""
        own = self._attempt_id(attempt.delivery, attempt.number) if self.confirms == "device" else ""
        message = write_message(attempt, self.clock(), own)
        if isinstance(message, Failure):
            return message
        return Request(self._url, msgspec.json.encode(message), about=own)

    async def _devices(self, attempts: list[Attempt]) -> dict[tuple[int, str, str], list[str]]:
        by_owner: dict[tuple[int, str], list[str]] = {}
        for attempt in attempts:
            by_owner.setdefault(_owner(attempt), []).append(attempt.address)
        return {
            (*owner, address): tokens
            for owner, addresses in by_owner.items()
            for address, tokens in (await self._find_devices(*owner, addresses)).items()
        }

    # -- Access --------------------------------------------------------------------------------------------------

    async def authorize(self) -> Headers | Failure | NotSent:
        """The bearer token of the service account."""
        try:
            return {"Authorization": f"Bearer {await self._tokens.token(self.client.session)}"}
        except TokenRefused as refused:
            return Failure(Reason.PROVIDER_AUTH, f"fcm:{refused.word}")
        except TokenUnavailable as error:
            return NotSent(str(error), down=True)

    def unauthorized(self, headers: Headers) -> bool:
        """Fetch another token: this one may have been revoked."""
        self._tokens.forget(headers["Authorization"].removeprefix("Bearer "))
        return True

    # -- Answers -------------------------------------------------------------------------------------------------

    def read(self, request: Request, answer: Answer) -> Verdict | None:
        """FCM's word for it, or None where there is none of FCM's: a proxy's page, an empty body."""
        body = answer.json()
        if answer.status == 200:
            return self._taken(request, body)
        word = error_word(body)
        if not word:
            return None
        plain = judge_status(answer, self.clock())
        if isinstance(plain, Slow) or word in _SLOW_WORDS:
            return Slow(f"fcm:{word}", answer.retry_after(self.clock()))
        return self._failure(word, request, body)

    def _taken(self, request: Request, body: dict[str, Any]) -> Taken | None:
        name = body.get("name")
        if not (isinstance(name, str) and name):
            return None
        if self.confirms == "device":
            return Taken((own_id_of(request),))
        return Taken((name,), final=True)

    def _failure(self, word: str, request: Request, body: dict[str, Any]) -> Verdict:
        reason = _WORDS.get(word)
        if reason is None:
            return self.unknown_word(word)
        if word == "INVALID_ARGUMENT" and _blames_token(body):
            reason = Reason.INVALID_ADDRESS
        failure = Failure(reason, f"fcm:{word}")
        return Dead(failure, token_of(request)) if word == "UNREGISTERED" else failure


def own_id_of(request: Request) -> str:
    """The own id in a request."""
    return request.about.partition(" ")[0]


def token_of(request: Request) -> str:
    """The device's token in a request."""
    return request.about.partition(" ")[2]


def _owner(attempt: Attempt) -> tuple[int, str]:
    """Whose devices an attempt may reach: its account's, under the application that it is sent by."""
    return attempt.message.account, attempt.step.sender


def _for_devices(
    attempt: Attempt, tokens: list[str] | None, letter: Sequence[Request] | Failure
) -> Sequence[Request] | Failure:
    if not tokens:
        return Failure(Reason.UNREGISTERED, "fcm:NO_REGISTRATION")
    if isinstance(letter, Failure):
        return letter
    if _options(attempt).get("targetOnlyPrimaryDevices") is True:
        tokens = tokens[:1]
    return [_addressed(letter[0], token) for token in tokens]


def _addressed(request: Request, token: str) -> Request:
    body = b'{"message":{"token":%b,%b}' % (msgspec.json.encode(token), request.body[1:])
    return request._replace(body=body, about=f"{request.about} {token}")


# -- The message -------------------------------------------------------------------------------------------------


def write_message(attempt: Attempt, now: int, own: str = "") -> dict[str, Any] | Failure:
    """The `message` of FCM's send request, without its target. `now`: microseconds UTC."""
    options = _options(attempt)
    text, given = attempt.content.text, options.get("customPayload")
    if given and not isinstance(given, dict):
        return Failure(Reason.INVALID_CONTENT, "fcm:DATA")
    custom = _members(given)
    if not (text or custom or options.get("title")):
        return Failure(Reason.NO_CONTENT, "fcm:NO_CONTENT")
    silent = options.get("isSilent") is True
    data = _data(custom, options, text if silent else "", own)
    notification = {} if silent else _notification(text, options)
    if any(map(_RESERVED_KEY.match, data)):
        return Failure(Reason.INVALID_CONTENT, "fcm:DATA_KEY")
    if too_long(notification, data):
        return Failure(Reason.TOO_LONG, "fcm:PAYLOAD")
    left_s = min(max(0, attempt.until - now) // SECOND, _LONGEST_TTL_S)
    members = {
        "notification": notification,
        "data": data,
        "android": _android(options, left_s, silent),
        "apns": _apns(options, now // SECOND + left_s, silent),
        "webpush": {"headers": {"TTL": str(left_s)}},
    }
    return {name: value for name, value in members.items() if value}


def too_long(*parts: dict[str, str]) -> bool:
    """Whether keys and values together are more than 4,000 characters, or than the 4,096 bytes that FCM carries."""
    whole = "".join(key + value for part in parts for key, value in part.items())
    return len(whole) > _MOST_CHARACTERS or len(whole.encode("utf-8", "replace")) > _MOST_BYTES


def _options(attempt: Attempt) -> dict[str, Any]:
    options = attempt.content.options
    nested = options.get("notificationOptions")
    return {**cast("dict[str, Any]", nested), **options} if isinstance(nested, dict) else options


def _data(custom: dict[str, Any], options: dict[str, Any], text: str, own: str) -> dict[str, str]:
    known = {name: options.get(name) for name in _AS_DATA}
    known |= {"text": text, "title": options.get("title")} if text else {}
    data = {name: _string(value) for name, value in {**known, **custom}.items() if value is not None}
    return {**data, OWN_ID: own} if own else data


def _string(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _notification(text: str, options: dict[str, Any]) -> dict[str, str]:
    image = next((options[name] for name in ("contentUrl", "imageUrl", "image") if options.get(name)), None)
    members = {"title": options.get("title"), "body": text, "image": image}
    return {name: str(value) for name, value in members.items() if value}


def _sound(options: dict[str, Any]) -> str | None:
    if options.get("soundEnabled") is False:
        return None
    name = options.get("soundName")
    return str(name) if name else "default" if options.get("soundEnabled") is True else None


def _badge(options: dict[str, Any]) -> int | None:
    badge = options.get("badge")
    return badge if isinstance(badge, int) and not isinstance(badge, bool) and badge >= 0 else None


def _present(**members: Any) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def _android(options: dict[str, Any], left_s: int, silent: bool) -> dict[str, Any]:
    shown = _present(
        sound=_sound(options),
        click_action=options.get("category"),
        notification_count=_badge(options),
        default_vibrate_timings=True if options.get("vibrationEnabled") is True else None,
    )
    notification = {"notification": shown} if shown and not silent else {}
    return {"ttl": f"{left_s}s", "priority": "NORMAL" if silent else "HIGH", **notification}


def _apns(options: dict[str, Any], expires_s: int, silent: bool) -> dict[str, Any]:
    # Apple takes a push without an alert in the background only, and that with priority 5.
    if silent:
        kind, priority, aps = "background", "5", {"content-available": 1}
    else:
        aps = _present(sound=_sound(options), badge=_badge(options), category=options.get("category"))
        kind, priority = "alert", "10"
    headers = {"apns-expiration": str(expires_s), "apns-priority": priority, "apns-push-type": kind}
    return {"headers": headers, "payload": {"aps": aps}} if aps else {"headers": headers}


# -- Errors ------------------------------------------------------------------------------------------------------


def error_word(body: dict[str, Any]) -> str:
    """FCM's own word for an error, or else the general one of Google's APIs; empty if the body has neither."""
    error = _members(body.get("error"))
    codes = [detail.get("errorCode") for detail in _details(error)]
    word = next((code for code in codes if isinstance(code, str) and code), error.get("status"))
    return word if isinstance(word, str) else ""


def _blames_token(body: dict[str, Any]) -> bool:
    error = _members(body.get("error"))
    fields = [_members(v).get("field") for detail in _details(error) for v in _list(detail.get("fieldViolations"))]
    return "message.token" in fields or "registration token" in str(error.get("message", ""))


def _details(error: dict[str, Any]) -> list[dict[str, Any]]:
    return [_members(detail) for detail in _list(error.get("details"))]


def _members(value: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []
