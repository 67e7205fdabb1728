"""Price lists, what accounts may send, and routes: by the API."""

from typing import Any

import pytest

from omnibound.domain.call import Call
from omnibound.domain.changes import Changes
from omnibound.domain.health import Limits
from omnibound.domain.routing import Plan, Route
from omnibound.domain.status import Reason
from tests.api.house import ADMIN, ALADDIN, House

pytestmark = pytest.mark.anyio

CSV = {**ADMIN, "Content-Type": "text/csv"}
TABLE = b"prefix,mcc,mnc,price,currency,connector,account,channel\n48,260,02,0.02,EUR,,,\n48,,,0.01,EUR,sms-a,,\n"
CALLS = b"41,228,01,0.6,EUR,,,VOICE\n41,,,0.3,EUR,trunk,,VOICE\n"
NOBODYS = {"countries": [], "daily_cap": 0, "left_today": 0, "prepaid": False, "balance": 0.0, "held": 0.0}
OPERATORS_ONLY = [
    ("GET", "/api/v1/prices"), ("POST", "/api/v1/prices"), ("DELETE", "/api/v1/prices/default"),
    ("GET", "/api/v1/routes"), ("GET", "/api/v1/routes/48601"), ("GET", "/api/v1/accounts/Aladdin/balance"),
    ("POST", "/api/v1/accounts/Aladdin/balance"), ("PUT", "/api/v1/accounts/Aladdin/limits"),
]  # fmt: skip


async def ask(house: House, method: str, target: str, body: Any = None, headers: Any = ADMIN) -> Any:
    answer = await house.call(method, target, body, headers)
    assert answer.status == 200, answer.body
    return answer.json()


@pytest.mark.parametrize(("method", "target"), OPERATORS_ONLY)
async def test_only_operators(house: House, method: str, target: str) -> None:
    assert (await house.call(method, target, {})).status == 401


async def test_a_list_is_taken_and_dropped(house: House) -> None:
    assert await ask(house, "GET", "/api/v1/prices") == {"lists": []}
    looked = await ask(house, "POST", "/api/v1/prices?dry_run=true", TABLE, CSV)
    assert looked == {"made": None, "rates": 2, "rejected": []}
    taken = await ask(house, "POST", "/api/v1/prices?name=spring", TABLE, CSV)
    assert await ask(house, "GET", "/api/v1/prices") == {"lists": [taken["made"]]}
    assert (taken["made"]["name"], taken["made"]["rates"]) == ("spring", 2)
    dropped = await ask(house, "DELETE", "/api/v1/prices/spring")
    assert (dropped["name"], dropped["rates"]) == ("spring", 0)
    for method, target in (("DELETE", "/api/v1/prices/autumn"), ("POST", "/api/v1/prices?since=2001-01-01T00:00:00Z")):
        assert (await house.call(method, target, TABLE if method == "POST" else None, CSV)).status == 400


async def test_rejected_rows_hold_a_list_back(house: House) -> None:
    table = TABLE + b"49,,,x,EUR,,,\n"
    told = await ask(house, "POST", "/api/v1/prices", table, CSV)
    fault = {"line": 4, "column": "price", "fault": "must be a number such as 0.0075"}
    assert told == {"made": None, "rates": 2, "rejected": [fault]}
    assert (await ask(house, "POST", "/api/v1/prices?partly=true", table, CSV))["made"]["rates"] == 2
    assert (await house.call("POST", "/api/v1/prices", b"prefix,cost\n", CSV)).status == 400


async def test_what_an_account_may(house: House) -> None:
    mine = "/api/v1/accounts/Aladdin"
    currency = {"account": "Aladdin", "currency": "EUR"}
    assert await ask(house, "GET", f"{mine}/balance") == {**NOBODYS, **currency}
    limits = {"countries": "pl,CH", "daily_cap": 7}
    said = {**NOBODYS, **currency, "countries": ["CH", "PL"], "daily_cap": 7, "left_today": 7}
    assert await ask(house, "PUT", f"{mine}/limits", limits) == said
    paid = {**said, "prepaid": True, "balance": 12.5}
    assert await ask(house, "POST", f"{mine}/balance", {"add": "12.50"}) == paid
    assert await ask(house, "GET", "/api/v1/balance", headers=ALADDIN) == paid
    assert await ask(house, "PUT", f"{mine}/limits", {"prepaid": False}) == {**paid, "prepaid": False}
    for method, target, body, status in (
        ("POST", f"{mine}/balance", {"add": "-20"}, 400),
        ("POST", f"{mine}/balance", {"add": "x"}, 400),
        ("PUT", f"{mine}/limits", {"countries": "XX"}, 400),
        ("PUT", f"{mine}/limits", {"daily_cap": -1}, 400),
        ("GET", "/api/v1/accounts/nobody/balance", None, 404),
    ):
        assert (await house.call(method, target, body, ADMIN)).status == status


async def test_routes_are_told(house: House) -> None:
    assert await ask(house, "GET", "/api/v1/routes") == {"routes": []}
    await ask(house, "POST", "/api/v1/prices", TABLE, CSV)
    await house.running.services.prices.refresh()
    plan = Plan([
        Route(channel="SMS", connectors=("sms-a",), prefixes=("48",)),
        Route(channel="SMS", connectors=("sms-a",), prefixes=("48",), accounts=("Aladdin",), by="cost"),
    ])  # fmt: skip
    house.running.worker.routes.switching.follow(plan, Limits())
    up = house.running.worker.routes.is_up("SMS", "sms-a")
    way = {"connector": "sms-a", "weight": 1, "up": up, "condition": "well", "cost": None}
    told = await ask(house, "GET", "/api/v1/routes")
    assert told["routes"][1] == {
        "channel": "SMS", "prefixes": ["48"], "accounts": ["Aladdin"], "senders": [], "by": "cost", "connectors": [way],
    }  # fmt: skip
    found = await ask(house, "GET", "/api/v1/routes/+48601?account=Aladdin")
    one = {"connectors": ["sms-a"], "prefixes": ["48"], "senders": []}
    assert found == {
        "number": "48601", "country": "PL", "mcc_mnc": "26002", "connectors": [{**way, "cost": 0.01}],
        "price": 0.02, "currency": "EUR",
        "routes": [
            {**one, "accounts": [], "taken": False, "why": "another one fits better"},
            {**one, "accounts": ["Aladdin"], "taken": True, "why": ""},
        ],
    }  # fmt: skip
    assert (await ask(house, "GET", "/api/v1/routes/3361"))["connectors"] == []
    assert (await house.call("GET", "/api/v1/routes/none", headers=ADMIN)).status == 400


async def test_calls_tell_what_they_cost(house: House) -> None:
    await ask(house, "POST", "/api/v1/prices", TABLE + CALLS, CSV)
    await house.running.services.prices.refresh()
    account = house.accounts["Aladdin"].id
    now = (await house.running.services.prices.heads())[0].since + 1
    call = Call(delivery=1, attempt=1, connector="trunk", reason=Reason.ANSWERED, begun_at=now, ended_at=now,
                number="+4179", talked_ms=61_000, account=account)  # fmt: skip
    await house.running.store.record(Changes(calls=[call]))
    seen = {}
    for name, headers in {"own": ALADDIN, "operators": ADMIN}.items():
        (told,) = (await ask(house, "GET", "/api/v1/calls", headers=headers))["calls"]
        seen[name] = [told[member] for member in ("price", "currency", "mcc_mnc", "cost")]
    assert seen == {"own": [1.2, "EUR", "22801", None], "operators": [1.2, "EUR", "22801", 0.6]}
