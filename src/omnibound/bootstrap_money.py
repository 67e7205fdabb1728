"""Routes, prices and what accounts may send, put together; a part of `bootstrap`."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from omnibound.config import Config
from omnibound.domain.errors import Invalid, Unavailable
from omnibound.domain.flow import DAY
from omnibound.domain.ids import Mint
from omnibound.domain.message import Message
from omnibound.domain.routing import Plan, check
from omnibound.engine.worker import Worker
from omnibound.ports import Channel, Store
from omnibound.services.admit_people import Admission
from omnibound.services.explain_routes import ExplainRoutes
from omnibound.services.keep_balances import Balances, Portions
from omnibound.services.keep_prices import Prices
from omnibound.services.price_deliveries import Pricing, SettleMoney
from omnibound.store.errors import StoreError

LOOK_S: Final = 1.0
"""How soon what the command line or another node changes is heeded."""

SWEEP_EVERY: Final = 10
_log = logging.getLogger("omnibound.money")


def plan_of(config: Config, channels: Sequence[Channel]) -> Plan:
    """The routes of a configuration. Raises Invalid for one that no connector can follow."""
    routes = [table.route for table in config.routes]
    words = check(routes, {channel.name: channel.channel for channel in channels})
    if words:
        raise Invalid(f"configuration: {words}", "routes")
    return Plan(routes)


class Money:
    """What a server knows of prices and purses. It is kept fresh from `start` to `stop`."""

    def __init__(
        self, config: Config, store: Store, worker: Worker, node: int, mint: Mint, clock: Callable[[], int]
    ) -> None:
        self._store = store
        self.worker = worker
        self._names: Mapping[int, str] = {}
        self._task: asyncio.Task[None] | None = None
        self._looks = 0
        self.prices = prices_of(config, store, mint, clock)
        self.balances = Balances(store.balances, store.accounts, clock)
        self.portions = Portions(store.balances, node, clock)
        self.pricing = Pricing(self.prices, store.calls)
        self.admission = Admission(self.portions, self.prices, self._parts, clock)
        self._settle = SettleMoney(self.prices, self.portions, lambda: self._names, self._parts)
        self._refunds = config.money.refund
        switching = worker.routes.switching
        switching.cost = self.prices.cost
        self.routes = ExplainRoutes(lambda: switching.plan, worker.routes.is_up, switching.condition, self.prices)
        switching.follow(plan_of(config, worker.connectors), config.routing.limits)

    def _parts(self, channel: str, message: Message) -> int:
        """As the first connector of a channel cuts it."""
        return next((sender.channel.parts(message) for sender in self.worker.routes.senders(channel)), 1)

    async def start(self) -> None:
        """Know everything before anything is sent, and keep knowing it."""
        await self._look()
        self._task = asyncio.get_running_loop().create_task(self._run(), name="money")

    async def stop(self) -> None:
        """Nothing is sent any more: what is left of portions goes back."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        try:
            await self.portions.close()
        except (StoreError, Unavailable) as error:
            _log.error("%s: what is left of portions is given back by the next start", error)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            try:
                await self._look()
            except (StoreError, Unavailable) as error:
                _log.warning("prices and balances are as they were: %s", error)
            except Exception:  # noqa: BLE001 - the next look may see more
                _log.exception("looking at prices and balances stumbled")

    async def _look(self) -> None:
        await self.prices.refresh()
        await self.portions.refresh()
        switching = self.worker.routes.switching
        if switching.plan.by_account or not self.prices.empty:
            self._names = {account.id: account.name for account in await self._store.accounts.all()}
            switching.know(self._names)
        self.worker.receiver.money = self._settle if self._refunds and self.portions.prepaid else None
        if self._looks % SWEEP_EVERY == 0:
            await self.portions.sweep(self._alive)
        self._looks += 1

    async def _alive(self) -> Sequence[int]:
        return (await self._store.nodes.sight()).alive()


def prices_of(config: Config, store: Store, mint: Mint, clock: Callable[[], int]) -> Prices:
    """Price lists, kept as long as deliveries are."""
    return Prices(store.prices, mint, clock, keep=int((config.retention.delivery_days + 3) * DAY))
