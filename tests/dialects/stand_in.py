"""Services that keep everything in lists: what a dialect needs to be driven without a store."""

from collections.abc import Sequence
from typing import Any, cast

from msgspec.structs import replace

from omnibound.domain.account import Account
from omnibound.domain.errors import Invalid, NotDefault, NotFound, Unauthorized
from omnibound.domain.message import address_for
from omnibound.domain.order import Order, Person, Placed, PlacedRow, Report
from omnibound.domain.scenario import Scenario, ScenarioStep
from omnibound.domain.status import Reason
from omnibound.services.base import Services

ALADDIN = Account(id=1, name="Aladdin", username="Aladdin")
JAFAR = Account(id=2, name="Jafar", username="Jafar")
PASSWORDS = {("Aladdin", "open sesame"): ALADDIN, ("Jafar", "lamp:oil"): JAFAR}
API_KEYS = {"003026bbc133714df1834b8638bb496e-8f4b3d9a-e931-478d-a994-28a725159ab9": ALADDIN}


class SignInStandIn:
    def __init__(self) -> None:
        self.memory: dict[str, Account] = {}
        self.checks = 0

    async def basic(self, username: str, password: str) -> Account:
        self.checks += 1
        if (username, password) not in PASSWORDS:
            raise Unauthorized("wrong user name or password")
        return PASSWORDS[username, password]

    async def key(self, raw: str) -> Account:
        self.checks += 1
        if raw not in API_KEYS:
            raise Unauthorized("wrong key")
        return API_KEYS[raw]

    async def token(self, kind: str, token: str) -> Account:
        self.checks += 1
        raise Unauthorized(f"no such session: {kind} {token}")

    def remembered(self, header: str) -> Account | None:
        return self.memory.get(header)

    def remember(self, header: str, account: Account) -> None:
        self.memory[header] = account


class ScenariosStandIn:
    def __init__(self) -> None:
        self.kept: dict[str, Scenario] = {}

    async def create(self, account: Account, name: str, steps: tuple[ScenarioStep, ...], default: bool) -> Scenario:
        mine = [scenario for scenario in self.kept.values() if scenario.account == account.id]
        key = f"{len(self.kept) + 1:032X}"
        scenario = Scenario(key=key, account=account.id, name=name, steps=steps, default=False, created_at=0)
        self.kept[key] = scenario
        return self._make_default(scenario) if default or not mine else scenario

    async def update(
        self,
        account: Account,
        key: str,
        name: str | None,
        steps: tuple[ScenarioStep, ...] | None,
        default: bool | None,
    ) -> Scenario:
        scenario = await self.get(account, key)
        if scenario.default and default is False:
            raise NotDefault("Exactly one scenario must be default.", "default")
        self.kept[key] = replace(scenario, name=name or scenario.name, steps=steps or scenario.steps)
        return self._make_default(self.kept[key]) if default else self.kept[key]

    async def get(self, account: Account, key: str) -> Scenario:
        scenario = self.kept.get(key)
        if scenario is None or scenario.account != account.id:
            raise NotFound("no such scenario", "key")
        return scenario

    async def list(self, account: Account, default: bool | None, limit: int, page: int) -> Sequence[Scenario]:
        mine = [s for s in self.kept.values() if s.account == account.id and default in (None, s.default)]
        return mine[page * limit : (page + 1) * limit]

    async def for_sending(self, account: Account, key: str) -> Scenario:
        found = await self.get(account, key) if key else self.default_of(account)
        if found is None:
            raise NotFound("no such scenario", "scenarioKey")
        return found

    def default_of(self, account: Account) -> Scenario | None:
        return next((s for s in self.kept.values() if s.account == account.id and s.default), None)

    def _make_default(self, scenario: Scenario) -> Scenario:
        for other in self.kept.values():
            if other.account == scenario.account:
                self.kept[other.key] = replace(other, default=other.key == scenario.key)
        return self.kept[scenario.key]


class SendStandIn:
    """Takes whom a step of the scenario can reach with what the order says."""

    def __init__(self, scenarios: ScenariosStandIn) -> None:
        self._scenarios = scenarios
        self.orders: list[Order] = []
        self.error: Exception | None = None

    async def __call__(self, account: Account, order: Order) -> Placed:
        if self.error:
            raise self.error
        scenario = await self._scenario(account, order)
        self.orders.append(order)
        usable = [step.channel for step in scenario.steps if step.channel in order.content]
        rows = [self._row(person, number, usable) for number, person in enumerate(order.people)]
        bulk = order.bulk or "2034072219640523072"
        return Placed(bulk=bulk, own_bulk=bool(order.bulk), scheduled=bool(order.send_at), rows=rows)

    async def _scenario(self, account: Account, order: Order) -> Scenario:
        if order.scenario:
            try:
                return await self._scenarios.get(account, order.scenario)
            except NotFound as error:
                raise NotFound("no such scenario", "scenarioKey") from error
        default = self._scenarios.default_of(account)
        if default is None:
            raise Invalid("there is no default scenario", "scenarioKey")
        return default

    def _row(self, person: Person, number: int, usable: list[str]) -> PlacedRow:
        reached = any(address_for(channel, person.to) for channel in usable)
        refused = person.fault or (None if reached else Reason.NO_ADDRESS if usable else Reason.NO_CONTENT)
        message_id = person.ref or f"efcd006b-af37-40e1-9984-{number:012x}"
        return PlacedRow(message_id, person.to, refused)


class ReportsStandIn:
    def __init__(self) -> None:
        self.waiting: list[Report] = []

    async def take(self, account: Account, *, bulk: str, message_id: str, channel: str, limit: int) -> list[Report]:
        taken = [
            report
            for report in self.waiting
            if report.outcome.account == account.id
            and bulk in ("", report.bulk)
            and message_id in ("", report.message_id)
            and channel in ("", report.channel)
        ][:limit]
        self.waiting = [report for report in self.waiting if report not in taken]
        return taken


class StandIn:
    """The same things twice: as `Services`, and to be looked into."""

    def __init__(self) -> None:
        self.sign_in = SignInStandIn()
        self.scenarios = ScenariosStandIn()
        self.send = SendStandIn(self.scenarios)
        self.reports = ReportsStandIn()

    @property
    def services(self) -> Services:
        given = {name: getattr(self, name, None) for name in Services._fields}
        return Services(**cast("Any", given))
