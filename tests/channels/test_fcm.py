from collections.abc import Sequence
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from omnibound.channels.base import Deps, FindDevices, build_channel
from omnibound.channels.base.exchange import Answer, Dead, Request, Slow, Taken, Verdict
from omnibound.channels.fcm import Fcm, error_word, write_message
from omnibound.domain.errors import Invalid
from omnibound.domain.facts import Accepted, Failed, Failure, Gone, Link, Returned, Unknown
from omnibound.domain.message import Content
from omnibound.domain.status import Reason
from omnibound.simulators.google_oauth import make_account, write_account
from omnibound.simulators.http import running
from tests.channels.kit import Heard, HttpChannelKit, Seen, an_attempt, answer, clock, provided

pytestmark = pytest.mark.anyio

ACCOUNT = make_account("http://localhost/token", "demo")
NOW = 1_700_000_000_000_000
TOKEN = b'{"access_token": "ya29.secret", "expires_in": 3599, "token_type": "Bearer"}'


def make(url: str, deps: Deps, **settings: Any) -> Fcm:
    table = {"name": deps.name, "kind": "fcm", "credentials": ACCOUNT, "base_url": url, "token_url": f"{url}/token"}
    channel = build_channel(table | settings, deps)
    assert isinstance(channel, Fcm)
    return channel


async def same_device(_account: int, _application: str, addresses: list[str]) -> dict[str, list[str]]:
    """Devices whose tokens are the addresses; commas between several, none for `nobody`."""
    return {address: address.split(",") for address in addresses if address != "nobody"}


def hidden_id(delivery: int, number: int) -> str:
    return f"hidden-{delivery}-{number}"


class TestKit(HttpChannelKit):
    secrets = ("ya29.secret", ACCOUNT["private_key"])

    def make(self, url: str, deps: Deps, **settings: Any) -> Fcm:
        return make(url, deps, **settings)

    def taken(self) -> bytes:
        return b'{"name": "projects/demo/messages/1"}'

    def aside(self, seen: Seen) -> bytes | None:
        return answer(200, TOKEN) if seen.path == "/token" else None


# -- The message -------------------------------------------------------------------------------------------------


def written(text: str = "Hello", own: str = "", left_s: int = 60, **options: Any) -> dict[str, Any] | Failure:
    attempt = replace(an_attempt(text=text, **options), until=NOW + left_s * 1_000_000)
    return write_message(attempt, NOW, own)


def test_plain_text() -> None:
    assert written() == {
        "notification": {"body": "Hello"},
        "android": {"ttl": "60s", "priority": "HIGH"},
        "apns": {"headers": {"apns-expiration": "1700000060", "apns-priority": "10", "apns-push-type": "alert"}},
        "webpush": {"headers": {"TTL": "60"}},
    }


def test_all_options() -> None:
    nested = {"title": "News", "soundName": "bell", "badge": 3, "category": "offer", "contentUrl": "https://x/i.png"}
    nested |= {"vibrationEnabled": True, "inAppStyle": "MODAL", "webViewUrl": "https://x/"}
    assert written(notificationOptions=nested, customPayload={"a": 1, "b": "two", "c": [True, None]}, own="f-1") == {
        "notification": {"title": "News", "body": "Hello", "image": "https://x/i.png"},
        "data": {
            "webViewUrl": "https://x/",
            "inAppStyle": "MODAL",
            "a": "1",
            "b": "two",
            "c": "[true,null]",
            "omnibound_id": "f-1",
        },
        "android": {
            "ttl": "60s",
            "priority": "HIGH",
            "notification": {
                "sound": "bell",
                "click_action": "offer",
                "notification_count": 3,
                "default_vibrate_timings": True,
            },
        },
        "apns": {
            "headers": {"apns-expiration": "1700000060", "apns-priority": "10", "apns-push-type": "alert"},
            "payload": {"aps": {"sound": "bell", "badge": 3, "category": "offer"}},
        },
        "webpush": {"headers": {"TTL": "60"}},
    }


