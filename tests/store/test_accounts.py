"""Accounts, scenarios, devices, settings: rare writes, each in one transaction."""

import asyncio

import pytest
from msgspec.structs import replace

from omnibound.domain.account import Account
from omnibound.domain.device import Device
from omnibound.domain.scenario import Scenario, ScenarioStep
from omnibound.ports import Taken
from omnibound.store.opened import OpenedStore
from tests.store import nouns

pytestmark = pytest.mark.anyio
ANNA = Account(id=1, name="anna", username="anna-u", notify_url="https://x.example/", currency="PLN")
BERT = Account(id=2, name="bert", username="bert-u", voice_codes="100xx")


async def test_accounts_are_found_by_name_and_key(store: OpenedStore) -> None:
    await store.accounts.add(ANNA, "hash-a", "key-a", "ke", nouns.NOW)
    await store.accounts.add(BERT, "hash-b", "key-b", "ke", nouns.NOW)
    assert await store.accounts.by_username("anna-u") == (ANNA, "hash-a")
    assert await store.accounts.by_username("anna") is None
    assert await store.accounts.by_key("key-b") == BERT
    assert await store.accounts.by_key("hash-b") is None
    assert await store.accounts.all() == [ANNA, BERT]


async def test_what_may_be_changed_of_an_account(store: OpenedStore) -> None:
    await store.accounts.add(ANNA, "hash-a", "key-a", "ke", nouns.NOW)
    await store.accounts.add(BERT, "hash-b", "key-b", "ke", nouns.NOW)
    changed = replace(ANNA, notify_url="", currency="CHF", enabled=False, voice_codes="100xx")
    assert await store.accounts.change("anna", lambda account: changed if account == ANNA else account) == changed
    assert await store.accounts.change("nobody", lambda account: account) is None
    assert await store.accounts.all() == [changed, BERT]
    assert await store.accounts.by_username("anna-u") == (changed, "hash-a")
    assert await store.accounts.by_key("key-a") == changed
    await store.accounts.add_session(2, "ibsso", "s", nouns.NOW + 9, nouns.NOW)
    assert await store.accounts.by_session("ibsso", "s", nouns.NOW) == BERT


@pytest.mark.parametrize("other", [{"name": "anna"}, {"username": "anna-u"}, {"id": 1}])
async def test_what_must_be_unique_is_taken_and_leaves_no_key(store: OpenedStore, other: dict[str, object]) -> None:
    await store.accounts.add(ANNA, "p", "key-a", "ke", nouns.NOW)
    with pytest.raises(Taken):
        await store.accounts.add(replace(BERT, **other), "p", "key-b", "ke", nouns.NOW)
    with pytest.raises(Taken):
        await store.accounts.add(BERT, "p", "key-a", "ke", nouns.NOW)
    assert await store.accounts.all() == [ANNA]
    assert await store.accounts.by_key("key-b") is None


# -- Scenarios -----------------------------------------------------------------------------------------------------


def scenario(key: str, default: bool = False, account: int = 1, created_at: int = 1) -> Scenario:
    steps = (ScenarioStep(channel="PUSH", sender="app"), ScenarioStep(channel="SMS"))
    return Scenario(key=key, account=account, name=f"n {key}", steps=steps, default=default, created_at=created_at)


async def test_an_accounts_first_scenario_is_its_default(store: OpenedStore) -> None:
    assert await store.scenarios.add(scenario("A")) == scenario("A", default=True)
    assert await store.scenarios.add(scenario("B")) == scenario("B")
    assert await store.scenarios.default(1) == scenario("A", default=True)
    assert await store.scenarios.default(2) is None


async def test_a_default_one_demotes_the_former(store: OpenedStore) -> None:
    for key in "ABC":
        await store.scenarios.add(scenario(key, default=key == "B", created_at=ord(key)))
    await store.scenarios.add(scenario("Z", account=2))
    assert [each.key for each in await store.scenarios.page(1, True, 10, 0)] == ["B"]
    await store.scenarios.put(scenario("C", default=True, created_at=ord("C")))
    assert [(each.key, each.default) for each in await store.scenarios.page(1, None, 10, 0)] == [
        ("A", False), ("B", False), ("C", True),
    ]  # fmt: skip
    assert (await store.scenarios.default(2)) == scenario("Z", default=True, account=2)


