"""Domain nouns as rows and back. The order of a row's values is the order of the parameters in `sql/hot.sql`."""

from collections.abc import Callable, Iterable
from itertools import count
from struct import iter_unpack, pack, unpack
from time import time_ns
from typing import Final

import msgspec
from msgspec.structs import astuple

from omnibound.domain.call import Call
from omnibound.domain.changes import Changes, HandOverList
from omnibound.domain.facts import Receipt
from omnibound.domain.live import Event, Live, Outcome, Past, Said, Stage
from omnibound.domain.message import Addresses, Delivery, Message
from omnibound.domain.number import number_key
from omnibound.domain.push import PUSHED_FOR, Asked, Topic
from omnibound.domain.status import Reason, Status
from omnibound.domain.webhook import MemberEvent
from omnibound.store import member_rows
from omnibound.store.database import Row
from omnibound.store.member_texts import texts

_event_numbers = count(time_ns() // 1000)
"""Orders a delivery's events; unique within a process, and growing over restarts."""

encode = msgspec.msgpack.Encoder().encode
_message = msgspec.msgpack.Decoder(Message)
_addresses = msgspec.msgpack.Decoder(Addresses)
_receipt = msgspec.msgpack.Decoder(Receipt)
_events = msgspec.msgpack.Decoder(list[Event])
_call = msgspec.msgpack.Decoder(Call)
_asked = msgspec.msgpack.Decoder(Asked)
_more = msgspec.msgpack.Decoder(tuple[dict[str, int], tuple[tuple[int, int, int, bytes, int, int], ...], bytes, bytes])
TOUCHED_A_ROW = 500
_LOW: Final = (1 << 63) - 1
"""What of a set of bits fits a column: a text has up to 255 parts. The bits above are kept in `more`."""


def messages(changes: Changes) -> list[Row]:
    """Rows of `messages`; the last delivery id bounds the range in which a message's deliveries lie."""
    last: dict[int, int] = {}
    for delivery in changes.deliveries:
        last[delivery.message] = delivery.id
    return [(m.id, m.account, m.bulk, last.get(m.id, m.id), encode(m)) for m in changes.messages]


def deliveries(changes: Changes) -> list[Row]:
    """Rows of `deliveries`; the addresses are kept apart only where there is more than a phone number."""
    return [(d.id, d.message, d.account, d.to.phone, _other_addresses(d.to), d.ref or None) for d in changes.deliveries]


def _other_addresses(to: Addresses) -> bytes | None:
    return encode(to) if to.email or to.push or to.more else None


def readdressed(changes: Changes) -> list[Row]:
    """Where deliveries go from now on; the last word of each counts."""
    return [(d.to.phone, _other_addresses(d.to), d.id) for d in {d.id: d for d in changes.readdressed}.values()]


def born(changes: Changes) -> list[Row]:
    """Rows of `live` as they begin."""
    return [live_row(live, owner) for live, owner in changes.born]


def live_row(live: Live, owner: int) -> Row:
    """A whole row of `live`."""
    return (
        live.id, live.message, live.account, live.cls, int(live.stage), live.step, live.round, live.attempt, live.tries,
        live.due_at, live.step_until, live.retry_until, live.sent_at, live.connector, live.parts,
        live.done & _LOW, live.struck & _LOW, live.ambiguous, _rest(live), live.version, live.channel, owner,
    )  # fmt: skip


def moved(changes: Changes) -> list[Row]:
    """Rows of the compare-and-set of `live`."""
    return [
        (
            int(live.stage), live.step, live.round, live.attempt, live.tries, live.due_at, live.step_until,
            live.retry_until, live.sent_at, live.connector, live.parts, live.done & _LOW, live.struck & _LOW,
            live.ambiguous, _rest(live), live.version, live.channel, owner, live.id, was,
        )
        for live, owner, was in changes.moved
    ]  # fmt: skip


def _rest(live: Live) -> bytes | None:
    if not live.charges and not live.past and live.done <= _LOW and live.struck <= _LOW:
        return None
    past = [(p.attempt, p.step, p.parts, _bytes(p.done), p.sent_at, p.round) for p in live.past]
    return encode((live.charges, past, _bytes(live.done >> 63), _bytes(live.struck >> 63)))


def _bytes(bits: int) -> bytes:
    return bits.to_bytes((bits.bit_length() + 7) // 8, "big")


def _bits(body: bytes) -> int:
    return int.from_bytes(body, "big")


def events(changes: Changes) -> list[Row]:
    """Rows of `events`, numbered: one for all that this commit says of a delivery."""
    lines: dict[int, list[Event]] = {}
    for event in changes.events:
        lines.setdefault(event.delivery, []).append(event)
    return [
        (delivery, next(_event_numbers), said_bits([event.said for event in said]), encode(said))
        for delivery, said in lines.items()
    ]


def said_bits(said: Iterable[Said]) -> int:
    """A bit for each thing said."""
    bits = 0
    for each in said:
        bits |= 1 << each
    return bits


def amended(changes: Changes) -> list[Row]:
    """What came after the end, for `outcomes`."""
    return [(o.late, o.late_at, o.twice, o.seen_at, o.delivery, o.attempt) for o in changes.amended]


def unmatched(changes: Changes) -> list[Row]:
    """Receipts that found nothing yet."""
    return [(number, r.carrier, r.provider_id, r.at, encode(r)) for number, r in changes.unmatched]


def handovers(changes: Changes) -> list[Row]:
    """Lists of attempts about to go, their keys packed as pairs of 64-bit numbers."""
    return [(h.id, h.node, h.connector, h.at, pack_pairs(h.keys)) for h in changes.handovers]


def pushes(changes: Changes) -> list[Row]:
    """What is to be pushed; a ready-made request as one value."""
    return [
        (
            p.account, p.delivery, p.attempt, p.url, p.format, p.due_at, p.until, p.tries, p.over, p.why, p.topic,
            None if p.request is None else encode(p.request), p.number,
        )
        for p in changes.pushes
    ]  # fmt: skip


def told(changes: Changes) -> list[Row]:
    """Events of members of campaigns, for the webhooks that want to know them."""
    return [
        (o.account, o.delivery, o.attempt, o.done_at, o.done_at + PUSHED_FOR, int(Topic.MEMBER), int(_event(o)))
        for o in changes.told
    ]


def _event(outcome: Outcome) -> MemberEvent:
    return MemberEvent.CLOSED if outcome.final else MemberEvent.RETRY


def to_asked(body: bytes) -> Asked:
    """A ready-made request from its value."""
    return _asked.decode(body)


def inbound(changes: Changes) -> list[Row]:
    """Messages from people."""
    return [
        (number, i.connector, i.channel, i.sender, i.recipient, i.text, i.at, i.data, encode(i.reference))
        for number, i in changes.inbound
    ]


def received(changes: Changes) -> list[Row]:
    """What accounts received."""
    return [(each.id, each.account, encode(each)) for each in changes.received]


def calls(changes: Changes) -> list[Row]:
    """Calls that are over, beside what they are found by."""
    return [
        (
            c.delivery, c.attempt, c.account, c.campaign, c.connector, number_key(c.number), int(c.reason), c.ended_at,
            encode(c), c.agent,
        )
        for c in changes.calls
    ]  # fmt: skip


def to_call(body: bytes) -> Call:
    """A call from its row."""
    return _call.decode(body)


def filed(changes: Changes) -> list[Row]:
    """What became of inbound messages."""
    return [(int(filed), number) for number, filed in changes.filed]


def touched(changes: Changes) -> list[Row]:
    """What logs must look at again, in packs that one transaction can file."""
    ids = list(set(changes.touched))
    return [(pack_ids(ids[start : start + TOUCHED_A_ROW]),) for start in range(0, len(ids), TOUCHED_A_ROW)]


def spent(changes: Changes) -> list[Row]:
    """What is used up of each portion, in one row."""
    sums: dict[tuple[int, int, int], int] = {}
    for each in changes.spent:
        key = each.account, each.day, each.node
        sums[key] = sums.get(key, 0) + each.amount
    return [(amount, *key) for key, amount in sorted(sums.items())]


def refunds(changes: Changes) -> list[Row]:
    """Money that goes back to each account, in one row."""
    sums: dict[int, int] = {}
    for each in changes.refunds:
        sums[each.account] = sums.get(each.account, 0) + each.amount
    return [(amount, account) for account, amount in sorted(sums.items())]


def _tuples(table: str) -> Callable[[Changes], list[Row]]:
    return lambda changes: [astuple(noun) for noun in getattr(changes, table)]


def _plain(table: str) -> Callable[[Changes], list[Row]]:
    return lambda changes: getattr(changes, table)


def _numbers(table: str) -> Callable[[Changes], list[Row]]:
    return lambda changes: [(number,) for number in getattr(changes, table)]


WRITES: dict[str, Callable[[Changes], list[Row]]] = {
    "messages": messages,
    "deliveries": deliveries,
    "refs": _tuples("refs"),
    "born": born,
    "events": events,
    "outcomes": _tuples("outcomes"),
    "reports": _tuples("reports"),
    "pushes": pushes,
    "told": told,
    "inflight": _tuples("inflight"),
    "unmatched": unmatched,
    "handovers": handovers,
    "inbound": inbound,
    "received": received,
    "traits": member_rows.traits,
    "members": member_rows.members,
    "joined": member_rows.joined,
    "texts": texts,
    "tops": member_rows.tops,
    "calls": calls,
    "suppressed": _tuples("suppressed"),
    "moved": moved,
    "amended": amended,
    "leaving": member_rows.judged,
    "results": member_rows.results,
    "revised": member_rows.revised,
    "readdressed": readdressed,
    "arriving": member_rows.judged,
    "ended": _plain("ended"),
    "spent": spent,
    "refunds": refunds,
    "landed": _plain("landed"),
    "matched": _numbers("matched"),
    "filed": filed,
    "settled": _numbers("settled"),
    "touched": touched,
}
"""Statement of `sql/hot.sql` -> its rows, in the order in which they are written: first what is new."""


def pack_ids(ids: list[int]) -> bytes:
    """64-bit numbers as bytes."""
    return pack(f"<{len(ids)}q", *ids)


def unpack_ids(body: bytes) -> list[int]:
    """The numbers back."""
    return list(unpack(f"<{len(body) // 8}q", body))


def pack_pairs(pairs: list[tuple[int, int]]) -> bytes:
    """Pairs of 64-bit numbers as bytes."""
    return pack(f"<{2 * len(pairs)}q", *[number for pair in pairs for number in pair])


def unpack_pairs(body: bytes) -> list[tuple[int, int]]:
    """The pairs back."""
    return [(first, second) for first, second in iter_unpack("<qq", body)]


def to_message(body: bytes) -> Message:
    """A message from its row."""
    return _message.decode(body)


def to_delivery(id_: int, message: int, account: int, phone: str, addresses: bytes | None, ref: str | None) -> Delivery:
    """A delivery from its row."""
    to = Addresses(phone=phone) if addresses is None else _addresses.decode(addresses)
    return Delivery(id=id_, message=message, account=account, to=to, ref=ref or "")


def to_live(row: Row) -> tuple[Live, int]:
    """An unfinished delivery and its owner from a row of `live`."""
    (
        id_, message, account, cls, stage, step, round_, attempt, tries, due_at, step_until, retry_until, sent_at,
        connector, parts, done, struck, ambiguous, more, version, channel, owner,
    ) = row  # fmt: skip
    charges: dict[str, int] = {}
    past: tuple[Past, ...] = ()
    if more is not None:
        charges, earlier, done_above, struck_above = _more.decode(more)
        past = tuple([Past(n, of, count, _bits(arrived), at, in_) for n, of, count, arrived, at, in_ in earlier])
        done |= _bits(done_above) << 63
        struck |= _bits(struck_above) << 63
    live = Live(
        id_, message, account, cls, Stage(stage), step, round_, attempt, tries, due_at, step_until, retry_until,
        sent_at, connector, parts, done, struck, bool(ambiguous), charges, past, version, channel,
    )  # fmt: skip
    return live, owner


_statuses = dict(enumerate(Status))
_reasons = {int(reason): reason for reason in Reason}


def to_events(body: bytes) -> list[Event]:
    """Lines of a timeline from a row of `events`."""
    return _events.decode(body)


def to_outcome(row: Row) -> Outcome:
    """An outcome from a row of `outcomes` in the order of the noun's members. Hot: a row a report."""
    (
        delivery, account, attempt, status, reason, detail, step, round_, connector, parts, sent_at, done_at, ambiguous,
        exhausted, final, late, late_at, twice, seen_at,
    ) = row  # fmt: skip
    return Outcome(
        delivery, account, attempt, _statuses[status], _reasons[reason], detail, step, round_, connector, parts,
        sent_at, done_at, ambiguous == 1, exhausted == 1, final == 1, _statuses[late], late_at, twice == 1, seen_at,
    )  # fmt: skip


def to_receipt(body: bytes) -> Receipt:
    """A receipt from its row."""
    return _receipt.decode(body)


def to_handover(id_: int, node: int, connector: str, at: int, body: bytes) -> HandOverList:
    """A hand-over list from its row."""
    return HandOverList(id_, node, connector, unpack_pairs(body), at)