def test_silent_is_data_only() -> None:
    assert written(isSilent=True, title="T", customPayload={"x": True}, badge=2, soundName="bell") == {
        "data": {"text": "Hello", "title": "T", "x": "true"},
        "android": {"ttl": "60s", "priority": "NORMAL"},
        "apns": {
            "headers": {"apns-expiration": "1700000060", "apns-priority": "5", "apns-push-type": "background"},
            "payload": {"aps": {"content-available": 1}},
        },
        "webpush": {"headers": {"TTL": "60"}},
    }


@pytest.mark.parametrize(
    ("options", "failure"),
    [
        ({"text": ""}, Failure(Reason.NO_CONTENT, "fcm:NO_CONTENT")),
        ({"customPayload": "text"}, Failure(Reason.INVALID_CONTENT, "fcm:DATA")),
        ({"customPayload": {"from": "me"}}, Failure(Reason.INVALID_CONTENT, "fcm:DATA_KEY")),
        ({"customPayload": {"google.x": 1}}, Failure(Reason.INVALID_CONTENT, "fcm:DATA_KEY")),
        ({"text": "x" * 3997}, Failure(Reason.TOO_LONG, "fcm:PAYLOAD")),
        ({"text": "ж" * 2100}, Failure(Reason.TOO_LONG, "fcm:PAYLOAD")),
        ({"customPayload": {"a": "x" * 3991}}, Failure(Reason.TOO_LONG, "fcm:PAYLOAD")),
    ],
)
def test_what_cannot_be_sent(options: dict[str, Any], failure: Failure) -> None:
    assert written(**options) == failure


@pytest.mark.parametrize("options", [{"text": "x" * 3996}, {"customPayload": {"from_": 1}}, {"text": "", "title": "T"}])
def test_what_can_just_be_sent(options: dict[str, Any]) -> None:
    assert isinstance(written(**options), dict)


@pytest.mark.parametrize(("left_s", "ttl"), [(-5, "0s"), (0, "0s"), (1, "1s"), (10**8, "2419200s")])
def test_ttl_is_what_remains_and_what_fcm_takes(left_s: int, ttl: str) -> None:
    message = written(left_s=left_s)
    assert isinstance(message, dict)
    assert message["android"]["ttl"] == ttl


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**62), 2**62) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)
names = st.sampled_from(
    [
        "title",
        "isSilent",
        "soundName",
        "soundEnabled",
        "badge",
        "category",
        "contentUrl",
        "customPayload",
        "notificationOptions",
        "webViewUrl",
    ]
)


@given(st.text(max_size=50), st.dictionaries(names, json_values))
def test_any_options_make_a_message_or_a_failure(text: str, options: dict[str, Any]) -> None:
    message = write_message(replace(an_attempt(), content=Content(text=text, options=options)), NOW, "1-1")
    if isinstance(message, dict):
        assert all(isinstance(value, str) for value in message["data"].values())
        assert all(isinstance(value, str) for value in message.get("notification", {}).values())


# -- Answers -----------------------------------------------------------------------------------------------------


def error(code: int, status: str, word: str = "", fields: Sequence[str] = ()) -> bytes:
    details: list[Any] = [{"errorCode": word}] if word else []
    details += [{"fieldViolations": [{"field": field} for field in fields]}] if fields else []
    return msgspec.json.encode({"error": {"code": code, "status": status, "message": "words", "details": details}})