async def test_a_change_made_from_an_old_reading_does_not_unmake_the_default(store: OpenedStore) -> None:
    await store.scenarios.add(scenario("A"))
    await store.scenarios.add(scenario("B"))
    await store.scenarios.put(scenario("B", default=True))
    await store.scenarios.put(replace(scenario("B"), name="renamed by who had read it before"))
    found = await store.scenarios.page(1, True, 10, 0)
    assert [(each.key, each.name) for each in found] == [("B", "renamed by who had read it before")]


async def test_scenarios_created_at_once_leave_exactly_one_default(store: OpenedStore) -> None:
    await store.accounts.add(ANNA, "p", "key-a", "ke", nouns.NOW)
    wishes = [(f"K{n}", n % 2 == 0) for n in range(20)]
    await asyncio.gather(*[store.scenarios.add(scenario(key, default)) for key, default in wishes])
    assert len(await store.scenarios.page(1, True, 100, 0)) == 1
    assert len(await store.scenarios.page(1, False, 100, 0)) == 19


async def test_pages_of_scenarios(store: OpenedStore) -> None:
    for n in range(5):
        await store.scenarios.add(scenario(f"K{n}", created_at=10 - n))
    pages = [[each.key for each in await store.scenarios.page(1, None, 2, page)] for page in range(4)]
    assert pages == [["K4", "K3"], ["K2", "K1"], ["K0"], []]


async def test_a_scenario_is_its_accounts_own(store: OpenedStore) -> None:
    await store.scenarios.add(scenario("A"))
    assert await store.scenarios.one(1, "A") == scenario("A", default=True)
    assert await store.scenarios.one(2, "A") is None
    with pytest.raises(Taken):
        await store.scenarios.add(scenario("A", account=2))


# -- Devices -------------------------------------------------------------------------------------------------------


def device(registration: str, **other: object) -> Device:
    values = {"application": "app", "account": 1, "phone": "411", "token": f"t-{registration}", "created_at": 1}
    return Device(registration=registration, **{**values, **other})


async def test_devices_of_a_person(store: OpenedStore) -> None:
    await store.devices.add(device("r1", primary=True))
    await store.devices.add(device("r2", created_at=2))
    await store.devices.add(device("r3", phone="412"))
    assert await store.devices.of(1, "app", "411") == [device("r1", primary=True), device("r2", created_at=2)]
    assert await store.devices.of(2, "app", "411") == []
    wanted = ["411", "r3", "none", "411"]
    assert await store.devices.tokens(1, "app", wanted) == {"411": ["t-r1", "t-r2"], "r3": ["t-r3"]}
    assert await store.devices.tokens(1, "other", wanted) == {}
    assert await store.devices.tokens(2, "app", wanted) == {}


async def test_a_new_primary_device_demotes_the_former_of_the_same_person_only(store: OpenedStore) -> None:
    for each in (device("r1", primary=True), device("x", account=2, primary=True), device("r2", primary=True)):
        await store.devices.add(each)
    assert [each.primary for each in await store.devices.of(1, "app", "411")] == [False, True]
    assert [each.primary for each in await store.devices.of(2, "app", "411")] == [True]


async def test_a_registration_is_renewed_in_place_and_each_accounts_own(store: OpenedStore) -> None:
    await store.devices.add(device("r1"))
    await store.devices.add(device("r1", token="new", phone="419", platform="ios"))
    assert await store.devices.of(1, "app", "419") == [device("r1", token="new", phone="419", platform="ios")]
    await store.devices.add(device("r1", account=2, phone="419", token="theirs"))
    for account, token in ((1, "new"), (2, "theirs")):
        assert await store.devices.tokens(account, "app", ["r1", "419"]) == {"r1": [token], "419": [token]}
    assert await store.devices.drop(2, "app", "r1")
    assert await store.devices.tokens(1, "app", ["r1"]) == {"r1": ["new"]}


async def test_unregistering(store: OpenedStore) -> None:
    for name in ("r1", "r2", "r3"):
        await store.devices.add(device(name))
    assert not await store.devices.drop(2, "app", "r1")
    assert await store.devices.drop(1, "app", "r1")
    assert not await store.devices.drop(1, "app", "r1")
    await store.devices.drop_token("t-r2")
    assert await store.devices.of(1, "app", "411") == [device("r3")]


# -- Settings ------------------------------------------------------------------------------------------------------


async def test_what_is_decided_once_stays(store: OpenedStore) -> None:
    values = await asyncio.gather(*[store.settings.once("key", bytes([n])) for n in range(5)])
    assert len(set(values)) == 1
    assert await store.settings.once("other", b"x") == b"x"
