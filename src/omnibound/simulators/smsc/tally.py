"""What has happened at the carrier: numbers that can be awaited, and the last messages for reading."""

import asyncio
import time
from collections import deque
from collections.abc import Iterable

import msgspec

from omnibound.wire import smpp
from omnibound.wire.smpp import constants as c
from omnibound.wire.sms_reading import decode_text, split_header


class Counts(msgspec.Struct, gc=False):
    """Since the start. A receipt is counted in `receipts` when it is planned, long before it is sent."""

    links: int = 0
    binds: int = 0
    binds_refused: int = 0
    submitted: int = 0
    accepted: int = 0
    refused: int = 0
    """Submits answered with an error, throttled ones and those beyond the window included."""
    unanswered: int = 0
    receipts: int = 0
    inbound: int = 0
    sent: int = 0
    """Deliver_sm written, with receipts or inbound messages, again or for the first time."""
    resent: int = 0
    """Put up for sending again: unanswered, answered with an error, or sent to a bind that went."""
    acknowledged: int = 0
    declined: int = 0
    """Deliver_sm answered with an error."""
    broken: int = 0
    """PDUs that could not be read."""


class Kept(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """An accepted message as it came, part by part. `text` is None where its octets are no text."""

    id: str
    system_id: str
    source: str
    destination: str
    text: str | None
    data_coding: int
    esm_class: int
    registered_delivery: int
    validity: str
    octets: str
    """The user data in hexadecimal, header and all."""
    arrived: float
    """When it was taken, in seconds since 1970."""


Taken = tuple[bytes, bytes, int, bytes]
"""Message id, destination (digits alone), command, body."""


class Tally:
    """Counters, cheap to raise for a whole list at once; `changed` wakes those who wait."""

    def __init__(self, last: int, *, count_numbers: bool) -> None:
        self.counts = Counts()
        self.states: dict[str, int] = {}
        self.statuses: dict[str, int] = {}
        self.numbers: dict[bytes, int] = {}
        self._count_numbers = count_numbers
        self._last: deque[tuple[str, float, Taken]] = deque(maxlen=last)
        self._waiting: list[tuple[dict[str, int], asyncio.Future[None]]] = []

    @property
    def outstanding(self) -> int:
        """Receipts and inbound messages that nobody has acknowledged yet, due or not."""
        counts = self.counts
        return counts.receipts + counts.inbound - counts.acknowledged

    def accept(self, system_id: str, taken: list[Taken]) -> None:
        """Count and keep messages that were taken."""
        self.counts.accepted += len(taken)
        if self._last.maxlen:
            now = time.time()
            self._last.extend([(system_id, now, one) for one in taken])
        if self._count_numbers:
            numbers = self.numbers
            for _, destination, _, _ in taken:
                numbers[destination] = numbers.get(destination, 0) + 1

    def refuse(self, status: int, count: int = 1) -> None:
        """Count submits answered with `status`."""
        self.counts.refused += count
        name = smpp.status_name(status)
        self.statuses[name] = self.statuses.get(name, 0) + count

    def report(self, words: Iterable[str]) -> None:
        """Count receipts by what they say."""
        states = self.states
        for word in words:
            states[word] = states.get(word, 0) + 1

    def changed(self) -> None:
        """Wake who waits for what is now so. Called once for a list of changes."""
        if not self._waiting:
            return
        still: list[tuple[dict[str, int], asyncio.Future[None]]] = []
        for wanted, future in self._waiting:
            if future.done():
                continue
            if self._reached(wanted):
                future.set_result(None)
            else:
                still.append((wanted, future))
        self._waiting = still

    async def until(self, wanted: dict[str, int]) -> None:
        """Wait until each of these counts is at least that much; `outstanding`: at most. Raises ValueError."""
        if unknown := set(wanted) - {*Counts.__struct_fields__, "outstanding"}:
            raise ValueError(f"no such count: {', '.join(sorted(unknown))}")
        if self._reached(wanted):
            return
        future = asyncio.get_running_loop().create_future()
        self._waiting.append((wanted, future))
        await future

    def _reached(self, wanted: dict[str, int]) -> bool:
        return all(
            self.outstanding <= count if name == "outstanding" else getattr(self.counts, name) >= count
            for name, count in wanted.items()
        )

    def messages(self, last: int = 10) -> list[Kept]:
        """The last accepted messages, the newest last."""
        found = list(self._last)[-last:] if last > 0 else []
        return [_read(*kept) for kept in found]


def _read(system_id: str, arrived: float, taken: Taken) -> Kept:
    name, _, command, body = taken
    message = smpp.read_submit(body) if command == c.SUBMIT_SM else smpp.read_data(body)
    octets = message.content
    told = split_header(octets)[1] if message.esm_class & c.ESM_UDHI else octets
    return Kept(
        id=name.decode(),
        system_id=system_id,
        source=message.source,
        destination=message.destination,
        text=decode_text(told, message.data_coding),
        data_coding=message.data_coding,
        esm_class=message.esm_class,
        registered_delivery=message.registered_delivery,
        validity=message.validity.decode("latin-1"),
        octets=octets.hex(),
        arrived=arrived,
    )
