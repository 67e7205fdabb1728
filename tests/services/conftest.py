"""The services over a real store, with a clock that the test moves and an engine that only remembers."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from omnibound.domain.account import Account
from omnibound.domain.flow import DAY
from omnibound.domain.ids import Mint
from omnibound.domain.live import Live
from omnibound.domain.message import Addresses, Content, Delivery, Message
from omnibound.domain.order import Order, Person, Placed
from omnibound.domain.scenario import ScenarioStep
from omnibound.domain.status import Reason
from omnibound.services.admit_people import Admission
from omnibound.services.check_spoken import CheckSpoken
from omnibound.services.engine import Engine
from omnibound.services.keep_accounts import Accounts
from omnibound.services.keep_balances import Portions
from omnibound.services.keep_devices import Devices
from omnibound.services.keep_numbers import Numbers
from omnibound.services.keep_prices import Prices
from omnibound.services.keep_scenarios import Scenarios
from omnibound.services.message_ids import MessageIds
from omnibound.services.read_deliveries import Deliveries
from omnibound.services.read_inbound import Inbounds
from omnibound.services.read_reports import Reports
from omnibound.services.send_messages import Checks, SendMessages, Timing
from omnibound.services.sign_in import SignIn
from omnibound.store.opened import OpenedStore, open_store
from omnibound.store.queries import plain

START = 20_000 * DAY + 12 * 3600 * 1_000_000
NODE = 99


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> int:
        return self.now


def parts_of(_channel: str, message: Message) -> int:
    """As many as the order says."""
    return message.extras.get("parts", 1)


class House:
    """All services, what the engine was told, and short ways to ask."""

    def __init__(self, store: OpenedStore, **timing: Any) -> None:
        self.store = store
        self.clock = Clock()
        self.mint = Mint(0)
        self.ids = MessageIds(b"k" * 16)
        self.room = 1_000_000
        self.admitted: list[int] = []
        self.born: list[tuple[Message, Sequence[Delivery], Sequence[Live], int]] = []
        engine = Engine(
            admit=self.admitted.append,
            owner_for=lambda _account, _cls, count, _channel: (NODE, min(count, self.room)),
            on_born=lambda *born: self.born.append(born),
        )
        spoken = CheckSpoken(store.announcements, {"v": "en"})
        self.scenarios = Scenarios(store.scenarios, self.clock, (3, 60), (2, 60))
        self.portions = Portions(store.balances, NODE, self.clock)
        self.prices = Prices(store.prices, self.mint, self.clock)
        admission = Admission(self.portions, self.prices, parts_of, self.clock)
        parts = (self.mint, self.clock, Timing(**timing), engine, Checks(spoken, admission))
        self.send = SendMessages(store, self.scenarios, self.ids, *parts)
        self.reports = Reports(store.reports, store.deliveries, self.ids, self.clock)
        self.deliveries = Deliveries(store.deliveries, self.reports, self.ids)
        self.inbound = Inbounds(store.inbound, self.ids)
        formats = {"first": "f.json", "native": ""}
        self.numbers = Numbers(store.numbers, store.accounts, formats, self.mint, self.clock)
        self.devices = Devices(store.devices, self.clock)
        self.sign_in = SignIn(store.accounts, self.clock)
        self.accounts = Accounts(store.accounts, self.mint, self.clock)

    async def account(self, name: str = "anna", *channels: str) -> Account:
        made = await self.accounts.add(name)
        account = await self.sign_in.key(made.api_key)
        steps = tuple(ScenarioStep(channel=each, sender=f"from-{each}") for each in channels or ("PUSH", "SMS"))
        await self.scenarios.create(account, "default", steps, True)
        return account

    async def place(self, account: Account, people: list[Person], **wishes: Any) -> Placed:
        content = {"PUSH": Content(text="push"), "SMS": Content(text="sms")}
        return await self.send(account, Order(people=people, **{"content": content, **wishes}))

    async def counts(self) -> dict[str, int]:
        """How many rows each table has."""
        tables = ("messages", "deliveries", "live", "outcomes", "reports", "refs")

        return {table: (await self.store.db.rows(plain(f"SELECT count(*) FROM {table}")))[0][0] for table in tables}


def person(phone: str = "41790000001", ref: str = "", fault: Reason | None = None, **to: Any) -> Person:
    return Person(to=Addresses(phone=phone, **to), ref=ref, fault=fault)


def people(count: int) -> list[Person]:
    return [person(str(41_790_000_000 + n)) for n in range(count)]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[OpenedStore]:
    opened = open_store(tmp_path)
    yield opened
    await opened.close()


@pytest.fixture
async def house(store: OpenedStore) -> House:
    return House(store)
