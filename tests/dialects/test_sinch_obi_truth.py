"""The vendor's own examples and our choices: requests verbatim, whole answers; ids and dates that are ours by shape."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from starlette.applications import Starlette

from omnibound.bootstrap import Running, running
from omnibound.config import Config
from omnibound.dialects import sinch_obi
from omnibound.dialects.sinch_obi.writing import uuid_form
from omnibound.domain.access import ApiKey, Limits
from omnibound.domain.action import Speech
from omnibound.domain.calendar import NEVER, Calendar
from omnibound.domain.call import Call
from omnibound.domain.campaign import Campaign, Kind, State
from omnibound.domain.changes import Changes
from omnibound.domain.ids import Mint
from omnibound.domain.member import UNRANKED, Member, Mode, Progress, Stand, Traits
from omnibound.domain.outbound import Dialer, Queue, Script
from omnibound.domain.parts import PARTS
from omnibound.domain.status import Reason
from omnibound.services.keep_accounts import Accounts
from omnibound.services.sign_in import secret_hash
from omnibound.web import with_all_below
from omnibound.wire.dates import read_date
from tests import postgres
from tests.asgi import Answer, call
from tests.postgres import postgres_database as postgres_database
from tests.postgres import postgres_server as postgres_server

pytestmark = pytest.mark.anyio

CASES = Path(__file__).parent.parent / "cases" / "sinch_obi"
NAMES = sorted(path.stem for path in CASES.glob("*.json"))
TEST, PREVIEW, EMPTY = "8A7C98EAF1164F2FAA93B98EECB95D76", "62718C7889CC44F7B944C1A6F6BE9B7F", "E" * 32
FINISHED, EXPIRED, WAITING, IVR, PLAIN = "F" * 32, "D" * 32, "A" * 32, "B" * 32, "C" * 32
DIALER, QUEUE, SCRIPT = "88B8B41C99E6484A94F402EA5E465FC5", "63AA93F493A54C5A8597FCFA670B2382", "5" * 32
NOW = read_date("2020-12-01T00:00:00Z")
SHAPES = {
    "<id>": r"[0-9A-F]{32}", "<date>": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z", "<text>": r"(?s).+",
}  # fmt: skip

AGENTS = {"kind": Kind.QUEUE, "queue": QUEUE, "dialer": DIALER, "script": SCRIPT}
CAMPAIGNS = (
    Campaign(
        id=TEST, account=0, name="Test Campaign", created_at=read_date("2020-09-25T07:07:50.243Z"),
        not_before=read_date("2020-12-20T22:00:00Z"), end_at=read_date("2021-02-20T22:00:00Z"),
        calendar=Calendar(zone="Europe/Berlin"), **AGENTS,
    ),
    Campaign(
        id=PREVIEW, account=0, name="Test Preview Campaign", created_at=read_date("2019-09-25T07:07:50.243Z"),
        mode=Mode.PREVIEW, state=State.STARTED, **AGENTS,
    ),
    Campaign(id=EMPTY, account=0, name="Empty", created_at=read_date("2020-10-01T00:00:00Z"), **AGENTS),
    Campaign(id=FINISHED, account=0, name="Finished", created_at=NOW, state=State.FINISHED, **AGENTS),
    Campaign(id=EXPIRED, account=0, name="Expired", created_at=NOW, end_at=NOW - 1, state=State.STARTED, **AGENTS),
    Campaign(id=WAITING, account=0, name="Lacking", created_at=NOW, dialer=DIALER, remarks="has nothing to say"),
    Campaign(
        id=IVR, account=0, name="Press 1", created_at=NOW, kind=Kind.NUMBER, number="+49 30 1234", dialer=DIALER,
        state=State.STARTED, mode=Mode.PROGRESSIVE,
    ),
    Campaign(id=PLAIN, account=0, name="Without a dialer", created_at=NOW, speech=Speech(text="hello")),
)  # fmt: skip


def customer(number: int, campaign: str, **other: Any) -> Member:
    values = {"phone": "0215428754", "external": str(number), "traits": Traits(priority=UNRANKED)}
    return Member(id=number, account=0, campaign=campaign, **{**values, **other})


DONE = {
    "stand": Stand(progress=Progress.HANDLED, closed=True, reason=Reason.SUCCESS), "due_at": NEVER,
    "changed_at": read_date("2020-09-29T12:58:28.393Z"),
}  # fmt: skip
BRANDS = "If you would now buy a new tennis racket, which of the following brands would you prefer?"
VISIT = (
    "Would you be interested to visit our store so we can book an expert to introduce you these rackets in more "
    "details?"
)
UPDATE = (
    "OK. When do you think you are going to update your racket so we can give you an call to discuss what we can "
    "offer at that time?"
)
ANSWERS = ((BRANDS, "Other"), (VISIT, "yes"), (UPDATE, "Within 6 months"))
KATHY = customer(
    10, TEST, traits=Traits(UNRANKED, Mode.PREDICTIVE), answers=ANSWERS,
    custom={
        "City": "New York", "Classification": "Gold", "Address": "StreetAddress10", "First Name": "Kathy",
    },
    **DONE,
)  # fmt: skip
JULIE = customer(
    11, TEST, phone="951254875;951254875", external="7",
    custom={
        "City": "New York", "ExternalId": "7", "Classification": "Gold", "Postcode": "10001", "Company": "HighCom",
        "Address": "StreetAddress7", "First Name": "Julie",
    },
    **DONE,
)  # fmt: skip
BUSY = customer(
    12, IVR, phone="111;222", external="busy", stand=Stand(reason=Reason.BUSY, tries=2, last_number=2),
    due_at=NOW, changed_at=NOW, traits=Traits(3, Mode.PREVIEW, 30, "anna", "Asia/Tokyo"),
)  # fmt: skip
OUT = customer(
    13, IVR, phone="333", external="out", stand=Stand(progress=Progress.FILTERED), due_at=NEVER, changed_at=NOW + 1
)
TIRED = customer(
    14, IVR, phone="444", external="tired", due_at=NEVER, changed_at=NOW + 2,
    stand=Stand(progress=Progress.MAX_CALLS, closed=True, reason=Reason.NO_ANSWER, tries=4, last_number=1),
)  # fmt: skip
CALLS = tuple(
    Call(delivery=12, attempt=attempt, connector="t", reason=reason, ended_at=at, campaign=IVR, agent=agent)
    for attempt, (reason, at, agent) in enumerate(
        (
            (Reason.ABANDONED, NOW - 2, ""), (Reason.BARRED, NOW - 1, ""), (Reason.BUSY, NOW, ""),
            (Reason.HUNG_UP, NOW + 1, "38FFAEA3C2B54CD6BCFBCCF2006C0800"),
        ),
        1,
    )
)  # fmt: skip
PEOPLE = (KATHY, JULIE, BUSY, OUT, TIRED)


@pytest.fixture(params=postgres.ENGINES)
def database(request: pytest.FixtureRequest) -> str:
    """Where the server keeps everything: its searches are other statements on each engine."""
    return request.getfixturevalue("postgres_database") if request.param == "postgres" else "sqlite"


@pytest.fixture
async def house(tmp_path: Path, database: str) -> AsyncIterator[Running]:
    """A server with the seed's dialer, queue and campaigns, others in all states, and another account.

    What a campaign looks like follows from the day on which it is looked at: that is one in December of 2020.
    """
    if database != "sqlite":
        await postgres.emptied(database)
    async with running(Config(data=str(tmp_path), database=database)) as parts:
        accounts = Accounts(parts.store.accounts, Mint(1), lambda: 1)
        await accounts.add("Sinch", username="Sinch", password="open sesame", api_key="sinch-key")
        await accounts.add("Other", api_key="other-key")
        own = (await parts.store.accounts.all())[0]
        limited = ApiKey(
            id="limited", account=own.id, name="limited", enabled=True, limits=Limits(scopes=("message:send",)),
            created_at=1,
        )  # fmt: skip
        await parts.store.accounts.add_key(limited, secret_hash("limited-key"), "limited")
        for kind, part in (
            ("dialer", Dialer(id=DIALER, name="Queue Dialer")), ("queue", Queue(id=QUEUE, name="Test Queue")),
            ("script", Script(id=SCRIPT, name="Tennis Sales Script")),
        ):  # fmt: skip
            await parts.services.parts.add(own, PARTS[kind], part)
        for campaign in CAMPAIGNS:
            await parts.store.campaigns.add(replace(campaign, account=own.id, guid=campaign.id))
        people = [replace(each, account=own.id) for each in (*PEOPLE, *handled())]
        calls = [replace(each, account=own.id) for each in CALLS]
        await parts.store.record(Changes(members=people, calls=calls))
        parts.services.views.now = lambda: NOW
        yield parts


def handled() -> list[Member]:
    """Of each of the seed's campaigns five are handled, and five are not."""
    return [
        customer(first + n, campaign, **(DONE if n < done else {}))
        for first, campaign, number, done in ((100, TEST, 8, 3), (200, PREVIEW, 10, 5))
        for n in range(number)
    ]


