"""Requests made of the OpenAPI document, right and wrong ones, against a served OMNI over a real store."""

import asyncio
import base64
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, settings
from schemathesis.checks import CheckFunction, negative_data_rejection, positive_data_acceptance
from starlette.applications import Starlette

from omnibound.bootstrap import running
from omnibound.config import Config
from omnibound.dialects import infobip_omni
from omnibound.dialects.infobip_omni.openapi import described
from omnibound.domain.ids import Mint
from omnibound.services.keep_accounts import Accounts
from tests.dialects.conftest import ALADDIN

pytestmark = [pytest.mark.slow, pytest.mark.time_limit(120)]

EXAMPLES = 4
BASIC = "Basic " + base64.b64encode(f"{ALADDIN['username']}:{ALADDIN['password']}".encode()).decode()

# What fits its type may be refused all the same (400: a scenario that is made up, a date that is none), and what does
# not may be taken: unknown members are ignored, and flags, empty filters and nulls read as leniently as clients write.
EXCLUDED: list[CheckFunction] = [positive_data_acceptance, negative_data_rejection]


class Served:
    """OMNI on a port of its own, in a thread: the requests of schemathesis block."""

    def __init__(self, data: Path) -> None:
        self._config = Config(data=str(data), sections={"omni": {"throttles": False}})
        self.server: uvicorn.Server | None = None

    async def serve(self) -> None:
        async with running(self._config) as parts:
            await Accounts(parts.store.accounts, Mint(1), lambda: 1).add("Aladdin", **ALADDIN)
            app = Starlette(routes=infobip_omni.routes(parts.services, infobip_omni.OmniSettings(throttles=False)))
            self.server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="off"))
            await self.server.serve()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where it is."""
    served = Served(tmp_path_factory.mktemp("omni"))
    thread = Thread(target=asyncio.run, args=(served.serve(),))
    thread.start()
    while thread.is_alive() and not (served.server and served.server.started):
        thread.join(0.01)
    assert served.server is not None
    port = served.server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    served.server.should_exit = True
    thread.join()


schema = schemathesis.openapi.from_dict(described())


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
def test_every_request_is_answered_as_the_document_says(case: schemathesis.Case, served: str) -> None:
    operation = case.operation
    headers = {} if "auth/1/session" in operation.path else {"Authorization": BASIC}
    case.call_and_validate(served, headers=headers, excluded_checks=EXCLUDED)
