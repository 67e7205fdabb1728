"""Accounts: opened, changed, and remembered for a few seconds."""

import pytest

from omnibound.domain.errors import Invalid, NotFound
from omnibound.services.keep_accounts import LOOKED_UP_AGAIN, KnownAccounts
from tests.services.conftest import House

pytestmark = pytest.mark.anyio


async def test_the_codes_of_its_calls(house: House) -> None:
    await house.accounts.add("anna")
    made = await house.accounts.add("bert", voice_codes="100xx")
    assert (await house.sign_in.key(made.api_key)).voice_codes == "100xx"
    assert [each.voice_codes for each in await house.store.accounts.all()] == ["50xx", "100xx"]
    assert (await house.accounts.change("bert", voice_codes="50xx")).voice_codes == "50xx"
    assert (await house.sign_in.key(made.api_key)).voice_codes == "50xx"


async def test_what_there_is_not(house: House) -> None:
    with pytest.raises(Invalid, match="must be one of 50xx, 100xx"):
        await house.accounts.add("anna", voice_codes="60xx")
    assert await house.store.accounts.all() == []
    await house.accounts.add("anna")
    with pytest.raises(Invalid, match="must be one of 50xx, 100xx"):
        await house.accounts.change("anna", voice_codes="")
    with pytest.raises(NotFound, match="no account is named bert"):
        await house.accounts.change("bert", voice_codes="50xx")


async def test_changes_are_seen_after_a_few_seconds(house: House) -> None:
    known = KnownAccounts(house.store.accounts, house.clock)
    anna = await house.account("anna")
    assert await known.one(anna.id) == anna
    changed = await house.accounts.change("anna", voice_codes="100xx")
    assert await known.one(anna.id) == anna
    house.clock.now += LOOKED_UP_AGAIN + 1
    assert await known.one(anna.id) == changed
    bert = await house.account("bert")
    assert await known.one(bert.id) == bert
    with pytest.raises(KeyError):
        await known.one(7)
