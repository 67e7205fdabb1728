"""Some thousand deliveries that stand in every way, some filed for the log and some not, and what is true of them."""

from itertools import pairwise
from pathlib import Path
from random import Random

from msgspec import Struct
from msgspec.structs import replace

from omnibound.domain.account import Account
from omnibound.domain.changes import Changes, Ref
from omnibound.domain.flow import HOUR, MINUTE, Flow, Step
from omnibound.domain.ids import Mint
from omnibound.domain.live import Live, Outcome, Stage
from omnibound.domain.logs import LogFilter
from omnibound.domain.message import Addresses, Content, Delivery, Message
from omnibound.domain.status import Reason, end_status
from omnibound.engine.indexing import Indexing
from omnibound.services.message_ids import MessageIds
from omnibound.services.read_logs import Logs
from omnibound.services.refs import day_of, ref_hash
from omnibound.store.opened import OpenedStore, open_store

NOW = 1_800_000_000_000_000
ANNA, BERTA = Account(id=1, name="anna", username="anna"), Account(id=2, name="berta", username="berta")
FLOWS = (
    (("SMS", "Shop"), ("VIBER", "Shop")),
    (("PUSH", "app"), ("SMS", "Bank")),
    (("EMAIL", "a@shop.example"),),
)
BULKS = ("", "summer", "autumn", "all")
PHONES = [str(41_790_000_000 + n) for n in range(40)]
EMAILS = [f"Somebody{n}@Example.org" for n in range(10)]
REASONS = (Reason.DELIVERED, Reason.ABSENT_SUBSCRIBER, Reason.EXPIRED, Reason.BLOCKED)


class Known(Struct):
    """What is true of a delivery. `reason` is None while it has not ended."""

    id: int
    account: int
    text: str
    to: tuple[str, ...]
    bulk: str
    steps: tuple[tuple[str, str], ...]
    created_at: int
    step: int = 0
    sent_at: int = 0
    done_at: int = 0
    reason: Reason | None = None
    version: int = 0

    @property
    def at(self) -> int:
        return self.sent_at or self.done_at or self.created_at


class World:
    """A store, what is in it, and the log over it."""

    def __init__(self, store: OpenedStore, seed: int = 1) -> None:
        self.store = store
        self.dice = Random(seed)
        self.ids = MessageIds(b"k" * 16)
        self.facts: dict[int, Known] = {}
        self.indexing = Indexing(store.logs, store.deliveries)
        self.logs = Logs(store.logs, store.deliveries, self.ids, lambda: NOW)

    async def fill(self, messages: int) -> None:
        """Three waves; the last one is not filed."""
        mint = Mint(0)
        times = sorted(NOW - self.age() for _ in range(messages))
        cuts = (0, messages // 2, messages * 9 // 10, messages)
        for start, end in pairwise(cuts):
            for at in times[start:end]:
                await self.store.record(self.birth(mint, at))
            for _ in range(3):
                await self.store.record(self.turns(self.dice.sample(sorted(self.facts), len(self.facts) // 6)))
            if end < messages:
                await self.file()

    def age(self) -> int:
        """Half of them lie far from each other, half within milliseconds."""
        dice = self.dice
        return dice.randrange(60 * HOUR) if dice.random() < 0.5 else HOUR + dice.randrange(50) * 1000

    async def file(self) -> None:
        await self.indexing.file(await self.store.logs.newest_touch())

    def birth(self, mint: Mint, at: int) -> Changes:
        dice = self.dice
        account, steps, bulk = dice.choice([ANNA, ANNA, BERTA]).id, dice.choice(FLOWS), dice.choice(BULKS)
        id_, *ids = mint.take(1 + dice.randint(1, 12), at)
        flow = Flow(steps=tuple(Step(channel=channel, sender=sender) for channel, sender in steps))
        content = {channel: Content(text=f"by {channel}") for channel, _ in steps}
        message = Message(id=id_, account=account, flow=flow, content=content, created_at=at, bulk=bulk)
        changes = Changes(messages=[message])
        for each in ids:
            to = Addresses(phone=dice.choice(PHONES), email=dice.choice([*EMAILS, "", ""]))
            ref = f"own-{each}" if dice.random() < 0.2 else ""
            changes.deliveries.append(Delivery(id=each, message=id_, account=account, to=to, ref=ref))
            if ref:
                changes.refs.append(Ref(account, day_of(at), ref_hash(ref), each))
            fact = Known(each, account, ref or self.ids.text(each), (to.phone, to.email), bulk, steps, at)
            self.facts[each] = fact
            if dice.random() < 0.1:
                changes.outcomes.append(self.end(fact))
            else:
                changes.born.append((live(fact, id_), 0))
        return changes

    def turns(self, ids: list[int]) -> Changes:
        """Something happens to each of these that has not ended."""
        changes = Changes()
        for id_ in ids:
            fact, dice = self.facts[id_], self.dice
            if fact.reason is not None:
                continue
            was, fact.version = fact.version, fact.version + 1
            turn = dice.randrange(4)
            if turn == 0:
                changes.ended.append((id_, was))
                changes.outcomes.append(self.end(fact))
                continue
            if turn == 1 and fact.step + 1 < len(fact.steps):
                fact.step, fact.sent_at = fact.step + 1, 0
            else:
                fact.sent_at = min(NOW - 1, fact.created_at + dice.randrange(3 * HOUR))
            changes.moved.append((live(fact, 0), 0, was))
        return changes

    def end(self, fact: Known) -> Outcome:
        fact.reason = self.dice.choice(REASONS)
        fact.done_at = min(NOW - 1, (fact.sent_at or fact.created_at) + self.dice.randrange(10 * MINUTE))
        ended = end_status(fact.reason), fact.reason, "", fact.step, 0, "c", 1
        return Outcome(fact.id, fact.account, 1, *ended, fact.sent_at, fact.done_at)

    def truth(self, account: Account, wish: LogFilter) -> list[str]:
        """The ids that the log has to tell, found by looking at everything."""
        since = max(wish.since, NOW - 48 * HOUR)
        found = [
            fact
            for fact in self.facts.values()
            if fact.account == account.id
            and not wish.network
            and since <= fact.at <= wish.until
            and wish.sender in ("", fact.steps[fact.step][1])
            and wish.channel in ("", fact.steps[fact.step][0])
            and (not wish.to or wish.to.lower() in [address.lower() for address in fact.to])
            and (not wish.bulks or fact.bulk in wish.bulks)
            and (not wish.message_ids or fact.text in wish.message_ids)
            and (wish.kind is None or wish.kind(fact.steps[fact.step][0], fact.reason))
        ]
        newest = sorted(found, key=lambda fact: (fact.at, fact.id), reverse=True)
        return [fact.text for fact in newest[: wish.limit]]


def live(fact: Known, message: int) -> Live:
    stage = Stage.SENT if fact.sent_at else Stage.WAITING
    plain = Live(fact.id, message, fact.account, 1, stage, fact.step, 0, 1, 0, 2 * NOW, 2 * NOW, sent_at=fact.sent_at)
    return replace(plain, version=fact.version, channel=fact.steps[fact.step][0])


def open_world(folder: Path, seed: int = 1) -> World:
    """An empty one, on a database in this folder. Call it in a running event loop."""
    return World(open_store(folder), seed)