@pytest.fixture
def app(house: Running) -> Starlette:
    routes = sinch_obi.routes(house.services, sinch_obi.Settings())
    return Starlette(routes=[with_all_below(route) for route in routes])


def filled(text: str, kept: dict[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda match: kept.get(match[1], match[0]), text)


def like(expected: Any, told: Any, kept: dict[str, str]) -> Any:
    """What is expected, with shapes replaced by what was told where it fits."""
    if isinstance(expected, str):
        shape = SHAPES.get(expected)
        return told if shape and isinstance(told, str) and re.fullmatch(shape, told) else filled(expected, kept)
    if isinstance(expected, dict) and isinstance(told, dict):
        return {name: like(value, told.get(name), kept) for name, value in expected.items()}
    if isinstance(expected, list) and isinstance(told, list) and len(expected) == len(told):
        return [like(one, other, kept) for one, other in zip(expected, told, strict=True)]
    return expected


async def ask(app: Starlette, exchange: dict[str, Any], kept: dict[str, str]) -> Answer:
    body = filled(exchange.get("body", ""), kept)
    headers = {"Authorization": "App sinch-key", **exchange.get("headers", {})}
    sent = {name: value for name, value in headers.items() if value is not None}
    return await call(app, exchange["method"], filled(exchange["target"], kept), sent, body.encode())


def check(exchange: dict[str, Any], answer: Answer, kept: dict[str, str]) -> None:
    assert answer.status == exchange["status"], answer.body
    told_headers = {name: answer.headers.get(name) for name in exchange.get("told", {})}
    assert told_headers == {name: filled(value, kept) for name, value in exchange.get("told", {}).items()}
    if "answer" in exchange:
        told = answer.json()
        assert told == like(exchange["answer"], told, kept)
    else:
        assert re.fullmatch(pattern(filled(exchange["text"], kept)), answer.body.decode()), answer.body.decode()


def pattern(text: str) -> str:
    """A text with `[id]` and `[date]` where any will do."""
    escaped = re.escape(text)
    for name in ("id", "date"):
        escaped = escaped.replace(rf"\[{name}\]", SHAPES[f"<{name}>"])
    return escaped


@pytest.mark.parametrize("name", NAMES)
async def test_exchanges(app: Starlette, name: str) -> None:
    kept: dict[str, str] = {}
    for exchange in json.loads((CASES / f"{name}.json").read_text())["exchanges"]:
        answer = await ask(app, exchange, kept)
        if "keep" in exchange:
            kept[exchange["keep"]] = answer.body.decode()
        check(exchange, answer, kept)


async def test_a_deleted_customer_is_never_called(app: Starlette, house: Running) -> None:
    """Not only hidden: the delivery ends, as what its client has cancelled."""
    customers = f"/RI/obi/campaigns/{EMPTY}/customers"
    headers = {"Authorization": "App sinch-key", "Content-Type": "application/json"}
    made = await call(app, "POST", customers, headers, b'{"numbers": "77"}')
    id_ = house.services.ids.id(uuid_form(made.body.decode()))
    assert id_ is not None
    assert (await call(app, "DELETE", f"{customers}/{made.body.decode()}", headers)).status == 204
    async with asyncio.timeout(20):
        while await house.store.deliveries.live(id_) is not None:
            await house.worker.holds.work()
    (outcome,) = await house.store.deliveries.outcomes(id_)
    assert (outcome.reason, outcome.final) == (Reason.CANCELLED, True)
    assert (await call(app, "GET", customers, headers)).json() == []


async def test_what_an_operator_may_choose(house: Running) -> None:
    chosen = sinch_obi.Settings(default_format="xml", key_header="X-Key", max_customers=2, max_body=200)
    app = Starlette(routes=sinch_obi.routes(house.services, chosen))
    key = {"X-Key": "sinch-key"}
    plain = await call(app, "GET", "/RI/obi/campaigns?name=none", key)
    assert (plain.status, plain.headers["content-type"]) == (200, "application/xml")
    nowhere = await call(app, "GET", "/RI/obi/nothing", {**key, "Accept": "*/*"})
    assert (nowhere.status, nowhere.headers["content-type"]) == (404, "application/xml")
    assert (await call(app, "GET", "/RI/obi/campaigns", {"x-api-key": "sinch-key"})).status == 401
    wanted = {**key, "Accept": "application/json"}
    for body, words in (
        (b'[{"numbers": "77"}, {}, {}]', "a list must not have more than 2 customers"),
        (b" " * 201, "the body is too long: at most 200 bytes are taken"),
    ):
        answer = await call(app, "POST", f"/RI/obi/campaigns/{EMPTY}/customers/list", wanted, body)
        assert (answer.status, answer.json()) == (413, {"statusCode": 413, "error": words})
