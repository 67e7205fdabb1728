"""What a dialect's truth files are driven over: the real services on a real database."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from omnibound.bootstrap import Running, running
from omnibound.config import Config
from omnibound.domain.ids import Mint
from omnibound.services.base import Services
from omnibound.services.keep_accounts import Accounts

ALADDIN = {"username": "Aladdin", "password": "open sesame", "api_key": "003026bbc133714df1834b8638bb496e-8f4b3d9a"}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Running]:
    """A fresh server with the account Aladdin (password `open sesame`) and lists of people of it and of another."""
    async with running(Config(data=str(tmp_path), sections={"omni": {"throttles": False}})) as parts:
        accounts = Accounts(parts.store.accounts, Mint(1), lambda: 1)
        await accounts.add("Aladdin", **ALADDIN)
        await accounts.add("Jafar", username="Jafar")
        aladdin, jafar = await parts.store.accounts.all()
        for account, name in ((aladdin, "Customers"), (aladdin, "Staff"), (jafar, "Private")):
            await parts.services.people.create(account, name, name.upper())
        yield parts


@pytest.fixture
def services(house: Running) -> Services:
    """Its services."""
    return house.services
