"""What waits for one connector: three classes, and within a class accounts in turn (deficit round robin)."""

from collections import deque
from collections.abc import Callable, Iterable

from omnibound.domain.message import Class
from omnibound.engine.book import Entry

SHARES: tuple[tuple[Class, float], ...] = ((Class.URGENT, 1.0), (Class.NORMAL, 0.95), (Class.BULK, 0.8))
"""How much of a window and of a rate each class may fill."""

QUANTUM = 50
"""How many parts an account may take in one turn."""


class _Turns:
    """One class: a line for each account, served in turn."""

    def __init__(self) -> None:
        self.lines: dict[int, deque[Entry]] = {}
        self.order: deque[int] = deque()
        self.deficit: dict[int, int] = {}

    def put(self, entries: Iterable[Entry], account: int) -> None:
        line = self.lines.get(account)
        if line is None:
            line = self.lines[account] = deque()
            self.order.append(account)
            self.deficit[account] = 0
        line.extend(entries)

    def take(self, room: int, owner: object, cost: Callable[[Entry], int], taken: list[Entry]) -> int:
        left = room
        while left > 0 and self.order:
            account = self.order[0]
            line = self.lines[account]
            budget = min(left, self.deficit[account] + QUANTUM)
            spent = self._serve(line, budget, owner, cost, taken)
            left -= spent
            if line:
                self.deficit[account] = max(0, min(QUANTUM, budget - spent)) if spent < budget else 0
                self.order.rotate(-1)
            else:
                self._close(account)
        return room - left

    def _serve(
        self, line: deque[Entry], budget: int, owner: object, cost: Callable[[Entry], int], taken: list[Entry]
    ) -> int:
        spent = 0
        while line and spent < budget:
            entry = line.popleft()
            if entry.queue is owner:  # else it was cancelled, re-routed or has moved on
                taken.append(entry)
                spent += cost(entry)
        return spent

    def _close(self, account: int) -> None:
        self.order.remove(account)
        del self.lines[account], self.deficit[account]


class Queue:
    """The queue of one connector. An entry says which queue it stands in, so leaving costs nothing."""

    def __init__(self, name: str, cost: Callable[[Entry], int]) -> None:
        self.name = name
        self._cost = cost
        self._classes: dict[int, _Turns] = {int(cls): _Turns() for cls, _ in SHARES}
        self.size = 0
        self.taken = 0
        """How many have gone on from here since the start."""

    def put(self, entries: list[Entry]) -> None:
        """Let them wait here. All of one list are of one account and class."""
        if not entries:
            return
        for entry in entries:
            entry.queue = self
            entry.requeued = False
        first = entries[0].live
        self._classes[first.cls].put(entries, first.account)
        self.size += len(entries)

    def leave(self, entry: Entry) -> None:
        """It waits here no longer."""
        if entry.queue is self:
            entry.queue = None
            self.size -= 1

    def take(self, room: Callable[[float], int]) -> list[Entry]:
        """Who goes next: urgent first, each class as far as `room` of its share reaches."""
        taken: list[Entry] = []
        used = 0
        for cls, share in SHARES:
            turns = self._classes[int(cls)]
            if not turns.order:
                continue
            used += turns.take(room(share) - used, self, self._cost, taken)
        for entry in taken:
            entry.queue = None
        self.size -= len(taken)
        self.taken += len(taken)
        return taken

    def waiting(self) -> list[Entry]:
        """Everybody who waits here, in no particular order."""
        lines = [line for turns in self._classes.values() for line in turns.lines.values()]
        return [entry for line in lines for entry in line if entry.queue is self]
