"""An opened store: one module a noun over one database."""

import asyncio
from pathlib import Path

from omnibound.domain.changes import Changes
from omnibound.ports import (
    AccountStore,
    DeliveryStore,
    DeviceStore,
    InboundStore,
    PushStore,
    ReceiptStore,
    ReportStore,
    RetentionStore,
    ScenarioStore,
    SettingStore,
)
from omnibound.store.accounts import StoredAccounts
from omnibound.store.database import Database
from omnibound.store.deliveries import StoredDeliveries
from omnibound.store.devices import StoredDevices
from omnibound.store.inbound import StoredInbound, StoredSettings
from omnibound.store.pushes import StoredPushes
from omnibound.store.receipts import StoredReceipts
from omnibound.store.reports import StoredReports
from omnibound.store.retention import StoredRetention
from omnibound.store.scenarios import StoredScenarios
from omnibound.store.sqlite import Sqlite, migrate

FILE = "omnibound.sqlite3"


class OpenedStore:
    """See `ports.Store`."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.accounts: AccountStore = StoredAccounts(db)
        self.scenarios: ScenarioStore = StoredScenarios(db)
        deliveries = StoredDeliveries(db)
        self.deliveries: DeliveryStore = deliveries
        self.receipts: ReceiptStore = StoredReceipts(db)
        self.reports: ReportStore = StoredReports(db)
        self.pushes: PushStore = StoredPushes(db)
        self.devices: DeviceStore = StoredDevices(db)
        self.inbound: InboundStore = StoredInbound(db)
        self.retention: RetentionStore = StoredRetention(db, deliveries.forget_messages)
        self.settings: SettingStore = StoredSettings(db)

    def record(self, changes: Changes) -> "asyncio.Future[None]":
        """Commit with the next group."""
        return self.db.record(changes)

    async def close(self) -> None:
        """Commit what was handed in and close."""
        await self.db.close()


def open_store(data: Path) -> OpenedStore:
    """The SQLite store in a data folder, brought to the newest shape. Call it in a running event loop."""
    path = data / FILE
    migrate(path)
    return OpenedStore(Sqlite(path, asyncio.get_running_loop()))
