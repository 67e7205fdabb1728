"""The memory, as services and engine see it: one Protocol a noun. Times are microseconds UTC."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

from omnibound.domain.access import ApiKey
from omnibound.domain.account import Account
from omnibound.domain.campaign_flow import LANES
from omnibound.domain.changes import Changes, HandOverList, InFlight
from omnibound.domain.device import Device
from omnibound.domain.errors import Unavailable
from omnibound.domain.facts import Receipt
from omnibound.domain.live import Event, Live, Outcome
from omnibound.domain.message import Delivery, Message
from omnibound.domain.push import Push, PushKey
from omnibound.domain.scenario import Scenario
from omnibound.ports.announcements import AnnouncementStore
from omnibound.ports.bulks import BulkStore
from omnibound.ports.calls import CallStore
from omnibound.ports.campaigns import CampaignStore
from omnibound.ports.inbound import InboundStore, NumberStore
from omnibound.ports.logs import LogStore
from omnibound.ports.members import MemberStore
from omnibound.ports.nodes import NodeStore
from omnibound.ports.parts import PartStore
from omnibound.ports.people import PeopleStore
from omnibound.ports.prices import BalanceStore, PriceStore
from omnibound.ports.retention import RetentionStore
from omnibound.ports.webhooks import WebhookStore

OnCommit = Callable[[Changes, float], None]
"""Told of each group of work that was committed, and of the seconds that it took, by the thread that writes."""


def nobody_watches(_changes: Changes, _seconds: float) -> None:
    """Nothing is counted."""


class Stale(Exception):
    """A live row was not at the version the change was made from: load it again and decide anew."""


class Taken(Exception):
    """A key that must be unique exists already."""


class TakenOver(Unavailable):
    """Another node has taken over what this one had: it may write nothing more, and has to begin anew."""

    def __init__(self) -> None:
        super().__init__("this server was taken over by another one, and begins anew")


class Loaded(NamedTuple):
    """An unfinished delivery with all that belongs to it, and the incarnation that owns it (0: nobody)."""

    live: Live
    delivery: Delivery
    owner: int


class AccountStore(Protocol):
    """Accounts and their keys."""

    async def add(self, account: Account, password: str, key_hash: str, key_hint: str, now: int) -> None:
        """A new account. Raises Taken when its name or username is."""
        ...

    async def by_username(self, username: str) -> tuple[Account, str] | None:
        """The account and the hash of its password."""
        ...

    async def by_key(self, key_hash: str) -> Account | None:
        """The account that an enabled key belongs to, with the limits of the key if it has any."""
        ...

    async def add_key(self, key: ApiKey, key_hash: str, key_hint: str) -> None:
        """One more key of an account. Raises Taken when there is one like it."""
        ...

    async def put_key(self, key: ApiKey) -> None:
        """Replace what a key is allowed."""
        ...

    async def keys(self, account: int) -> list[ApiKey]:
        """An account's keys, the oldest first."""
        ...

    async def add_session(self, account: int, kind: str, hashed: str, until: int, now: int) -> None:
        """A new session, known by the hash of its token; those that are over are forgotten."""
        ...

    async def by_session(self, kind: str, hashed: str, now: int) -> Account | None:
        """The account of a session that is not over."""
        ...

    async def renew_session(self, hashed: str, until: int) -> None:
        """A session lasts longer."""
        ...

    async def end_session(self, hashed: str) -> None:
        """A session is over."""
        ...

    async def all(self) -> list[Account]:
        """All accounts, the oldest first."""
        ...

    async def change(self, name: str, changed: Callable[[Account], Account]) -> Account | None:
        """Change what may be changed of the account with this name; it then, None if there is none."""
        ...


class ScenarioStore(Protocol):
    """Stored flows."""

    async def add(self, scenario: Scenario) -> Scenario:
        """A new one; an account's first becomes its default whatever it says, a default one demotes the former."""
        ...

    async def put(self, scenario: Scenario) -> None:
        """Replace one; a default one demotes the former."""
        ...

    async def one(self, account: int, key: str) -> Scenario | None:
        """By its key."""
        ...

    async def default(self, account: int) -> Scenario | None:
        """The account's default one."""
        ...

    async def page(self, account: int, default: bool | None, limit: int, page: int) -> list[Scenario]:
        """A zero-based page in the order of creation."""
        ...


