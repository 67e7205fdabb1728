"""Scenarios: create, change in part, read. Exactly one of an account's scenarios is its default."""

import asyncio
from collections import deque
from collections.abc import Callable
from secrets import token_hex

from msgspec.structs import replace

from omnibound.domain.account import Account
from omnibound.domain.errors import NotDefault, NotFound, Throttled
from omnibound.domain.flow import SECOND
from omnibound.domain.scenario import Scenario, ScenarioStep
from omnibound.ports import ScenarioStore

Limit = tuple[int, int]
"""How many times in how many seconds."""

REMEMBERED_AT_MOST = 10_000


class Throttle:
    """Counts an account's calls in a sliding window."""

    def __init__(self, limit: Limit | None, clock: Callable[[], int]) -> None:
        self._limit = limit
        self._clock = clock
        self._calls: dict[int, deque[int]] = {}

    def check(self, account: int) -> None:
        """Count a call. Raises Throttled when the window is full."""
        if self._limit is None:
            return
        count, seconds = self._limit
        now = self._clock()
        calls = self._calls.setdefault(account, deque())
        while calls and calls[0] <= now - seconds * SECOND:
            calls.popleft()
        if len(calls) >= count:
            wait = -(-(calls[0] + seconds * SECOND - now) // SECOND)
            raise Throttled(f"at most {count} calls in {seconds} seconds", max(1, wait))
        calls.append(now)


class Scenarios:
    """What a client may do with its scenarios."""

    def __init__(
        self,
        scenarios: ScenarioStore,
        clock: Callable[[], int],
        create_limit: Limit | None = None,
        update_limit: Limit | None = None,
    ) -> None:
        self._store = scenarios
        self._clock = clock
        self._creates = Throttle(create_limit, clock)
        self._updates = Throttle(update_limit, clock)
        self._kept: dict[tuple[int, str], Scenario] = {}
        self._changing = asyncio.Lock()

    async def create(self, account: Account, name: str, steps: tuple[ScenarioStep, ...], default: bool) -> Scenario:
        """Store a new one. An account's first is its default whatever it says."""
        self._creates.check(account.id)
        key = token_hex(16).upper()
        scenario = Scenario(
            key=key, account=account.id, name=name, steps=steps, default=default, created_at=self._clock()
        )
        kept = await self._store.add(scenario)
        self._kept.clear()
        return kept

    async def update(
        self,
        account: Account,
        key: str,
        name: str | None = None,
        steps: tuple[ScenarioStep, ...] | None = None,
        default: bool | None = None,
    ) -> Scenario:
        """Change what is not None. Raises NotFound, and NotDefault for unmaking the default one."""
        self._updates.check(account.id)
        async with self._changing:
            # One at a time: a change in part must not bring back what another has just changed.
            old = await self.get(account, key)
            if old.default and default is False:
                raise NotDefault("Exactly one scenario must be default.", "default")
            new = replace(
                old,
                name=old.name if name is None else name,
                steps=old.steps if steps is None else steps,
                default=old.default if default is None else default,
            )
            await self._store.put(new)
        self._kept.clear()
        return new

    async def get(self, account: Account, key: str) -> Scenario:
        """By its key. Raises NotFound."""
        scenario = await self._store.one(account.id, key)
        if scenario is None:
            raise NotFound(f"no scenario has the key {key}", "key")
        return scenario

    async def list(self, account: Account, default: bool | None, limit: int, page: int) -> list[Scenario]:
        """A zero-based page."""
        return await self._store.page(account.id, default, limit, page)

    async def for_sending(self, account: Account, key: str) -> Scenario:
        """The one with this key, or for an empty key the default one; remembered. Raises NotFound."""
        kept = self._kept.get((account.id, key))
        if kept is None:
            kept = await (self.get(account, key) if key else self._default(account))
            if len(self._kept) >= REMEMBERED_AT_MOST:
                self._kept.clear()
            self._kept[account.id, key] = kept
        return kept

    def forget(self) -> None:
        """Scenarios may have been changed by another process: read them again."""
        self._kept.clear()

    async def _default(self, account: Account) -> Scenario:
        scenario = await self._store.default(account.id)
        if scenario is None:
            raise NotFound("the account has no default scenario: create one, or name one", "scenarioKey")
        return scenario
