"""Who is asking: chosen passwords and made secrets, right and wrong, and what is remembered for how long."""

import pytest

from omnibound.domain.errors import Forbidden, Invalid, Unauthorized
from omnibound.domain.flow import MINUTE
from omnibound.store.queries import plain
from tests.services.conftest import House

pytestmark = pytest.mark.anyio


async def stored(house: House, username: str) -> str:
    found = await house.store.accounts.by_username(username)
    assert found is not None
    return found[1]


async def test_a_chosen_password_is_kept_by_argon2(house: House) -> None:
    made = await house.accounts.add("anna", username="Aladdin", password="open sesame", api_key="raw-key")
    assert (made.account, made.username, made.password, made.api_key) == ("anna", "Aladdin", "open sesame", "raw-key")
    assert (await stored(house, "Aladdin")).startswith("$argon2id$")
    assert (await house.sign_in.basic("Aladdin", "open sesame")).name == "anna"
    assert (await house.sign_in.key("raw-key")).name == "anna"


async def test_secrets_that_are_not_chosen_are_made_and_kept_as_a_hash(house: House) -> None:
    first, second = await house.accounts.add("anna"), await house.accounts.add("bert")
    assert first.username == "anna"
    assert len({first.password, first.api_key, second.password, second.api_key}) == 4
    assert min(len(first.password), len(first.api_key)) >= 32
    kept = await stored(house, "anna")
    assert kept.startswith("sha256$")
    assert first.password not in kept
    assert (await house.sign_in.basic("anna", first.password)).name == "anna"
    assert (await house.sign_in.key(second.api_key)).name == "bert"


@pytest.mark.parametrize(
    ("username", "password"),
    [("Aladdin", "open"), ("Aladdin", ""), ("aladdin", "open sesame"), ("x", "open sesame"), ("", ""), ("x", "ł€")],
)
async def test_wrong_passwords(house: House, username: str, password: str) -> None:
    await house.accounts.add("anna", username="Aladdin", password="open sesame")
    with pytest.raises(Unauthorized):
        await house.sign_in.basic(username, password)


async def test_wrong_keys(house: House) -> None:
    made = await house.accounts.add("anna")
    for key in ("", "x", made.password, made.api_key + " ", made.api_key[:-1]):
        with pytest.raises(Unauthorized):
            await house.sign_in.key(key)


async def test_a_disabled_account_is_forbidden(house: House) -> None:
    made = await house.accounts.add("anna", password="chosen")
    await house.store.db.write((plain("UPDATE accounts SET enabled = 0"), {}))
    with pytest.raises(Forbidden):
        await house.sign_in.key(made.api_key)
    with pytest.raises(Forbidden):
        await house.sign_in.basic("anna", "chosen")
    with pytest.raises(Unauthorized):
        await house.sign_in.basic("anna", "wrong")


@pytest.mark.parametrize(("scheme", "time"), [("Basic", 5 * MINUTE), ("App", 5_000_000), ("IBSSO", 5_000_000)])
async def test_a_verified_header_is_remembered_for_a_while(house: House, scheme: str, time: int) -> None:
    account = await house.sign_in.key((await house.accounts.add("anna")).api_key)
    right, other = f"{scheme} x", f"{scheme} y"
    assert house.sign_in.remembered(right) is None
    house.sign_in.remember(right, account)
    assert (house.sign_in.remembered(right), house.sign_in.remembered(other)) == (account, None)
    house.clock.now += time - 1
    assert house.sign_in.remembered(right) == account
    house.clock.now += 1
    assert house.sign_in.remembered(right) is None


async def test_forgetting(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    account = await house.sign_in.key((await house.accounts.add("anna")).api_key)
    house.sign_in.remember("App x", account)
    house.sign_in.forget()
    assert house.sign_in.remembered("App x") is None
    monkeypatch.setattr("omnibound.services.sign_in.REMEMBERED_AT_MOST", 3)
    for n in range(10):
        house.sign_in.remember(f"App {n}", account)
    assert len(house.sign_in._kept) <= 3
    assert house.sign_in.remembered("App 9") == account


@pytest.mark.parametrize(
    "wishes",
    [
        {"name": ""},
        {"name": "x", "username": "a:b"},
        {"name": "anna"},
        {"name": "x", "username": "anna"},
        {"name": "x", "api_key": "k"},
    ],
)
async def test_accounts_that_cannot_be_opened(house: House, wishes: dict[str, str]) -> None:
    await house.accounts.add("anna", api_key="k")
    with pytest.raises(Invalid):
        await house.accounts.add(**wishes)
    assert len(await house.store.accounts.all()) == 1