ANSWERS: list[tuple[int, bytes, dict[str, str], Verdict | None]] = [
    (200, b'{"name": "projects/p/messages/7"}', {}, Taken(("projects/p/messages/7",), final=True)),
    (200, b'{"name": 7}', {}, None),
    (200, b"", {}, None),
    (404, error(404, "NOT_FOUND", "UNREGISTERED"), {}, Dead(Failure(Reason.UNREGISTERED, "fcm:UNREGISTERED"), "tok")),
    (404, error(404, "NOT_FOUND"), {}, Failure(Reason.REFUSED, "fcm:NOT_FOUND")),
    (
        400,
        error(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT"),
        {},
        Failure(Reason.INVALID_CONTENT, "fcm:INVALID_ARGUMENT"),
    ),
    (
        400,
        error(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT", ["message.token"]),
        {},
        Failure(Reason.INVALID_ADDRESS, "fcm:INVALID_ARGUMENT"),
    ),
    (
        400,
        error(400, "INVALID_ARGUMENT", "", ["message.data[0]"]),
        {},
        Failure(Reason.INVALID_CONTENT, "fcm:INVALID_ARGUMENT"),
    ),
    (
        403,
        error(403, "PERMISSION_DENIED", "SENDER_ID_MISMATCH"),
        {},
        Failure(Reason.INVALID_SENDER, "fcm:SENDER_ID_MISMATCH"),
    ),
    (403, error(403, "PERMISSION_DENIED"), {}, Failure(Reason.PROVIDER_AUTH, "fcm:PERMISSION_DENIED")),
    (401, error(401, "UNAUTHENTICATED"), {}, Failure(Reason.PROVIDER_AUTH, "fcm:UNAUTHENTICATED")),
    (
        401,
        error(401, "UNAUTHENTICATED", "THIRD_PARTY_AUTH_ERROR"),
        {},
        Failure(Reason.PROVIDER_AUTH, "fcm:THIRD_PARTY_AUTH_ERROR"),
    ),
    (429, error(429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED"), {}, Slow("fcm:QUOTA_EXCEEDED")),
    (
        429,
        error(429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED"),
        {"Retry-After": "3"},
        Slow("fcm:QUOTA_EXCEEDED", 3_000_000),
    ),
    (503, error(503, "UNAVAILABLE", "UNAVAILABLE"), {}, Failure(Reason.PROVIDER_ERROR, "fcm:UNAVAILABLE")),
    (503, error(503, "UNAVAILABLE", "UNAVAILABLE"), {"Retry-After": "3"}, Slow("fcm:UNAVAILABLE", 3_000_000)),
    (500, error(500, "INTERNAL", "INTERNAL"), {}, Failure(Reason.PROVIDER_ERROR, "fcm:INTERNAL")),
    (418, error(418, "TEAPOT", "SHORT_AND_STOUT"), {}, Failure(Reason.UNKNOWN, "fcm:SHORT_AND_STOUT")),
    (502, b"<html>", {}, None),
    (400, b'{"error": "text"}', {}, None),
]


@pytest.mark.parametrize(("status", "body", "headers", "verdict"), ANSWERS)
def test_answers(status: int, body: bytes, headers: dict[str, str], verdict: Verdict | None) -> None:
    channel = make("http://127.0.0.1:9", Deps("f", lambda: NOW))
    assert channel.read(Request("", about=" tok"), Answer(status, headers, body)) == verdict


def test_unknown_words_are_counted() -> None:
    channel = make("http://127.0.0.1:9", Deps("f", lambda: NOW))
    for _ in range(3):
        channel.read(Request(""), Answer(400, {}, error(400, "X", "NEW_WORD")))
    assert channel.condition()["unknown_words"] == {"NEW_WORD": 3}


@given(json_values)
def test_any_json_is_read(value: Any) -> None:
    channel = make("http://127.0.0.1:9", Deps("f", lambda: NOW))
    for body in (value, {"error": value}, {"error": {"details": value, "status": "INTERNAL"}}):
        for status in (200, 400):
            channel.read(Request(""), Answer(status, {}, msgspec.json.encode(body)))
        assert isinstance(error_word(body if isinstance(body, dict) else {}), str)


# -- Settings ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"credentials": "/nowhere/account.json"}, "credentials"),
        ({"credentials": {"client_email": "x"}}, "credentials"),
        ({"credentials": ACCOUNT | {"private_key": "no key"}}, "credentials"),
        ({"credentials": ACCOUNT | {"project_id": ""}}, "project"),
        ({"base_url": "fcm.googleapis.com"}, "base_url"),
        ({"window": 0}, "window"),
        ({"confirm": "maybe"}, "confirm"),
        ({"windo": 5}, ""),
    ],
)
def test_wrong_settings(settings: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as raised:
        make("http://127.0.0.1:9", Deps("f", lambda: NOW), **settings)
    assert raised.value.field == field
    assert ACCOUNT["private_key"] not in raised.value.text


def test_credentials_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "account.json"
    write_account(path, "http://localhost/token")
    assert path.stat().st_mode & 0o077 == 0
    make("http://127.0.0.1:9", Deps("f", lambda: NOW), credentials=str(path))


# -- End to end, against the simulator ---------------------------------------------------------------------------

GONE = Failure(Reason.UNREGISTERED, "fcm:UNREGISTERED")

# address (tokens) -> the outcome
MAGIC: list[tuple[str, type | Failure]] = [
    ("good", Accepted),
    ("slow50", Accepted),
    ("unregistered", GONE),
    ("invalid", Failure(Reason.INVALID_ADDRESS, "fcm:INVALID_ARGUMENT")),
    ("mismatch", Failure(Reason.INVALID_SENDER, "fcm:SENDER_ID_MISMATCH")),
    ("unavailable", Failure(Reason.PROVIDER_ERROR, "fcm:UNAVAILABLE")),
    ("internal", Failure(Reason.PROVIDER_ERROR, "fcm:INTERNAL")),
    ("strange", Failure(Reason.UNKNOWN, "fcm:MERCURY_RETROGRADE")),
    ("quota", Returned),
    ("garbage", Unknown),
    ("drop", Unknown),
    ("slow9000", Unknown),
    ("nobody", Failure(Reason.UNREGISTERED, "fcm:NO_REGISTRATION")),
    ("unregistered1,good", Accepted),
    ("good,drop", Accepted),
    ("internal,unregistered", Failure(Reason.PROVIDER_ERROR, "fcm:INTERNAL")),
    ("unregistered,internal", Failure(Reason.PROVIDER_ERROR, "fcm:INTERNAL")),
    ("unregistered1,unregistered2", GONE),
    ("drop,internal", Unknown),
    ("quota,good", Returned),
]


@pytest.fixture(scope="module")
async def simulator() -> Any:
    async with running(["fcm"]) as url, aiohttp.ClientSession(url) as session:
        said = await session.get("/_simulator/credentials")
        yield url, session, await said.json()


class Walk:
    """The channel against the simulator."""

    def __init__(self, simulator: Any, find: FindDevices = same_device, **settings: Any) -> None:
        url, self.session, credentials = simulator
        self.heard = Heard()
        table = {"name": "f", "kind": "fcm", "credentials": credentials, "base_url": url, "timeout_s": 0.5}
        self.channel = build_channel(table | settings, Deps("f", clock, find, hidden_id))

    async def __aenter__(self) -> "Walk":
        await self.channel.start(self.heard.emit, self.heard.wake)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.channel.stop()

    async def messages(self) -> list[Any]:
        async with self.session.get("/_simulator/messages") as said:
            return (await said.json())["messages"]


@pytest.mark.parametrize(("address", "expected"), MAGIC)
async def test_magic(simulator: Any, address: str, expected: type | Failure) -> None:
    async with Walk(simulator) as walk:
        await walk.channel.send([an_attempt(5, address)])
        (outcome,) = await walk.heard.handed_over()
        if isinstance(expected, Failure):
            assert outcome == Failed(5, 1, "f", expected, outcome.at)
        else:
            assert type(outcome) is expected
        dead = [token for token in address.split(",") if token.startswith("unregistered")]
        assert [gone.address for gone in walk.heard.of(Gone)] == dead


async def test_a_message_arrives_as_written(simulator: Any) -> None:
    async with Walk(simulator) as walk:
        await walk.channel.send([an_attempt(1, "one,two", title="T", customPayload={"n": 1})])
        (outcome,) = await walk.heard.handed_over()
        first, second = (await walk.messages())[-2:]
        assert isinstance(outcome, Accepted)
        assert (outcome.provider_ids, outcome.final) == ((first["name"],), True)
        assert [first["message"]["token"], second["message"]["token"]] == ["one", "two"]
        assert second["message"]["notification"] == {"title": "T", "body": "Hello", "image": ""}
        assert second["message"]["data"] == {"n": "1"}


async def test_primary_device_only(simulator: Any) -> None:
    async with Walk(simulator) as walk:
        before = len(await walk.messages())
        await walk.channel.send([an_attempt(1, "first,second", targetOnlyPrimaryDevices=True)])
        await walk.heard.handed_over()
        assert [kept["message"]["token"] for kept in (await walk.messages())[before:]] == ["first"]


async def test_confirmed_by_the_device(simulator: Any) -> None:
    async with Walk(simulator, confirm="device", carrier="app") as walk:
        attempt = an_attempt(255, "phone")
        await walk.channel.send([attempt])
        (outcome,) = await walk.heard.handed_over()
        assert outcome == Accepted(255, 1, "f", "app", ("hidden-255-1",), outcome.at, final=False)
        assert (await walk.messages())[-1]["message"]["data"] == {"omnibound_id": "hidden-255-1"}


@pytest.mark.parametrize("confirm", ["accept", "device"])
def test_who_confirms(confirm: str) -> None:
    assert make("http://127.0.0.1:9", Deps("f", lambda: NOW), confirm=confirm).confirms == confirm


async def test_an_expired_token_is_replaced(simulator: Any) -> None:
    async with Walk(simulator) as walk:
        for number in (1, 2):
            await walk.channel.send([an_attempt(number)])
            await walk.heard.handed_over(number)
            async with walk.session.post("/_simulator/expire"):
                pass
        assert [type(outcome) for outcome in walk.heard.outcomes] == [Accepted, Accepted]


async def test_wrong_project(simulator: Any) -> None:
    async with Walk(simulator, project="another") as walk:
        await walk.channel.send([an_attempt(1)])
        (outcome,) = await walk.heard.handed_over()
        assert outcome == Failed(1, 1, "f", Failure(Reason.PROVIDER_AUTH, "fcm:PERMISSION_DENIED"), outcome.at)


async def test_wrong_key(simulator: Any) -> None:
    stranger = simulator[2] | {"private_key": ACCOUNT["private_key"]}
    async with Walk(simulator, credentials=stranger) as walk:
        await walk.channel.send([an_attempt(1)])
        (outcome,) = await walk.heard.handed_over()
        assert outcome == Failed(1, 1, "f", Failure(Reason.PROVIDER_AUTH, "fcm:invalid_grant"), outcome.at)


async def test_no_token_endpoint_returns_the_attempt() -> None:
    async with provided(lambda _: answer(500)) as provider:
        channel, heard = make(provider.url, Deps("f", clock, same_device)), Heard()
        await channel.start(heard.emit, heard.wake)
        await channel.send([an_attempt(1)])
        (outcome,) = await heard.handed_over()
        assert isinstance(outcome, Returned)
        assert not heard.of(Link)[-1].up
        await channel.stop()


async def test_devices_are_looked_up_once_a_list_account_and_application() -> None:
    asked: list[tuple[int, str, list[str]]] = []

    async def find(account: int, application: str, addresses: list[str]) -> dict[str, list[str]]:
        asked.append((account, application, addresses))
        return {}

    channel, heard = make("http://127.0.0.1:9", Deps("f", clock, find)), Heard()
    await channel.start(heard.emit, heard.wake)
    await channel.send([an_attempt(n, str(n)) for n in range(3)] + [an_attempt(3, "1", account=2)])
    await heard.handed_over(4)
    await channel.stop()
    assert asked == [(1, "app", ["0", "1", "2"]), (2, "app", ["1"])]


async def test_an_account_reaches_its_own_devices_only(simulator: Any) -> None:
    async def find(account: int, _application: str, addresses: list[str]) -> dict[str, list[str]]:
        return {address: [f"good-{account}"] for address in addresses if account == 1}

    async with Walk(simulator, find) as walk:
        await walk.channel.send([an_attempt(1, "48600", account=1), an_attempt(2, "48600", account=2)])
        first, second = sorted(await walk.heard.handed_over(2), key=lambda outcome: outcome.delivery)
        assert isinstance(first, Accepted)
        assert second == Failed(2, 1, "f", Failure(Reason.UNREGISTERED, "fcm:NO_REGISTRATION"), second.at)


async def test_devices_that_cannot_be_looked_up_return_the_attempts() -> None:
    async def find(_account: int, _application: str, _addresses: list[str]) -> dict[str, list[str]]:
        raise ConnectionError("no store")

    channel, heard = make("http://127.0.0.1:9", Deps("f", clock, find)), Heard()
    await channel.start(heard.emit, heard.wake)
    await channel.send([an_attempt(1), an_attempt(2)])
    assert [type(outcome) for outcome in await heard.handed_over(2)] == [Returned, Returned]
    assert channel.room() == 0
    await channel.stop()
