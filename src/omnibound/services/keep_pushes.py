"""Reports that are pushed, as their account sees them: what waits, what failed, what is to be pushed once more."""

from collections.abc import Callable, Sequence
from secrets import token_bytes

from omnibound.domain.account import Account
from omnibound.domain.changes import Changes
from omnibound.domain.errors import Invalid, NotFound
from omnibound.domain.ids import first_id_at
from omnibound.domain.order import Report
from omnibound.domain.push import PUSHED_FOR, Push, push_of
from omnibound.ports import Ended, SettingStore, Store
from omnibound.services.read_reports import Reports

CHUNK = 1_000
SECRET_BYTES = 32


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
    """What a client may ask of its pushed reports."""

    def __init__(self, store: Store, reports: Reports, secrets: WebhookSecrets, clock: Callable[[], int]) -> None:
        self._store = store
        self._reports = reports
        self._secrets = secrets
        self._clock = clock

    async def secret(self, account: Account) -> bytes:
        """What the account's pushes are signed with."""
        return await self._secrets.of(account.id)

    async def page(
        self, account: Account, over: bool | None, after: tuple[int, int], limit: int
    ) -> list[tuple[Push, Report]]:
        """After a (delivery, attempt), with what they tell; all of them, or only those that are (not) given up."""
        pushes = await self._store.pushes.page(account.id, over, after, limit)
        reports = await self._reports.told(account, [(push.delivery, push.attempt) for push in pushes])
        told = {(report.outcome.delivery, report.outcome.attempt): report for report in reports}
        return [(push, told[key]) for push in pushes if (key := (push.delivery, push.attempt)) in told]

    async def again_failed(self, account: Account) -> int:
        """Everything that was not accepted at its last try, now and for two more days; how many."""
        now = self._clock()
        renewed = 0
        while count := await self._store.pushes.renew(account.id, now, now + PUSHED_FOR, CHUNK):
            renewed += count
        return renewed

    async def again_one(self, account: Account, message_id: str) -> int:
        """The reports of one delivery, whether they were accepted or not; how many. Raises NotFound, Invalid."""
        id_ = await self._reports.find(account, message_id)
        if id_ is None or await self._store.deliveries.one(account.id, id_) is None:
            raise NotFound(f"no message has the id {message_id}", "id")
        ended = await self._store.pushes.ended((id_, 0), id_ + 1, CHUNK)
        pushed = await self._push(account, ended)
        if ended and not pushed:
            raise Invalid("the reports of this message have no address to be pushed to", "id")
        return pushed

    async def again_between(self, account: Account, since: int, until: int) -> int:
        """The reports of all deliveries that were asked for in a time (microseconds UTC); how many."""
        after, last = (first_id_at(since), 0), first_id_at(until)
        pushed = 0
        while ended := await self._store.pushes.ended(after, last, CHUNK):
            pushed += await self._push(account, ended)
            after = (ended[-1].delivery, ended[-1].attempt)
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
                pushes.append(push_of(notify, each.account, each.delivery, each.attempt, now))
        if pushes:
            await self._store.record(Changes(pushes=pushes))
        return len(pushes)
