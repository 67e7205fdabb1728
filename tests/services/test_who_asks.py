"""Who is asking: a header that was verified is not verified again."""

import base64

import pytest

from omnibound.domain.errors import Unauthorized
from omnibound.domain.flow import HOUR
from omnibound.services.sign_in import SignIn
from omnibound.services.who_asks import who_asks
from tests.services.conftest import House

pytestmark = pytest.mark.anyio


def basic(username: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


async def test_by_password_and_by_key(house: House) -> None:
    made = await house.accounts.add("anna", username="an")
    for header in (basic(made.username, made.password), f"App {made.api_key}", f"app  {made.api_key} "):
        assert (await who_asks(house.sign_in, header)).name == "anna"


async def test_a_verified_header_is_remembered_and_a_wrong_one_is_not(house: House) -> None:
    made = await house.accounts.add("anna")
    right, wrong = basic(made.username, made.password), basic(made.username, "wrong")
    account = await who_asks(house.sign_in, right)
    with pytest.raises(Unauthorized):
        await who_asks(house.sign_in, wrong)
    assert (house.sign_in.remembered(right), house.sign_in.remembered(wrong)) == (account, None)
    assert await who_asks(house.sign_in, right) is account


@pytest.mark.parametrize("header", ["", "App", "Basic", "Bearer x", "Basic !", "App unknown", basic("nobody", "x")])
async def test_nobody(house: House, header: str) -> None:
    with pytest.raises(Unauthorized):
        await who_asks(house.sign_in, header)


async def test_a_session_dies_after_an_hour_unused(house: House) -> None:
    made = await house.accounts.add("anna")
    kinds = ("ibsso", "bearer")
    headers = {kind: f"{kind} {await house.sign_in.begin(kind, 'anna', made.password)}" for kind in kinds}
    house.clock.now += HOUR - 1
    for header in headers.values():
        assert (await who_asks(house.sign_in, header)).name == "anna"
    house.clock.now += HOUR - 1
    assert (await who_asks(SignIn(house.store.accounts, house.clock), headers["ibsso"])).name == "anna"
    with pytest.raises(Unauthorized):
        await who_asks(house.sign_in, headers["bearer"])
    house.clock.now += HOUR
    with pytest.raises(Unauthorized):
        await who_asks(house.sign_in, headers["ibsso"])
