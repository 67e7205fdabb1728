"""What waits for one connector: three classes, and within a class accounts in turn (deficit round robin)."""

from collections import deque
from collections.abc import Callable, Iterable

from omnibound.domain.message import Class
from omnibound.engine.book import Entry

SHARES: tuple[tuple[Class, float], ...] = ((Class.URGENT, 1.0), (Class.NORMAL, 0.95), (Class.BULK, 0.8))
"""How much of a window and of a rate each class may fill."""

QUANTUM = 50
"""How many parts an account may take in one turn."""


Place = tuple[int, Entry]
"""A place in a line. It counts only while the entry still holds its ticket: leaving costs nothing."""


class _Turns:
    """One class: a line for each account, served in turn. `credit` is what is left of an account's turn, in parts."""

    def __init__(self) -> None:
        self.lines: dict[int, deque[Place]] = {}
        self.order: deque[int] = deque()
        self.credit: dict[int, int] = {}

    def put(self, places: Iterable[Place], account: int) -> None:
        line = self.lines.get(account)
        if line is None:
            line = self.lines[account] = deque()
            self.order.append(account)
            self.credit[account] = 0
        line.extend(places)

    def take(self, room: int, owner: object, cost: Callable[[Entry], int], taken: list[Entry]) -> int:
        left = room
        while left > 0 and self.order:
            account = self.order[0]
            line = self.lines[account]
            if self.credit[account] <= 0:
                self.credit[account] += QUANTUM
            spent = self._serve(line, min(left, self.credit[account]), owner, cost, taken)
            left -= spent
            self.credit[account] -= spent
            if not line:
                self._close(account)
            elif self.credit[account] <= 0:
                self.order.rotate(-1)
        return room - left

    def _serve(
        self, line: deque[Place], budget: int, owner: object, cost: Callable[[Entry], int], taken: list[Entry]
    ) -> int:
        spent = 0
        while line and spent < budget:
            ticket, entry = line.popleft()
            if entry.queue is owner and entry.ticket == ticket:
                entry.queue = None
                taken.append(entry)
                spent += cost(entry)
        return spent

    def standing(self, owner: object) -> tuple[int, int]:
        """How many places there are, and since when (microseconds UTC; 0: nobody) the first of a line waits."""
        heads = [
            next((e.live.due_at for t, e in line if e.queue is owner and e.ticket == t), 0)
            for line in self.lines.values()
        ]
        return sum(map(len, self.lines.values())), min(filter(None, heads), default=0)

    def _close(self, account: int) -> None:
        self.order.remove(account)
        del self.lines[account], self.credit[account]


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
            entry.ticket += 1
        first = entries[0].live
        self._classes[first.cls].put([(entry.ticket, entry) for entry in entries], first.account)
        self.size += len(entries)

    def leave(self, entry: Entry) -> None:
        """It waits here no longer."""
        if entry.queue is self:
            entry.queue = None
            self.size -= 1

    def withdraw(self, held: Callable[[Entry], bool]) -> list[Entry]:
        """Those of whom `held` is true leave."""
        left = [entry for entry in self.waiting() if held(entry)]
        for entry in left:
            self.leave(entry)
        return left

    def clear(self) -> list[Entry]:
        """Everybody leaves, and no place is kept: lines that nobody serves would grow with each that comes and goes."""
        left = self.waiting()
        for entry in left:
            entry.queue = None
        self._classes = {cls: _Turns() for cls in self._classes}
        self.size = 0
        return left

    def take(self, room: Callable[[float], int]) -> list[Entry]:
        """Who goes next: urgent first, each class as far as `room` of its share reaches."""
        taken: list[Entry] = []
        used = 0
        for cls, share in SHARES:
            turns = self._classes[int(cls)]
            if not turns.order:
                continue
            used += turns.take(room(share) - used, self, self._cost, taken)
        self.size -= len(taken)
        self.taken += len(taken)
        return taken

    def standing(self) -> dict[Class, tuple[int, int]]:
        """By class, about how many wait, and since when the one does that waits longest; cheap, for people."""
        return {cls: self._classes[int(cls)].standing(self) for cls, _ in SHARES}

    def waiting(self) -> list[Entry]:
        """Everybody who waits here, in no particular order."""
        lines = [line for turns in self._classes.values() for line in turns.lines.values()]
        return [entry for line in lines for ticket, entry in line if entry.queue is self and entry.ticket == ticket]
