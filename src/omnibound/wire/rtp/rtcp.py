"""RTCP (RFC 3550, 6): what each side tells the other of what it sends and hears."""

import struct
from collections.abc import Callable
from typing import Final

import msgspec

SENDER, RECEIVER, DESCRIPTION, GOODBYE = 200, 201, 202, 203
CNAME: Final = 1
_MOST = 31
"""Reports, sources or chunks in one packet: their count has five bits."""

_head = struct.Struct("!BBH")
_sender = struct.Struct("!IQIII")
_ssrc = struct.Struct("!I")
_block = struct.Struct("!IIIIII")


class Block(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """How well one source is heard (6.4.1).

    `fraction` is lost of 256 since the report before, `lost` in all (negative when packets came twice), `highest` the
    extended sequence number, `jitter` in samples; `last_report` are the middle 32 bits of the NTP time of the last
    sender report, `delay` since it came, both in 1/65,536 s (0: there was none).
    """

    ssrc: int
    fraction: int = 0
    lost: int = 0
    highest: int = 0
    jitter: int = 0
    last_report: int = 0
    delay: int = 0


class SenderReport(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Who sends, and how much: `ntp` is 64 bits of which the upper half are seconds since 1900, `timestamp` the same
    in samples.
    """

    ssrc: int
    ntp: int
    timestamp: int
    packets: int
    octets: int
    blocks: tuple[Block, ...] = ()


class ReceiverReport(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Who sends nothing, and what it hears."""

    ssrc: int
    blocks: tuple[Block, ...] = ()


class Description(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Who a source is: (item type, text) pairs, CNAME first as a rule (6.5). `more` are further chunks."""

    ssrc: int
    items: tuple[tuple[int, str], ...]
    more: tuple[tuple[int, tuple[tuple[int, str], ...]], ...] = ()


class Goodbye(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Sources that have ended (6.6)."""

    ssrcs: tuple[int, ...]
    why: str = ""


Report = SenderReport | ReceiverReport | Description | Goodbye


class _Malformed(ValueError):
    """Octets that are no RTCP."""


# -- reading -------------------------------------------------------------------------------------------------------


def read_rtcp(data: bytes) -> list[Report] | None:
    """What a datagram reports, in its order; None when it is no RTCP. Types that we do not know are passed over."""
    found: list[Report] = []
    at, size = 0, len(data)
    if not size:
        return None
    try:
        while at < size:
            kind, count, body, at = _next(data, at)
            if read := _READERS.get(kind):
                found.append(read(body, count))
    except (_Malformed, struct.error):
        return None
    return found


def _next(data: bytes, at: int) -> tuple[int, int, bytes, int]:
    """Type, count and body of the packet at an offset, and the offset behind it."""
    first, kind, words = _head.unpack_from(data, at)
    end = at + 4 + 4 * words
    if first & 0xC0 != 0x80 or end > len(data) or not 192 <= kind <= 223:
        raise _Malformed
    body = data[at + 4 : end]
    if first & 0x20:
        padding = body[-1] if body else 0
        if not 0 < padding <= len(body):
            raise _Malformed
        body = body[:-padding]
    return kind, first & 0x1F, body, end


def _read_sender(body: bytes, count: int) -> Report:
    ssrc, ntp, timestamp, packets, octets = _sender.unpack_from(body)
    blocks = _read_blocks(body, _sender.size, count)
    return SenderReport(ssrc=ssrc, ntp=ntp, timestamp=timestamp, packets=packets, octets=octets, blocks=blocks)


def _read_receiver(body: bytes, count: int) -> Report:
    (ssrc,) = _ssrc.unpack_from(body)
    return ReceiverReport(ssrc=ssrc, blocks=_read_blocks(body, 4, count))


def _read_blocks(body: bytes, at: int, count: int) -> tuple[Block, ...]:
    return tuple(_read_block(body, at + place * _block.size) for place in range(count))


def _read_block(body: bytes, at: int) -> Block:
    ssrc, losses, highest, jitter, last_report, delay = _block.unpack_from(body, at)
    lost = losses & 0xFFFFFF
    return Block(
        ssrc=ssrc,
        fraction=losses >> 24,
        lost=lost - 0x1000000 if lost & 0x800000 else lost,
        highest=highest,
        jitter=jitter,
        last_report=last_report,
        delay=delay,
    )


def _read_description(body: bytes, count: int) -> Report:
    if not count:
        raise _Malformed
    chunks: list[tuple[int, tuple[tuple[int, str], ...]]] = []
    at = 0
    for _ in range(count):
        (ssrc,) = _ssrc.unpack_from(body, at)
        items, at = _read_items(body, at + 4)
        chunks.append((ssrc, items))
    return Description(ssrc=chunks[0][0], items=chunks[0][1], more=tuple(chunks[1:]))


def _read_items(body: bytes, at: int) -> tuple[tuple[tuple[int, str], ...], int]:
    """The items of a chunk, and the offset of the next one: a zero ends them, and zeros fill up its last word."""
    items: list[tuple[int, str]] = []
    while at < len(body) and body[at]:
        end = at + 2 + (body[at + 1] if at + 1 < len(body) else len(body))
        if end > len(body):
            raise _Malformed
        items.append((body[at], body[at + 2 : end].decode("utf-8", "replace")))
        at = end
    if at >= len(body):
        raise _Malformed
    return tuple(items), at + 4 - at % 4


def _read_goodbye(body: bytes, count: int) -> Report:
    ssrcs: tuple[int, ...] = struct.unpack_from(f"!{count}I", body)
    rest = body[4 * count :]
    if rest and rest[0] >= len(rest):
        raise _Malformed
    return Goodbye(ssrcs=ssrcs, why=rest[1 : 1 + rest[0]].decode("utf-8", "replace") if rest else "")


_READERS: dict[int, Callable[[bytes, int], Report]] = {
    SENDER: _read_sender,
    RECEIVER: _read_receiver,
    DESCRIPTION: _read_description,
    GOODBYE: _read_goodbye,
}


# -- writing -------------------------------------------------------------------------------------------------------


def write_rtcp(*reports: Report) -> bytes:
    """Reports as one datagram; by 6.1 a sender or receiver report goes first. Raises ValueError for what does not
    fit.
    """
    try:
        return b"".join([_write(report) for report in reports])
    except struct.error as error:
        raise ValueError(f"RTCP: {error}") from None


def _write(report: Report) -> bytes:
    if isinstance(report, SenderReport):
        head = _sender.pack(report.ssrc, report.ntp, report.timestamp, report.packets, report.octets)
        return _packet(SENDER, len(report.blocks), head + _write_blocks(report.blocks))
    if isinstance(report, ReceiverReport):
        return _packet(RECEIVER, len(report.blocks), _ssrc.pack(report.ssrc) + _write_blocks(report.blocks))
    if isinstance(report, Goodbye):
        why = report.why.encode()[:255]
        body = struct.pack(f"!{len(report.ssrcs)}I", *report.ssrcs) + (bytes([len(why)]) + why if why else b"")
        return _packet(GOODBYE, len(report.ssrcs), body)
    chunks = [(report.ssrc, report.items), *report.more]
    return _packet(DESCRIPTION, len(chunks), b"".join([_write_chunk(ssrc, items) for ssrc, items in chunks]))


def _packet(kind: int, count: int, body: bytes) -> bytes:
    if count > _MOST:
        raise ValueError(f"{count} parts in one RTCP packet; there is room for {_MOST}")
    body += bytes(-len(body) % 4)
    return _head.pack(0x80 | count, kind, len(body) // 4) + body


def _write_blocks(blocks: tuple[Block, ...]) -> bytes:
    return b"".join([_write_block(block) for block in blocks])


def _write_block(block: Block) -> bytes:
    lost = max(-0x800000, min(0x7FFFFF, block.lost)) & 0xFFFFFF
    losses = block.fraction << 24 | lost
    return _block.pack(block.ssrc, losses, block.highest, block.jitter, block.last_report, block.delay)


def _write_chunk(ssrc: int, items: tuple[tuple[int, str], ...]) -> bytes:
    texts = [(kind, text.encode()[:255]) for kind, text in items]
    body = _ssrc.pack(ssrc) + b"".join([bytes([kind, len(text)]) + text for kind, text in texts])
    return body + bytes(4 - len(body) % 4)
