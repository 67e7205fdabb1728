"""Four ways to sign in, and what a key allows, over the real services."""

import base64
import json
from typing import Any

import pytest
from starlette.applications import Starlette

from omnibound.dialects import infobip_omni
from omnibound.services.base import Services
from tests.asgi import Answer, call

pytestmark = pytest.mark.anyio
BASIC = "Basic " + base64.b64encode(b"Aladdin:open sesame").decode()
KEYS = "/settings/1/accounts/_/api-keys"
SIGN_IN = b'{"username":"Aladdin","password":"open sesame"}'


@pytest.fixture
def app(services: Services) -> Starlette:
    return Starlette(routes=infobip_omni.routes(services, infobip_omni.Settings()))


async def ask(app: Any, method: str, path: str, who: str = BASIC, body: Any = None) -> Answer:
    headers = {"Authorization": who, "Content-Type": "application/json"}
    return await call(app, method, path, headers, b"" if body is None else json.dumps(body).encode())


async def made(app: Any, **wish: Any) -> dict[str, Any]:
    answer = await ask(app, "POST", KEYS, body={"name": "k", **wish})
    assert answer.status == 201, answer
    return answer.json()


async def statuses(app: Any, who: str) -> tuple[int, int]:
    """Of reading scenarios, and of reading reports."""
    scenarios = await ask(app, "GET", "/omni/1/scenarios", who)
    return scenarios.status, (await ask(app, "GET", "/omni/1/reports", who)).status


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        ({}, (200, 200)),
        ({"permissions": ["ALL"]}, (200, 200)),
        ({"permissions": ["PUBLIC_API"]}, (200, 200)),
        ({"permissions": ["omni-failover:manage"]}, (200, 200)),
        ({"permissions": ["message:send"]}, (403, 200)),
        ({"permissions": ["omni-failover:message:send"]}, (403, 200)),
        ({"permissions": ["omni-failover:logs:read"]}, (403, 403)),
        ({"enabled": False}, (401, 401)),
        ({"validTo": "2020-01-01T00:00:00.000+0000"}, (401, 401)),
        ({"validFrom": "2999-01-01T00:00:00.000+0000"}, (401, 401)),
        ({"allowedIPs": ["203.0.113.7"]}, (403, 403)),
        ({"allowedIPs": ["127.0.0.0/8", "::1"]}, (200, 200)),
    ],
)
async def test_what_a_key_allows(app: Starlette, wish: dict[str, Any], expected: tuple[int, int]) -> None:
    key = await made(app, **wish)
    for _ in range(2):
        assert await statuses(app, "App " + key["publicApiKey"]) == expected


async def test_a_secret_is_told_once_and_a_change_counts_at_once(app: Starlette) -> None:
    key = await made(app, permissions=["message:send"], validTo="2999-01-01T00:00:00.000+0000")
    secret = "App " + key.pop("publicApiKey")
    place = f"{KEYS}/{key['key']}"
    assert (await ask(app, "GET", place)).json() == key
    assert (await ask(app, "GET", KEYS)).json()["apiKeys"][-1] == key
    assert await statuses(app, secret) == (403, 200)
    assert (await ask(app, "PUT", place, body={"enabled": False})).json() == {**key, "enabled": False}
    assert await statuses(app, secret) == (401, 401)


@pytest.mark.parametrize(
    ("body", "member"),
    [
        ({}, "name"),
        ({"name": "k", "allowedIPs": ["x"]}, "allowedIPs"),
        ({"name": "k", "validTo": "soon"}, "validTo"),
        ({"name": "k", "permissions": ["fly"]}, "permissions"),
        ({"name": "k", "enabled": 1}, "enabled"),
        (
            {"name": "k", "validFrom": "2999-01-02T00:00:00.000+0000", "validTo": "2999-01-01T00:00:00.000+0000"},
            "validTo",
        ),
    ],
)
async def test_a_wrong_key(app: Starlette, body: Any, member: str) -> None:
    answer = await ask(app, "POST", KEYS, body=body)
    told = answer.json()["requestError"]["serviceException"]
    assert (answer.status, list(told["validationErrors"])) == (400, [member])


async def test_keys_are_kept_by_password_and_each_accounts_own(app: Starlette) -> None:
    key = await made(app)
    assert (await ask(app, "GET", KEYS, "App " + key["publicApiKey"])).status == 401
    assert (await ask(app, "GET", KEYS.replace("_", key["accountKey"]))).status == 200
    assert (await ask(app, "GET", KEYS.replace("_", "F" * 32))).status == 404
    assert (await ask(app, "GET", KEYS + "/unknown")).status == 404


async def test_a_session(app: Starlette) -> None:
    answer = await call(app, "POST", "/auth/1/session", {"Content-Type": "application/json"}, SIGN_IN)
    token = answer.json()["token"]
    assert await statuses(app, f"IBSSO {token}") == (200, 200)
    assert await statuses(app, f"Bearer {token}") == (401, 401)
    assert (await ask(app, "DELETE", "/auth/1/session")).status == 401
    assert (await ask(app, "DELETE", "/auth/1/session", f"IBSSO {token}")).status == 200
    assert await statuses(app, f"IBSSO {token}") == (401, 401)
    wrong = await call(app, "POST", "/auth/1/session", {}, SIGN_IN.replace(b"open", b"shut"))
    assert wrong.status == 401


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ("grant_type=client_credentials&client_id=Aladdin&client_secret=open+sesame", 200),
        ("grant_type=client_credentials&client_id=Aladdin&client_secret=wrong", 401),
        ("grant_type=password&client_id=Aladdin&client_secret=open+sesame", 400),
        ("", 400),
        ("%ff=1", 400),
    ],
)
async def test_a_bearer_token(app: Starlette, form: str, status: int) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await call(app, "POST", "/auth/1/oauth2/token", headers, form.encode())
    assert answer.status == status
    if status == 200:
        told = answer.json()
        token = told.pop("access_token")
        assert told == {"expires_in": 3600, "token_type": "Bearer"}
        assert await statuses(app, f"Bearer {token}") == (200, 200)
