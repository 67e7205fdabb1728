"""Ids: 63 bits, ordered by time, minted by a node without asking anybody.

From the top: 41 bits of milliseconds since `EPOCH_MS`, 6 bits of node slot, 8 bits of sequence, 8 bits of shard.
"""

EPOCH_MS = 1_704_067_200_000
"""2024-01-01T00:00:00Z: 41 bits of milliseconds last until 2093."""

LAST_ID = (1 << 63) - 1

_SHARD_BITS = 8
_SEQUENCE_BITS = 8
_NODE_BITS = 6
_TICK = 1 << (_NODE_BITS + _SEQUENCE_BITS + _SHARD_BITS)
_STEP = 1 << _SHARD_BITS
_PER_TICK = 1 << _SEQUENCE_BITS

NODES = 1 << _NODE_BITS
"""How many slots there are for nodes."""


class Mint:
    """Mints ranges of ids for one node. Ids of one call share a shard, so that one commit touches one shard."""

    def __init__(self, node: int) -> None:
        if not 0 <= node < NODES:
            raise ValueError(f"a node slot is 0 to {NODES - 1}, not {node}")
        self._node = node << (_SEQUENCE_BITS + _SHARD_BITS)
        self._tick = 0
        self._used = 0
        self._shard = 0

    def take(self, count: int, now_us: int) -> list[int]:
        """`count` new ids, growing, all greater than those of earlier calls. `now_us`: microseconds UTC.

        More than 256 ids in one millisecond borrow from the following ones.
        """
        self._shard = (self._shard + 1) % _STEP
        tick = now_us // 1000 - EPOCH_MS
        if tick > self._tick:
            self._tick, self._used = tick, 0
        ids: list[int] = []
        while count > 0:
            if self._used == _PER_TICK:
                self._tick, self._used = self._tick + 1, 0
            part = min(count, _PER_TICK - self._used)
            first = self._tick * _TICK + self._node + self._used * _STEP + self._shard
            ids.extend(range(first, first + part * _STEP, _STEP))
            self._used += part
            count -= part
        return ids


def minted_at(id_: int) -> int:
    """When an id was minted, in microseconds UTC with a grain of 1 ms."""
    return (id_ // _TICK + EPOCH_MS) * 1000


def first_id_at(at_us: int) -> int:
    """The smallest id that can have been minted at this instant: the bound for a range of ids by time.

    Of an instant that no id can tell it is the first or the last of all.
    """
    return min(max(0, at_us // 1000 - EPOCH_MS) * _TICK, LAST_ID)
