"""Scenarios, stored. Exactly one of an account's scenarios is its default; a unique index holds that."""

import msgspec
from msgspec.structs import replace

from omnibound.domain.node import Setting
from omnibound.domain.scenario import Scenario, ScenarioStep
from omnibound.store.database import Database, Step, Transaction
from omnibound.store.queries import queries
from omnibound.store.revisions import changed

_SQL = queries("reads")
_steps = msgspec.json.Decoder(tuple[ScenarioStep, ...])


class StoredScenarios:
    """See `ports.ScenarioStore`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, scenario: Scenario) -> Scenario:
        async def task(tx: Transaction) -> Scenario:
            await tx.rows(_SQL["lock_account"], account=scenario.account)
            ((count,),) = await tx.rows(_SQL["first_scenario"], account=scenario.account)
            kept = replace(scenario, default=scenario.default or count == 0)
            for query, values in (*_demote(kept), (_SQL["add_scenario"], _values(kept)), changed(Setting.SCENARIOS)):
                await tx.rows(query, **values)
            return kept

        return await self._db.transact(task)

    async def put(self, scenario: Scenario) -> None:
        alone: Step = (_SQL["lock_account"], {"account": scenario.account})
        await self._db.write(
            alone, *_demote(scenario), (_SQL["put_scenario"], _values(scenario)), changed(Setting.SCENARIOS)
        )

    async def one(self, account: int, key: str) -> Scenario | None:
        rows = await self._db.rows(_SQL["scenario"], account=account, key=key)
        return _scenario(*rows[0]) if rows else None

    async def default(self, account: int) -> Scenario | None:
        rows = await self._db.rows(_SQL["default_scenario"], account=account)
        return _scenario(*rows[0]) if rows else None

    async def page(self, account: int, default: bool | None, limit: int, page: int) -> list[Scenario]:
        rows = await self._db.rows(
            _SQL["scenarios"], account=account, is_default=default, limit=limit, offset=limit * page
        )
        return [_scenario(*row) for row in rows]


def _demote(scenario: Scenario) -> list[Step]:
    return [(_SQL["undefault"], {"account": scenario.account})] if scenario.default else []


def _values(scenario: Scenario) -> dict[str, object]:
    return {
        "key": scenario.key,
        "account": scenario.account,
        "name": scenario.name,
        "steps": msgspec.json.encode(scenario.steps).decode(),
        "is_default": scenario.default,
        "created_at": scenario.created_at,
    }


def _scenario(key: str, account: int, name: str, steps: str, default: int, created_at: int) -> Scenario:
    return Scenario(
        key=key, account=account, name=name, steps=_steps.decode(steps), default=bool(default), created_at=created_at
    )