class DeliveryStore(Protocol):
    """Messages, deliveries and what is unfinished."""

    async def message(self, id_: int) -> Message | None:
        """By its id, remembered."""
        ...

    async def messages(self, ids: Sequence[int]) -> dict[int, Message]:
        """Several by their ids, remembered."""
        ...

    def forget_campaign(self, account: int, campaign: str) -> None:
        """Read the messages of a campaign anew when they are asked for: another node has changed it."""
        ...

    async def load(self, ids: Sequence[int]) -> list[Loaded]:
        """The unfinished ones among these."""
        ...

    async def one(self, account: int, id_: int) -> Delivery | None:
        """A delivery of an account, finished or not."""
        ...

    async def known(self, id_: int) -> Delivery | None:
        """A delivery of whichever account, finished or not, until it is cleared away."""
        ...

    async def live(self, id_: int) -> Live | None:
        """Its unfinished state."""
        ...

    async def timeline(self, id_: int) -> list[Event]:
        """All that was said of it, in order."""
        ...

    async def outcomes(self, id_: int) -> list[Outcome]:
        """How it and its steps ended."""
        ...

    async def by_ref(self, account: int, ref_hash: int, since_day: int) -> int | None:
        """The newest delivery with a client-made id."""
        ...

    async def refs_taken(self, account: int, days: Sequence[int], hashes: Sequence[int]) -> set[int]:
        """Which hashes of client-made ids exist in these days."""
        ...

    async def waiting_channels(self) -> list[str]:
        """The channels for which unowned deliveries wait, due or not; lanes are none."""
        ...

    async def claim(self, owner: int, now: int, limit: int, cls: int, channel: str) -> list[int]:
        """Own up to `limit` due, unowned deliveries of a channel's class, accounts taking equal turns; their ids."""
        ...

    async def lanes(self, prefix: str = LANES) -> list[str]:
        """The lanes, beginning so, in which unowned deliveries wait for a dialer, due or not; in their order."""
        ...

    async def claim_lane(self, lane: str, owner: int, now: int, limit: int) -> list[Loaded]:
        """Own up to `limit` of the due ones of a lane, in the order in which they are due, then came."""
        ...

    async def next_due(self, lane: str) -> int | None:
        """When the first unowned one of a lane is due; None: nobody is in it."""
        ...

    async def due(self, now: int, limit: int) -> list[int]:
        """Ids whose instant has come: sent ones without a receipt in time, unowned ones whose validity ended unsent."""
        ...

    async def give_away(self, places: Sequence[tuple[int, str]], owner: int) -> None:
        """Nobody owns those of these (delivery, what it waits for) that wait and are this incarnation's."""
        ...

    async def disown(self, owner: int | None = None) -> None:
        """Nobody owns what this incarnation (None: anybody) owned."""
        ...

    async def backlog(self) -> int:
        """How many deliveries are unfinished."""
        ...


class ReceiptStore(Protocol):
    """Where receipts find their attempt."""

    async def find(self, carrier: str, provider_ids: Sequence[str]) -> list[InFlight]:
        """Attempts in flight under these ids of a carrier."""
        ...

    async def unmatched(self, after: int, limit: int) -> list[tuple[int, Receipt]]:
        """Numbered receipts that have found nothing yet."""
        ...

    async def final_outcomes(self, deliveries: Sequence[int]) -> dict[int, Outcome]:
        """How finished deliveries ended."""
        ...

    async def unsettled(self, node: int | None = None) -> list[HandOverList]:
        """Hand-over lists that are still open: of a node, or of all."""
        ...


class ReportStore(Protocol):
    """Reports that wait to be taken."""

    async def take(
        self, account: int, now: int, *, bulk: str, delivery: int, channel: str, limit: int
    ) -> list[tuple[int, int]]:
        """Hand out up to `limit` reports for ever, committed before it returns; (delivery, attempt) keys in order.

        `delivery` 0 and empty `bulk` and `channel` do not filter.
        """
        ...

    async def rows(self, keys: Sequence[tuple[int, int]]) -> list[tuple[Delivery, Outcome]]:
        """What a report tells, in the order of the keys."""
        ...

    async def handed_out(self, account: int, after: int, limit: int) -> list[tuple[int, int, list[tuple[int, int]]]]:
        """Earlier hand-outs as (number, when, keys), to be given again."""
        ...


