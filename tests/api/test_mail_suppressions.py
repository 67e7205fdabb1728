"""Addresses that an account does not write to, as it keeps them by the native API."""

import pytest

from tests.api.house import House

pytestmark = pytest.mark.anyio


async def test_an_account_keeps_its_list(house: House) -> None:
    path = "/api/v1/mail-suppressions"
    body = {"emails": ["Ann@Mail.Example", "bob@żaba.example"], "reason": "do_not_disturb"}
    assert (await house.call("POST", path, body)).status == 204
    assert (await house.call("POST", path, {"emails": ["ann@mail.example"]})).status == 204
    told = (await house.call("GET", path)).json()["suppressions"]
    assert [(each["email"], each["reason"]) for each in told] == [
        ("ann@mail.example", "do_not_disturb"), ("bob@xn--aba-22a.example", "do_not_disturb"),
    ]  # fmt: skip
    page = (await house.call("GET", f"{path}?after=ann@mail.example&limit=1")).json()["suppressions"]
    assert [each["email"] for each in page] == ["bob@xn--aba-22a.example"]
    assert (await house.call("DELETE", f"{path}/ANN@mail.example")).status == 204
    assert (await house.call("DELETE", f"{path}/ann@mail.example")).status == 404
    refused = await house.call("POST", path, {"emails": ["c@d.example", "nobody"]})
    assert (refused.status, "emails[1]" in refused.body.decode()) == (400, True)
    assert len((await house.call("GET", path)).json()["suppressions"]) == 1
