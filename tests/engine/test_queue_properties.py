"""Whatever is put, left and taken in whatever order: shares are kept, sizes are true, lines stay in order."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from omnibound.engine.book import Entry
from omnibound.engine.queue import QUANTUM, SHARES, Queue
from tests.engine.test_queue import cost, entries, queue_of, window

DEAREST = 4


class QueueModel(RuleBasedStateMachine):
    """A queue against plain lists, a line for each class and account."""

    def __init__(self) -> None:
        super().__init__()
        self.queue = Queue("c1", cost)
        self.lines: dict[tuple[int, int], list[Entry]] = {}
        self.gone: list[Entry] = []
        self.taken = 0

    @rule(count=st.integers(0, 30), account=st.integers(1, 3), cls=st.integers(0, 2), parts=st.integers(1, DEAREST))
    def put(self, count: int, account: int, cls: int, parts: int) -> None:
        made = entries(count, account, cls, parts)
        self.queue.put(made)
        self.lines.setdefault((cls, account), []).extend(made)

    @rule(data=st.data())
    def leave(self, data: Any) -> None:
        waiting = [entry for line in self.lines.values() for entry in line]
        if waiting:
            chosen = data.draw(st.sampled_from(waiting))
            self.queue.leave(chosen)
            self.queue.leave(chosen)
            self.lines[chosen.live.cls, chosen.live.account].remove(chosen)
            self.gone.append(chosen)

    @rule()
    def come_back(self) -> None:
        if self.gone:
            entry = self.gone.pop()
            self.queue.put([entry])
            self.lines[entry.live.cls, entry.live.account].append(entry)

    @rule(room=st.integers(0, 60))
    def take(self, room: int) -> None:
        taken = self.queue.take(window(room))
        used = 0
        for cls, share in SHARES:
            mine = [entry for entry in taken if entry.live.cls == cls]
            spent = sum(map(cost, mine))
            bound = int(room * share)
            assert used + spent < max(bound, used) + DEAREST
            assert not mine or used < bound
            used += spent
        assert [entry.live.cls for entry in taken] == sorted(entry.live.cls for entry in taken)
        for (cls, account), line in self.lines.items():
            mine = [entry for entry in taken if (entry.live.cls, entry.live.account) == (cls, account)]
            assert mine == line[: len(mine)]
            del line[: len(mine)]
        assert all(entry.queue is None for entry in taken)
        self.taken += len(taken)

    @rule()
    def leave_all(self) -> None:
        left = self.queue.clear()
        assert sorted(map(id, left)) == sorted(id(entry) for line in self.lines.values() for entry in line)
        assert all(entry.queue is None for entry in left)
        self.lines = {key: [] for key in self.lines}
        self.gone += left

    @rule()
    def take_all(self) -> None:
        taken = self.queue.take(lambda _share: 1 << 40)
        assert len(taken) == sum(map(len, self.lines.values()))
        self.lines = {key: [] for key in self.lines}
        self.taken += len(taken)

    @invariant()
    def sizes_are_true(self) -> None:
        waiting = [entry for line in self.lines.values() for entry in line]
        assert (self.queue.size, self.queue.taken) == (len(waiting), self.taken)
        assert sorted(map(id, self.queue.waiting())) == sorted(map(id, waiting))
        assert all(entry.queue is self.queue for entry in waiting)


TestQueueModel = QueueModel.TestCase


@given(st.lists(st.integers(1, 400), min_size=2, max_size=5), st.integers(1, 60))
def test_accounts_are_never_further_apart_than_two_turns(counts: list[int], room: int) -> None:
    """Among accounts that all still wait, whatever the room of a single take."""
    queue = queue_of(*[entries(count, account) for account, count in enumerate(counts)])
    served = dict.fromkeys(range(len(counts)), 0)
    while queue.size:
        for entry in queue.take(window(room)):
            served[entry.live.account] += 1
        waiting = [served[account] for account, count in enumerate(counts) if served[account] < count]
        if waiting:
            assert max(waiting) - min(waiting) <= 2 * QUANTUM
    assert served == dict(enumerate(counts))