class PushStore(Protocol):
    """What waits to be pushed, and what was tried in vain until the end. It is added by `record`."""

    async def urls(self, after: str, limit: int) -> list[tuple[str, int]]:
        """Addresses after this one that something waits for, in order, with the instant when the first is due."""
        ...

    async def due(self, url: str, now: int, limit: int) -> list[Push]:
        """What is due for an address, the longest due first."""
        ...

    async def settle(self, accepted: Sequence[Push], missed: Sequence[Push]) -> None:
        """Drop those and write down these."""
        ...

    async def page(self, account: int, over: bool | None, after: PushKey, limit: int) -> list[Push]:
        """An account's after a key, in the order of keys; all of them or only those that are (not) over."""
        ...

    async def renew(self, account: int, now: int, until: int, limit: int) -> int:
        """Begin anew with up to `limit` of those that were not accepted at least once; how many."""
        ...

    async def forget(self, before: int, limit: int) -> int:
        """Drop up to `limit` of those that were over before; how many."""
        ...

    async def counts(self, limit: int) -> tuple[int, int]:
        """How many wait, and how many were given up; none is counted beyond `limit`."""
        ...

    async def ended(self, after: tuple[int, int], last: int, limit: int) -> list["Ended"]:
        """Outcomes of all accounts after a (delivery, attempt) and before a delivery, in order."""
        ...


class Ended(NamedTuple):
    """An outcome, as much as is needed to push its report again."""

    account: int
    delivery: int
    attempt: int
    final: bool
    seen: bool
    message: int


class DeviceStore(Protocol):
    """Push registrations: each account's own, whatever another account calls its applications and devices."""

    async def add(self, device: Device) -> None:
        """Register or renew; a primary device takes that from the others of the person."""
        ...

    async def of(self, account: int, application: str, phone: str) -> list[Device]:
        """A person's devices."""
        ...

    async def drop(self, account: int, application: str, registration: str) -> bool:
        """Unregister; whether it was there."""
        ...

    async def drop_token(self, token: str) -> None:
        """The provider says that this token is gone."""
        ...

    async def tokens(self, account: int, application: str, addresses: Sequence[str]) -> dict[str, list[str]]:
        """An account's provider tokens by address: a registration id, or a phone number with all its devices.

        A primary device comes first.
        """
        ...


class SettingStore(Protocol):
    """What an installation decides once."""

    async def once(self, name: str, value: bytes) -> bytes:
        """The stored value; stores this one if there is none yet."""
        ...


class Store(Protocol):
    """All of it."""

    accounts: AccountStore
    scenarios: ScenarioStore
    deliveries: DeliveryStore
    bulks: BulkStore
    receipts: ReceiptStore
    reports: ReportStore
    pushes: PushStore
    webhooks: WebhookStore
    parts: PartStore
    devices: DeviceStore
    people: PeopleStore
    announcements: AnnouncementStore
    campaigns: CampaignStore
    members: MemberStore
    calls: CallStore
    inbound: InboundStore
    numbers: NumberStore
    retention: RetentionStore
    logs: LogStore
    prices: PriceStore
    balances: BalanceStore
    nodes: NodeStore
    settings: SettingStore

    def record(self, changes: Changes) -> Any:
        """Commit; an awaitable that raises Stale or Taken, then nothing of it is kept. The order of calls is kept."""
        ...

    def observe(self, on_commit: OnCommit) -> None:
        """Tell this one of every commit from now on, when it is done; the thread that writes tells it."""
        ...

    def fence(self, incarnation: int) -> None:
        """Write as this node: from the moment at which another one takes it over, all writes fail with TakenOver."""
        ...

    async def answers(self, within_s: float) -> bool:
        """Whether the memory answers a read in so many seconds."""
        ...

    async def changed(self, within_s: float) -> None:
        """Wait until another process may have changed something rare, at most so many seconds."""
        ...

    def hurry(self, within_s: float) -> None:
        """Wait at most so many seconds more for a memory that is away: then what waits fails with Unavailable."""
        ...

    async def close(self) -> None:
        """Commit what was handed in and close."""
        ...
