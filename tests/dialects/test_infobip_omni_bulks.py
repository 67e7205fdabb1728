"""Bulks over OMNI, beside the truth files: what is refused leaves nothing behind, and whose key may do what."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette

from omnibound.bootstrap import Running, now_us
from omnibound.dialects import infobip_omni
from omnibound.dialects.infobip_omni.bulks import STATES, read_send_at
from omnibound.dialects.infobip_omni.errors import BadRequest
from omnibound.dialects.infobip_omni.meanings import code_of
from omnibound.dialects.infobip_omni.schemas import BulkIn
from omnibound.domain.access import Limits
from omnibound.domain.bulk import State, Target
from omnibound.domain.flow import HOUR
from omnibound.domain.status import Reason
from omnibound.store.opened import OpenedStore
from omnibound.store.queries import plain
from omnibound.wire.dates import write_date
from tests.asgi import Answer, call

pytestmark = pytest.mark.anyio

SOON = write_date(now_us() + HOUR)
ALADDIN = {"Authorization": "App 003026bbc133714df1834b8638bb496e-8f4b3d9a", "Content-Type": "application/json"}


class Caller:
    def __init__(self, house: Running) -> None:
        self.house = house
        self.app = Starlette(routes=infobip_omni.routes(house.services, infobip_omni.OmniSettings()))

    async def ask(self, method: str, path: str, body: Any = None, headers: dict[str, str] = ALADDIN) -> Answer:
        return await call(self.app, method, path, headers, b"" if body is None else msgspec.json.encode(body))

    async def rows(self) -> list[int]:
        tables = ("stops", "live", "events", "outcomes")
        store = self.house.store
        assert isinstance(store, OpenedStore)
        return [(await store.db.rows(plain(f"SELECT count(*) FROM {name}")))[0][0] for name in tables]


@pytest.fixture
async def caller(house: Running) -> Caller:
    made = Caller(house)
    flow = [{"from": "InfoSMS", "channel": "SMS"}]
    await made.ask("POST", "/omni/1/scenarios", {"name": "SMS", "flow": flow, "default": True})
    sent = await made.ask(
        "POST",
        "/omni/1/advanced",
        {
            "bulkId": "a b/+é",
            "destinations": [{"to": {"phoneNumber": "41793026731"}}],
            "sms": {"text": "x"},
            "sendAt": SOON,
        },
    )
    assert sent.status == 200
    return made


def test_every_state_has_a_word() -> None:
    assert set(STATES) == set(State)
    assert len(set(STATES.values())) == len(STATES)


def test_a_cancelled_delivery_is_told_as_not_sent_by_its_sender_s_will() -> None:
    assert [code_of(Reason.CANCELLED, channel) for channel in ("SMS", "PUSH", "VOICE")] == [
        (31, 4100),
        (31, 4100),
        (98, 4100),
    ]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/sms/1/bulks?bulkId=x", {"sendAt": SOON}),
        ("/sms/1/bulks?bulkId=a%20b%2F%2B%C3%A9", {"sendAt": "2016-12-02T00:00:00.000+0000"}),
        ("/sms/1/bulks?bulkId=a%20b%2F%2B%C3%A9", {"sendAt": "nonsense"}),
        ("/sms/1/bulks/status?bulkId=a%20b%2F%2B%C3%A9", {"status": "nonsense"}),
        ("/sms/1/bulks/status?bulkId=", {"status": "CANCELED"}),
        ("/sms/1/bulks/status?bulkId=x", {"status": "CANCELED"}),
    ],
)
async def test_what_is_refused_leaves_nothing_behind(caller: Caller, path: str, body: dict[str, str]) -> None:
    before = await caller.rows()
    assert (await caller.ask("PUT", path, body)).status in (400, 404)
    assert (await caller.rows(), before[0]) == (before, 0)


async def test_any_bulk_id_works(caller: Caller) -> None:
    path = "/sms/1/bulks/status?bulkId=a%20b%2F%2B%C3%A9"
    answer = await caller.ask("PUT", path, {"status": "PAUSED"})
    assert answer.json() == {"bulkId": "a b/+é", "status": "PAUSED"}


@pytest.mark.parametrize("path", ["/sms/1/bulks", "/sms/1/bulks/status", "/omni/1/bulks", "/omni/1/bulks/status"])
@pytest.mark.parametrize("method", ["GET", "PUT"])
async def test_a_key_needs_the_right_to_send(caller: Caller, path: str, method: str) -> None:
    account, *_ = await caller.house.store.accounts.all()
    scopes = {"omni-failover:logs:read": 403, "message:send": 400}
    for scope, status in scopes.items():
        _, secret = await caller.house.services.keys.create(account, scope, Limits(scopes=(scope,)), True)
        headers = {**ALADDIN, "Authorization": f"App {secret}"}
        assert (await caller.ask(method, path, {}, headers)).status == status


async def test_accounts_have_their_own(caller: Caller) -> None:
    _, jafar = await caller.house.store.accounts.all()
    assert await caller.house.store.bulks.newest(Target(jafar.id, "a b/+é")) is None


@given(st.text(max_size=40))
def test_any_text_is_a_date_or_refused(text: str) -> None:
    faults: list[str] = []
    try:
        read_send_at(BulkIn(send_at=text))
    except BadRequest as error:
        faults = list(error.faults)
    assert faults in ([], ["sendAt"])
