"""What is pushed, as its account sees it: what waits, what failed, what is to be pushed once more."""

from collections.abc import Callable, Sequence
from secrets import token_bytes

from omnibound.domain.account import Account
from omnibound.domain.changes import Changes
from omnibound.domain.errors import Invalid, NotFound
from omnibound.domain.ids import first_id_at
from omnibound.domain.number import number_key
from omnibound.domain.push import PUSHED_FOR, Push, PushKey, Topic, push_of
from omnibound.domain.received import Received
from omnibound.ports import Ended, SettingStore, Store
from omnibound.services.fill_speech import public_id
from omnibound.services.read_inbound import Inbounds
from omnibound.services.read_reports import Reports

CHUNK = 1_000
SECRET_BYTES = 32
_REPORTED = (Topic.REPORT, Topic.SEEN)
_OF_MEMBERS = (Topic.ACTION, Topic.MEMBER)
LAST = (1 << 63) - 1


class WebhookSecrets:
    """An account's secret, made when it is first asked for."""

    def __init__(self, settings: SettingStore) -> None:
        self._settings = settings
        self._known: dict[int, bytes] = {}

    async def of(self, account: int) -> bytes:
        """The raw bytes."""
        if account not in self._known:
            name = f"webhook-secret-{account}"
            self._known[account] = await self._settings.once(name, token_bytes(SECRET_BYTES))
        return self._known[account]


class Pushes:
    """What a client may ask of what is pushed to it."""

    def __init__(
        self, store: Store, reports: Reports, inbound: Inbounds, secrets: WebhookSecrets, clock: Callable[[], int]
    ) -> None:
        self._store = store
        self._reports = reports
        self._inbound = inbound
        self._secrets = secrets
        self._clock = clock

    async def secret(self, account: Account) -> bytes:
        """What the account's pushes are signed with."""
        return await self._secrets.of(account.id)

    async def page(self, account: Account, over: bool | None, after: PushKey, limit: int) -> list[tuple[Push, str]]:
        """After a key, with the public id of what they tell of; all of them, or only those that are (not) given up."""
        pushes = await self._store.pushes.page(account.id, over, after, limit)
        written = await self._inbound.told(account, [push.delivery for push in pushes if push.topic is Topic.INBOUND])
        ended = [(push.delivery, push.attempt) for push in pushes if push.topic in _REPORTED]
        reports = await self._reports.told(account, ended)
        ids = {(each.outcome.delivery, each.outcome.attempt): each.message_id for each in reports}
        ids |= {(received.id, 0): text for text, received in written}
        # What is told of a member has its id in itself: a call may ask for something before it has any outcome.
        ids |= {(each.delivery, each.attempt): public_id(each.delivery) for each in pushes if each.topic in _OF_MEMBERS}
        return [(push, ids[key]) for push in pushes if (key := (push.delivery, push.attempt)) in ids]

    async def again_failed(self, account: Account) -> int:
        """Everything that was not accepted at its last try, now and for two more days; how many."""
        now = self._clock()
        renewed = 0
        while count := await self._store.pushes.renew(account.id, now, now + PUSHED_FOR, CHUNK):
            renewed += count
        return renewed

    async def again_one(self, account: Account, message_id: str) -> int:
        """What there is to push of one message, whether it was accepted or not; how many. Raises NotFound, Invalid."""
        id_ = await self._reports.find(account, message_id)
        if id_ is None:
            raise NotFound(f"no message has the id {message_id}", "id")
        if written := await self._inbound.told(account, [id_]):
            there, pushed = True, await self._push_inbound([received for _, received in written])
        elif await self._store.deliveries.one(account.id, id_) is None:
            raise NotFound(f"no message has the id {message_id}", "id")
        else:
            ended = await self._store.pushes.ended((id_, 0), id_ + 1, CHUNK)
            there, pushed = bool(ended), await self._push(account, ended)
        if there and not pushed:
            raise Invalid("what there is to push of this message has no address to be pushed to", "id")
        return pushed

    async def again_between(self, account: Account, since: int, until: int) -> int:
        """What there is to push of all messages that came in a time (microseconds UTC), from either side; how many."""
        after, last = (first_id_at(since), 0), first_id_at(until)
        pushed = 0
        while ended := await self._store.pushes.ended(after, last, CHUNK):
            pushed += await self._push(account, ended)
            after = (ended[-1].delivery, ended[-1].attempt)
        begin = since - 1
        while written := await self._store.inbound.received(account.id, begin, CHUNK):
            pushed += await self._push_inbound([each for each in written if each.id < until])
            begin = written[-1].id if written[-1].id < until else LAST
        return pushed

    async def _push(self, account: Account, ended: Sequence[Ended]) -> int:
        now = self._clock()
        own = [each for each in ended if each.account == account.id]
        messages = await self._store.deliveries.messages([each.message for each in own])
        pushes: list[Push] = []
        for each in own:
            message = messages.get(each.message)
            notify = message.notify if message else None
            if notify is not None and (each.final or notify.steps):
                topics = (Topic.REPORT, Topic.SEEN) if each.seen else (Topic.REPORT,)
                pushes += [push_of(notify, each.account, each.delivery, each.attempt, now, topic) for topic in topics]
        return await self._record(pushes)

    async def _push_inbound(self, written: Sequence[Received]) -> int:
        """Where their numbers say now."""
        now = self._clock()
        listings = await self._store.numbers.all()
        wishes = {(c.number.account, c.number.channel, c.number.number, c.number.keyword): c.notify for c in listings}
        pushes: list[Push] = []
        for each in written:
            notify = wishes.get((each.account, each.channel, number_key(each.recipient), each.keyword))
            if notify is not None:
                pushes.append(push_of(notify, each.account, each.id, 0, now, Topic.INBOUND))
        return await self._record(pushes)

    async def _record(self, pushes: list[Push]) -> int:
        if pushes:
            await self._store.record(Changes(pushes=pushes))
        return len(pushes)
