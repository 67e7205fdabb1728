"""What a dialect's truth files are driven over. They know nothing of what stands behind `services`."""

from collections.abc import AsyncIterator

import pytest

from omnibound.services.base import Services
from tests.dialects.stand_in import StandIn


@pytest.fixture
async def services() -> AsyncIterator[Services]:
    """Fresh ones, with the account Aladdin (password `open sesame`) in them."""
    yield StandIn().services
