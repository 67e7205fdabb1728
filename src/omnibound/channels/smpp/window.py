"""The submits of one link on their way: sequence number -> attempt, and the facts that answers make of them. No I/O."""

from collections import deque
from typing import Final, NamedTuple

from omnibound.channels.smpp.parts import Part, Told, Whole
from omnibound.channels.smpp.refusals import NOT_BOUND, Refusals
from omnibound.channels.smpp.texts import Run
from omnibound.domain.facts import Accepted, Fact, Failed, Failure, Returned, Unknown
from omnibound.domain.message import Attempt
from omnibound.domain.status import Reason
from omnibound.wire.smpp import MAX_SEQUENCE
from omnibound.wire.smpp.frames import submit_resp

_LATE: Final = 20_000
"""Timed-out submits whose late answers are still understood."""
_GRAIN: Final = 200
"""Submits written within a 200th of the time-out share a deadline."""


class Origin(NamedTuple):
    """What every fact says of where it comes from."""

    connector: str
    carrier: str
    resend: bool


class Written(NamedTuple):
    """Submits with one deadline (the loop's time, seconds): `size` sequence numbers from `first` on."""

    deadline: float
    first: int
    size: int


class Window:
    """At most `size` submits without answer. `timeout` in seconds."""

    def __init__(self, size: int, timeout: float, origin: Origin, refusals: Refusals) -> None:
        self.size = size
        self.pending: dict[int, Attempt | Part] = {}
        self.waiting: deque[Part] = deque()
        """Parts of attempts that are partly written, or thrown back by a throttle."""
        self.slowed = False
        """Whether the carrier has asked to slow down; whoever reads it puts it back."""
        self.forgotten = False
        """Whether the carrier says that we are not bound."""
        self.strange = 0
        """Answers to what was never asked."""
        self._timeout = timeout
        self._origin = origin
        self._refusals = refusals
        self._next = 1
        self._late: dict[int, Attempt | Part] = {}
        self._written: deque[Written] = deque()

    def amend(self, size: int, timeout: float, origin: Origin, refusals: Refusals) -> None:
        """Go on by these. Where there are more submits without answer than `size` now, none is written until they are
        fewer; the deadline of what is written stays.
        """
        self.size = size
        self._timeout = timeout
        self._origin = origin
        self._refusals = refusals

    def room(self, share: float = 1.0) -> int:
        """Submits that may be written now."""
        return max(0, max(1, int(self.size * share)) - len(self.pending) - len(self.waiting))

    def __len__(self) -> int:
        """Submits without answer, and parts still to write."""
        return len(self.pending) + len(self.waiting)

    # -- Out -----------------------------------------------------------------------------------------------------

    def submit(self, runs: list[Run], now_s: float) -> tuple[list[bytes], list[Run]]:
        """PDUs to write, and the runs that found no room. An attempt whose first part has room is taken."""
        out: list[bytes] = []
        refused: list[Run] = []
        for run in runs:
            fits = self.size - len(self) if len(run.templates) == 1 else self._wholes(len(run.templates))
            taken, rest = (run, None) if fits >= len(run.attempts) else run.cut(max(0, fits))
            if rest:
                refused.append(rest)
            if taken.attempts:
                out += self._write(taken, now_s)
        return out, refused

    def flush(self, now_s: float, at: int, facts: list[Fact]) -> list[bytes]:
        """The waiting parts that have room now. `at` (microseconds UTC) ends those whose validity is over."""
        out: list[bytes] = []
        while self.waiting and len(self.pending) < self.size:
            part = self.waiting.popleft()
            whole = part.whole
            if whole.told is not Told.NOTHING:
                continue
            if whole.attempt.until <= at:
                whole.told = Told.ALL
                facts.append(self._failed(whole.attempt, Failure(Reason.EXPIRED), at))
            else:
                out.append(self._write_part(part, now_s))
        return out

    def _wholes(self, parts: int) -> int:
        """Attempts of so many parts that may begin."""
        return -(-(self.size - len(self)) // parts)

    def _write(self, run: Run, now_s: float) -> list[bytes]:
        if len(run.templates) == 1:
            first = self._number(len(run.attempts), now_s)
            self.pending.update(enumerate(run.attempts, first))
            return [run.templates[0].encode_many(first, run.destinations)]
        parts = [
            Part(whole, index)
            for whole in [Whole(attempt, to, run.templates) for attempt, to in zip(*run[1:], strict=True)]
            for index in range(len(run.templates))
        ]
        free = self.size - len(self)
        self.waiting += parts[free:]
        return [self._write_part(part, now_s) for part in parts[:free]]

    def _write_part(self, part: Part, now_s: float) -> bytes:
        sequence = self._number(1, now_s)
        self.pending[sequence] = part
        part.whole.open += 1
        return part.encode(sequence)

    def number(self, count: int = 1) -> int:
        """The first of so many sequence numbers in a row: 1 to 0x7FFFFFFF and round again (SMPP 3.4, 5.1.4)."""
        first = self._next if self._next + count - 1 <= MAX_SEQUENCE else 1
        self._next = first + count
        return first

    def _number(self, count: int, now_s: float) -> int:
        """Numbers with a deadline."""
        first = self.number(count)
        last = self._written[-1] if self._written else None
        deadline = now_s + self._timeout
        if last and deadline - last.deadline < self._timeout / _GRAIN and last.first + last.size == first:
            self._written[-1] = Written(last.deadline, last.first, last.size + count)
        else:
            self._written.append(Written(deadline, first, count))
        return first

    # -- Back ----------------------------------------------------------------------------------------------------

    def answered(self, facts: list[Fact], status: int, sequence: int, body: bytes, at: int) -> None:
        """What a submit_sm_resp, or a generic_nack, makes of its submit is added to `facts`."""
        entry = self.pending.pop(sequence, None)
        if type(entry) is Attempt:
            if not status:
                connector, carrier, _ = self._origin
                ids = (submit_resp(body),)
                facts.append(Accepted(entry.delivery, entry.number, connector, carrier, ids, at))
            else:
                facts.append(self._refused(entry, status, at))
        elif isinstance(entry, Part):
            self._part_answered(facts, entry, status, body, at)
        else:
            self._answered_late(facts, status, sequence, body, at)

    def expired(self, now_s: float, at: int) -> list[Fact]:
        """The submits whose answer did not come in time are given up; their numbers are kept for a late one."""
        facts: list[Fact] = []
        while self._written and self._written[0].deadline <= now_s:
            _, first, size = self._written.popleft()
            for sequence in range(first, first + size):
                entry = self.pending.pop(sequence, None)
                if entry is not None:
                    self._late[sequence] = entry
                    self._give_up(facts, entry, "no answer in time", at)
        while len(self._late) > _LATE:
            del self._late[next(iter(self._late))]
        return facts

    def deadline(self) -> float | None:
        """When `expired` has something to look at."""
        return self._written[0].deadline if self._written else None

    def lost(self, why: str, at: int) -> list[Fact]:
        """The link is gone: everything comes back, and nothing is kept."""
        facts: list[Fact] = []
        for entry in [*self.pending.values(), *self.waiting]:
            self._give_up(facts, entry, why, at)
        self.pending.clear()
        self.waiting.clear()
        self._written.clear()
        self._late.clear()
        return facts

    def _give_up(self, facts: list[Fact], entry: Attempt | Part, why: str, at: int) -> None:
        connector, _, resend = self._origin
        if type(entry) is Attempt:
            facts.append(Unknown(entry.delivery, entry.number, connector, why, at, resend))
        elif isinstance(entry, Part) and (whole := entry.whole).told is Told.NOTHING:
            attempt = whole.attempt
            if whole.touched:
                whole.told = Told.UNKNOWN
                facts.append(Unknown(attempt.delivery, attempt.number, connector, why, at, resend))
            else:
                whole.told = Told.ALL
                facts.append(Returned(attempt.delivery, attempt.number, connector, why, at))

    def _answered_late(self, facts: list[Fact], status: int, sequence: int, body: bytes, at: int) -> None:
        entry = self._late.pop(sequence, None)
        if entry is None:
            self.strange += 1
        elif isinstance(entry, Part):
            self._part_answered(facts, entry, status, body, at)
        elif not status:
            connector, carrier, _ = self._origin
            ids = (submit_resp(body),)
            facts.append(Accepted(entry.delivery, entry.number, connector, carrier, ids, at))

    # -- Refusals and parts --------------------------------------------------------------------------------------

    def _refused(self, attempt: Attempt, status: int, at: int) -> Fact:
        failure = self._refusals.failure(status)
        if self._back(failure, status):
            return self._returned(attempt, failure, at)
        return self._failed(attempt, failure, at)

    def _back(self, failure: Failure, status: int) -> bool:
        """Whether a refusal is of the moment and not of the message: it uses up nothing."""
        self.slowed |= failure.reason is Reason.THROTTLED
        self.forgotten |= status == NOT_BOUND
        return failure.reason in (Reason.THROTTLED, Reason.LINK_DOWN)

    def _returned(self, attempt: Attempt, failure: Failure, at: int) -> Returned:
        why = f"{failure.reason.name.lower()} {failure.detail}"
        return Returned(attempt.delivery, attempt.number, self._origin.connector, why, at)

    def _failed(self, attempt: Attempt, failure: Failure, at: int) -> Failed:
        return Failed(attempt.delivery, attempt.number, self._origin.connector, failure, at)

    def _part_answered(self, facts: list[Fact], part: Part, status: int, body: bytes, at: int) -> None:
        whole = part.whole
        whole.open -= 1
        if not status:
            whole.ids[part.at] = submit_resp(body)
            self._maybe_accepted(facts, whole, at)
            return
        failure = self._refusals.failure(status)
        if self._back(failure, status):
            whole.slowed.append(part.at)
        elif whole.told is Told.NOTHING:
            whole.told = Told.ALL
            facts.append(self._failed(whole.attempt, failure, at))
        self._settle(facts, whole, failure, at)

    def _maybe_accepted(self, facts: list[Fact], whole: Whole, at: int) -> None:
        ids = whole.all_ids()
        if ids and whole.told is not Told.ALL:
            whole.told = Told.ALL
            connector, carrier, _ = self._origin
            attempt = whole.attempt
            facts.append(Accepted(attempt.delivery, attempt.number, connector, carrier, ids, at))
        elif not ids:
            self._settle(facts, whole, Failure(Reason.THROTTLED), at)

    def _settle(self, facts: list[Fact], whole: Whole, failure: Failure, at: int) -> None:
        """When every written part has an answer: parts thrown back go again alone, or the whole attempt comes back."""
        if whole.open or not whole.slowed or whole.told is not Told.NOTHING:
            return
        if whole.touched:
            self.waiting += [Part(whole, index) for index in whole.slowed]
            whole.slowed = []
        else:
            whole.told = Told.ALL
            facts.append(self._returned(whole.attempt, failure, at))
