"""Campaigns of 2018: what is kept of the people that are added, in either format, all of them or none."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette

from omnibound.bootstrap import Running
from omnibound.dialects import infobip_omni
from omnibound.dialects.base import App
from omnibound.dialects.infobip_omni.reading_profiles import MAX_TOLD
from omnibound.domain.people import Gender, Profile
from tests.asgi import call

pytestmark = pytest.mark.anyio

JSON = {"Authorization": "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Content-Type": "application/json"}
XML = {**JSON, "Content-Type": "application/xml"}
ONE, MANY = "/omni/1/campaigns/CUSTOMERS/destinations", "/omni/2/campaigns/CUSTOMERS/destinations"

ANNA = {
    "firstName": "Anna",
    "lastName": "B",
    "middleName": "M",
    "gsm": "+41 79 302 67 27",
    "landline": 41443026727,
    "email": "a@b.example",
    "address": "Bahnhofstr. 1",
    "city": "Zug",
    "country": "Switzerland",
    "gender": "FEMALE",
    "birthday": "31.12.1990",
}
KEPT = Profile(
    first_name="Anna", last_name="B", middle_name="M", phone="41793026727", landline="41443026727", email="a@b.example",
    address="Bahnhofstr. 1", city="Zug", country="Switzerland", gender=Gender.FEMALE, birthday="31.12.1990",
)  # fmt: skip


@pytest.fixture
def app(house: Running) -> App:
    return Starlette(routes=infobip_omni.routes(house.services, infobip_omni.OmniSettings(max_destinations=1500)))


async def kept(house: Running, account: str = "Aladdin", key: str = "CUSTOMERS") -> list[Profile]:
    found = await house.store.accounts.by_username(account)
    assert found
    return [profile for _, profile in await house.store.people.people(found[0].id, key, 0, 10_000)]


async def test_all_that_is_told_of_somebody_is_kept(house: Running, app: App) -> None:
    inside = "".join(f"<{name}>{value}</{name}>" for name, value in ANNA.items())
    for path, headers, body in (
        (ONE, JSON, json.dumps(ANNA)),
        (MANY, JSON, json.dumps({"destinations": [ANNA, {"gsm": "1234"}]})),
        (ONE, XML, f"<destination>{inside}</destination>"),
        (MANY, XML, f"<request><destinations><x>{inside}</x></destinations></request>"),
    ):
        assert (await call(app, "PUT", path, headers, body.encode())).status == 200
    assert await kept(house) == [KEPT, KEPT, Profile(phone="1234"), KEPT, KEPT]
    assert await kept(house, key="STAFF") == []


async def test_a_long_list_is_kept_in_order(house: Running, app: App) -> None:
    people = [{"gsm": f"4179302{number:04}"} for number in range(1500)]
    assert (await call(app, "PUT", MANY, JSON, json.dumps({"destinations": people}).encode())).status == 200
    assert [profile.phone for profile in await kept(house)] == [person["gsm"] for person in people]


@pytest.mark.parametrize(
    ("people", "paths"),
    [
        ([{"gsm": "41793026727"}] * 1501, ["destinations"]),
        ([{"gsm": "41793026727"}] * 1200 + [{"gsm": "none"}], ["destinations[1200].gsm"]),
        ([{}] * 500, [f"destinations[{number}]" for number in range(MAX_TOLD)]),
        ([{"gsm": "41793026727"}] * 5 + [7], ["destinations[5]"]),
        (None, ["destinations"]),
    ],
    ids=["too many", "a late one", "nobody", "a number", "nothing"],
)
async def test_one_who_is_wrong_keeps_all_out(house: Running, app: App, people: Any, paths: list[str]) -> None:
    answer = await call(app, "PUT", MANY, JSON, json.dumps({"destinations": people}).encode())
    assert answer.status == 400
    assert list(answer.json()["requestError"]["serviceException"]["validationErrors"]) == paths
    assert await kept(house) == []


async def test_another_accounts_campaign_is_nobodys(house: Running, app: App) -> None:
    for version in (1, 2):
        path = f"/omni/{version}/campaigns/PRIVATE/destinations"
        body = json.dumps({**ANNA, "destinations": [ANNA]}).encode()
        assert (await call(app, "PUT", path, JSON, body)).status == 404
    assert await kept(house, "Jafar", "PRIVATE") == []


@pytest.mark.parametrize("path", ["/omni/1/campaigns", "/omni/1/campaigns/CUSTOMERS"])
async def test_campaigns_are_for_those_who_sign_in(app: App, path: str) -> None:
    assert (await call(app, "GET", path, {})).status == 401
    assert (await call(app, "HEAD", path, JSON)).status == 200


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["41793026727", "a@b.example"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(sorted(ANNA)), inner, max_size=3),
    max_leaves=6,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=60)
@given(VALUES, st.sampled_from(sorted(ANNA)))
async def test_any_value_is_kept_or_refused_without_a_row(house: Running, app: App, value: Any, name: str) -> None:
    before = len(await kept(house))
    for path, body in ((ONE, {**ANNA, name: value}), (MANY, {"destinations": [ANNA, value]})):
        answer = await call(app, "PUT", path, JSON, json.dumps(body).encode())
        after = len(await kept(house))
        assert (answer.status == 200, after > before) in ((True, True), (False, False))
        assert answer.status in (200, 400)
        before = after
