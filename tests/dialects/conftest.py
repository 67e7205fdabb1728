"""What a dialect's truth files are driven over: the real services on a real database."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from omnibound.bootstrap import running
from omnibound.config import Config
from omnibound.domain.ids import Mint
from omnibound.services.base import Services
from omnibound.services.keep_accounts import Accounts

ALADDIN = {"username": "Aladdin", "password": "open sesame", "api_key": "003026bbc133714df1834b8638bb496e-8f4b3d9a"}


@pytest.fixture
async def services(tmp_path: Path) -> AsyncIterator[Services]:
    """Fresh ones, with the account Aladdin (password `open sesame`) in them."""
    async with running(Config(data=str(tmp_path), sections={"omni": {"throttles": False}})) as parts:
        await Accounts(parts.store.accounts, Mint(1), lambda: 1).add("Aladdin", **ALADDIN)
        yield parts.services
