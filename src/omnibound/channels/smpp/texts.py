"""What messages are on the wire here: cut once a message, made into templates once a sender and validity."""

from itertools import count
from random import randrange
from typing import Final, Generic, NamedTuple, TypeVar

from omnibound.channels.smpp.settings import Settings
from omnibound.channels.smpp.templates import Frame, Templates
from omnibound.domain.facts import Failure
from omnibound.domain.message import Attempt, Content, Message
from omnibound.domain.status import Reason
from omnibound.wire.smpp import PduError, Submit, address_octets, check_destination, relative_time
from omnibound.wire.sms_text import Segments, TextTooLong, address_kind, segments, transliterate

Kind = tuple[int, int]
"""Type of number and numbering plan."""

_SECOND: Final = 1_000_000
_INTERNATIONAL: Final[Kind] = (1, 1)
_SHORTEST, _LONGEST_NUMBER = 7, 20
_BUCKETS: Final = ((60, 1), (3600, 10), (99 * 360 * 86_400, 60))
"""Validity up to so many seconds -> is rounded down to whole so many: coarse enough for a bulk to share templates."""

_K = TypeVar("_K")
_V = TypeVar("_V")


class Recent(Generic[_K, _V]):
    """The last values put, `size` of them."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: dict[_K, _V] = {}
        self.get = self._kept.get

    def put(self, key: _K, value: _V) -> _V:
        """Keep a value; the oldest goes."""
        if key not in self._kept and len(self._kept) >= self._size:
            del self._kept[next(iter(self._kept))]
        self._kept[key] = value
        return value


class Run(NamedTuple):
    """Attempts that differ in nothing but the destination."""

    templates: Templates
    attempts: list[Attempt]
    destinations: list[bytes]

    @property
    def parts(self) -> int:
        """PDUs in all."""
        return len(self.templates) * len(self.attempts)

    def cut(self, attempts: int) -> tuple["Run", "Run"]:
        """The first so many attempts, and the others."""
        return (
            Run(self.templates, self.attempts[:attempts], self.destinations[:attempts]),
            Run(self.templates, self.attempts[attempts:], self.destinations[attempts:]),
        )


class Texts:
    """The templates of a connector's recent messages."""

    def __init__(self, settings: Settings, channel: str) -> None:
        self._settings = settings
        self._channel = channel
        self._cut: Recent[int, tuple[Content, Segments | Failure]] = Recent(512)
        self._made: Recent[tuple[int, str, int, Kind], tuple[Content, Templates | Failure]] = Recent(1024)
        self._frames: Recent[tuple[str, int, Kind, int, int], Frame] = Recent(512)
        self._references = count(randrange(1 << 16))  # noqa: S311 - it keeps two texts apart, nothing secret

    def parts(self, message: Message) -> int:
        """PDUs of a message here; 1 for one that cannot be sent at all."""
        content = message.content.get(self._channel)
        if content is None:
            return 1
        cut = self._segments(message.id, content)
        return 1 if isinstance(cut, Failure) else len(cut.parts)

    def runs(self, attempts: list[Attempt], now: int) -> tuple[list[Run], list[tuple[Attempt, Failure]]]:
        """The attempts in runs, in order, and those that no PDU can carry. `now`: microseconds UTC."""
        runs: list[Run] = []
        failed: list[tuple[Attempt, Failure]] = []
        for group in _alike(attempts):
            numbers = [attempt.address for attempt in group]
            if _plain(numbers):
                self._add(group, [number.encode() for number in numbers], _INTERNATIONAL, now, runs, failed)
                continue
            for attempt in group:
                self._add_odd(attempt, now, runs, failed)
        return runs, failed

    def _add_odd(self, attempt: Attempt, now: int, runs: list[Run], failed: list[tuple[Attempt, Failure]]) -> None:
        try:
            destination = check_destination(address_octets(attempt.address))
        except PduError:
            failed.append((attempt, Failure(Reason.INVALID_ADDRESS)))
        else:
            self._add([attempt], [destination], address_kind(attempt.address), now, runs, failed)

    def _add(
        self,
        group: list[Attempt],
        destinations: list[bytes],
        kind: Kind,
        now: int,
        runs: list[Run],
        failed: list[tuple[Attempt, Failure]],
    ) -> None:
        templates = self._templates(group[0], kind, now)
        if isinstance(templates, Failure):
            failed += [(attempt, templates) for attempt in group]
        else:
            runs.append(Run(templates, group, destinations))

    def _templates(self, attempt: Attempt, kind: Kind, now: int) -> Templates | Failure:
        validity = _bucket(attempt.until - now) if self._settings.validity else 0
        key = (attempt.message.id, attempt.step.sender, validity, kind)
        known = self._made.get(key)
        if known is not None and (known[0] is attempt.content or known[0] == attempt.content):
            return known[1]
        return self._made.put(key, (attempt.content, self._make(attempt, kind, validity)))[1]

    def _make(self, attempt: Attempt, kind: Kind, validity: int) -> Templates | Failure:
        cut = self._segments(attempt.message.id, attempt.content)
        if isinstance(cut, Failure):
            return cut
        key = (attempt.step.sender, validity, kind, cut.data_coding, cut.esm_class)
        try:
            frame = self._frames.get(key) or self._frames.put(key, self._frame(*key))
            return tuple([frame.template(part, tlvs) for part, tlvs in zip(cut.parts, cut.tlvs, strict=True)])
        except PduError as error:
            # The text was cut to fit and the destination is not in it: only the sender can be wrong.
            return Failure(Reason.INVALID_SENDER, f"smpp:0x{error.status:02x}")

    def _frame(self, sender: str, validity: int, kind: Kind, data_coding: int, esm_class: int) -> Frame:
        settings = self._settings
        ton, npi = address_kind(sender)
        return Frame(
            Submit(
                service_type=settings.service_type,
                source_ton=_or(settings.source_ton, ton),
                source_npi=_or(settings.source_npi, npi),
                source=address_octets(sender).decode("latin-1"),
                destination_ton=_or(settings.dest_ton, kind[0]),
                destination_npi=_or(settings.dest_npi, kind[1]),
                esm_class=esm_class,
                validity=relative_time(validity) if validity else b"",
                registered_delivery=settings.registered_delivery,
                data_coding=data_coding,
            )
        )

    def _segments(self, message: int, content: Content) -> Segments | Failure:
        known = self._cut.get(message)
        if known is not None and (known[0] is content or known[0] == content):
            return known[1]
        return self._cut.put(message, (content, self._cut_text(content)))[1]

    def _cut_text(self, content: Content) -> Segments | Failure:
        if not content.text:
            return Failure(Reason.NO_CONTENT)
        name = content.options.get("transliteration")
        settings = self._settings
        try:
            text = transliterate(content.text, name)
            reference = next(self._references)
            return segments(text, settings.default_alphabet, way=settings.long_messages, reference=reference)
        except TextTooLong:
            return Failure(Reason.TOO_LONG)
        except (KeyError, TypeError):
            return Failure(Reason.INVALID_CONTENT, f"transliteration:{name}")


def _alike(attempts: list[Attempt]) -> list[list[Attempt]]:
    """Neighbours with the same message, content, step and end, together."""
    groups: list[list[Attempt]] = []
    group: list[Attempt] = []
    message = content = step = until = None
    for attempt in attempts:
        same = attempt.message is message and attempt.content is content and attempt.step is step
        if not same or attempt.until != until:
            message, content, step, until = attempt.message, attempt.content, attempt.step, attempt.until
            group = []
            groups.append(group)
        group.append(attempt)
    return groups


def _plain(numbers: list[str]) -> bool:
    """Whether all are international digits and nothing else."""
    text = "".join(numbers)
    if not (text.isascii() and text.isdigit()):
        return False
    sizes = [len(number) for number in numbers]
    return min(sizes) >= _SHORTEST and max(sizes) <= _LONGEST_NUMBER


def _bucket(left: int) -> int:
    """Whole seconds of a remaining validity (microseconds), rounded down, but at least 1."""
    seconds = max(1, left // _SECOND)
    step = next((step for limit, step in _BUCKETS if seconds <= limit), 0)
    return seconds // step * step if step else _BUCKETS[-1][0]


def _or(override: int | None, value: int) -> int:
    return value if override is None else override
