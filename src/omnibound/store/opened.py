"""An opened store: one module a noun over one database."""

import asyncio
import time
from pathlib import Path
from urllib.parse import urlsplit

from omnibound.domain.changes import Changes
from omnibound.ports import (
    AccountStore,
    AnnouncementStore,
    BalanceStore,
    BulkStore,
    CallStore,
    CampaignStore,
    DeliveryStore,
    DeviceStore,
    InboundStore,
    LogStore,
    MemberStore,
    NodeStore,
    NumberStore,
    PartStore,
    PeopleStore,
    PriceStore,
    PushStore,
    ReceiptStore,
    ReportStore,
    RetentionStore,
    ScenarioStore,
    SettingStore,
    WebhookStore,
)
from omnibound.ports.store import OnCommit
from omnibound.store import postgres_shape
from omnibound.store.accounts import StoredAccounts
from omnibound.store.announcements import StoredAnnouncements
from omnibound.store.balances import StoredBalances
from omnibound.store.bulks import StoredBulks
from omnibound.store.calls import StoredCalls
from omnibound.store.campaigns import StoredCampaigns
from omnibound.store.database import Database
from omnibound.store.deliveries import StoredDeliveries
from omnibound.store.devices import StoredDevices
from omnibound.store.errors import StoreError
from omnibound.store.inbound import StoredInbound, StoredSettings
from omnibound.store.logs import StoredLogs
from omnibound.store.members import StoredMembers
from omnibound.store.moving import refuse_half_moved
from omnibound.store.nodes import StoredNodes
from omnibound.store.numbers import StoredNumbers
from omnibound.store.parts import StoredParts
from omnibound.store.people import StoredPeople
from omnibound.store.postgres import Postgres, connected
from omnibound.store.postgres_retention import PartedRetention
from omnibound.store.prices import StoredPrices
from omnibound.store.pushes import StoredPushes
from omnibound.store.queries import migrations, plain
from omnibound.store.receipts import StoredReceipts
from omnibound.store.reports import StoredReports
from omnibound.store.retention import StoredRetention
from omnibound.store.scenarios import StoredScenarios
from omnibound.store.sqlite import Sqlite, migrate, schema_version
from omnibound.store.webhooks import StoredWebhooks

FILE = "omnibound.sqlite3"
_NOTHING = plain("SELECT 1")


class OpenedStore:
    """See `ports.Store`."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.accounts: AccountStore = StoredAccounts(db)
        self.scenarios: ScenarioStore = StoredScenarios(db)
        deliveries = StoredDeliveries(db)
        self.deliveries: DeliveryStore = deliveries
        self.bulks: BulkStore = StoredBulks(db, deliveries.forget_messages)
        self.receipts: ReceiptStore = StoredReceipts(db)
        self.reports: ReportStore = StoredReports(db)
        self.pushes: PushStore = StoredPushes(db)
        self.webhooks: WebhookStore = StoredWebhooks(db)
        self.parts: PartStore = StoredParts(db)
        self.devices: DeviceStore = StoredDevices(db)
        self.people: PeopleStore = StoredPeople(db)
        self.announcements: AnnouncementStore = StoredAnnouncements(db)
        self.campaigns: CampaignStore = StoredCampaigns(db, deliveries)
        self.members: MemberStore = StoredMembers(db)
        self.calls: CallStore = StoredCalls(db)
        self.inbound: InboundStore = StoredInbound(db)
        self.numbers: NumberStore = StoredNumbers(db)
        kept = PartedRetention if isinstance(db, Postgres) else StoredRetention
        self.retention: RetentionStore = kept(db, deliveries.forget_messages)
        self.logs: LogStore = StoredLogs(db)
        self.prices: PriceStore = StoredPrices(db)
        self.balances: BalanceStore = StoredBalances(db)
        self.nodes: NodeStore = StoredNodes(db, shared=isinstance(db, Postgres))
        self.settings: SettingStore = StoredSettings(db)

    def record(self, changes: Changes) -> "asyncio.Future[None]":
        """Commit with the next group."""
        return self.db.record(changes)

    def observe(self, on_commit: OnCommit) -> None:
        """Tell this one of every commit."""
        self.db.observe(on_commit)

    def fence(self, incarnation: int) -> None:
        """Write as this node, until another one takes it over."""
        self.db.fence(incarnation)

    async def answers(self, within_s: float) -> bool:
        """Whether the database answers a read in so many seconds."""
        try:
            async with asyncio.timeout(within_s):
                await self.db.rows(_NOTHING)
        except (TimeoutError, StoreError):
            return False
        return True

    async def changed(self, within_s: float) -> None:
        """Wait until another process may have changed something rare."""
        await self.db.changed(within_s)

    def hurry(self, within_s: float) -> None:
        """Wait at most so many seconds more for a database that is away."""
        self.db.hurry(within_s)

    async def close(self) -> None:
        """Commit what was handed in and close."""
        await self.db.close()


def open_store(data: Path) -> OpenedStore:
    """The SQLite store in a data folder, brought to the newest shape. Call it in a running event loop."""
    path = data / FILE
    refuse_half_moved(path)
    migrate(path)
    return OpenedStore(Sqlite(path, asyncio.get_running_loop()))


async def open_postgres(url: str) -> OpenedStore:
    """The store in a PostgreSQL database, brought to the newest shape. Raises StoreError."""
    await postgres_shape.migrate(url)
    db = await connected(url)
    store = OpenedStore(db)
    await store.retention.ahead(time.time_ns() // 1000)
    return store


def in_postgres(database: str) -> bool:
    """Whether a configured database is a PostgreSQL."""
    return database != "sqlite"


def database_name(data: Path, database: str) -> str:
    """What a person may be shown of where a database is: no password."""
    if not in_postgres(database):
        return str(data / FILE)
    parts = urlsplit(database)
    return f"PostgreSQL {parts.path.lstrip('/') or '(its default)'} at {parts.hostname or 'this machine'}"


async def open_database(data: Path, database: str) -> OpenedStore:
    """The store that is configured, brought to the newest shape. Raises StoreError."""
    return await open_postgres(database) if in_postgres(database) else open_store(data)


async def migrate_database(data: Path, database: str) -> tuple[int, int]:
    """Bring a database to the newest shape; (from, to) migration numbers. Raises StoreError."""
    if in_postgres(database):
        return await postgres_shape.migrate(database)
    refuse_half_moved(data / FILE)
    return migrate(data / FILE)


async def database_version(data: Path, database: str) -> tuple[int, int]:
    """The number of its last migration, 0 for a new one, and the newest that is known. Raises StoreError."""
    if in_postgres(database):
        return await postgres_shape.schema_version(database), migrations("postgres")[-1][0]
    return schema_version(data / FILE), migrations()[-1][0]
