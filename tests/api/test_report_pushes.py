"""Pushed reports as the API shows them, and pushing again."""

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from omnibound.api.report_pushes import NativeReports
from omnibound.domain.message import Addresses, Content
from omnibound.domain.order import Order, Person
from omnibound.domain.push import Notify, Push, missed
from omnibound.domain.status import Reason
from tests.api.house import ALADDIN, JAFAR, House

pytestmark = pytest.mark.anyio

URL = "http://127.0.0.1:9/"


@pytest.fixture(autouse=True)
def nothing_is_pushed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test says what came of it."""
    monkeypatch.setattr("omnibound.reports.push.Pusher.start", lambda _self: None)


async def refused(house: House, *refs: str, account: str = "Aladdin") -> list[Push]:
    """Deliveries that ended at once, whose reports are to be pushed; all that wait to be."""
    own = house.accounts[account]
    people = [Person(Addresses(), ref, Reason.INVALID_ADDRESS) for ref in refs]
    order = Order(people=people, content={"SMS": Content(text="x")}, notify=Notify(url=URL))
    await house.running.services.send(own, order)
    return await house.running.store.pushes.page(own.id, None, (0, 0, 0, 0), 100)


async def page(house: House, query: str = "", headers: Any = None) -> Any:
    return (await house.call("GET", f"/api/v1/pushes{query}", **({"headers": headers} if headers else {}))).json()


async def test_states_and_pages(house: House) -> None:
    await house.scenario("SMS")
    _, second, third = await refused(house, "a", "b", "c")
    over = missed(replace(third, due_at=third.until), "HTTP 500", third.until)
    await house.running.store.pushes.settle((), [missed(second, "no answer in time", second.due_at), over])
    told = (await page(house))["pushes"]
    assert [(row["id"], row["topic"], row["state"], row["tries"], row["why"]) for row in told] == [
        ("a", "report", "waiting", 0, ""), ("b", "report", "retrying", 1, "no answer in time"),
        ("c", "report", "failed", 1, "HTTP 500"),
    ]  # fmt: skip
    assert {row["url"] for row in told} == {URL}
    assert [row["next"] is None for row in told] == [False, False, True]
    assert [row["id"] for row in (await page(house, "?state=failed"))["pushes"]] == ["c"]
    assert [row["id"] for row in (await page(house, "?state=waiting"))["pushes"]] == ["a", "b"]
    one = await page(house, "?limit=2")
    two = await page(house, f"?limit=2&after={one['next']}")
    end = await page(house, f"?after={two['next']}")
    assert [[row["id"] for row in each["pushes"]] for each in (one, two, end)] == [["a", "b"], ["c"], []]
    assert end["next"] == two["next"]


async def test_an_account_sees_its_own(house: House) -> None:
    await house.scenario("SMS")
    await refused(house, "a")
    assert (await page(house, headers=JAFAR))["pushes"] == []
    again = await house.call("POST", "/api/v1/pushes/again", {"since": "2020-01-01T00:00:00Z"}, JAFAR)
    assert again.json() == {"again": 0}
    secrets = [(await house.call("GET", "/api/v1/pushes/secret", headers=each)).json() for each in (ALADDIN, JAFAR)]
    assert secrets[0] != secrets[1]
    assert all(each["secret"].startswith("whsec_") for each in secrets)


async def test_again(house: House) -> None:
    await house.scenario("SMS")
    pushes = await refused(house, "a", "b")
    await house.running.store.pushes.settle(pushes, ())

    async def again(**wish: Any) -> int:
        return (await house.call("POST", "/api/v1/pushes/again", wish)).json()["again"]

    assert (await page(house))["pushes"] == []
    assert await again(id="b") == 1
    assert [row["id"] for row in (await page(house))["pushes"]] == ["b"]
    assert await again(since="2020-01-01T00:00:00Z") == 2
    assert await again(since="0001-01-02T00:00:00Z", until="9998-01-01T00:00:00Z") == 2
    assert await again(since="2020-01-01T00:00:00Z", until="2020-01-02T00:00:00Z") == 0
    assert await again(failed=True) == 0
    assert [row["id"] for row in (await page(house))["pushes"]] == ["a", "b"]


@pytest.mark.parametrize(
    "wish",
    [{}, {"id": "a", "failed": True}, {"until": "2020-01-01T00:00:00Z"}, {"id": "a", "until": "2020-01-01T00:00:00Z"}],
)
async def test_one_wish_at_a_time(house: House, wish: Any) -> None:
    assert (await house.call("POST", "/api/v1/pushes/again", wish)).status == 400


@pytest.mark.parametrize("after", ["x", "1", "1-", "-1", "1-1", "1-1-1", "1-1-1-1-1", "9" * 30])
async def test_a_cursor_of_ours(house: House, after: str) -> None:
    assert (await house.call("GET", f"/api/v1/pushes?after={after}")).status == 400


async def test_native_reports_are_written_as_they_are_read(house: House) -> None:
    await house.scenario("SMS")
    await refused(house, "a")
    reports = await house.running.services.reports.take(house.accounts["Aladdin"])
    told = (await house.call("GET", "/api/v1/reports")).json()["reports"]
    assert msgspec.json.decode(NativeReports().write(reports)) == {"reports": told}
