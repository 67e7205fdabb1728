"""Calls that are over: what is known of each, and the SIP messages of those that the telephone still keeps."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from omnibound.domain.abandonment import WINDOWS, Abandonment, abandonment
from omnibound.domain.account import Account
from omnibound.domain.agent import agent_key
from omnibound.domain.call import Call, call_id
from omnibound.domain.errors import Invalid, NotFound, Unavailable
from omnibound.domain.price import FREE, Price
from omnibound.domain.status import Reason
from omnibound.ports import CallPlace, CallWish, Store
from omnibound.services.fill_speech import member_id
from omnibound.services.message_ids import MAX_ATTEMPT, MessageIds

if TYPE_CHECKING:
    from omnibound.wire.telephone import Rung

CHUNK = 1_000
Show = Callable[[str], Awaitable["tuple[Rung, ...]"]]
"""The SIP messages of a call, by its name between us and the telephone. Raises Unavailable."""


LastOf = Callable[[Sequence[int]], Awaitable[dict[int, Call]]]
"""The last calls of deliveries."""


class Kept(NamedTuple):
    """A call with its public id, that of its delivery, and the name of its account.

    `price` is what the account pays; `cost` what the trunk's carrier takes, for operators only.
    """

    id: str
    delivery: str
    account: str
    call: Call
    price: Price = FREE
    cost: Price | None = None


class Shown(NamedTuple):
    """The SIP messages of a call with its public id."""

    id: str
    rungs: "tuple[Rung, ...]"


class Page(NamedTuple):
    """Calls, and the cursor behind the last of them."""

    calls: list[Kept]
    next: str


class Priced(Protocol):
    """Who knows what calls cost."""

    async def of_call(self, call: Call, account: str, /) -> Price:
        """What a call costs its account."""
        ...

    async def cost_of_call(self, call: Call, /) -> Price:
        """What a call costs us."""
        ...


class _Free:
    """Where nothing has a price."""

    async def of_call(self, _call: Call, _account: str, /) -> Price:
        return FREE

    async def cost_of_call(self, _call: Call, /) -> Price:
        return FREE


async def no_telephone(_call: str) -> "tuple[Rung, ...]":
    """Where no connector calls."""
    raise Unavailable("no connector calls, so there is no telephone")


class Calls:
    """Reads calls. An `account` of None are the operators: they see everybody's."""

    def __init__(self, store: Store, ids: MessageIds, show: Show = no_telephone, prices: Priced | None = None) -> None:
        self._store = store.calls
        self._accounts = store.accounts
        self._deliveries = store.deliveries
        self._ids = ids
        self._show = show
        self._prices: Priced = prices or _Free()

    async def page(self, account: Account | None, wish: CallWish, after: str, limit: int) -> Page:
        """Those behind a cursor (empty: from the first on), by their ends. Raises Invalid for a cursor that is none."""
        found = await self._store.page(account.id if account else None, wish, self._place(after), limit)
        return Page(await self._kept(account, found), self._cursor(found[-1]) if found else after)

    async def all(self, account: Account | None, wish: CallWish) -> AsyncIterator[list[Kept]]:
        """All of them, some at a time."""
        after = ""
        while (page := await self.page(account, wish, after, CHUNK)).calls:
            yield page.calls
            after = page.next

    async def one(self, account: Account | None, id_: str) -> Kept:
        """By its public id. Raises NotFound, also for another account's and while the call is not over."""
        key = self._ids.attempt(id_)
        call = await self._store.one(*key) if key else None
        if call is None or (account and call.account != account.id):
            raise NotFound(f"no call that is over has the id {id_}", "id")
        return (await self._kept(account, [call]))[0]

    async def of(self, account: Account, delivery: int) -> list[Kept]:
        """Those of one delivery of the account's, the first one first."""
        return await self._kept(account, (await self._store.of([delivery])).get(delivery, []))

    async def last_of(self, deliveries: Sequence[int]) -> dict[int, Call]:
        """The last call of each of these that had any."""
        return {delivery: calls[-1] for delivery, calls in (await self._store.of(deliveries)).items()}

    async def reasons(
        self, account: Account, campaign: str, since: int, until: int, agents: Collection[str] = ()
    ) -> dict[Reason, int]:
        """How many calls of a campaign ended how, from `since` on and before `until`; of these agents, if any."""
        wanted = [agent_key(agent) for agent in agents]
        return await self._store.reasons(account.id, campaign, since, until, wanted)

    async def abandonment(self, account: Account, campaign: str, now: int) -> dict[str, Abandonment]:
        """How many who answered a campaign found nobody there, by the windows that end now."""
        return {
            name: abandonment(await self._store.reasons(account.id, campaign, now - span, now), now - span, now)
            for name, span in WINDOWS.items()
        }

    async def ladder(self, id_: str) -> Shown:
        """The SIP messages of a call, over or not, by its id.

        By the id of a delivery or of a request: of its call under way, or else of its last one. Raises NotFound where
        they are not kept any more, Unavailable.
        """
        keys = await self._keys(id_)
        if not keys:
            raise NotFound(f"no call has the id {id_}", "id")
        for delivery, attempt in keys:
            if rungs := await self._show(call_id(delivery, attempt)):
                return Shown(self._ids.attempt_text(delivery, attempt), rungs)
        raise NotFound(f"the messages of the call {id_} are not kept (any more)", "id")

    async def _keys(self, id_: str) -> list[tuple[int, int]]:
        """Delivery and attempt of the calls that an id may mean, the likeliest one first."""
        if key := self._ids.attempt(id_):
            return [key]
        delivery = self._ids.id(id_) or member_id(id_)
        if not delivery:
            return []
        live = await self._deliveries.live(delivery)
        last = (await self.last_of([delivery])).get(delivery)
        numbers = [live.attempt if live else 0, last.attempt if last else 0]
        return [(delivery, number) for number in numbers if 0 < number <= MAX_ATTEMPT]

    async def _kept(self, account: Account | None, calls: list[Call]) -> list[Kept]:
        known = {account.id: account.name} if account else await self._names(calls)
        deliveries = self._ids.texts([call.delivery for call in calls])
        return [
            Kept(
                self._ids.attempt_text(call.delivery, call.attempt),
                delivery,
                known.get(call.account, ""),
                call,
                await self._prices.of_call(call, known.get(call.account, "")),
                None if account else await self._prices.cost_of_call(call),
            )
            for call, delivery in zip(calls, deliveries, strict=True)
        ]

    async def _names(self, calls: list[Call]) -> dict[int, str]:
        return {each.id: each.name for each in await self._accounts.all()} if calls else {}

    # --- cursors: the moment of the end, then the call ----------------------------------------------------------------

    def _cursor(self, call: Call) -> str:
        return f"{call.ended_at}.{self._ids.attempt_text(call.delivery, call.attempt)}"

    def _place(self, cursor: str) -> CallPlace | None:
        if not cursor:
            return None
        moment, _, id_ = cursor.partition(".")
        key = self._ids.attempt(id_)
        if key is None or not (moment.isascii() and moment.isdigit() and int(moment) < 1 << 63):
            raise Invalid("is not the `next` of another page", "after")
        return CallPlace(int(moment), *key)
