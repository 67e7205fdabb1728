"""The groups of slots that nodes deal out: chores, the telephone, and the binds of each other connector."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence

from omnibound.domain.campaign import CHANNEL as CALLS
from omnibound.domain.node import CHORES, TELEPHONE, bind_slots
from omnibound.engine.holdings import Group
from omnibound.engine.turn import Turn
from omnibound.ports import Channel, Share


class Chores:
    """The turns of what one node does for all. `held`: a server that is alone has all of them from the start."""

    def __init__(self, *, held: bool = True, valid: Callable[[], bool] = lambda: True) -> None:
        self._turns = {name: Turn(held=held, valid=valid) for name in (*CHORES, TELEPHONE)}

    def __getitem__(self, name: str) -> Turn:
        return self._turns[name]

    def group(self) -> Group:
        """Dealt one by one: with two nodes each has half of them."""
        return Group("chores", tuple(f"chore:{name}" for name in CHORES), self._apply)

    async def _apply(self, held: frozenset[str]) -> None:
        await asyncio.gather(*[give_or_take(self._turns[name], f"chore:{name}" in held) for name in CHORES])


class Among:
    """This server among its nodes, as the engine asks it: by default it is the only one, and has everything."""

    def __init__(
        self,
        chores: Chores | None = None,
        slot: int = 0,
        begin: Callable[[], Awaitable[None]] | None = None,
        valid: Callable[[], bool] = lambda: True,
        alone: Callable[[], bool] = lambda: True,
    ) -> None:
        self.chores = chores or Chores()
        self.slot = slot
        """In its ids and numbers."""
        self.begin = begin
        """Take over what was left, and hold what is dealt to us; before anything is sent. None: all is ours."""
        self.valid = valid
        """Whether its lease is not over."""
        self.alone = alone


async def give_or_take(turn: Turn, held: bool) -> None:
    """Let a turn come, or go, where it is not as it should be."""
    if held and not turn.held:
        turn.come()
    elif turn.held and not held:
        await turn.go()


def groups(channels: Sequence[Channel], chores: Chores, on_telephone: Callable[[], Awaitable[None]]) -> Iterable[Group]:
    """All that is dealt now. Trunks go with the telephone: agents' lines and calls are of one process.

    `on_telephone` is awaited when the telephone has become this node's.
    """
    trunks = [channel for channel in channels if channel.channel == CALLS]
    yield chores.group()
    yield Group(TELEPHONE, (TELEPHONE,), _with_telephone(trunks, chores[TELEPHONE], on_telephone))
    for channel in channels:
        # What stands for a connector that is gone has no slots.
        if channel.channel != CALLS and channel.slots:
            yield Group(f"connector {channel.name}", bind_slots(channel.name, channel.slots), _with_binds(channel))


def _with_binds(channel: Channel) -> Callable[[frozenset[str]], Awaitable[None]]:
    async def apply(held: frozenset[str]) -> None:
        await channel.resize(Share(len(held), channel.slots))

    return apply


def _with_telephone(
    trunks: Sequence[Channel], turn: Turn, on_telephone: Callable[[], Awaitable[None]]
) -> Callable[[frozenset[str]], Awaitable[None]]:
    async def apply(held: frozenset[str]) -> None:
        if held and not turn.held:
            await on_telephone()
        await asyncio.gather(*[trunk.resize(Share(int(bool(held)), 1)) for trunk in trunks])
        await give_or_take(turn, bool(held))

    return apply
